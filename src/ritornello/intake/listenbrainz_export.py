"""ListenBrainz's export of a listener: everything that was listened to, loved and hated.

========================  ===================================================================
``listens/2024/1.jsonl``  one listen a line, as it was submitted, with ListenBrainz's own mapping
``feedback.jsonl``        one recording a line, loved (1) or hated (-1), and when
``user.json``             who it is of; passed over, like pinned recordings
``*_lb-2018-10-22.json``  older exports: one array of listens
========================  ===================================================================

A file is told by what it holds, a row by its keys. A listen has the id it has when it is submitted
live, and comes with the metadata it was submitted with. The recording ListenBrainz mapped it to is
believed where the submitter named none. Feedback names a recording by a MusicBrainz id or by the
MessyBrainz id of a listen of the same export.

Source: ListenBrainz's ``background/export.py``, MetaBrainz Foundation.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from ritornello.catalog import identity, items
from ritornello.catalog.items import Resolver
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.intake.events import AHEAD
from ritornello.intake.fields import fits, instant, timely
from ritornello.intake.listenbrainz import SCORES, SOURCE, listen_of
from ritornello.intake.listenbrainz_rules import check_feedback, check_listen
from ritornello.intake.member_rows import Placed, Reading, beginning, text_of, within_reason
from ritornello.intake.refusal import Refused
from ritornello.kinds.events import Act, AnyEvent
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import AnyItem, Mbid
from ritornello.kinds.times import from_us

MAX_AWAITED = 100_000
"""So many recordings of the feedback are looked for among the listens."""

_LISTENS = re.compile(r'"track_metadata"\s*:')
_FEEDBACK = re.compile(r'"recording_m[bs]id"\s*:[^{}]*"score"\s*:|"score"\s*:[^{}]*"recording_m')
_ARRAY = re.compile(r"\s*\[\s*\{")
_MSIDS = ("recording_msid", "artist_msid", "release_msid")
_FEEDBACK_KEYS = ("recording_mbid", "recording_msid", "score")


def holds(member: Member) -> bool:
    """Whether a member holds listens or feedback, by how it begins."""
    text = beginning(member)
    return bool(_LISTENS.search(text) or _FEEDBACK.search(text))


def read(
    members: Sequence[Member],
    *,
    listener_id: str,
    now: datetime,
    resolver: Resolver,
    after: int = 0,
) -> Iterator[Chunk]:
    """Read the export's files among ``members``; others are passed over.

    Parameters
    ----------
    now : nothing may have been listened to after it.
    after : position (rows counted through all files, feedback last) up to which all is stored.
    """
    rows = _rows(members, _Reader(listener_id, now, resolver))
    return gathered(within_reason(rows, SOURCE), after=after)


def _rows(members: Sequence[Member], reader: "_Reader") -> Iterator[Row]:
    found = [member for member in members if holds(member)]
    feedback = [member for member in found if not _LISTENS.search(beginning(member))]
    for _, stated in _objects(Reading(feedback), feedback):
        reader.await_feedback(stated)
    ordered = [*(member for member in found if member not in feedback), *feedback]
    for placed, stated in _objects(Reading(ordered), ordered):
        yield reader.row(placed, stated)


Stated = dict[str, Any] | Refused
Made = tuple[AnyEvent, tuple[AnyItem, ...]]


def _objects(reading: Reading, members: Sequence[Member]) -> Iterator[tuple[Placed[Any], Stated]]:
    """Yield every row of some members, decoded."""
    for member in members:
        if _ARRAY.match(beginning(member)):
            for placed in reading.objects(member):
                yield placed, placed.row
        else:
            for line in reading.lines(member):
                yield line, _decoded(line)


def _decoded(placed: Placed[Any]) -> Stated:
    try:
        return msgspec.json.decode(text_of(placed.row), type=dict[str, Any])
    except Refused as refused:
        return refused
    except (msgspec.DecodeError, RecursionError) as error:
        torn = getattr(placed.row, "torn", False)
        return Refused("", "torn_line" if torn else "malformed_json", f"no JSON object: {error}")


class _Reader:
    """Turns one object into a listen or a reaction, and the items it names."""

    def __init__(self, listener_id: str, now: datetime, resolver: Resolver) -> None:
        self._listener_id = listener_id
        self._now = now
        self._resolver = resolver
        self._awaited: dict[str, str | None] = {}

    def await_feedback(self, stated: Stated) -> None:
        """Remember whose listen will tell what a reaction is about."""
        if isinstance(stated, dict) and len(self._awaited) < MAX_AWAITED:
            msid = stated.get("recording_msid")
            if isinstance(msid, str):
                self._awaited[msid] = None

    def row(self, placed: Placed[Any], stated: Stated) -> Row:
        """Return what an object held."""
        try:
            return placed.kept(*self._made(stated))
        except Refused as refused:
            return placed.refused(SOURCE, refused)

    def _made(self, stated: Stated) -> Made:
        if isinstance(stated, Refused):
            raise stated
        if "track_metadata" in stated or "listened_at" in stated:
            return self._listen(stated)
        if "score" in stated:
            return self._reaction(stated)
        raise Refused("", "missing_field", "neither a listen nor feedback")

    def _listen(self, stated: dict[str, Any]) -> Made:
        submitted, msid, mapped_mbid = _submitted(stated)
        listened_at, metadata = check_listen(submitted, "import", self._now)
        listen, named = listen_of(
            metadata,
            from_us(cast("int", listened_at) * 1_000_000),
            listener_id=self._listener_id,
            resolver=self._resolver,
            mapped_mbid=mapped_mbid,
        )
        if msid in self._awaited:
            self._awaited[msid] = listen.item_id
        return listen, named

    def _reaction(self, stated: dict[str, Any]) -> Made:
        mbid, msid, score = check_feedback({key: stated.get(key) for key in _FEEDBACK_KEYS})
        made_at = timely(instant(stated.get("created"), "unix_s"), self._now + AHEAD, "created")
        about_id = self._awaited.get(msid) or (mbid and self._resolver.track(mbid=mbid))
        if not about_id:
            message = f"no recording {msid} among the listens of this export"
            raise Refused("recording_msid", "unknown_item", message)
        act = Act(
            event_id=uuid8(made_at, SOURCE, self._listener_id, mbid or msid, str(score)),
            listener_id=self._listener_id,
            happened_at=made_at,
            act=SCORES[score],
            about_id=about_id,
            client=SOURCE,
        )
        unnamed = mbid is not None and about_id == identity.mbid_id("track", mbid)
        named = (items.nameless(mbid),) if mbid is not None and unnamed else ()
        return act, named


def _submitted(stated: dict[str, Any]) -> tuple[dict[str, Any], str, str | None]:
    """Return a listen as it was submitted, and what ListenBrainz added: its id, its mapping."""
    metadata = stated.get("track_metadata")
    submitted: dict[str, Any] = {"listened_at": stated.get("listened_at")}
    if not isinstance(metadata, dict):
        return {**submitted, "track_metadata": metadata}, "", None
    cleaned = {k: v for k, v in metadata.items() if k not in (*_MSIDS, "mbid_mapping")}
    places = [metadata, stated]
    if isinstance(info := metadata.get("additional_info"), dict):
        cleaned["additional_info"] = {k: v for k, v in info.items() if k not in _MSIDS}
        places.append(info)
    msids = (place.get("recording_msid") for place in places)
    mapping = metadata.get("mbid_mapping")
    mapped = mapping.get("recording_mbid") if isinstance(mapping, dict) else None
    return (
        {**submitted, "track_metadata": cleaned},
        next((msid for msid in msids if isinstance(msid, str)), ""),
        mapped if isinstance(mapped, str) and fits(mapped, Mbid) else None,
    )

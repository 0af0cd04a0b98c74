"""ListenBrainz's submit-listens and recording-feedback: their rules, limits and messages.

What real clients send is taken as ListenBrainz takes it: a ``listened_at`` with a fraction or as
text is cut to whole seconds, an empty MusicBrainz id is no id, unknown keys of ``additional_info``
are kept. ``listened_at`` is the *start* of a play. The id of a listen is made of the listener, that
second and the recording's text, so that a client may send it as often as it likes.

Source: the ListenBrainz API documentation and server, MetaBrainz Foundation.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ritornello.catalog import identity, items
from ritornello.catalog.items import Resolver
from ritornello.intake.listenbrainz_rules import check_feedback, check_listen, check_request
from ritornello.intake.refusal import Refused
from ritornello.kinds.events import Act, ActKind, Listen
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import Album, AnyItem, Artist, Isrc, Track
from ritornello.kinds.times import EPOCH, from_us
from ritornello.store.database import Change

SOURCE = "listenbrainz"

SCORES: dict[int, ActKind] = {1: "love", 0: "unlove", -1: "hate"}
"""What a score in a feedback says of its recording."""
_SECONDS_BELOW = 1000
"""Supysonic writes seconds into ``duration_ms``; no track is shorter than a second."""


class Submission(msgspec.Struct, frozen=True):
    """What a submission held: the good listens by position, what they name, and the faults.

    ``listen_type`` is ``single``, ``import``, ``playing_now``, or empty where the request itself
    was refused. A ``playing_now`` listen is a statement about this moment, not an event to store.
    """

    listen_type: str
    listens: dict[int, Listen]
    items: tuple[AnyItem, ...]
    identifiers: tuple[tuple[str, str, str], ...]
    faults: list[Fault]

    def changes(self) -> list[Change]:
        """Return what the catalogue learns from the listens, to be stored with them."""
        return [*items.changes(self.items), *items.identify(self.identifiers)]


def read(body: bytes, *, listener_id: str, now: datetime, resolver: Resolver) -> Submission:
    """Read the body of ``POST /1/submit-listens``.

    Parameters
    ----------
    now : the server's clock: when a ``playing_now`` is, and what lies in the future.
    resolver : finds the item a name and a MusicBrainz id mean.

    Returns
    -------
    the good listens and, as faults, the others. A fault's message is ListenBrainz's own; their
    server refuses the whole request with the first.
    """
    try:
        listen_type, payload = check_request(_decoded(body))
    except Refused as refused:
        return Submission("", {}, (), (), [refused.fault(SOURCE, 0)])
    listens: dict[int, Listen] = {}
    faults: list[Fault] = []
    found: dict[AnyItem, None] = {}
    identifiers: dict[tuple[str, str, str], None] = {}
    for position, stated in enumerate(payload):
        try:
            listened_at, metadata = check_listen(stated, listen_type, now)
        except Refused as refused:
            faults.append(refused.fault(SOURCE, position))
            continue
        started_at = now if listened_at is None else from_us(listened_at * 1_000_000)
        listen, named = listen_of(metadata, started_at, listener_id=listener_id, resolver=resolver)
        listens[position] = listen
        found.update(dict.fromkeys(named))
        identifiers["msid", _msid(metadata), listen.item_id] = None
    return Submission(listen_type, listens, tuple(found), tuple(identifiers), faults)


def listen_of(
    metadata: dict[str, Any],
    started_at: datetime,
    *,
    listener_id: str,
    resolver: Resolver,
    mapped_mbid: str | None = None,
) -> tuple[Listen, tuple[AnyItem, ...]]:
    """Return the listen that checked metadata describe, and the items they name, the track last.

    Parameters
    ----------
    mapped_mbid : the recording that ListenBrainz found for metadata that name none.
    """
    track, others = _items(metadata, resolver, mapped_mbid)
    listen = _listen(listener_id, started_at, metadata, track, _msid(metadata))
    return listen, (*others, track)


def read_feedback(
    body: bytes, *, listener_id: str, now: datetime, resolver: Resolver
) -> tuple[list[Act], tuple[AnyItem, ...], list[Fault]]:
    """Read the body of ``POST /1/feedback/recording-feedback``: 1 loves, -1 hates, 0 takes it back.

    A recording known by its MusicBrainz id alone enters the catalogue without a name, not
    playable; a MessyBrainz id has to be one of a recording that was submitted.

    Returns
    -------
    at most one act, the item it names where the catalogue may not have it, and the faults.
    """
    try:
        mbid, msid, score = check_feedback(_decoded(body))
        about_id = resolver.track(mbid=mbid) if mbid else _submitted(msid, resolver)
    except Refused as refused:
        return [], (), [refused.fault(SOURCE, 0)]
    act = Act(
        event_id=uuid8(now, SOURCE, listener_id, about_id, str(score)),
        listener_id=listener_id,
        happened_at=now,
        act=SCORES[score],
        about_id=about_id,
        client=SOURCE,
    )
    unnamed = (
        (items.nameless(mbid),) if mbid and about_id == identity.mbid_id("track", mbid) else ()
    )
    return [act], unnamed, []


def _submitted(msid: str, resolver: Resolver) -> str:
    item_id = resolver.by_identifier("msid", msid)
    if item_id is None:
        raise Refused("recording_msid", "unknown_item", f"no recording {msid} was submitted")
    return item_id


def listen_json(listen: Listen, listener: str, item: AnyItem | None) -> dict[str, Any]:
    """Return a listen as ListenBrainz lists it.

    What was submitted comes back as it came; a listen from elsewhere is described by its item.
    """
    metadata = (listen.extra or {}).get("track_metadata") or _described(listen, item)
    mbid = item.mbid if item is not None else None
    mapped = {"mbid_mapping": {"recording_mbid": mbid}} if mbid else {}
    return {
        "listened_at": (listen.started_at - EPOCH) // timedelta(seconds=1),
        "recording_msid": _msid(metadata),
        "user_name": listener,
        "track_metadata": {"additional_info": {}} | metadata | mapped,
    }


def _described(listen: Listen, item: AnyItem | None) -> dict[str, Any]:
    """Describe a listen that no ListenBrainz client sent."""
    info: dict[str, Any] = {"submission_client": listen.client}
    if listen.duration_ms is not None:
        info["duration_ms"] = listen.duration_ms
    if listen.ms_played is not None:
        info["duration_played"] = listen.ms_played // 1000
    if item is not None and item.mbid is not None:
        info["recording_mbid"] = item.mbid
    described: dict[str, Any] = {
        "track_name": item.title if item is not None else listen.item_id,
        "artist_name": getattr(item, "artist_name", "") or getattr(item, "show_title", ""),
        "additional_info": info,
    }
    if isinstance(item, Track) and item.album_title:
        described["release_name"] = item.album_title
    return described


def _listen(
    listener_id: str, started_at: datetime, metadata: dict[str, Any], track: Track, msid: str
) -> Listen:
    info = metadata.get("additional_info", {})
    ms_played = _ms_played(info.get("duration_played"))
    duration_ms = track.duration_ms
    return Listen(
        event_id=uuid8(started_at, SOURCE, listener_id, msid),
        listener_id=listener_id,
        happened_at=started_at + timedelta(milliseconds=ms_played or duration_ms or 0),
        item_id=track.item_id,
        started_at=started_at,
        ms_played=ms_played,
        duration_ms=duration_ms,
        client=_client(info),
        source=SOURCE,
        extra={"track_metadata": metadata},
    )


def _items(
    metadata: dict[str, Any], resolver: Resolver, mapped_mbid: str | None
) -> tuple[Track, list[AnyItem]]:
    """Return the track a listen names, and its artists and album."""
    info = metadata.get("additional_info", {})
    credit, title = metadata["artist_name"], metadata["track_name"]
    artists = _artists(credit, info, resolver)
    artist_ids = tuple(artist.item_id for artist in artists)
    others: list[AnyItem] = [*artists]
    album_title, album_id = metadata.get("release_name"), None
    if album_title is not None:
        mbid = info.get("release_mbid")
        album_id = resolver.album(artist=credit, title=album_title, mbid=mbid)
        others.append(
            Album(
                item_id=album_id,
                title=album_title,
                artist_ids=artist_ids,
                artist_name=credit,
                mbid=mbid,
            )
        )
    mbid = info.get("recording_mbid") or mapped_mbid
    track = Track(
        item_id=resolver.track(artist=credit, title=title, mbid=mbid),
        title=title,
        artist_ids=artist_ids,
        artist_name=credit,
        album_id=album_id,
        album_title=album_title,
        duration_ms=_duration_ms(info),
        isrc=_isrc(info.get("isrc")),
        mbid=mbid,
        tags=tuple(dict.fromkeys(info.get("tags", ()))),
    )
    return track, others


def _artists(credit: str, info: dict[str, Any], resolver: Resolver) -> list[Artist]:
    """Return the artists of a credit, with their MusicBrainz ids where it is clear whose they are."""
    mbids, names = info.get("artist_mbids", []), info.get("artist_names")
    if isinstance(names, list) and len(names) == len(mbids) and all(map(_is_name, names)):
        named: Iterable[tuple[str, str | None]] = zip(names, mbids, strict=True)
    else:
        named = [(identity.split_guests(credit)[0], mbids[0] if len(mbids) == 1 else None)]
    return [
        Artist(item_id=resolver.artist(name=name, mbid=mbid), title=name, mbid=mbid)
        for name, mbid in named
    ]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 1000 and identity.visible(value)


def _duration_ms(info: dict[str, Any]) -> int | None:
    if "duration" in info:
        return int(info["duration"]) * 1000
    stated = info.get("duration_ms")
    if stated is None:
        return None
    in_seconds = info.get("media_player") == "Supysonic" and "submission_client" not in info
    return int(stated) * (1000 if in_seconds and stated < _SECONDS_BELOW else 1)


def _ms_played(seconds: object) -> int | None:
    """Return the played seconds as milliseconds; what is no sensible number is unknown."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return int(seconds * 1000) if 0 <= seconds <= 24 * 86_400 else None


def _isrc(stated: object) -> str | None:
    if not isinstance(stated, str):
        return None
    try:
        isrc: str = msgspec.convert(stated.replace("-", "").upper(), Isrc)
    except msgspec.ValidationError:
        return None
    return isrc


def _client(info: dict[str, Any]) -> str:
    for key in ("submission_client", "media_player", "listening_from"):
        if isinstance(info.get(key), str) and info[key]:
            return str(info[key])[:128]
    return "unknown"


def _msid(metadata: dict[str, Any]) -> str:
    names = (str(metadata.get(key, "")) for key in ("artist_name", "track_name", "release_name"))
    return str(identity.recording_msid(*names))


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("", "malformed_json", f"Cannot parse JSON document: {error}") from error

"""``.scrobbler.log``, as Rockbox and other portable players write it: what was heard and skipped.

One line a track, parted by tabs: artist, album, title, track number, length in seconds, rating,
start of play in Unix seconds, MusicBrainz id. ``L`` was heard for at least half, ``S`` was skipped
before. ``#TZ/UTC`` says the times are UTC; with ``#TZ/UNKNOWN`` the player's clock showed local time,
and a time is what that clock would have shown in the listener's zone (hours that a change of clocks
repeats are read as the earlier ones). The MusicBrainz id is the tag ``MUSICBRAINZ_TRACKID``, which
holds a *recording*.

Source: Portable Player Logging (Audioscrobbler), in the words of Rockbox's ``lastfm_scrobbler.c``.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from ritornello.catalog.items import Resolver
from ritornello.catalog.lines import Line
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.intake.events import AHEAD
from ritornello.intake.fields import instant, timely, whole
from ritornello.intake.member_rows import Placed, Reading, beginning, text_of, within_reason
from ritornello.intake.recordings import Recordings
from ritornello.intake.refusal import Refused
from ritornello.kinds.events import EndedBecause, Listen
from ritornello.kinds.ids import uuid8

SOURCE = "scrobbler_log"
FIRST_LINE = "#AUDIOSCROBBLER/"
VERSIONS = ("1.0", "1.1")
MAX_LENGTH_S = 86_400

_FIELDS = ("artist", "release", "title", "number", "length", "rating", "started", "recording_mbid")
_ENDED: dict[str, EndedBecause] = {"L": "unknown", "S": "skipped_forward"}
_UNTAGGED = "<untagged>"


def holds(member: Member) -> bool:
    """Whether a member is a log of a portable player, by how it begins."""
    return beginning(member).startswith(FIRST_LINE)


def read(
    members: Sequence[Member],
    *,
    listener_id: str,
    now: datetime,
    resolver: Resolver,
    after: int = 0,
    tz: tzinfo = UTC,
) -> Iterator[Chunk]:
    """Read logs; a position is a line number through all of them, from 1.

    Parameters
    ----------
    now : nothing may have started after it.
    after : position up to which everything is stored already.
    tz : where the listener was, for a player that does not know its zone.
    """
    rows = _rows(members, _Reader(listener_id, now, resolver, tz))
    return gathered(within_reason(rows, SOURCE), after=after)


class _Header(NamedTuple):
    """What the lines at the top of a log say of it."""

    is_utc: bool = False
    client: str = SOURCE

    def with_line(self, line: str) -> "_Header":
        name, _, value = line.removeprefix("#").partition("/")
        if name == "TZ":
            return self._replace(is_utc=value.strip() == "UTC")
        if name == "CLIENT" and value.strip():
            return self._replace(client=value.strip()[:128])
        return self


def _rows(members: Sequence[Member], reader: "_Reader") -> Iterator[Row]:
    reading = Reading(members)
    for member in members:
        header: _Header | None = None
        for placed in reading.lines(member):
            try:
                line = text_of(placed.row)
                if header is None:
                    header = _opened(line)
                elif line.startswith("#") and line.count("\t") < len(_FIELDS) - 2:
                    header = header.with_line(line)
                else:
                    yield reader.row(placed, line, header)
            except Refused as refused:
                yield placed.refused(SOURCE, refused)
                if header is None:
                    break


def _opened(line: str) -> _Header:
    """Return an empty header after the line that every log begins with."""
    if not line.startswith(FIRST_LINE):
        message = f"no log of a portable player; the first line would be {FIRST_LINE}{VERSIONS[-1]}"
        raise Refused("", "unknown_file", message)
    version = line.removeprefix(FIRST_LINE).strip()
    if version not in VERSIONS:
        message = f"version {version!r}; {' and '.join(VERSIONS)} are read"
        raise Refused("", "unknown_version", message)
    return _Header()


class _Reader:
    """Turns one line into a listen and the items it names."""

    def __init__(self, listener_id: str, now: datetime, resolver: Resolver, tz: tzinfo) -> None:
        self._listener_id = listener_id
        self._latest_at = now + AHEAD
        self._recordings = Recordings(resolver)
        self._tz = tz

    def row(self, placed: Placed[Line], line: str, header: _Header) -> Row:
        """Return what a line held.

        Raises
        ------
        Refused : no track somebody played.
        """
        values = line.split("\t")
        if len(values) not in (len(_FIELDS) - 1, len(_FIELDS)):
            rule = "torn_line" if getattr(placed.row, "torn", False) else "wrong_columns"
            raise Refused("", rule, f"7 or 8 fields parted by tabs, not {len(values)}")
        stated = dict(zip(_FIELDS, values, strict=False))
        for field in ("artist", "title"):
            if stated[field].strip().lower() == _UNTAGGED:
                raise Refused(field, "empty", f"the file had no {field}")
        if stated["rating"] not in _ENDED:
            message = f"L (listened) or S (skipped), not {stated['rating'][:40]!r}"
            raise Refused("rating", "unknown_word", message)
        length_s = whole(stated, "length", 0, MAX_LENGTH_S)
        duration_ms = length_s * 1000 if length_s else None
        started_at = self._time(stated["started"], header)
        recording = self._recordings.of(stated, duration_ms)
        heard_ms = (duration_ms or 0) if stated["rating"] == "L" else 0
        listen = Listen(
            event_id=uuid8(started_at, SOURCE, self._listener_id, recording.text_key),
            listener_id=self._listener_id,
            happened_at=started_at + timedelta(milliseconds=heard_ms),
            item_id=recording.item_id,
            started_at=started_at,
            duration_ms=duration_ms,
            ended_because=_ENDED[stated["rating"]],
            client=header.client,
            source=SOURCE,
        )
        return placed.kept(listen, recording.items)

    def _time(self, stated: str, header: _Header) -> datetime:
        """Return when a play began, by the clock the header tells of."""
        if stated.strip() in ("", "0"):
            raise Refused("started_at", "no_clock", "the player had no clock, so nobody knows when")
        at = instant(stated, "unix_s")
        if not header.is_utc:
            at = at.replace(tzinfo=self._tz).astimezone(UTC)
        return timely(at, self._latest_at)

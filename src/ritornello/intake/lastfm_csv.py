"""Last.fm histories as the exporters in use write them: comma-separated tables of four kinds.

==============  ============================================================================
exporter        what its rows look like
==============  ============================================================================
lastfm-to-csv   no header; artist, album, title, ``02 Jan 2024 13:45``
lastfmstats     ``Artist;Album;AlbumId;Track;Date#user``, milliseconds since 1970
ghan            ``uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid``, seconds
others          a header with an artist, a track and a date, in any order and by any known name
==============  ============================================================================

The dialect is read from the first rows. All times are UTC, as Last.fm gives them, and are the start
of a play. A row without a date is the track that was playing during the export. Last.fm's track id
is a recording at times and a track on a medium at others, so it is not believed.

A quoted field may hold line ends (RFC 4180). If a quotation mark is never closed, that one row is
the fault and the next is read as its own.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from ritornello.catalog.items import Resolver
from ritornello.catalog.lines import Line
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.intake.events import AHEAD
from ritornello.intake.fields import instant, timely
from ritornello.intake.member_rows import Placed, Reading, beginning, text_of, within_reason
from ritornello.intake.recordings import Recordings
from ritornello.intake.refusal import Refused
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid8

SOURCE = "lastfm"
MAX_LINES = 20
MAX_RECORD = 65_536
"""A record of more lines or characters is an unclosed quotation mark."""

_DELIMITERS = (",", ";", "\t")
_NAMES: dict[str, tuple[str, ...]] = {
    "artist": ("artist", "artist name", "artist_name", "artistname"),
    "title": ("track", "title", "song", "name", "track name", "track_name", "trackname"),
    "release": ("album", "album name", "album_name", "albumname", "release", "release_name"),
    "artist_mbid": ("artist_mbid",),
    "release_mbid": ("album_mbid",),
}
_TIMES = (
    "uts", "timestamp", "date_uts", "listened_at", "played_at", "date", "utc_time", "datetime",
    "time",
)  # fmt: skip
_HEADERLESS = ("artist", "release", "title")
"""What the columns of a table without a header are; the last is the date."""
_MILLISECONDS_FROM = 10**11
"""In seconds that is the year 5138, in milliseconds 1973: no scrobble is either."""
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_WRITTEN = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4}),? +(\d{1,2}):(\d{2})(?::(\d{2}))?")


class Dialect(NamedTuple):
    """What a table's columns are: how many, where each field stands, and where the times may."""

    delimiter: str
    n_columns: int
    fields: dict[str, int]
    times: tuple[int, ...]
    has_header: bool


def dialect_of(first_lines: Sequence[str]) -> Dialect | None:
    """Tell a table's dialect from its first lines; ``None`` if it is no table of scrobbles.

    Examples
    --------
    >>> dialect_of(["Artist;Album;Track;Date#listener-1"]).delimiter
    ';'
    """
    for number, line in enumerate(first_lines):
        for delimiter in _DELIMITERS:
            try:
                row = next(csv.reader((line,), delimiter=delimiter, strict=True), [])
            except csv.Error:
                continue
            found = _with_header(row, delimiter) if number == 0 else None
            if found := found or _without_header(row, delimiter):
                return found
    return None


def _with_header(row: list[str], delimiter: str) -> Dialect | None:
    names = [cell.partition("#")[0].strip().lower() for cell in row]
    fields = {
        field: names.index(known)
        for field, synonyms in _NAMES.items()
        for known in reversed(synonyms)
        if known in names
    }
    times = tuple(names.index(known) for known in _TIMES if known in names)
    if not times or not fields.keys() >= {"artist", "title"}:
        return None
    return Dialect(delimiter, len(row), fields, times, has_header=True)


def _without_header(row: list[str], delimiter: str) -> Dialect | None:
    if len(row) != len(_HEADERLESS) + 1 or not _WRITTEN.fullmatch(row[-1].strip()):
        return None
    fields = {field: place for place, field in enumerate(_HEADERLESS)}
    return Dialect(delimiter, len(row), fields, (len(row) - 1,), has_header=False)


def holds(member: Member) -> bool:
    """Whether a member is a table of scrobbles, by its first lines."""
    first_lines = beginning(member).split("\n")[:MAX_LINES]
    return dialect_of([line.rstrip("\r") for line in first_lines]) is not None


def read(
    members: Sequence[Member],
    *,
    listener_id: str,
    now: datetime,
    resolver: Resolver,
    after: int = 0,
) -> Iterator[Chunk]:
    """Read tables; a position is a line number through all of them, from 1.

    Parameters
    ----------
    now : nothing may have started after it.
    after : position up to which everything is stored already.
    """
    rows = _rows(members, _Reader(listener_id, now, resolver))
    return gathered(within_reason(rows, SOURCE), after=after)


def _rows(members: Sequence[Member], reader: "_Reader") -> Iterator[Row]:
    reading = Reading(members)
    for member in members:
        ahead = _Ahead(reading.lines(member))
        dialect = dialect_of(ahead.first_texts())
        if dialect is not None:
            yield from _table(ahead, dialect, reader)
        elif first := ahead.peek(0):
            message = "no header with artist, track and date, and no row that ends in a date"
            yield first.refused(SOURCE, Refused("", "unknown_file", message))


def _table(ahead: "_Ahead", dialect: Dialect, reader: "_Reader") -> Iterator[Row]:
    if dialect.has_header:
        ahead.take(1)
    while placed := ahead.peek(0):
        try:
            yield reader.row(placed, dialect, _record(ahead, dialect))
        except Refused as refused:
            yield placed.refused(SOURCE, refused)


class _Ahead:
    """The lines of a table, some of which were looked at and not yet taken."""

    def __init__(self, lines: Iterator[Placed[Line]]) -> None:
        self._lines = lines
        self._seen: deque[Placed[Line]] = deque()

    def peek(self, n_further: int) -> Placed[Line] | None:
        """Return the line that many after the next; ``None`` past the end."""
        self._seen.extend(islice(self._lines, max(0, n_further + 1 - len(self._seen))))
        return self._seen[n_further] if n_further < len(self._seen) else None

    def take(self, n_lines: int) -> Line | Refused:
        """Be done with the next lines; return the last of them."""
        return [self._seen.popleft() for _ in range(n_lines)][-1].row

    def first_texts(self) -> list[str]:
        """Return what the first lines say, empty where that cannot be read."""
        self.peek(MAX_LINES - 1)
        found = []
        for placed in self._seen:
            try:
                found.append(text_of(placed.row))
            except Refused:
                found.append("")
        return found


def _record(ahead: _Ahead, dialect: Dialect) -> list[str]:
    """Take the next record, of as many lines as its quotation marks hold together.

    Raises
    ------
    Refused : the next line begins no record; it alone is taken.
    """
    try:
        values, n_lines = _joined(ahead, dialect)
    except Refused as refused:
        first = ahead.take(1)
        if isinstance(first, Line) and first.torn:
            raise Refused("", "torn_line", str(refused)) from refused
        raise
    ahead.take(n_lines)
    return values


def _joined(ahead: _Ahead, dialect: Dialect) -> tuple[list[str], int]:
    """Return the fields of the next record, and how many lines it has."""
    n_lines, text = 0, ""
    while n_lines < MAX_LINES and len(text) < MAX_RECORD and (placed := ahead.peek(n_lines)):
        text += "\n" * (n_lines > 0) + text_of(placed.row)
        n_lines += 1
        values = _fields(text, dialect.delimiter)
        if values is not None and len(values) == dialect.n_columns:
            return values, n_lines
        if values is not None:
            message = f"{dialect.n_columns} columns wanted, not {len(values)}"
            raise Refused("", "wrong_columns", message)
    raise Refused("", "malformed_csv", "a quotation mark that is never closed")


def _fields(text: str, delimiter: str) -> list[str] | None:
    """Return the fields of a record; ``None`` while a quotation mark is open."""
    try:
        return next(csv.reader((text,), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if str(error) == "unexpected end of data":
            return None
        raise Refused("", "malformed_csv", str(error)) from error


class _Reader:
    """Turns one record into a listen and the items it names."""

    def __init__(self, listener_id: str, now: datetime, resolver: Resolver) -> None:
        self._listener_id = listener_id
        self._latest_at = now + AHEAD
        self._recordings = Recordings(resolver)

    def row(self, placed: Placed[Line], dialect: Dialect, values: list[str]) -> Row:
        """Return what a record held.

        Raises
        ------
        Refused : no track somebody played.
        """
        stated = {field: values[place] for field, place in dialect.fields.items()}
        written = next((values[i].strip() for i in dialect.times if values[i].strip()), "")
        if not written:
            raise Refused("started_at", "now_playing", "no date: it was playing at the export")
        started_at = timely(_instant(written), self._latest_at)
        recording = self._recordings.of(stated)
        listen = Listen(
            event_id=uuid8(started_at, SOURCE, self._listener_id, recording.text_key),
            listener_id=self._listener_id,
            happened_at=started_at,
            item_id=recording.item_id,
            started_at=started_at,
            client=SOURCE,
            source=SOURCE,
        )
        return placed.kept(listen, recording.items)


def _instant(written: str) -> datetime:
    """Return the instant of a date, in whichever of the exporters' forms it is written."""
    if written.isdecimal():
        in_ms = len(written) > 10 and int(written[:20]) >= _MILLISECONDS_FROM
        return instant(written, "unix_ms" if in_ms else "unix_s")
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return instant(written, "utc")
    day, word, year, hour, minute, second = found.groups()
    month = next((n for n, name in enumerate(_MONTHS, 1) if word.lower() in (name, name[:3])), 0)
    try:
        return datetime(
            int(year), month, int(day), int(hour), int(minute), int(second or 0), 0, UTC
        )
    except ValueError as error:
        message = f"{written[:40]!r} is no date; months are read in English, such as 02 Jan 2024"
        raise Refused("started_at", "not_a_time", message) from error

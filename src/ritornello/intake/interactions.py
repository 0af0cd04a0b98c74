"""A plain table of who played what: CSV, TSV or Parquet with named columns.

With a time every row is a listen; without one, a tally of ``n_plays`` (of two rows about one pair
the later stands). Which column means what, and in which form the times are written, is stated by
whoever imports the table; nothing is guessed from its values.

A line of a text file is a row, so that a stray quotation mark costs one row and not the rest of the
file; a field therefore cannot hold a line end.
"""

import csv
from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from ritornello.catalog import identity, parquet
from ritornello.catalog.items import Resolver
from ritornello.catalog.lines import Line, lines
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.intake.events import AHEAD, EARLIEST_AT
from ritornello.intake.fields import TimeForm, fits, instant, text, whole
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import BadValue, NotFound, did_you_mean
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import ItemId, ListenerId, key_of, uuid8
from ritornello.kinds.items import AnyItem, Artist, Mbid, Track
from ritornello.kinds.tallies import Tally

SOURCE = "interactions"
MAX_MS_PLAYED = 24 * 86_400_000
MAX_PLAYS = 1_000_000_000


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the table calls each column, and the form of its times.

    ``listener`` must be there; so must ``item`` or both ``artist`` and ``title``; so must
    ``started_at`` or ``n_plays``. The others are read where present.
    """

    listener: str = "listener_id"
    item: str = "item_id"
    artist: str = "artist"
    title: str = "title"
    release: str = "release"
    recording_mbid: str = "recording_mbid"
    started_at: str = "started_at"
    ms_played: str = "ms_played"
    n_plays: str = "n_plays"
    time_form: TimeForm = "iso8601"
    delimiter: str = ""


_NAMING = ("item", "artist", "title", "release", "recording_mbid")
_FIELDS = tuple(f for f in Columns.__struct_fields__ if f not in ("time_form", "delimiter"))


def read(
    path: Path,
    columns: Columns,
    *,
    now: datetime,
    resolver: Resolver,
    known: Container[str] | None = None,
    after: int = 0,
) -> Iterator[Chunk]:
    """Read a table; Parquet, TSV or CSV by its name.

    Parameters
    ----------
    now : nothing may have started after it.
    resolver : finds the item a name and a MusicBrainz id mean.
    known : ids of the catalogue; a row naming another of *our* ids is a fault. An item id of
        another system becomes a track of that key. Not checked if ``None``.
    after : position (line or row number) up to which everything is stored already.

    Raises
    ------
    NotFound : no such file.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}")
    reader = _Reader(columns, now, resolver, known)
    rows = _parquet_rows if path.suffix == ".parquet" else _text_rows
    return gathered(rows(path, columns, reader), after=after)


class _Reader:
    """Turns one row, as values by field, into a listen or a tally and the items it names."""

    def __init__(
        self, columns: Columns, now: datetime, resolver: Resolver, known: Container[str] | None
    ) -> None:
        self._form = columns.time_form
        self._latest_at = now + AHEAD
        self._resolver = resolver
        self._known = known
        self._items = lru_cache(maxsize=65_536)(self._find_items)

    def row(self, position: int, share: float, stated: dict[str, Any] | Refused) -> Row:
        """Return what a row held."""
        try:
            if isinstance(stated, Refused):
                raise stated
            item_id, items = self._items(*(text(stated, field) for field in _NAMING))
            return Row(position, share, self._record(stated, item_id), items)
        except Refused as refused:
            return Row(position, share, refused.fault(SOURCE, position))

    def _record(self, stated: dict[str, Any], item_id: str) -> Listen | Tally:
        listener_id = _listener(text(stated, "listener"))
        if "started_at" not in stated:
            n_plays = whole(stated, "n_plays", 1, MAX_PLAYS)
            if n_plays is None:
                raise Refused("n_plays", "missing_field", "n_plays is empty")
            return Tally(listener_id=listener_id, item_id=item_id, n_plays=n_plays, source=SOURCE)
        started_at = self._time(stated["started_at"])
        ms_played = whole(stated, "ms_played", 0, MAX_MS_PLAYED)
        return Listen(
            event_id=uuid8(started_at, SOURCE, listener_id, item_id),
            listener_id=listener_id,
            happened_at=started_at + timedelta(milliseconds=ms_played or 0),
            item_id=item_id,
            started_at=started_at,
            ms_played=ms_played,
            client="import",
            source=SOURCE,
        )

    def _time(self, stated: Any) -> datetime:
        at = instant(stated, self._form)
        if at < EARLIEST_AT:
            message = f"{at.isoformat()} is before {EARLIEST_AT.isoformat()}; is it {self._form}?"
            raise Refused("started_at", "too_old", message)
        if at > self._latest_at:
            message = f"{at.isoformat()} is in the future; is it {self._form}?"
            raise Refused("started_at", "future_time", message)
        return at

    def _find_items(
        self, item: str, artist: str, title: str, release: str, mbid: str
    ) -> tuple[str, tuple[AnyItem, ...]]:
        if not item and not (identity.visible(artist) and identity.visible(title)):
            raise Refused("title", "empty", "neither an item nor both artist and title")
        if item and fits(item, ItemId):
            if self._known is not None and item not in self._known:
                message = f"no item {item!r} in the catalogue; import it first"
                raise Refused("item", "unknown_item", message)
            return item, ()
        if mbid and not fits(mbid, Mbid):
            raise Refused("recording_mbid", "wrong_form", f"no MusicBrainz id: {mbid[:40]!r}")
        if item:
            item_id = f"track:{item}" if fits(f"track:{item}", ItemId) else f"track:{key_of(item)}"
        else:
            item_id = self._resolver.track(artist=artist, title=title, mbid=mbid or None)
        return item_id, _tracks(item_id, artist, title or item, release, mbid)


def _tracks(item_id: str, artist: str, title: str, release: str, mbid: str) -> tuple[AnyItem, ...]:
    name = identity.split_guests(artist)[0]
    artists = (Artist(item_id=identity.artist_id(name), title=name),) if name else ()
    track = Track(
        item_id=item_id,
        title=title,
        artist_ids=tuple(made_by.item_id for made_by in artists),
        artist_name=artist,
        album_title=release or None,
        mbid=mbid or None,
    )
    return *artists, track


def _text_rows(path: Path, columns: Columns, reader: _Reader) -> Iterator[Row]:
    delimiter = columns.delimiter or ("\t" if path.suffix in (".tsv", ".tab") else ",")
    n_bytes = path.stat().st_size
    places: dict[str, int] | None = None
    with path.open("rb") as file:
        for line in lines(file):
            share = file.tell() / n_bytes
            values = _split(line, delimiter)
            if places is None:
                header = values if isinstance(values, list) else []
                try:
                    places = _places(header, columns)
                except Refused as refused:
                    yield Row(line.number, 1.0, refused.fault(SOURCE, line.number))
                    return
                n_columns = len(header)
            elif isinstance(values, list) and len(values) != n_columns:
                rule = "torn_line" if line.torn else "wrong_columns"
                message = f"{n_columns} columns wanted, not {len(values)}"
                yield reader.row(line.number, share, Refused("", rule, message))
            elif isinstance(values, list):
                stated = {field: values[place] for field, place in places.items()}
                yield reader.row(line.number, share, stated)
            else:
                yield reader.row(line.number, share, values)


def _split(line: Line, delimiter: str) -> list[str] | Refused:
    if not line.whole:
        return Refused("", "too_long", f"a line of more than {len(line.text)} bytes")
    try:
        decoded = line.text.decode("utf-8-sig" if line.number == 1 else "utf-8")
        if delimiter == "\t":
            return decoded.split("\t")
        return next(csv.reader((decoded,), delimiter=delimiter, strict=True))
    except UnicodeDecodeError as error:
        return Refused("", "not_utf8", f"not UTF-8: {error.reason}")
    except csv.Error as error:
        return Refused("", "torn_line" if line.torn else "malformed_csv", str(error))


def _parquet_rows(path: Path, columns: Columns, reader: _Reader) -> Iterator[Row]:
    position, n_rows = 0, 0
    try:
        n_rows = parquet.count(path)
        places = _places(parquet.names(path), columns)
        names = {field: getattr(columns, field) for field in places}
        for position, values in enumerate(parquet.rows(path), start=1):
            stated = {field: values[name] for field, name in names.items()}
            yield reader.row(position, position / n_rows, stated)
    except (BadValue, Refused) as error:
        refused = error if isinstance(error, Refused) else None
        refused = refused or Refused("", "malformed_parquet", str(error))
        yield Row(position + 1, 1.0, refused.fault(SOURCE, position + 1))


def _places(header: list[str], columns: Columns) -> dict[str, int]:
    """Return where each field stands; refuse a table that lacks one it cannot do without."""
    places = {
        field: header.index(getattr(columns, field))
        for field in _FIELDS
        if getattr(columns, field) in header
    }
    for needed in (("listener",), ("item", "title"), ("item", "artist"), ("started_at", "n_plays")):
        if not places.keys() & set(needed):
            wanted = " or ".join(repr(getattr(columns, field)) for field in needed)
            near = did_you_mean(getattr(columns, needed[0]), header)
            message = f"no column {wanted} among {', '.join(map(repr, header[:20]))}{near}"
            raise Refused(needed[0], "missing_column", message)
    return places


@lru_cache(maxsize=65_536)
def _listener(stated: str) -> str:
    if not fits(stated, ListenerId):
        message = f"a listener is 1 to 64 letters, digits or one of _.:+-, not {stated[:80]!r}"
        raise Refused("listener", "wrong_form", message)
    return stated

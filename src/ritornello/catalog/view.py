"""The catalogue as columns for serving: one immutable snapshot, made anew as the catalogue grows.

A *row* is an item's place in every column. Rows never move and are never reused, so an array of
rows stays meaningful across snapshots; a newer snapshot only has more of them.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.version_words import versions_of
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import LONGEST_MS, PLAYABLE_KINDS

KINDS = ("track", "episode", "artist", "album", "show", "playlist")
NONE = -1
EVERY = slice(None)
_KIND_CODE = {kind: code for code, kind in enumerate(KINDS)}
_PLAYABLE = np.array([kind in PLAYABLE_KINDS for kind in KINDS])
_CHANGED = "SELECT changed_seq, body FROM items WHERE changed_seq > ? ORDER BY changed_seq"
_MERGED = "SELECT changed_seq, from_id, into_id FROM aliases WHERE changed_seq > ?"


class _Row(msgspec.Struct, gc=False):
    """The few fields of an item that serving reads at every request; all else is skipped."""

    item_id: str
    title: str
    artist_ids: tuple[str, ...] = ()
    show_id: str | None = None
    album_id: str | None = None
    artist_name: str = ""
    show_title: str = ""
    author: str = ""
    explicit: bool = False
    available: bool = True
    regions: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    released_on: str | None = None
    duration_ms: Annotated[int, msgspec.Meta(ge=0)] | None = None
    energy: float | None = None
    bpm: float | None = None

    @property
    def maker_id(self) -> str | None:
        return self.artist_ids[0] if self.artist_ids else self.show_id

    @property
    def featured_ids(self) -> tuple[str, ...]:
        return self.artist_ids[1:]

    @property
    def maker_name(self) -> str:
        return self.artist_name or self.show_title or self.author

    @property
    def words(self) -> Iterator[str]:
        yield from (f"genre:{spelt(word)}" for word in self.genres)
        yield from (f"mood:{spelt(word)}" for word in self.moods)
        yield from (f"tag:{spelt(word)}" for word in self.tags)
        yield from (f"version:{name}" for name in versions_of(self.title, self.tags))
        if self.language:
            yield f"language:{spelt(self.language).partition(' ')[0]}"


def spelt(word: str) -> str:
    """Return a free word the way all of its spellings are compared.

    Examples
    --------
    >>> spelt("Hip-Hop"), spelt("hip  hop")
    ('hip hop', 'hip hop')
    """
    return " ".join(word.casefold().replace("-", " ").replace("_", " ").split())


_decoder = msgspec.json.Decoder(_Row)


@dataclass(frozen=True, slots=True)
class View:
    """One snapshot of the catalogue; safe to read from any thread, for it never changes.

    Attributes
    ----------
    ids : the item id of each row.
    number : item id → row, aliases resolved: a merged id answers with the row it became.
    kind : int8, the place of its kind in ``KINDS``.
    artist : int32, the row of the first artist (of a show, for an episode), aliases resolved; -1
        where none is known.
    album : int32, the row of the album a track is on, aliases resolved; -1 where none is known.
    featured : int32 (n, 2), a row and the row of an artist credited on it after the first.
    explicit, available : bool. Available is what one can press play on: a track or an episode that
        is not said to be unavailable, has a name and was not merged into another.
    released_on : datetime64[D], NaT where unknown.
    duration_ms : int64, -1 where unknown.
    energy, bpm : float32, NaN where unknown.
    words : what is said of items, such as ``genre:hip hop``, ``mood:calm`` or ``tag:live`` (:func:`spelt`);
        ``version:live`` where a title or tag names its version, ``language:de`` without its region.
    said : int32 (n, 2), a row and the place in ``words`` of a word said of it.
    genre : int32, the place in ``genres`` of its first genre, else of its artist's; -1 without one.
    canonical : int32, the row a row became; its own unless merged.
    """

    ids: list[str]
    number: dict[str, int]
    kind: NDArray[np.int8]
    artist: NDArray[np.int32]
    album: NDArray[np.int32]
    featured: NDArray[np.int32]
    explicit: NDArray[np.bool_]
    available: NDArray[np.bool_]
    released_on: NDArray[np.datetime64]
    duration_ms: NDArray[np.int64]
    energy: NDArray[np.float32]
    bpm: NDArray[np.float32]
    words: list[str]
    said: NDArray[np.int32]
    canonical: NDArray[np.int32]
    genre: NDArray[np.int32]
    genres: list[str]
    titles: list[str]
    credits: list[str]
    first_artist: NDArray[np.int32]
    first_album: NDArray[np.int32]
    first_genre: NDArray[np.int32]
    offered: NDArray[np.bool_]
    region: NDArray[np.int32]
    region_codes: dict[frozenset[str], int]
    own_rows: dict[str, int]
    items_seq: int
    aliases_seq: int

    @classmethod
    def read(cls, conn: sqlite3.Connection) -> "View":
        """Read the whole catalogue."""
        return EMPTY.refresh(conn)

    def refresh(self, conn: sqlite3.Connection) -> "View":
        """Return a snapshot with everything that changed since this one; this one if nothing did.

        Costs one pass over what changed plus one copy of the columns (about 40 bytes an item).
        Any process may have written the changes.
        """
        bodies = conn.execute(_CHANGED, (self.items_seq,)).fetchall()
        merges = conn.execute(_MERGED, (self.aliases_seq,)).fetchall()
        if not bodies and not merges:
            return self
        growing = _Growing(self)
        growing.put([_decoder.decode(body) for _, body in bodies])
        growing.merge([(from_id, into_id) for _, from_id, into_id in merges])
        return growing.view(
            items_seq=max((seq for seq, _ in bodies), default=self.items_seq),
            aliases_seq=max((seq for seq, _, _ in merges), default=self.aliases_seq),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def title(self, row: int) -> str:
        """Return the title of a row; empty where only its id is known."""
        return self.titles[row]

    def artist_name(self, row: int) -> str:
        """Return who made it, as credited: the artists of a track, the show of an episode."""
        if self.credits[row]:
            return self.credits[row]
        return self.titles[self.artist[row]] if self.artist[row] != NONE else ""

    def rows(self, item_ids: Iterable[str]) -> NDArray[np.int32]:
        """Return the rows of the ids that are known, in order; unknown ids are left out."""
        found = (self.number.get(item_id, NONE) for item_id in item_ids)
        return np.fromiter((row for row in found if row != NONE), dtype=np.int32)

    def allowed_in(
        self, region: str | None, among: NDArray[np.int32] | slice = EVERY
    ) -> NDArray[np.bool_]:
        """Return which rows, of all or of some, may be offered in a region (ISO 3166); no region meets no limit."""
        codes = self.region[among]
        if region is None:
            return np.ones(len(codes), dtype=np.bool_)
        allowed = [not regions or region in regions for regions in self.region_codes]
        return np.array(allowed, dtype=np.bool_)[codes]


class _Growing:
    """A snapshot being made from an older one, which stays as it is."""

    def __init__(self, old: View) -> None:
        self.old = old
        self.ids = old.ids.copy()
        self.number = old.number.copy()
        self.own_rows = old.own_rows.copy()
        self.titles = old.titles.copy()
        self.credits = old.credits.copy()
        self.region_codes = old.region_codes.copy()
        self.genres = old.genres.copy()
        self.words = old.words.copy()
        self.items: list[_Row] = []
        self.rows: list[int] = []
        self.merged: dict[int, int] = {}

    def put(self, items: list[_Row]) -> None:
        """Take in items, new or changed; later ones of one id win."""
        self.items = items
        self.rows = [self.row(item.item_id) for item in items]
        seen: dict[str, str] = {}
        for row, item in zip(self.rows, items, strict=True):
            self.titles[row] = item.title
            self.credits[row] = seen.setdefault(item.maker_name, item.maker_name)

    def merge(self, pairs: list[tuple[str, str]]) -> None:
        """Take in aliases, each leading to the end of its chain; one to itself is an unmerge."""
        for from_id, into_id in pairs:
            row, into = self.row(from_id), self.row(into_id)
            self.own_rows[from_id] = row
            self.number[from_id] = self.merged[row] = into

    def row(self, item_id: str) -> int:
        """Return an id's own row, aliases not resolved; a row without a name if it is new."""
        row = self.own_rows.get(item_id)
        if row is None:
            row = self.number.setdefault(item_id, len(self.ids))
        if row == len(self.ids):
            self.ids.append(item_id)
            self.titles.append("")
            self.credits.append("")
        return row

    def view(self, *, items_seq: int, aliases_seq: int) -> View:
        """Return the new snapshot."""
        items, old = self.items, self.old
        rows = np.array(self.rows, dtype=np.int32)
        makers = self._rows_named(i.maker_id for i in items)
        albums = self._rows_named(i.album_id for i in items)
        regions = [self._region_code(item.regions) for item in items]
        offered = [item.available and item.title != "" for item in items]
        released_on = [item.released_on or "NaT" for item in items]
        lengths = [NONE if i.duration_ms is None else min(i.duration_ms, LONGEST_MS) for i in items]
        featured = self._featured(rows)
        kinds = [_KIND_CODE[kind_of(item_id)] for item_id in self.ids[len(old) :]]

        canonical = self._longer(old.canonical, np.arange(len(old), len(self.ids)))
        canonical[list(self.merged)] = list(self.merged.values())
        maker = self._written(old.first_artist, NONE, rows, makers)
        artist = _resolved(maker, canonical)
        release = self._written(old.first_album, NONE, rows, albums)
        genre = self._written(old.first_genre, NONE, rows, self._genre_codes(items))
        kind = self._longer(old.kind, kinds)
        offered_now = self._written(old.offered, False, rows, offered)
        return View(
            ids=self.ids,
            number=self.number,
            kind=kind,
            artist=artist,
            album=_resolved(release, canonical),
            featured=featured,
            explicit=self._written(old.explicit, False, rows, [i.explicit for i in items]),
            available=offered_now & _PLAYABLE[kind] & (canonical == np.arange(len(self.ids))),
            released_on=self._written(old.released_on, "NaT", rows, released_on),
            duration_ms=self._written(old.duration_ms, NONE, rows, lengths),
            energy=self._written(old.energy, np.nan, rows, [item.energy for item in items]),
            bpm=self._written(old.bpm, np.nan, rows, [item.bpm for item in items]),
            said=self._said(rows),
            words=self.words,
            canonical=canonical,
            genre=np.where((genre == NONE) & (artist != NONE), genre[artist], genre),
            genres=self.genres,
            titles=self.titles,
            credits=self.credits,
            first_artist=maker,
            first_album=release,
            first_genre=genre,
            offered=offered_now,
            region=self._written(old.region, 0, rows, regions),
            region_codes=self.region_codes,
            own_rows=self.own_rows,
            items_seq=items_seq,
            aliases_seq=aliases_seq,
        )

    def _rows_named(self, item_ids: Iterable[str | None]) -> list[int]:
        """Return the row of each id, ``NONE`` where there is none."""
        return [NONE if item_id is None else self.row(item_id) for item_id in item_ids]

    def _featured(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the pairs of row and further artist: of unchanged rows the old, of ``rows`` anew."""
        pairs = [
            (row, self.row(artist_id))
            for row, item in dict(zip(self.rows, self.items, strict=True)).items()
            for artist_id in item.featured_ids
        ]
        kept = self.old.featured[~np.isin(self.old.featured[:, 0], rows)]
        return np.concatenate([kept, np.array(pairs, dtype=np.int32).reshape(-1, 2)])

    def _said(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the pairs of row and word: of unchanged rows the old, of ``rows`` anew."""
        code = {word: place for place, word in enumerate(self.words)}
        pairs = [
            (row, code.setdefault(word, len(code)))
            for row, item in dict(zip(self.rows, self.items, strict=True)).items()
            for word in item.words
        ]
        self.words = list(code)
        kept = self.old.said[~np.isin(self.old.said[:, 0], rows)]
        return np.concatenate([kept, np.array(pairs, dtype=np.int32).reshape(-1, 2)])

    def _genre_codes(self, items: list[_Row]) -> list[int]:
        """Return the place of each item's first genre in ``genres``, which new words lengthen."""
        code = {word: place for place, word in enumerate(self.genres)}
        codes = [code.setdefault(i.genres[0], len(code)) if i.genres else NONE for i in items]
        self.genres = list(code)
        return codes

    def _region_code(self, regions: tuple[str, ...]) -> int:
        return self.region_codes.setdefault(frozenset(regions), len(self.region_codes))

    def _longer(self, column: NDArray[Any], new: Any) -> NDArray[Any]:
        return np.concatenate([column, np.asarray(new, dtype=column.dtype)])

    def _written(
        self, column: NDArray[Any], blank: Any, rows: NDArray[np.int32], values: list[Any]
    ) -> NDArray[Any]:
        """Return the column, longer by blank rows, with ``values`` at ``rows``."""
        n_new = len(self.ids) - len(column)
        longer = self._longer(column, np.full(n_new, blank, dtype=column.dtype))
        longer[rows] = np.array(values, dtype=column.dtype)
        return longer


def _resolved(rows: NDArray[np.int32], canonical: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return what rows became, aliases resolved; ``NONE`` stays."""
    return np.where(rows == NONE, NONE, canonical[rows]).astype(np.int32)


def _column(dtype: Any) -> NDArray[Any]:
    return np.empty(0, dtype=dtype)


EMPTY = View(
    ids=[],
    number={},
    kind=_column(np.int8),
    artist=_column(np.int32),
    album=_column(np.int32),
    featured=np.empty((0, 2), dtype=np.int32),
    explicit=_column(np.bool_),
    available=_column(np.bool_),
    released_on=_column("datetime64[D]"),
    duration_ms=_column(np.int64),
    energy=_column(np.float32),
    bpm=_column(np.float32),
    words=[],
    said=np.empty((0, 2), dtype=np.int32),
    canonical=_column(np.int32),
    genre=_column(np.int32),
    genres=[],
    titles=[],
    credits=[],
    first_artist=_column(np.int32),
    first_album=_column(np.int32),
    first_genre=_column(np.int32),
    offered=_column(np.bool_),
    region=_column(np.int32),
    region_codes={frozenset(): 0},
    own_rows={},
    items_seq=0,
    aliases_seq=0,
)

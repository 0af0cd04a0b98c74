"""The index of everything that has a name: open a version, find what is meant, put in what changed since.

A version on disk never changes. What changed in the catalogue since it was made lies in a small index in memory, a
process's own: nothing is coordinated between processes, and a crash loses nothing that is not read again.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import tantivy
from numpy.typing import NDArray

from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.store.database import Readers
from ritornello.store.home import Home
from ritornello.surfaces.search import documents, fields, probes, sound_index, versions
from ritornello.surfaces.search.closeness import closeness
from ritornello.surfaces.search.documents import Document, Mark
from ritornello.surfaces.search.kept_rows import Row, Rows, RowsInMemory, RowsOnDisk, row_of
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.sound_index import Asked, SoundIndex

TEXT = "text"
SETTLED, TYPING = 0.08, 0.8
"""What popularity weighs beside nearness. Of a text that is complete: less than what lies between a name as typed, one that
begins so, and one with slips. Of one still being typed, a name as typed outweighs five times the plays."""
MOST_LIVE = 20_000
"""So many changes are held in memory beside a version; beyond, one is to be built."""
LIVE_PAGE = 1_000
_HEAP_BYTES = 16_000_000

Numbers = NDArray[np.float64]

log = logging.getLogger("ritornello.search")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a version says of itself: format, rules of folding, how far the catalogue was read, when, how many."""

    layout: str
    rules: str
    mark: Mark
    n_documents: int
    made_at: datetime

    @property
    def are_ours(self) -> bool:
        """Whether this ritornello writes the same format by the same rules."""
        return self.layout == fields.LAYOUT and self.rules == sound_index.rules()


class Found(NamedTuple):
    """What was found, the best first.

    ``scores`` say how near the text comes, in (0, 1]; ``popularity`` is in [0, 1] on a logarithmic scale. The order is by
    both, popularity deciding among what comes about as near.
    """

    item_ids: list[str]
    scores: NDArray[np.float64]
    popularity: NDArray[np.float64]


class _Part(NamedTuple):
    """A text index with its rows and their sounds; ``hidden`` are rows that were replaced or are gone."""

    searcher: tantivy.Searcher
    rows: Rows
    hidden: frozenset[int] = frozenset()
    sounds: SoundIndex | None = None


class Index:
    """An index of the catalogue, for any number of threads.

    Parameters
    ----------
    folder : a version's; without one the index is empty until something is put in.

    Raises
    ------
    ArtefactUnusable : the folder holds no index of this format and these rules.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.mark = Mark()
        self.n_live = 0
        self._parts: tuple[_Part, ...] = ()
        self._putting = threading.Lock()
        self._live = fields.in_memory()
        self._live_rows = RowsInMemory()
        self._writer: tantivy.IndexWriter | None = None
        if folder is not None:
            self.mark, part = _opened(folder)
            self._parts = (part,)

    def __len__(self) -> int:
        return sum(part.searcher.num_docs - len(part.hidden) for part in self._parts)

    def find(self, sought: Sought, n: int = 50) -> Found:
        """Return the best ``n``; nothing where nothing comes near."""
        rows, scores, popularity = self.found(sought, n)
        return Found([row.item_id for row in rows], scores, popularity)

    def sounding(self, asked: Sequence[Asked], n: int = 300) -> list[Row]:
        """Return the documents whose names sound nearest, at most ``n``; what changed since a version was made is not heard."""
        found: list[Row] = []
        for part in self._parts:
            if part.sounds is not None:
                near = [
                    row for row in part.sounds.near(asked, n)[0].tolist() if row not in part.hidden
                ]
                found += map(row_of, part.rows.lines(near))
        return found

    def found(self, sought: Sought, n: int) -> tuple[list[Row], Numbers, Numbers]:
        """Return the best ``n`` documents, how near the text comes to each, and their popularity."""
        every: list[Row] = []
        near: list[Numbers] = [np.empty(0)]
        ranks: list[int] = []
        for part in self._parts:
            found = probes.candidates(part.searcher, sought)
            kept = [row for row in found if row not in part.hidden]
            rows = [row_of(line) for line in part.rows.lines(kept)]
            near.append(closeness(sought, rows, partial(probes.rarity, part.searcher)))
            every += rows
            ranks += [found[row] for row in kept]
        scores, known = np.concatenate(near), fields.ranked(ranks)
        weight = TYPING if sought.is_prefix else SETTLED
        order = _best(scores + weight * known.popularity, known.kinds, n)
        return [every[i] for i in order.tolist()], scores[order], known.popularity[order]

    def put(self, put_in: Sequence[Document], gone: Iterable[str], mark: Mark) -> None:
        """Take in what changed: documents, new or in place of earlier ones, and ids that have none any more."""
        with self._putting:
            changed = [*(document.item_id for document in put_in), *gone]
            if changed:
                base = self._parts[0] if self.folder is not None else None
                before = _known(base.searcher, changed) if base else {}
                self._write(put_in, changed, before)
                self._show(base, frozenset(map(fields.row_of, before.values())))
            self.mark = mark

    def _write(
        self, put_in: Sequence[Document], changed: list[str], before: dict[str, int]
    ) -> None:
        if self._writer is None:
            self._writer = self._live.writer(_HEAP_BYTES, num_threads=1)
        for item_id in changed:
            self._writer.delete_documents_by_term("id", item_id)
        known = fields.ranked([before.get(document.item_id, 0) for document in put_in])
        for document, popularity in zip(put_in, known.popularity.tolist(), strict=True):
            row = self._live_rows.add(document)
            self._writer.add_document(fields.laid_out(document, row, popularity))
        self._writer.commit()
        self._live.reload()
        self.n_live += len(changed)

    def _show(self, base: _Part | None, hidden: frozenset[int]) -> None:
        """Let readers see what was written, all of it at once."""
        live = _Part(self._live.searcher(), self._live_rows)
        self._parts = (base._replace(hidden=base.hidden | hidden), live) if base else (live,)


def _best(worth: Numbers, kinds: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Return the places of the best ``n``, best first; each kind has its share of half of them, if it has so many."""
    order = np.argsort(-worth, kind="stable")
    if len(order) <= n:
        return order
    there = np.unique(kinds)
    is_kept = np.zeros(len(order), dtype=np.bool_)
    for kind in there:
        is_kept[np.flatnonzero(kinds[order] == kind)[: n // (2 * len(there))]] = True
    is_kept[np.flatnonzero(~is_kept)[: n - is_kept.sum()]] = True
    best: NDArray[np.int64] = order[is_kept]
    return best


def usable(folder: Path) -> Facts | None:
    """Return the facts of a version if it is of this format and these rules."""
    facts = versions.read_facts(folder, Facts)
    return facts if facts is not None and facts.are_ours else None


def _opened(folder: Path) -> tuple[Mark, _Part]:
    facts = usable(folder)
    if facts is None:
        raise ArtefactUnusable(f"{folder.name} is no index of this format; build it anew")
    try:
        text = fields.opened(folder / TEXT)
        rows = RowsOnDisk(folder)
        sounds = sound_index.opened(folder)
    except (OSError, ValueError) as error:
        raise ArtefactUnusable(f"{folder.name} cannot be opened: {error}; build it anew") from error
    text.reload()
    searcher = text.searcher()
    if not searcher.num_docs == len(rows) == facts.n_documents:
        raise ArtefactUnusable(f"{folder.name} lost some of its documents; build it anew")
    return facts.mark, _Part(searcher, rows, sounds=sounds)


def _known(searcher: tantivy.Searcher, item_ids: Sequence[str]) -> dict[str, int]:
    """Return the ranks of those items that an index has."""
    found = {}
    for item_id in item_ids:
        query = tantivy.Query.term_query(fields.schema(), "id", item_id, index_option="basic")
        hits = searcher.search(query, 1, count=False, order_by_field="rank").hits
        if hits:
            found[item_id] = int(hits[0][0])
    return found


class Current:
    """Holds the index in use and keeps it up with the catalogue, for any number of threads.

    ``refresh`` follows the pointer and puts in what changed since; ``watch`` does so from a thread of its own. A request
    takes ``index`` once. Without a usable version the index holds what fits into memory. ``is_behind`` says that a version
    is to be built: there is none of this format, or more changed than is put in beside it; ``trouble`` says why one in use
    was kept.
    """

    def __init__(self, home: Home, readers: Readers) -> None:
        self.index = Index()
        self.is_behind = False
        self.trouble: str | None = None
        self._home = home
        self._readers = readers
        self._held: int | None = None
        self._refreshing = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def refresh(self) -> Index:
        """Take up what changed; return what is in use now."""
        with self._refreshing:
            try:
                self._follow()
                self._catch_up(self.index)
                self.trouble = None
            except (ArtefactUnusable, NotFound, sqlite3.Error, OSError) as error:
                if str(error) != self.trouble:
                    log.warning("the index in use stays: %s", error)
                self.trouble = str(error)
            return self.index

    def watch(self, every_s: float = 0.5) -> None:
        """Refresh every ``every_s`` seconds until closed."""
        self._thread = threading.Thread(
            target=self._watch, args=(every_s,), name="search index", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop watching and let the version go; the index stays usable."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()
        self._hold(None)

    def _watch(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            self.refresh()

    def _follow(self) -> None:
        """Open the version the pointer names, if it is another one, and show it once it is caught up."""
        folder = versions.current(self._home, "catalogue")
        if folder is None or folder == self.index.folder or usable(folder) is None:
            return
        held = versions.hold(folder)
        try:
            newer = Index(folder)
            self._catch_up(newer)
        except BaseException:
            os.close(held)
            raise
        self.index = newer
        self._hold(held)
        log.info("index %s is in use", folder.name)

    def _hold(self, descriptor: int | None) -> None:
        """Hold another version, or none, in place of the one held."""
        before, self._held = self._held, descriptor
        if before is not None:
            os.close(before)

    def _catch_up(self, index: Index) -> None:
        """Put in what changed since, as long as it fits."""
        conn = self._readers.connection
        while index.n_live < MOST_LIVE:
            changes = documents.read(conn, index.mark, LIVE_PAGE)
            if changes.mark == index.mark:
                break
            index.put(changes.documents, changes.gone, changes.mark)
        self.is_behind = index.n_live >= MOST_LIVE or (index.folder is None and bool(index.n_live))

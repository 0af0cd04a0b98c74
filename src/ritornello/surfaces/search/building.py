"""A whole new index of the catalogue, made beside the one in use from one snapshot of the database.

Memory is bounded: items are read, folded and written page by page; what is held is the popularity of what was played and
where lines begin. Popularity is the share of listeners by the models in use, else plays; an artist, album or show has the
sum of its own items'. It is kept as log(1 + c p) / log(1 + c), so that the long tail still differs.
"""

import math
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from ritornello.kinds.errors import ArtefactUnusable
from ritornello.models import bundle
from ritornello.store import artefacts
from ritornello.store.database import snapshot
from ritornello.store.home import Home
from ritornello.surfaces.search import documents, fields, versions
from ritornello.surfaces.search.documents import Mark
from ritornello.surfaces.search.index import TEXT, Facts
from ritornello.surfaces.search.kept_rows import RowsWritten
from ritornello.surfaces.search.sound_index import Gathered, rules

HEAP_BYTES = 450_000_000
"""What tantivy may hold before it writes a segment: enough that half a million names are one, for each costs every look."""
SPREAD = 1e6
"""The constant c: popularity one part in a million of the greatest is half way up."""
Progress = Callable[[int, int], None]

_COUNT = "SELECT count(*) FROM items"
_PLAYS = "SELECT item_id, sum(n_plays) FROM plays GROUP BY item_id"
_MAKERS = "SELECT body FROM items WHERE kind IN ('track', 'episode')"


class Built(NamedTuple):
    """What was built: the version's name, how many documents, from how far, and which versions were swept."""

    version: str
    n_documents: int
    mark: Mark
    swept: list[str]


class _Made(msgspec.Struct, gc=False):
    """Whose an item is."""

    item_id: str
    artist_ids: tuple[str, ...] = ()
    album_id: str | None = None
    show_id: str | None = None


_decoder = msgspec.json.Decoder(_Made)


def build(
    home: Home, conn: sqlite3.Connection, *, now: datetime, progress: Progress | None = None
) -> Built:
    """Make a version from the catalogue as it stands, and switch to it.

    Parameters
    ----------
    conn : a connection of the caller's own, outside any transaction.
    progress : told how many items of how many were read.

    Raises
    ------
    Conflict : another build is at work.
    """
    with versions.locked(home, "catalogue"):
        folder = versions.begin(home, "catalogue")
        with snapshot(conn):
            popularity = _popularity(home, conn)
            facts = _write(folder, conn, popularity, now, progress or _silent)
        versions.write_facts(folder, facts)
        version = versions.switch(home, "catalogue", folder)
        swept = versions.sweep(home, "catalogue")
    return Built(version.name, facts.n_documents, facts.mark, swept)


def _write(
    folder: Path,
    conn: sqlite3.Connection,
    popularity: dict[str, float],
    now: datetime,
    told: Progress,
) -> Facts:
    """Write rows and terms of every document, page by page."""
    (folder / TEXT).mkdir()
    rows, sounds = RowsWritten(folder), Gathered()
    writer = fields.new(folder / TEXT).writer(HEAP_BYTES, num_threads=1)
    (n_items,) = conn.execute(_COUNT).fetchone()
    mark, n_read, n_documents = Mark(), 0, 0
    for page in _pages(conn):
        for document in page.documents:
            row = rows.add(document)
            sounds.add(document)
            known = popularity.get(document.item_id, 0.0)
            writer.add_document(fields.laid_out(document, row, known))
        n_documents += len(page.documents)
        n_read = min(n_read + documents.PAGE, n_items)
        mark = page.mark
        told(n_read, n_items)
    writer.commit()
    writer.wait_merging_threads()
    rows.close()
    sounds.index().write(folder)
    return Facts(
        layout=fields.LAYOUT,
        rules=rules(),
        mark=mark,
        n_documents=n_documents,
        made_at=now,
    )


def _pages(conn: sqlite3.Connection) -> Iterator[documents.Changes]:
    """Yield the catalogue until reading moves no further."""
    mark = Mark()
    while True:
        page = documents.read(conn, mark)
        yield page
        if page.mark == mark:
            return
        mark = page.mark


def _popularity(home: Home, conn: sqlite3.Connection) -> dict[str, float]:
    """Return how popular each item is that anybody played, in (0, 1], and whoever made it."""
    known = _by_models(home) or dict(conn.execute(_PLAYS).fetchall())
    for (body,) in conn.execute(_MAKERS):
        made = _decoder.decode(body)
        share = known.get(made.item_id, 0.0)
        for maker in (*made.artist_ids, made.album_id, made.show_id) if share else ():
            if maker is not None:
                known[maker] = known.get(maker, 0.0) + share
    most = max(known.values(), default=1.0)
    return {item_id: _on_scale(share / most) for item_id, share in known.items()}


def _by_models(home: Home) -> dict[str, float]:
    """Return the share of listeners of each item by the models in use; nothing without any."""
    try:
        version = artefacts.current_version(home)
        models = None if version is None else bundle.load(home, version)
    except ArtefactUnusable:
        return {}
    if models is None:
        return {}
    shares = models.popularity.all_time.tolist()
    return {i: s for i, s in zip(models.vocabulary.ids, shares, strict=True) if s > 0}


def _on_scale(share: float) -> float:
    return math.log1p(SPREAD * share) / math.log1p(SPREAD)


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""

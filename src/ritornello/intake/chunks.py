"""The rows of a file gathered into chunks: what they held, and how far that is.

A file of any size passes through a little memory, and an import can be taken up again after the
last chunk that was stored.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.items import AnyItem
from ritornello.kinds.tallies import Tally
from ritornello.store import rows as log
from ritornello.store.database import Change

ROWS = 8_000
"""A chunk is one transaction: the more rows, the fewer pages of ``plays`` are written again."""
REMEMBERED_ITEMS = 500_000
OBJECTS_A_COLLECTION = 100_000
"""Nothing a chunk is made of is cyclic, so whoever reads or stores many collects rarely."""


class Row(NamedTuple):
    """What one row held: an event, a tally, a fault, or only items.

    ``position`` counts the rows of the whole source; ``share`` of it, in [0, 1], has been read.
    """

    position: int
    share: float
    record: AnyEvent | Tally | Fault | None
    items: tuple[AnyItem, ...] = ()


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows up to and including ``position`` held since the chunk before.

    ``override``: the items are what the source is about; they replace what is known and count as
    kept; with ``keeps_available`` they do not say whether one may play them. ``changes`` are written
    in the same transaction, after the items. ``listener_id``: the one listener whose history it is, if
    it is; its faults leave with them. ``rows``: the events as the log holds them, where the reader has
    made them already.
    """

    position: int
    share: float
    events: tuple[AnyEvent, ...] = ()
    items: tuple[AnyItem, ...] = ()
    tallies: tuple[Tally, ...] = ()
    faults: tuple[Fault, ...] = ()
    changes: tuple[Change, ...] = ()
    override: bool = False
    keeps_available: bool = False
    listener_id: str | None = None
    rows: tuple[log.Row, ...] | None = None


Chunks = Callable[[int], Iterator[Chunk]]
"""Reads a source after a position; nothing is missed or repeated wherever it is taken up again."""


def gathered(rows: Iterable[Row], *, after: int = 0) -> Iterator[Chunk]:
    """Gather the rows after a position; an item met again within half a million is left out."""
    seen: set[str] = set()
    chunk: list[Row] = []
    for row in rows:
        if row.position > after:
            chunk.append(row)
        if len(chunk) == ROWS:
            yield _chunk(chunk, seen)
            chunk = []
    if chunk:
        yield _chunk(chunk, seen)


def _chunk(rows: list[Row], seen: set[str]) -> Chunk:
    if len(seen) > REMEMBERED_ITEMS:
        seen.clear()
    items: dict[str, AnyItem] = {}
    for row in rows:
        for item in row.items:
            if item.item_id not in seen:
                items.setdefault(item.item_id, item)
    seen.update(items)
    records = [row.record for row in rows]
    return Chunk(
        position=rows[-1].position,
        share=rows[-1].share,
        events=tuple(r for r in records if isinstance(r, AnyEvent)),
        items=tuple(items.values()),
        tallies=tuple(r for r in records if isinstance(r, Tally)),
        faults=tuple(r for r in records if isinstance(r, Fault)),
    )

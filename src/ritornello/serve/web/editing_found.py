"""What a pool finds, as an editor is shown it: how much each rule, examples of it, and what should be looked at."""

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.rulings import Rulings
from ritornello.catalog.view import KINDS, NONE, View
from ritornello.kinds.ids import ItemId
from ritornello.kinds.times import Instant
from ritornello.serve.web.editing_forms import Trouble
from ritornello.surfaces import pool_rules
from ritornello.surfaces.pools import Pool

N_EXAMPLES = 5
N_FOUND = 24
FINDABLE = ("track", "episode", "artist", "show")


class Entry(msgspec.Struct, frozen=True):
    """One item in a line: its id, its title, by whom; the id stands for what the catalogue does not know."""

    item_id: ItemId
    title: str
    by: str = ""
    by_id: str = ""
    is_eligible: bool = False
    is_known: bool = True

    @property
    def named(self) -> str:
        """The title and by whom, for screen readers."""
        return f"{self.title} by {self.by}" if self.by else self.title


class RuleFound(msgspec.Struct, frozen=True):
    """What one rule finds by itself: how many, and some of them."""

    n_items: int
    examples: tuple[Entry, ...]


class Found(msgspec.Struct, frozen=True):
    """What a pool finds: everything eligible, each rule, and the doubts, each with the field it is about.

    ``n_lists`` is how many lists of the pool's length the eligible would fill.
    """

    n_items: int
    n_artists: int
    lasts_ms: int
    length: int
    rules: tuple[RuleFound, ...]
    doubts: tuple[Trouble, ...]

    @property
    def n_lists(self) -> float:
        """How many lists of its length it would fill."""
        return self.n_items / self.length


def found(pool: Pool, view: View, rulings: Rulings, at: Instant) -> Found:
    """Return what a pool finds in a catalogue.

    Parameters
    ----------
    rulings : those in force on moments; what they block is not counted.
    """
    open_rows = view.available & ~pool_rules.about((*pool.blocks, *rulings.blocked), view)
    mask = pool_rules.eligible(pool, view) & open_rows
    rows = np.flatnonzero(mask)
    by_rule = [np.flatnonzero(pool_rules.meets(rule, view) & open_rows) for rule in pool.eligible]
    artists = view.artist[rows]
    return Found(
        n_items=len(rows),
        n_artists=len(np.unique(artists[artists != NONE])),
        lasts_ms=int(np.maximum(view.duration_ms[rows], 0).sum()),
        length=pool.length,
        rules=tuple(RuleFound(len(each), _some(view, each, N_EXAMPLES)) for each in by_rule),
        doubts=tuple(
            Trouble(_field(fault.field or ""), fault.message)
            for fault in pool_rules.doubts(pool, view, rulings, at)
        ),
    )


def search(view: View, text: str, pool: Pool) -> tuple[Entry, ...]:
    """Return the items and makers whose title or credit holds a text, the shortest titles first."""
    wanted, kinds = text.casefold().strip(), {KINDS.index(kind) for kind in FINDABLE}
    places = [
        row
        for row, (title, by) in enumerate(zip(view.titles, view.credits, strict=True))
        if (wanted in title.casefold() or wanted in by.casefold()) and int(view.kind[row]) in kinds
    ]
    own = [row for row in places if view.canonical[row] == row and view.titles[row]]
    own.sort(key=lambda row: (wanted not in view.titles[row].casefold(), len(view.titles[row])))
    mask = pool_rules.eligible(pool, view)
    return tuple(_entry(view, row, mask) for row in own[:N_FOUND])


def sample(view: View, pool: Pool) -> tuple[Entry, ...]:
    """Return some of what is eligible, from all over the catalogue."""
    mask = pool_rules.eligible(pool, view)
    return _some(view, np.flatnonzero(mask), N_FOUND, mask)


def entries(view: View, item_ids: Iterable[ItemId], pool: Pool) -> tuple[Entry, ...]:
    """Return a line for each id, in order, also for those the catalogue does not know."""
    mask = pool_rules.eligible(pool, view)
    return tuple(
        Entry(item_id, item_id, is_known=False)
        if item_id not in view.number
        else _entry(view, view.number[item_id], mask)
        for item_id in item_ids
    )


def _some(
    view: View, rows: NDArray[np.intp], n: int, mask: NDArray[np.bool_] | None = None
) -> tuple[Entry, ...]:
    """Return up to ``n`` of the rows, evenly from first to last."""
    if not len(rows):
        return ()
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, n).astype(np.intp))]
    return tuple(_entry(view, row, mask) for row in chosen.tolist())


def _entry(view: View, row: int, mask: NDArray[np.bool_] | None) -> Entry:
    maker = int(view.artist[row])
    return Entry(
        item_id=view.ids[row],
        title=view.title(row) or view.ids[row],
        by=view.artist_name(row),
        by_id="" if maker == NONE else view.ids[maker],
        is_eligible=mask is not None and bool(mask[row]),
    )


def _field(place: str) -> str:
    """Return the id of the form's field at a place of a pool.

    Examples
    --------
    >>> _field("eligible[0].genres")
    'eligible-0-genres'
    """
    return place.replace("[", "-").replace("].", "-").replace("]", "")

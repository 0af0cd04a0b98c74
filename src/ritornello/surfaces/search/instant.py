"""As you type: the likeliest of each kind from the first letter on, best first.

By the same parts as a whole answer (``ranking``), with the weights of somebody still typing, but without asking the models: the
listener's plays of an item and of who made it stand for their taste. Nothing is drawn, so it is no decision; what is opened
from it is told by the ``Query`` that the search ends in. The work is bounded, whatever is typed: so many hits of the index, so
many of the listener's own.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from ritornello.kinds.ids import ItemId
from ritornello.surfaces.recipes import SearchShape
from ritornello.surfaces.search import own_lists
from ritornello.surfaces.search.history import history_of
from ritornello.surfaces.search.hits import Hits, hits_of, is_exact
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.own_lists import OwnList
from ritornello.surfaces.search.ranking import as_array, ranked
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.situation import Rows, Situation

LONG_ENOUGH = 5
"""A name of so many letters, typed whole, stands before what only begins so."""
N_FOUND = 120
"""So many of what the index finds are ranked."""
KINDS = ("track", "artist", "album", "show", "episode")


class Result(msgspec.Struct, frozen=True):
    """One row of a group: what it is, what it is called, who made it, and its score."""

    item_id: ItemId
    kind: str
    title: str
    by: str
    score: float


class Groups(msgspec.Struct, frozen=True):
    """What somebody who is typing may mean, the best of each kind first; ``top`` is the best of all."""

    top: Result | None = None
    tracks: tuple[Result, ...] = ()
    artists: tuple[Result, ...] = ()
    albums: tuple[Result, ...] = ()
    shows: tuple[Result, ...] = ()
    episodes: tuple[Result, ...] = ()
    playlists: tuple[Result, ...] = ()
    moments: tuple[Result, ...] = ()


def instant(
    index: Index | None,
    situation: Situation,
    text: str,
    shape: SearchShape,
    n: int = 5,
    *,
    lists: Sequence[OwnList] = (),
) -> Groups:
    """Return the ``n`` likeliest of each kind; nothing where nothing to compare was typed.

    Parameters
    ----------
    index : of the catalogue's names; without it only what the listener knows is found.
    lists : the listener's own.
    """
    sought = Sought(text, KINDS, is_prefix=True)
    if not sought.words:
        return Groups()
    found = index.find(sought, N_FOUND) if index is not None else None
    history = history_of(situation)
    hits = hits_of(found, situation, history, sought)
    weights = as_array(shape.typing)
    popularity = situation.stock.popularity if situation.stock.bundle is not None else None
    answer = ranked(hits, situation, history, shape, weights, popularity=popularity)
    view = situation.view
    groups: dict[str, tuple[Result, ...]] = {}
    named = _named_so(hits, sought)
    for kind in KINDS:
        best = answer.of((kind,), kind)
        first = np.argsort(~np.isin(best.rows, named), kind="stable")[:n]
        rows, scores = best.rows[first].tolist(), best.scores[first].tolist()
        groups[kind] = tuple(
            Result(view.ids[row], kind, view.titles[row], view.artist_name(row), score)
            for row, score in zip(rows, scores, strict=True)
        )
    for kind in ("playlist", "moment"):
        of_kind = [each for each in lists if each.kind == kind]
        near = own_lists.scored(of_kind, sought, shape, weights)[:n]
        groups[kind] = tuple(
            Result(each.item_id, kind, each.title, each.known_as, score) for each, score in near
        )
    ids = {view.ids[row] for row in named.tolist()}
    every = [each for group in groups.values() for each in group[:1]]
    top = max(every, key=lambda each: (each.item_id in ids, each.score), default=None)
    return Groups(top, **{f"{kind}s": group for kind, group in groups.items()})


def _named_so(hits: Hits, sought: Sought) -> Rows:
    """Return the rows whose whole name was typed, long enough to be no mere beginning of others."""
    is_long = len(sought.wholes[0]) >= LONG_ENOUGH
    return hits.rows[is_exact(hits.near)] if is_long else hits.rows[:0]

"""What the lower rungs show: one honest list instead of a page that pretends to know.

Each is as long as the recipe's ``fallback_length`` while the rules leave that much; what a rung cannot
fill itself, the newest of the catalogue fills.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np

from ritornello.catalog.view import NONE
from ritornello.explain.deletion import reasons_by_loss
from ritornello.kinds.decisions import Reason
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.onboarding import segments_of
from ritornello.surfaces.recipes import Recipe, ShelfShape
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Scores, Situation, best, checked
from ritornello.surfaces.slates import Slate
from ritornello.surfaces.sources import Candidates, Places, Reasons, same

Ranked = Literal["popular_near_you", "popular"]
Counted = Callable[[], Sequence[tuple[str, int]]]

TITLES = {
    "popular_near_you": "Popular with listeners like you",
    "popular": "Popular",
    "newest": "New in the catalogue",
}
N_RANKED = 1000
N_PAIRS = 200_000
_COUNTED = """
SELECT item_id, count(*) AS n_listeners
FROM (SELECT item_id FROM plays WHERE n_plays > 0 LIMIT ?)
GROUP BY item_id ORDER BY n_listeners DESC, item_id LIMIT ?
"""


def segment(situation: Situation, among: Mask | None = None) -> Candidates:
    """Name what listeners of the same segment play.

    What a newcomer chose says which segments are theirs.

    Parameters
    ----------
    among : (n_rows,) which of the allowed rows are asked for; all by default.
    """
    popularity = situation.bundle.popularity
    shares = segments_of(situation).items()
    scores = np.zeros(len(situation.stock.rows), dtype=np.float32)
    for name, share in shares:
        scores += np.float32(share) * popularity.of_segment(name)
    return _ranked("popular_near_you", situation, scores, among, popularity.all_time)


def popular(situation: Situation, counted: Counted, among: Mask | None = None) -> Candidates:
    """Name what many listeners play: by the models' count, else by the state tables'.

    Raises
    ------
    NoAnswer : there are no models and no plays.
    """
    if situation.stock.bundle is not None:
        return _ranked("popular", situation, situation.bundle.popularity.all_time, among)
    found = [(situation.view.number.get(item_id, NONE), n) for item_id, n in counted()]
    if not found:
        raise NoAnswer("nobody has played anything yet")
    wanted = _wanted(situation, among)
    found = [(row, n) for row, n in found if row != NONE and wanted[row]]
    rows, counts = np.array(found, dtype=np.int64).reshape(-1, 2).T
    reasons = partial(same, (Reason("popular", 1.0),))
    return Candidates("popular", rows.astype(np.int32), counts.astype(np.float32), reasons)


def newest(situation: Situation, among: Mask | None = None) -> Candidates:
    """Name the newest of the catalogue, by day of release; those without one come last."""
    days = situation.view.released_on.astype("datetime64[D]").astype(np.int64)
    dated = np.where(np.isnat(situation.view.released_on), 0, days).astype(np.float32)
    rows = best(dated, _wanted(situation, among), N_RANKED)
    return Candidates("newest", rows, dated[rows], partial(same, (Reason("new_here", 1.0),)))


def counted(conn: sqlite3.Connection) -> list[tuple[str, int]]:
    """Count listeners by item in the state tables, over the first 200,000 pairs at most.

    What there is to go by before the first training.
    """
    return conn.execute(_COUNTED, (N_PAIRS, N_RANKED)).fetchall()


def fill(slate: Slate, recipe: Recipe, candidates: Candidates) -> None:
    """Put candidates on one shelf, as long as what the page still lacks."""
    lacking = recipe.fallback_length - len(slate.slots)
    if lacking > 0:
        shelf = ShelfShape(
            name=candidates.source,
            title=TITLES[candidates.source],
            length=lacking,
            shortlist=min(2 * lacking, 200),
            per_artist=recipe.fallback_per_artist,
        )
        slate.add(shelf, candidates)


def _wanted(situation: Situation, among: Mask | None) -> Mask:
    return situation.drawable if among is None else situation.drawable & among


def _ranked(
    source: Ranked,
    situation: Situation,
    scores: Scores,
    among: Mask | None,
    left: Scores | None = None,
) -> Candidates:
    """Return the best columns by a popularity as candidates.

    Parameters
    ----------
    left : the scores without what makes this popularity the listener's; nothing is left by default.
    """
    rows = situation.stock.rows
    wanted = (rows != NONE) & _wanted(situation, among)[rows]
    columns = best(checked(scores, len(rows)), wanted, N_RANKED)
    rest = np.zeros_like(scores) if left is None else left

    def reasons(places: Places) -> list[Reasons]:
        found = columns[places]
        return reasons_by_loss(scores[found], rest[found], source, "popular")

    return Candidates(source, situation.stock.rows[columns], scores[columns], reasons)

"""Rankings of scores by numbered columns, and their way to the measures.

A ranking is an integer array (n_listeners, k) of columns, best first, −1 where it is shorter. What is relevant is a
sparse matrix (n_listeners, n_items) of grades.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import IntArray, Judged, Matched, Ranked, matched

Ranking = IntArray

NOTHING = -1


def best(scores: NDArray[np.floating], k: int) -> Ranking:
    """Rank the k columns of highest score in each row, (n_rows, k).

    Ties go to the lower column, in every row and however many there are, so that the same scores give the same ranking
    on every machine. A score of −inf is never ranked: −1 stands there.

    Parameters
    ----------
    scores : (n_rows, n_items), without nan. ``k`` above n_items gives n_items places.

    Examples
    --------
    >>> best(np.array([[0.5, 2.0, 0.5, -np.inf]]), 4)
    array([[ 1,  0,  2, -1]])
    """
    n_items = scores.shape[1]
    k = min(k, n_items)
    if k < n_items:
        threshold = np.partition(scores, n_items - k, axis=1)[:, n_items - k]
        chosen = [_highest(row, least, k) for row, least in zip(scores, threshold, strict=True)]
        columns = np.array(chosen, dtype=np.int64).reshape(len(scores), k)
    else:
        columns = np.broadcast_to(np.arange(n_items), scores.shape)
    found = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-found, axis=1, kind="stable")
    ranking = np.take_along_axis(columns, order, axis=1)
    return np.where(np.isneginf(np.take_along_axis(found, order, axis=1)), NOTHING, ranking)


def of_ranking(ranking: NDArray[np.integer], relevant: csr_matrix) -> Matched:
    """Find what is relevant in rankings (n_listeners, k) of columns, best first, −1 where one is shorter.

    Every row counts: one to whom nothing is relevant is worth 0, so leave it out before or say that it is in.

    Parameters
    ----------
    relevant : (n_listeners, n_items) grades.

    Raises
    ------
    BadValue : rankings of another number of listeners, or one that holds an item twice.
    """
    if relevant.shape[0] != len(ranking):
        raise BadValue(
            f"{len(ranking)} rankings do not fit grades of {relevant.shape[0]} listeners"
        )
    rows, places = np.nonzero(ranking != NOTHING)
    run = Ranked(rows, ranking[rows, places].astype(np.int64), -places)
    known = csr_matrix(relevant, copy=True)
    known.sum_duplicates()
    its_rows = np.repeat(np.arange(known.shape[0]), np.diff(known.indptr))
    judged = Judged(its_rows, known.indices.astype(np.int64), known.data)
    every = np.ones(len(ranking), dtype=np.bool_)
    return matched(run, judged, every, np.arange(len(ranking)))


def _highest(row: NDArray[np.floating], least: float, k: int) -> IntArray:
    """Return the k columns of highest value, rising; ``least`` is the k-th highest value."""
    above = np.flatnonzero(row > least)
    level = np.flatnonzero(row == least)[: k - len(above)]
    return np.sort(np.concatenate((above, level)))

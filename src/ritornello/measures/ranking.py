"""Rankings and how much of what is relevant they hold.

A ranking is an integer array (n_listeners, k) of columns, best first, −1 where it is shorter. What is
relevant is a sparse matrix (n_listeners, n_items) of gains; gains of 0 or below are not relevant.
Every measure returns one value a listener, 0 for a listener to whom nothing is relevant: leave those
out before, or say that they are in.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Ranking = NDArray[np.int64]
Values = NDArray[np.float64]

NOTHING = -1


def best(scores: NDArray[np.floating], k: int) -> Ranking:
    """Rank the k columns of highest score in each row.

    Ties go to the lower column, in every row and however many there are, so that the same scores give
    the same ranking on every machine. A score of −inf is never ranked.

    Parameters
    ----------
    scores : shape (n_listeners, n_items), without nan.
    k : length of a ranking; shorter catalogues give shorter rankings.

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


def gains(ranking: Ranking, relevant: csr_matrix) -> Values:
    """Return the gain of what stands at each place, shape (n_listeners, k); nothing gains 0."""
    rows = np.arange(len(ranking))[:, None]
    found: Values = relevant[rows, np.maximum(ranking, 0)].toarray()
    return np.where(ranking == NOTHING, 0.0, np.maximum(found, 0.0))


def ndcg(ranking: Ranking, relevant: csr_matrix, k: int) -> Values:
    """Return the normalised discounted cumulative gain of the first k places.

    DCG@k = Σ_{r ≤ k} g_r / log2(r + 1), divided by the DCG@k of the best possible ranking of everything
    relevant (linear gain, as trec_eval; Järvelin, Kekäläinen, TOIS 2002). In [0, 1]. Right where the
    order within the first k matters; where fewer than k are relevant, a perfect ranking still reaches 1.
    """
    found = gains(ranking[:, :k], relevant)
    reached = (found * _discounts(np.arange(found.shape[1]))).sum(axis=1)
    return _ratio(reached, _best_possible(relevant, k))


def recall(ranking: Ranking, relevant: csr_matrix, k: int) -> Values:
    """Return the share of everything relevant that stands in the first k places.

    In [0, 1]; a listener with more than k relevant items cannot reach 1.
    """
    hits = (gains(ranking[:, :k], relevant) > 0).sum(axis=1)
    return _ratio(hits.astype(np.float64), _n_relevant(relevant))


def hit(ranking: Ranking, relevant: csr_matrix, k: int) -> Values:
    """Return 1 where anything relevant stands in the first k places, else 0."""
    met = np.asarray((gains(ranking[:, :k], relevant) > 0).any(axis=1))
    return met.astype(np.float64)


def _discounts(places: NDArray[np.int64]) -> Values:
    """Return 1 / log2(r + 1) for places counted from 0, where r = place + 1."""
    weights: Values = 1 / np.log2(places + 2.0)
    return weights


def _best_possible(relevant: csr_matrix, k: int) -> Values:
    """Return the DCG@k of each row's gains in falling order."""
    n_rows = relevant.shape[0]
    rows = np.repeat(np.arange(n_rows), np.diff(relevant.indptr))
    values = np.maximum(relevant.data, 0.0)[np.lexsort((-relevant.data, rows))]
    places = np.arange(len(rows)) - relevant.indptr[rows]
    weights = np.where(places < k, values * _discounts(places), 0.0)
    return np.asarray(np.bincount(rows, weights=weights, minlength=n_rows), dtype=np.float64)


def _n_relevant(relevant: csr_matrix) -> Values:
    return np.asarray((relevant > 0).sum(axis=1), dtype=np.float64).reshape(-1)


def _ratio(part: Values, whole: Values) -> Values:
    share: Values = np.zeros(len(whole))
    np.divide(part, whole, out=share, where=whole > 0)
    return share


def _highest(row: NDArray[np.floating], least: float, k: int) -> NDArray[np.int64]:
    """Return the k columns of highest value, rising; ``least`` is the k-th highest value."""
    above = np.flatnonzero(row > least)
    level = np.flatnonzero(row == least)[: k - len(above)]
    return np.sort(np.concatenate((above, level)))

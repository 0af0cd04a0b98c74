"""What was played after what: ordered pairs of plays, counted by how many places apart they are.

    C_ba = Σ_d g(d) N^(d)_ba

N^(d)_ba is how often a listener played a exactly d places after b, in the order of time; g(d) is what
such a pair weighs. A play of b after b is a pair like any other, a listener with one play has none, and
of two plays at one instant nobody knows which came first: they are no pair, though each keeps its place.
Right where people choose what comes next or a list does so for them; it misleads where a few lists are
played by all, for it learns their order.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.models.interactions import Interactions

Ints = NDArray[np.int32]


def count_after(
    interactions: Interactions, weights: Sequence[float], max_gap_s: float | None = None
) -> csr_matrix:
    """Return C in float64, shape (n_items, n_items): from the row of b to the column of a.

    Parameters
    ----------
    weights : g(1), g(2) …: what a pair at each distance weighs; pairs further apart are not counted.
    max_gap_s : the longest time between the two plays of a pair; without it a pause of months is none.

    Examples
    --------
    >>> from ritornello.models.interactions import Plays, from_plays
    >>> from ritornello.models.vocabulary import Vocabulary
    >>> items = Vocabulary(("track:a", "track:b"))
    >>> plays = Plays(rows=[0, 0, 0], columns=[0, 1, 1], at_s=[60, 120, 180])
    >>> count_after(from_plays(("listener-1",), items, plays), [1.0, 0.5]).toarray().tolist()
    [[0.0, 1.5], [0.0, 1.0]]
    """
    rows, columns, at_s = interactions.play_rows, interactions.play_columns, interactions.play_at_s
    counted = csr_matrix((interactions.n_items, interactions.n_items))
    for distance, weight in enumerate(weights, start=1):
        gap_s = at_s[distance:] - at_s[:-distance]
        paired = (rows[distance:] == rows[:-distance]) & (gap_s > 0)
        if max_gap_s is not None:
            paired &= gap_s <= max_gap_s
        pairs = _count(columns[:-distance][paired], columns[distance:][paired], counted.shape)
        counted = counted + weight * pairs
    return counted


def strongest(table: csr_matrix, n: int) -> csr_matrix:
    """Return a table with the ``n`` largest values of each row; of equal ones those of lower columns.

    Examples
    --------
    >>> strongest(csr_matrix([[2.0, 5.0, 5.0, 5.0]]), 2).toarray().tolist()
    [[0.0, 5.0, 5.0, 0.0]]
    """
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    order = np.lexsort((table.indices, -table.data, rows))
    place = np.arange(len(order)) - table.indptr[rows[order]]
    kept = np.sort(order[place < n])
    found = csr_matrix((table.data[kept], (rows[kept], table.indices[kept])), shape=table.shape)
    found.sort_indices()
    return found


def _count(before: Ints, after: Ints, shape: tuple[int, int]) -> csr_matrix:
    """Return how often each pair occurs."""
    return csr_matrix((np.ones(len(before)), (before, after)), shape=shape)

"""Two ways of sorting the same things into groups, and how far they agree."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue


def adjusted_rand(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """Return the adjusted Rand index of two groupings of the same n things.

    ARI = (Σ_ij C(n_ij, 2) − E) / (½ [Σ_i C(a_i, 2) + Σ_j C(b_j, 2)] − E),  E = Σ_i C(a_i, 2) Σ_j C(b_j, 2) / C(n, 2)

    1 where the groups are the same, whatever they are called; 0 on average where one was dealt by chance
    with groups of the same sizes, and so also below 0. Two groupings that both leave everything together,
    or both everything apart, are the same: 1. Right for comparing groups without names, such as the
    components of a mixture with what was planted; it says nothing about probabilities, and large groups
    weigh more than small ones.

    Raises
    ------
    BadValue : the two do not sort the same number of things.

    References
    ----------
    Hubert, Arabie (1985), Journal of Classification.

    Examples
    --------
    >>> round(adjusted_rand(np.array(["a", "a", "b", "b"]), np.array([0, 0, 1, 2])), 4)
    0.5714
    """
    if ours.shape != theirs.shape:
        raise BadValue(f"groupings need the same things: {ours.shape} against {theirs.shape}")
    _, rows = np.unique(ours, return_inverse=True)
    _, columns = np.unique(theirs, return_inverse=True)
    _, both = np.unique(rows * (columns.max(initial=0) + 1) + columns, return_counts=True)
    together = _pairs(both)
    by_ours, by_theirs = _pairs(np.bincount(rows)), _pairs(np.bincount(columns))
    by_chance = by_ours * by_theirs / max(_pairs(np.array([len(rows)])), 1.0)
    most = (by_ours + by_theirs) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def _pairs(counts: NDArray[np.int64]) -> float:
    """Return how many pairs lie within groups of these sizes."""
    sizes = counts.astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())

"""How far two rankings of the same topics agree: rank-biased overlap, Kendall's τ. One value a topic.

Rankings are arrays (n_topics, length), best first, −1 after the last; row i of both is of the same topic.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue
from ritornello.measures.about import NOTHING, FloatArray, IntArray, ratio

NOWHERE = -1


def places_in(items: IntArray, others: IntArray) -> IntArray:
    """Return where each item stands in the other ranking of its topic, from 0; −1 where it does not.

    Examples
    --------
    >>> places_in(np.array([[4, 7, -1]]), np.array([[7, 9, 4]]))
    array([[ 2,  0, -1]])
    """
    width = int(max(items.max(initial=0), others.max(initial=0))) + 1
    rows = np.arange(len(items))[:, None] * width
    keys = np.where(others == NOTHING, NOWHERE, rows + others).ravel()
    places = np.broadcast_to(np.arange(others.shape[1]), others.shape).ravel()
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    if not len(keys):
        return np.full(items.shape, NOWHERE, dtype=np.int64)
    wanted = rows + items
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = (items != NOTHING) & (keys[at] == wanted)
    return np.where(found, places[at], NOWHERE)


def rbo(ours: IntArray, theirs: IntArray, *, p: float = 0.9, depth: int = 1_000) -> FloatArray:
    """Return the rank-biased overlap of the first places: Σ_d p^(d−1) A_d / Σ_d p^(d−1), d = 1 … depth.

    A_d is how many items stand in the first d places of both, by d: so a reader sees it who goes on with probability p. In
    [0, 1]; 1 is the same order, 0 nothing in common. Each topic is compared as deep as its longer ranking goes, at most to
    ``depth``, so equal rankings reach 1; in repro_eval, which goes to the depth whatever is there, they do not. nan where
    both are empty.

    Source: Webber, Moffat, Zobel, TOIS 28(4), 2010; cut off and normalised as by Clarke et al., TOIS 39(4), 2021.

    Parameters
    ----------
    p : in (0, 1); 0.9 lays 65 % of the weight on ten places.

    Raises
    ------
    BadValue : ``p`` outside (0, 1), or a depth below 1.
    """
    if not 0 < p < 1 or depth < 1:
        raise BadValue(f"RBO needs 0 < p < 1 and a depth of 1 or more, not p={p}, depth={depth}")
    ours, theirs = ours[:, :depth], theirs[:, :depth]
    n_places = max(ours.shape[1], theirs.shape[1])
    place = places_in(ours, theirs)
    rows, columns = np.nonzero(place != NOWHERE)
    met_at = np.maximum(columns, place[rows, columns])
    met = np.bincount(rows * n_places + met_at, minlength=len(ours) * n_places)
    depths = np.arange(1, n_places + 1)
    agreed = met.reshape(len(ours), n_places).cumsum(axis=1) / depths
    longer = np.maximum((ours != NOTHING).sum(axis=1), (theirs != NOTHING).sum(axis=1))
    weights = np.where(depths <= longer[:, None], p ** (depths - 1.0), 0.0)
    return ratio((agreed * weights).sum(axis=1), weights.sum(axis=1))


def tau_union(ours: IntArray, theirs: IntArray) -> FloatArray:
    """Return Kendall's τ of two rankings that need not hold the same items, as replications report it.

    The union of both is numbered as ours, then what theirs has besides, in its order; τ is of the two rankings as numbers,
    place by place, over the length of the shorter. In [−1, 1]; 1 is the same order. Items that are new to theirs and stand
    last agree: two rankings with nothing in common have τ = 1, so read :func:`rbo` beside it. nan below two places.

    Source: Breuer et al., SIGIR 2020 (KTU). repro_eval numbers the union by the items' names instead, so that there renaming
    items changes τ; both agree where the names stand in this order.
    """
    n = min(ours.shape[1], theirs.shape[1])
    new = (places_in(theirs, ours) == NOWHERE) & (theirs != NOTHING)
    numbers = np.where(new, ours.shape[1] + new.cumsum(axis=1), places_in(theirs, ours))
    both = (ours[:, :n] != NOTHING) & (theirs[:, :n] != NOTHING)
    own = np.broadcast_to(np.arange(n), both.shape)
    return tau_b(own, numbers[:, :n], both)


def tau_b(ours: NDArray[Any], theirs: NDArray[Any], counted: NDArray[np.bool_]) -> FloatArray:
    """Return Kendall's τ_b of each row: (concordant − discordant) / √(pairs not tied in ours · in theirs).

    In [−1, 1]; 1 is the same order. Ties are neither concordant nor discordant. Every pair counts alike, the last places as
    much as the first. nan where either has no two different values.

    Source: Kendall, Biometrika 33(3), 1945.

    Parameters
    ----------
    ours, theirs : (n, length) values; (n, length) ``counted`` says which of them are there.
    """
    concordant, ours_differ, theirs_differ = np.zeros((3, len(counted)))
    for apart in range(1, counted.shape[1]):
        both = counted[:, apart:] & counted[:, :-apart]
        x, y = (np.sign(each[:, apart:] - each[:, :-apart]) * both for each in (ours, theirs))
        concordant += (x * y).sum(axis=1)
        ours_differ += np.abs(x).sum(axis=1)
        theirs_differ += np.abs(y).sum(axis=1)
    return ratio(concordant, np.sqrt(ours_differ * theirs_differ))

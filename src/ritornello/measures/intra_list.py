"""How unlike each other the items of one list are, and whether anything stands on it twice. One value a list."""

import numpy as np
from numpy.typing import NDArray

from ritornello.measures.about import (
    NOTHING,
    About,
    FloatArray,
    Lists,
    listed,
    mean_over,
    ratio,
)
from ritornello.measures.diversity import gs_scores


def vector_diversity(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the mean cosine distance of two of the first k places: 1 − (‖Σ v‖² − n) / (n (n − 1)), v unit vectors.

    In [0, 2]; higher is more varied; 0 for one item with a vector, nan for none. Where all vectors share a direction, as
    embeddings do, every list looks narrow (see :func:`~ritornello.measures.diversity.centred`).

    Source: Smyth, McClave, ICCBR 2001; Ziegler et al., WWW 2005.
    """
    items = lists.first(k).items
    known = np.asarray(about.units.any(axis=1))
    sums = np.asarray(listed(items, about.n_items) @ about.units)
    n = ((items != NOTHING) & known[np.maximum(items, 0)]).sum(axis=1)
    alike = (np.einsum("ij,ij->i", sums, sums) - n) / 2
    return _of_pairs(n * (n - 1) / 2 - alike, n)


def trait_diversity(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return how many traits two of the first k places differ in on average (Hamming): Σ_g c_g (n − c_g) / C(n, 2).

    c_g of the n places have trait g. From 0 to the number of traits; higher is more varied; 0 for one place, nan for none.
    Ten ways to say "rock" count ten times.

    Source: as :func:`vector_diversity`, with the distance of Hamming (1950).
    """
    items = lists.first(k).items
    has = (about.traits_of_items > 0).astype(np.float64)
    counts = listed(items, about.n_items) @ has
    n = (items != NOTHING).sum(axis=1)
    return _of_pairs(
        n * (counts @ np.ones(has.shape[1])) - counts.power(2) @ np.ones(has.shape[1]), n
    )


def gs(lists: Lists, about: About, k: int | None = None, corrected: bool = False) -> FloatArray:
    """Return how close to each other the first k places lie: the GS-score of a list, in [0, 1].

    As of a listener's taste (:func:`~ritornello.measures.diversity.gs_scores`, which says what ``corrected`` is: free of the
    list's length); high is narrow. nan without an item that has a vector, corrected below two.

    Source: Anderson et al., WWW 2020.
    """
    scores = gs_scores(about.units, listed(lists.first(k).items, about.n_items))
    return scores.corrected if corrected else scores.gs


def trait_variety(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return how many different traits the first k places have, by their number.

    Where an item has one trait (its artist, its first genre) in [0, 1]: 1 where no two places share it; 1 less it is how
    much of the list is more by the same artist. Longer lists reach less.
    """
    items = lists.first(k).items
    counts = listed(items, about.n_items) @ (about.traits_of_items > 0).astype(np.float64)
    return ratio(np.diff(counts.indptr), (items != NOTHING).sum(axis=1))


def unrepeated(lists: Lists, _about: About, k: int | None = None) -> FloatArray:
    """Return the share of the first k places whose item did not stand before; 1 is a list without repeats."""
    ordered = np.sort(lists.first(k).items, axis=1)
    first = np.ones(ordered.shape, dtype=np.bool_)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return mean_over(ordered, first)


def filled(lists: Lists, _about: About, k: int) -> FloatArray:
    """Return the share of k places that hold anything; below 1 where too little could be listed."""
    return np.asarray((lists.first(k).items != NOTHING).sum(axis=1) / k)


def _of_pairs(apart: FloatArray, n: NDArray[np.int64]) -> FloatArray:
    """Return a sum over the pairs of n places as its mean: 0 for a single place, nan without any."""
    mean = np.where(n > 1, apart / np.maximum(n * (n - 1) / 2, 1), 0.0)
    return np.asarray(np.where(n > 0, mean, np.nan))

"""How much of a list was there before: on the lists of the days before. One value a list."""

import numpy as np
from numpy.typing import NDArray

from ritornello.measures.about import NOTHING, About, FloatArray, IntArray, Lists, mean_over


def overlap(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the share of the first k places that the first k of any of the topic's earlier lists hold.

    In [0, 1]; 0 is all fresh; nan without an earlier list. Several earlier lists a topic, such as those of a week, make it
    the share repeated within the week. Whether it should be high depends on the surface: a Daily Mix is to stay, a Discover
    Weekly is not. Order does not count: see :func:`~ritornello.measures.rank_agreement.rbo`.

    Source: 1 less the diversity of Lathia et al., Temporal diversity in recommender systems, SIGIR 2010.
    """
    shown, earlier = lists.first(k), about.stated("earlier").first(k)
    share = mean_over(shown.items, on_others(shown, earlier))
    return np.asarray(np.where(np.isin(shown.topics, earlier.topics), share, np.nan))


def on_others(lists: Lists, others: Lists) -> NDArray[np.bool_]:
    """Say of each place whether any of its topic's other lists holds its item; (n_lists, length)."""
    rows, places = np.nonzero(others.items != NOTHING)
    return held(lists.topics, lists.items, others.topics[rows], others.items[rows, places])


def held(
    topics: IntArray, items: IntArray, of_topics: IntArray, of_items: IntArray
) -> NDArray[np.bool_]:
    """Say of each item in the rows of topics (n,), whether (topic, item) is one of some pairs; (n, length)."""
    width = int(max(items.max(initial=0), of_items.max(initial=0))) + 1
    known = np.sort(of_topics * width + of_items, kind="stable")
    if not len(known):
        return np.zeros(items.shape, dtype=np.bool_)
    wanted = topics[:, None] * width + items
    found = known[np.minimum(np.searchsorted(known, wanted), len(known) - 1)] == wanted
    return np.asarray(found & (items != NOTHING))

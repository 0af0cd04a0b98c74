"""How little known is what was listed: novelty, what is new to the listener, unexpectedness, serendipity.

One value a list; nan for an empty one. Novelty alone is bought cheaply, by listing what nobody wants: read it beside a
measure of accuracy.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.measures.about import About, FloatArray, Lists, mean_over
from ritornello.measures.overlap import held, on_others


def novelty(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the mean self-information of the first k places, −log2(listeners who had heard it / n_listeners), in bits.

    From 0, everybody had heard all of it, to log2 n_listeners; higher is newer to the crowd. An item that nobody had
    heard counts as heard by one. It says nothing about this listener: an obscure item they love is novel, too.

    Source: Zhou et al., PNAS 107(10), 2010; Castells, Hurley, Vargas, Recommender Systems Handbook, 2015 (mean
    inverse user frequency).
    """
    share = np.maximum(about.stated("popularity"), 1.0) / about.stated("n_listeners")
    return mean_over(lists.first(k).items, -np.log2(share))


def new(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the share of the first k places that the listener had never heard before.

    In [0, 1]. As good as the history is long: what was heard elsewhere counts as new. What is new may still be more of
    the same.

    Source: Hijikata, Shimizu, Nishida, IUI 2009 (discovery ratio).
    """
    shown = lists.first(k)
    return mean_over(shown.items, ~among(shown, about.heard))


def unexpectedness(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the share of the first k places that the first k of the expected list do not hold.

    In [0, 1]; higher is less to be expected. As good as the expected lists, which should be of a plain method such as
    popularity.

    Source: Adamopoulos, Tuzhilin, ACM TIST 5(4), 2014.
    """
    shown = lists.first(k)
    return mean_over(shown.items, ~on_others(shown, about.stated("expected").first(k)))


def serendipity(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return how much of what is right was not to be had from popularity: mean of rel_r · max(0, p(r) − p(i)).

    p(r) = (n + 1 − r) / n for place r of the list and p(i) = (n + 1 − g(i)) / n, where n is the number of items and g
    the place of the item's popularity among the popularities there are, 1 the highest (equal ones share it); 0 for an item
    nobody had heard. In [0, 1]; higher is better, and the values are small: few places are right and unpopular at once.

    Source: Murakami, Mori, Orihara, JSAI 2007; with these probabilities in RecTools, whose values it equals.
    """
    shown, popularity = lists.first(k), about.stated("popularity")
    n = about.n_items
    levels, level = np.unique(popularity, return_inverse=True)
    by_anybody = np.where(popularity > 0, (n + 1 - (len(levels) - level)) / n, 0.0)
    by_place = (n - np.arange(shown.items.shape[1])) / n
    surplus = np.maximum(by_place - by_anybody[np.maximum(shown.items, 0)], 0.0)
    return mean_over(shown.items, surplus * among(shown, about.right))


def surprise(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the share of the first k places that turned out right and that the expected list does not hold.

    In [0, 1]; higher is better. Serendipity as Ge et al. count it, beside :func:`serendipity`, which asks popularity
    alone; as good as the lists that say what is expected.

    Source: Ge, Delgado-Battenfeld, Jannach, RecSys 2010.
    """
    shown = lists.first(k)
    unexpected = ~on_others(shown, about.stated("expected").first(k))
    return mean_over(shown.items, unexpected & among(shown, about.right))


def among(lists: Lists, known: csr_matrix) -> NDArray[np.bool_]:
    """Say of each place whether its topic's row of ``known`` holds its item above 0; (n_lists, length)."""
    cells = known.tocoo()
    rows, columns = (each[cells.data > 0].astype(np.int64) for each in (cells.row, cells.col))
    return held(lists.topics, lists.items, rows, columns)

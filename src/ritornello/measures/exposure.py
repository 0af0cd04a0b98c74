"""How listing is spread over the catalogue: coverage, Gini, entropy, Gini–Simpson; one value for all lists together.

All of them are of a whole run, and all depend on how many lists there are: compare runs over the same topics only.
Counts are how often each item of the catalogue was listed, those that never were among them.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np

from ritornello.measures.about import NOTHING, About, FloatArray, IntArray, Lists
from ritornello.measures.diversity import entropy


def counts_of(items: IntArray, n_items: int) -> FloatArray:
    """Return how often each item of the catalogue stands on a list, shape (n_items,)."""
    return np.bincount(items[items != NOTHING], minlength=n_items).astype(np.float64)


def coverage(counts: FloatArray) -> float:
    """Return the share of the catalogue that stands on any list: aggregate diversity by the number of items.

    In [0, 1]; higher is broader. An item listed once counts like one listed to everybody: read :func:`gini` beside it.

    Source: Adomavicius, Kwon, IEEE TKDE 24(5), 2012.
    """
    return float((counts > 0).mean())


def gini(counts: FloatArray) -> float:
    """Return how unequally listing is dealt out: G = Σ_i (2 i − n − 1) c_(i) / (n Σ c), counts c rising.

    0 where every item is listed as often, (n − 1) / n where one has it all; lower is more even. Items never listed
    belong into the counts; without them a run that shows ten items looks even.

    Source: Gini (1912); for recommendations Fleder, Hosanagar, Management Science 55(5), 2009.

    Examples
    --------
    >>> gini(np.array([0.0, 0, 0, 10])), gini(np.array([1.0, 2, 3, 4]))
    (0.75, 0.25)
    """
    n, total = len(counts), counts.sum()
    if not total:
        return float("nan")
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float((weights * np.sort(counts)).sum() / (n * total))


def entropy_bits(counts: FloatArray) -> float:
    """Return the Shannon entropy of the shares of listing, −Σ p log2 p, in bits.

    From 0, one item has it all, to log2 n_items; higher is more even. Mind :func:`~ritornello.measures.diversity.entropy`'s
    bias where there are few lists.
    """
    return entropy(counts) / float(np.log(2)) if counts.any() else float("nan")


def simpson(counts: FloatArray) -> float:
    """Return the chance that two places drawn from all lists hold different items: 1 − Σ p² (Gini–Simpson).

    In [0, 1 − 1 / n_items]; higher is more even. Blind to the long tail: what is listed rarely adds next to nothing.

    Source: E. H. Simpson, Measurement of diversity, Nature 163, 1949.
    """
    return float(1 - ((counts / counts.sum()) ** 2).sum()) if counts.any() else float("nan")


def over_lists(statistic: Callable[[FloatArray], float]) -> Callable[..., FloatArray]:
    """Return the measure of a run that asks a statistic about how often each item stands in the first k places."""

    @wraps(statistic)
    def kernel(lists: Lists, about: About, k: int | None = None) -> FloatArray:
        return np.array([statistic(counts_of(lists.first(k).items, about.n_items))])

    return kernel

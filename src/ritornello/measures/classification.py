"""Are the first k places a good answer to "which are right?" Measures that take a list as a classifier.

R is how many items are relevant, TP how many of the first k places hold one. F, pAUC and pAp are asked about matched
rankings; what also counts the wrong that was rightly left out is asked about lists, whose catalogue is known.
"""

import numpy as np

from ritornello.measures.about import About, Lists
from ritornello.measures.definitions import (
    BINARY,
    PLACES_REQUIRED,
    Definition,
    Parameter,
    Values,
)
from ritornello.measures.matching import Matched, share
from ritornello.measures.novelty import among

BETA = Parameter("number", "how much recall weighs against precision", 1, low=0)
MUST_CUT = ("k", PLACES_REQUIRED)


def f_measure(matched: Matched, k: int, rel: float = 1, beta: float = 1) -> Values:
    """Return the weighted harmonic mean of P@k and R@k, (1 + β²) TP / (k + β² R).

    In [0, 1]; 1 only where k = R. Right where k is how many are wanted; with other k it mixes a cut-off into quality.

    Elsewhere: RecTools' F1Beta; ``SetF`` is the same of all that was returned. Source: van Rijsbergen, 1979.
    """
    return share((1 + beta**2) * matched.n_hits(rel, k), k + beta**2 * matched.n_relevant(rel))


def partial_auc(matched: Matched, k: int, rel: float = 1) -> Values:
    """Return how often a relevant item stands above one of the first k that are not: Σ max(k − wrong above, 0) / (k R).

    In [0, 1]. k counts wrong places, not places: rankings should be R + k long, and a relevant item that was not returned
    stands below all.

    Elsewhere: the same in RecTools. Source: Budhiraja et al., Rich-item recommendations for rich-users, 2020.
    """
    return _above_wrong(matched, k, rel, matched.n_relevant(rel))


def pap(matched: Matched, k: int, rel: float = 1) -> Values:
    """Return pAUC of the first β = min(k, R) relevant items only: Σ max(k − wrong above, 0) / (k β).

    In [0, 1]. Like precision where more than k are relevant, like :func:`partial_auc` where fewer are; rankings should be 2 k
    long.

    Elsewhere: the same in RecTools. Source: Hiranandani et al., ICML 2020.
    """
    return _above_wrong(matched, k, rel, np.minimum(k, matched.n_relevant(rel)))


def binary_accuracy(lists: Lists, about: About, k: int) -> Values:
    """Return the share of the catalogue on whose side the first k places are: (TP + TN) / n_items.

    Nearly all of a large catalogue is wrong and left out, so everything scores near 1; kept for comparison with papers.

    Elsewhere: the same in RecTools (Accuracy), which takes a short list for k items; so do we.
    """
    hits, n_right = _hits(lists, about, k)
    return np.asarray(1 - (k + n_right - 2 * hits) / about.n_items)


def mcc(lists: Lists, about: About, k: int) -> Values:
    """Return Matthews' correlation of being listed and being right, (TP·TN − FP·FN) / √(k R (n − k) (n − R)).

    In [−1, 1]; 0 is chance, also where everything or nothing is right or listed. Of a large catalogue it is close to
    √(P@k · R@k).

    Elsewhere: the same in RecTools, which takes a short list for k items; so do we. Source: Matthews, BBA 405(2), 1975.
    """
    hits, n_right = _hits(lists, about, k)
    n = about.n_items
    wrong, missed = k - hits, n_right - hits
    agreed = hits * (n - k - missed) - wrong * missed
    spread = np.sqrt(np.maximum(k * n_right * (n - k) * (n - n_right), 0.0))
    defined = np.where(np.isnan(hits), np.nan, share(np.nan_to_num(agreed), spread))
    return np.asarray(defined)


def _above_wrong(matched: Matched, k: int, rel: float, n_counted: Values) -> Values:
    """Return how often the first n_counted relevant items stand above the first k wrong ones, in [0, 1]."""
    topic, places, above = matched.relevant(rel)
    counted = above < n_counted[topic]
    gained = np.maximum(k - (places - above), 0)[counted]
    found = np.bincount(topic[counted], gained, len(matched.topics))
    return share(found, k * n_counted)


def _hits(lists: Lists, about: About, k: int) -> tuple[Values, Values]:
    """Return how many of the first k places are right, nan without a list, and how many items are right at all."""
    shown = lists.first(k)
    hits = among(shown, about.right).sum(axis=1).astype(np.float64)
    hits[~(shown.items >= 0).any(axis=1)] = np.nan
    n_right = np.asarray((about.right > 0).sum(axis=1), dtype=np.float64).ravel()
    return hits, n_right[lists.topics]


MEASURES = (
    Definition("F", f_measure, MUST_CUT, {**BINARY, "beta": BETA}, aliases=("F1", "f1")),
    Definition("pAUC", partial_auc, MUST_CUT, BINARY, aliases=("PartialAUC",)),
    Definition("pAp", pap, MUST_CUT, BINARY, aliases=("PAP",)),
    Definition("binary_accuracy", binary_accuracy, MUST_CUT, asks="lists", needs=("relevant",)),
    Definition("MCC", mcc, MUST_CUT, asks="lists", needs=("relevant",), unit="correlation", low=-1),
)

"""What stands above what? Measures of pairs and of samples, for rankings of which little was judged."""

import numpy as np
from numpy.typing import NDArray

from ritornello.measures.definitions import PLACES, REL, Definition, Values
from ritornello.measures.matching import IntArray, Matched, share

SMOOTHING = 1e-5


def bpref(matched: Matched, rel: float = 1) -> Values:
    """Return how much of the relevant stands above what was judged not relevant; the unjudged do not count.

    bpref = 1/R Σ (1 − min(n_r, R) / min(N⁻, R)) over the relevant returned, n_r being how many judged not relevant
    (grade from 0 to below ``rel``) stand above and N⁻ how many there are. Right where many were never judged.

    Elsewhere: the same in trec_eval; a grade below 0 is no judgement there and here. Source: Buckley, Voorhees,
    SIGIR 2004.
    """
    n, topic, good = len(matched.topics), matched.topic_of_hit, matched.grades >= rel
    bad = (matched.grades >= 0) & ~good
    above = _before(matched, bad)[good]
    at = matched.topic_of_ideal[(matched.ideal >= 0) & (matched.ideal < rel)]
    wanted, n_bad = (
        matched.n_relevant(rel)[topic[good]],
        np.bincount(at, minlength=n)[topic[good]],
    )
    worse = np.minimum(above, wanted) / np.maximum(np.minimum(n_bad, wanted), 1)
    return share(np.bincount(topic[good], 1 - worse, n), matched.n_relevant(rel))


def inferred_ap(matched: Matched, rel: float = 1) -> Values:
    """Return AP as estimated where only a sample of a pool was judged.

    A grade below 0 says: in the pool, not judged. At each relevant place r > 1 the precision is 1/r + (r − 1)/r ·
    (share of the places above in the pool) · (share of those judged there that are relevant, both counts + 0.00001).

    Elsewhere: the same in trec_eval. Without sampling it is AP but for the smoothing. Source: Yilmaz, Aslam, CIKM 2006.
    """
    n, topic, good = len(matched.topics), matched.topic_of_hit, matched.grades >= rel
    pooled, sampled = _before(matched, np.ones_like(good)), _before(matched, matched.grades >= 0)
    right, above = _before(matched, good)[good], matched.places[good]
    likely = (right + SMOOTHING) / (sampled[good] + 2 * SMOOTHING)
    expected = (1 + pooled[good] * likely * (above > 0)) / (above + 1)
    return share(np.bincount(topic[good], expected, n), matched.n_relevant(rel))


def auc(matched: Matched, k: int | None, rel: float = 1) -> Values:
    """Return the share of pairs of a relevant and another returned item that are in the right order.

    Over the first k places, or all. What was not returned does not count, so a run is not better for returning more:
    right for diagnosis, misleading as a headline. 1 where all are relevant, 0 where none is.

    Elsewhere: Accuracy in ir_measures (which fails where all are relevant). Recommendation's AUC over the whole
    catalogue is this one of a run that holds the whole catalogue.
    """
    topic, places, ranks = matched.relevant(rel, k)
    n = len(matched.topics)
    depth = matched.n_ranked if k is None else np.minimum(matched.n_ranked, k)
    found = np.bincount(topic, minlength=n)
    wrong, pairs = np.bincount(topic, places - ranks, n), found * (depth - found)
    return np.where(found > 0, 1 - share(wrong, pairs), 0.0)


def _before(matched: Matched, which: NDArray[np.bool_]) -> IntArray:
    """Return how many of some hits stand above each hit of the same topic, (n_hits,)."""
    count = np.concatenate(([0], np.cumsum(which)))
    return np.asarray(count[:-1] - count[matched.hit_starts[matched.topic_of_hit]])


MEASURES = (
    Definition("Bpref", bpref, None, {"rel": REL}, aliases=("BPref", "bpref")),
    Definition("infAP", inferred_ap, None, {"rel": REL}),
    Definition("AUC", auc, ("k", PLACES), {"rel": REL}, aliases=("Accuracy",)),
)

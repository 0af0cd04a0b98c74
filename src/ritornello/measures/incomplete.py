"""What stands above what? Measures of pairs and of samples, for rankings of which little was judged."""

import numpy as np
from numpy.typing import NDArray

from ritornello.measures.definitions import PLACES, REL, Definition, Parameter, Values
from ritornello.measures.matching import IntArray, Matched, share

SMOOTHING = 1e-5
ABOVE_NOTHING = float(np.nextafter(0.0, 1.0))


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


def compatibility(matched: Matched, p: float = 0.95, *, normalize: bool = True) -> Values:
    """Return how much of the best possible ranking a patient reader meets in this one: rank-biased overlap.

    RBO = Σ_d p^(d − 1) |top d of both| / d over Σ_d p^(d − 1), down to the longer of the two; the best possible ranking
    holds what has a grade above 0, best first and alike as this one has them. ``normalize`` divides by that of the
    best possible ranking with itself. Right where the order of preference is all that is known.

    Elsewhere: the same in ir_measures, but that it breaks ties of score by the lower id, and puts what was not returned
    before what was returned with a score below 0. Source: Clarke, Vtyurina, Smucker, TOIS 2021.
    """
    n, depth_of = len(matched.topics), matched.n_relevant(ABOVE_NOTHING).astype(np.int64)
    depth = np.maximum(matched.n_ranked, depth_of)
    weights = p ** np.arange(depth.max(initial=0))
    sums = np.concatenate(([0.0], np.cumsum(weights / np.arange(1, len(weights) + 1))))
    kept = matched.grades > 0
    topic = matched.topic_of_hit[kept]
    lower = np.maximum(matched.places, _ideal_places(matched))[kept]
    found = np.bincount(topic, sums[depth[topic]] - sums[lower], n)
    if not normalize:
        return share(found, np.concatenate(([0.0], np.cumsum(weights)))[depth])
    at = np.repeat(np.arange(n), depth_of)
    ranks = np.arange(len(at)) - np.repeat(np.cumsum(depth_of) - depth_of, depth_of)
    return share(found, np.bincount(at, sums[depth[at]] - sums[ranks], n))


def _ideal_places(matched: Matched) -> IntArray:
    """Return each hit's place, from 0, in the best possible ranking that keeps this one's order of equal grades."""
    n_hits = len(matched.grades)
    topic = np.concatenate((matched.topic_of_hit, matched.topic_of_ideal))
    grade = np.concatenate((matched.grades, matched.ideal))
    is_ideal = np.arange(len(topic)) >= n_hits
    order = np.lexsort((is_ideal, -grade, topic))
    above = np.cumsum(is_ideal[order])
    hits = ~is_ideal[order]
    level = above[
        hits
    ]  # the same of hits of one topic and grade, and of no other hits of the topic
    first = np.searchsorted(level, level)
    places = np.empty(n_hits, dtype=np.int64)
    at = order[hits]
    places[at] = level - matched.ideal_starts[topic[at]] + np.arange(n_hits) - first
    return places


def _before(matched: Matched, which: NDArray[np.bool_]) -> IntArray:
    """Return how many of some hits stand above each hit of the same topic, (n_hits,)."""
    count = np.concatenate(([0], np.cumsum(which)))
    return np.asarray(count[:-1] - count[matched.hit_starts[matched.topic_of_hit]])


MEASURES = (
    Definition("Bpref", bpref, None, {"rel": REL}, aliases=("BPref", "bpref")),
    Definition("infAP", inferred_ap, None, {"rel": REL}),
    Definition("AUC", auc, ("k", PLACES), {"rel": REL}, aliases=("Accuracy",)),
    Definition(
        "Compat",
        compatibility,
        None,
        {
            "p": Parameter("number", "how patient the reader is", 0.95, low=0, high=0.999_999),
            "normalize": Parameter("flag", "divide by what can be reached", default=True),
        },
    ),
)

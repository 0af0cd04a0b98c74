"""Is what was asked for at the top? Measures of relevance over matched rankings, as trec_eval defines them.

r are places from 1, R is how many judged items are relevant (returned or not), N how many were returned. What was
never judged is not relevant and takes up its place. A topic to whom nothing is relevant is worth 0.
"""

import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.measures.definitions import (
    BINARY,
    JUDGED_ONLY,
    PLACES,
    PLACES_REQUIRED,
    RELATIVE,
    Definition,
    Parameter,
    Values,
)
from ritornello.measures.matching import IntArray, Matched, share

RECALL = Parameter("number", "the share of everything relevant", required=True, low=0, high=1)


def ndcg(
    matched: Matched,
    k: int | None,
    gain: str = "linear",
    gains: tuple[tuple[float, float], ...] | None = None,
) -> Values:
    """Return the discounted gain of the ranking over that of the best possible one.

    DCG = Σ_{r ≤ k} g_r / log2(r + 1), divided by the DCG of everything judged, best first. The gain is the grade
    (``gain=linear``), 2^grade − 1 (``exp``), or what ``gains`` gives for a grade; below 0 it counts 0. Right where the
    order and the degree matter; where fewer than k are relevant, a perfect ranking still reaches 1.

    Elsewhere: trec_eval's ndcg and ndcg_cut are the linear gain; gdeval and Burges et al. (2005) the exponential one.
    RecTools divides by the DCG of k hits whatever R is, so its values are lower. Source: Järvelin, Kekäläinen, TOIS 2002.
    """
    n, at = len(matched.topics), matched.topic_of_ideal
    ranks = np.arange(len(at)) - matched.ideal_starts[at]
    best = _gains(matched.ideal, gain, gains)
    if gains is not None:  # the order of grades need not be that of gains
        best = best[np.lexsort((-best, at))]
    ideal = _dcg(n, at, ranks, best, k)
    reached = _dcg(n, matched.topic_of_hit, matched.places, _gains(matched.grades, gain, gains), k)
    return share(reached, ideal)


def precision(matched: Matched, k: int, rel: float = 1, *, relative: bool = False) -> Values:
    """Return the share of the first k places that hold something relevant.

    P@k = hits / k, also where fewer than k were returned. ``relative`` divides by min(k, R) instead, so that 1 can
    always be reached.

    Elsewhere: the same in trec_eval (P, relative_P). Judge lists of different length by it with care: empty places
    count as wrong.
    """
    found = matched.n_hits(rel, k)
    return share(found, np.minimum(k, matched.n_relevant(rel))) if relative else found / k


def recall(matched: Matched, k: int, rel: float = 1) -> Values:
    """Return the share of everything relevant that stands in the first k places.

    R@k = hits / R. With more than k relevant, 1 cannot be reached.

    Elsewhere: the same in trec_eval (recall). Some papers on recommendation divide by min(k, R), which is
    ``P(relative=true)@k`` here; others call Success@k recall.
    """
    return share(matched.n_hits(rel, k), matched.n_relevant(rel))


def success(matched: Matched, k: int, rel: float = 1) -> Values:
    """Return 1 where anything relevant stands in the first k places, else 0.

    Elsewhere: success in trec_eval, hit rate in recommendation. With one relevant item a topic it is R@k.
    """
    return (matched.n_hits(rel, k) > 0).astype(np.float64)


def average_precision(matched: Matched, k: int | None, rel: float = 1) -> Values:
    """Return the mean precision at the places of the relevant; what was not returned counts 0.

    AP@k = Σ P@r / R over the relevant places r ≤ k. Right for finding as much as possible, early. Its mean over
    topics is called MAP.

    Elsewhere: trec_eval's map and map_cut divide by R at every k, as here; RePlay divides by min(k, R), so its values
    are higher. Source: Harman, IPM 28(4), 1992.
    """
    topic, places, ranks = matched.relevant(rel, k)
    found = np.bincount(topic, (ranks + 1) / (places + 1), len(matched.topics))
    return share(found, matched.n_relevant(rel))


def reciprocal_rank(matched: Matched, k: int | None, rel: float = 1) -> Values:
    """Return 1 / r of the first relevant place, 0 where there is none (in the first k).

    Right where one good answer is enough. Its mean over topics is called MRR.

    Elsewhere: trec_eval's recip_rank has no cut-off. MS MARCO's MRR@10 gives ties to the lower id, trec_eval and we to
    the higher.
    """
    topic, places, ranks = matched.relevant(rel, k)
    first = ranks == 0
    return np.asarray(np.bincount(topic[first], 1 / (places[first] + 1), len(matched.topics)))


def r_precision(matched: Matched, rel: float = 1, mult: float = 1) -> Values:
    """Return the share of the first R places that hold something relevant.

    Precision equals recall there. ``mult`` looks at ⌊mult · R + 0.9⌋ places.

    Elsewhere: the same in trec_eval (Rprec, Rprec_mult).
    """
    wanted = matched.n_relevant(rel)
    depth = (mult * wanted + 0.9).astype(np.int64)
    topic, places, _ = matched.relevant(rel)
    found = np.bincount(topic[places < depth[topic]], minlength=len(wanted))
    return share(found.astype(np.float64), depth.astype(np.float64))


def interpolated_precision(
    matched: Matched, recall: float, rel: float = 1, rounding: str = "up"
) -> Values:
    """Return the highest precision at any place from which on the share ``recall`` of the relevant was found.

    That place is the one of relevant item number ⌊recall · R + 0.9⌋, or with ``rounding=nearest`` ⌊recall · R + 0.5⌋.
    Right for drawing precision over recall.

    Elsewhere: trec_eval 10 rounds to the nearest; up to 9, and pytrec_eval and ir_measures with it, up.
    """
    shift = {"up": 0.9, "nearest": 0.5}[rounding]
    wanted = np.floor(recall * matched.n_relevant(rel) + shift)
    topic, places, ranks = matched.relevant(rel)
    enough = ranks + 1 >= wanted[topic]
    found = np.zeros(len(matched.topics))
    np.maximum.at(found, topic[enough], ((ranks + 1) / (places + 1))[enough])
    return found


def judged(matched: Matched, k: int | None) -> Values:
    """Return the share of the first k places (of all without k) that hold something judged.

    Divided by min(k, N). What is far from 1 makes every other measure doubtful. A grade below 0 counts as judged.

    Elsewhere: the same in ir_measures; trec_eval's unj is the share of the unjudged, divided by k, and takes a grade
    below 0 for unjudged.
    """
    depth = matched.n_ranked if k is None else np.minimum(matched.n_ranked, k)
    topic = matched.topic_of_hit[matched.places < depth[matched.topic_of_hit]]
    return share(np.bincount(topic, minlength=len(depth)), depth)


def _gains(
    grades: Values, gain: str, gains: tuple[tuple[float, float], ...] | None = None
) -> Values:
    """Return the gain of each grade, 0 below 0.

    Raises
    ------
    BadValue : a gain that is given is below 0.
    """
    if gain == "exp":
        return np.asarray(np.exp2(np.maximum(grades, 0)) - 1)
    found = np.maximum(grades, 0)
    for grade, value in gains or ():
        if value < 0:
            raise BadValue(f"the gain of grade {grade} must not be below 0; it is {value}")
        found[grades == grade] = value
    return found


def _dcg(n: int, topic: IntArray, places: IntArray, gains: Values, k: int | None) -> Values:
    """Return the discounted gain of each topic."""
    if k is not None and places.max(initial=0) >= k:
        within = places < k
        topic, places, gains = topic[within], places[within], gains[within]
    discounts = np.log2(np.arange(places.max(initial=0) + 1) + 2)
    return np.asarray(np.bincount(topic, gains / discounts[places], n))


ROUNDING = Parameter("choice", "how a number of items is rounded", "up", choices=("up", "nearest"))
GAIN = Parameter("choice", "what a grade is worth", "linear", choices=("linear", "exp"))
GAINS = Parameter("gains", "what single grades are worth, the others as they are")
CUT, MUST_CUT = ("k", PLACES), ("k", PLACES_REQUIRED)

MEASURES = (
    Definition(
        "nDCG",
        ndcg,
        CUT,
        {"gain": GAIN, "gains": GAINS, "judged_only": JUDGED_ONLY},
        aliases=("NDCG", "ndcg", "ndcg_burges=nDCG(gain=exp)"),
    ),
    Definition(
        "P",
        precision,
        MUST_CUT,
        {**BINARY, "relative": RELATIVE},
        aliases=("Precision", "precision"),
    ),
    Definition("R", recall, MUST_CUT, BINARY, aliases=("Recall", "recall")),
    Definition(
        "Success",
        success,
        MUST_CUT,
        BINARY,
        aliases=("success", "hit", "hit_rate", "HitRate"),
    ),
    Definition("AP", average_precision, CUT, BINARY, aliases=("MAP", "map")),
    Definition(
        "GMAP",
        average_precision,
        CUT,
        BINARY,
        total="geometric mean",
        aliases=("gm_map",),
    ),
    Definition("RR", reciprocal_rank, CUT, BINARY, aliases=("MRR", "mrr", "recip_rank")),
    Definition(
        "Rprec",
        r_precision,
        None,
        {**BINARY, "mult": Parameter("number", "how many times R places count", 1, low=0)},
        aliases=("RPrec",),
    ),
    Definition(
        "IPrec", interpolated_precision, ("recall", RECALL), {**BINARY, "rounding": ROUNDING}
    ),
    Definition("Judged", judged, CUT),
)

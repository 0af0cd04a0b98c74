"""How far does a reader go on? Measures that weigh each place by how likely somebody looks there.

In the C/W/L frame (Moffat, Bailey, Scholer, Thomas, TOIS 2017) a measure is its continuation: the probability C_r that
who looks at place r looks at r + 1. A place weighs W_r ∝ C_1 ⋯ C_{r−1}, and the value is Σ W_r g_r, the gain a place
looked at. g is the grade between ``min_rel`` and ``max_rel`` as a share, 0 for what was never judged. Weights are
those of the first 1,000 places, as in cwl_eval, also where fewer were returned.
"""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.measures.definitions import (
    BINARY,
    PLACES,
    PLACES_REQUIRED,
    Definition,
    Parameter,
    Values,
)
from ritornello.measures.matching import FloatArray, Matched

DEPTH = 1_000
CELLS_A_BLOCK = 1_000_000

Continuation = Callable[[FloatArray, FloatArray], FloatArray]


def rank_biased_precision(
    matched: Matched, k: int | None, p: float = 0.8, rel: float = 1
) -> Values:
    """Return how often a reader who goes on with probability p meets something relevant.

    RBP = (1 − p) Σ p^(r − 1) over the relevant places r (up to k). A reader looks at 1 / (1 − p) places on average. What
    stands far down cannot lower it, so compare runs at one p only, which is why p is part of every name.

    Elsewhere: p is 0.8 unless told in ir_measures, 0.9 in trec_eval (which weighs grades), 0.95 in others. Source:
    Moffat, Zobel, TOIS 2008.
    """
    topic, places, _ = matched.relevant(rel, k)
    return np.asarray((1 - p) * np.bincount(topic, p**places, len(matched.topics)))


def expected_reciprocal_rank(matched: Matched, k: int | None, max_rel: float = 4) -> Values:
    """Return the expected 1 / r of the place at which a reader is satisfied and stops.

    ERR@k = Σ_{r ≤ k} R_r / r Π_{j < r} (1 − R_j), R = (2^grade − 1) / 2^max_rel. Right where one very good item
    makes the rest needless. Values depend on ``max_rel``, the highest grade of the scale, used or not.

    Elsewhere: the same in gdeval with its fixed 4; TREC's ndeval has another ERR-IA. Source: Chapelle, Metzler, Zhang,
    Grinspan, CIKM 2009.

    Raises
    ------
    BadValue : a grade above ``max_rel``.
    """
    if matched.ideal.max(initial=0) > max_rel:
        raise BadValue(
            f"grades reach {matched.ideal.max():g}, above ERR's max_rel {max_rel:g}; give the scale's highest grade"
        )
    deepest = int(matched.places.max(initial=0)) + 1
    found = np.zeros(len(matched.topics))
    for rows, grades in _by_place(matched, min(k or deepest, deepest)):
        stops = (np.exp2(grades) - 1) / np.exp2(max_rel)
        reached = np.cumprod(1 - stops, axis=1)
        reached = np.concatenate((np.ones((len(stops), 1)), reached[:, :-1]), axis=1)
        found[rows] = (stops * reached / np.arange(1, stops.shape[1] + 1)).sum(axis=1)
    return found


def scaled_dcg(matched: Matched, k: int, max_rel: float, min_rel: float = 0) -> Values:
    """Return DCG@k over the DCG of k items of the highest grade.

    C_r = log2(r + 1) / log2(r + 2) below k. Unlike nDCG it does not forgive a catalogue that holds too little.

    Elsewhere: NDCG-k in cwl_eval.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return np.where(r < k, np.log2(r + 1) / np.log2(r + 2), 0.0) + 0 * gains

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def bejeweled(matched: Matched, k: int, max_rel: float, T: float = 1, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who stops at a total gain of T, at the latest at place k.

    Elsewhere: the static BPM of cwl_eval. Source: Zhang et al., SIGIR 2017.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return np.where((np.cumsum(gains, axis=1) < T) & (r < k), 1.0, 0.0)

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def insq(matched: Matched, max_rel: float, T: float = 1, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who hopes for T of gain and goes on the likelier the further they came.

    C_r = ((r + 2T − 1) / (r + 2T))². Elsewhere: cwl_eval. Source: Moffat, Scholer, Thomas, ADCS 2012.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return ((r + 2 * T - 1) / (r + 2 * T)) ** 2 + 0 * gains

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def inst(matched: Matched, max_rel: float, T: float = 1, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who wants T of gain and stops the likelier the more of it they have.

    C_r = ((r + T + T_r − 1) / (r + T + T_r))², T_r being T less the gain up to r. Elsewhere: cwl_eval. Source: Moffat,
    Bailey, Scholer, Thomas, ADCS 2015.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        hoped = r + 2 * T - np.cumsum(gains, axis=1)
        return ((hoped - 1) / hoped) ** 2

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def nerr8(matched: Matched, k: int, max_rel: float, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who stops at r with the probability of its gain, at the latest at k.

    C_r = 1 − g_r below k: ERR's reader, judged by gain a place. Elsewhere: cwl_eval. Source: Azzopardi, Mackenzie,
    Moffat, ICTIR 2021, equation 8.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return np.where(r < k, 1 - gains, 0.0)

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def nerr9(matched: Matched, k: int, max_rel: float, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who also tires as ERR discounts.

    C_r = (1 − g_r) r / (r + 1) below k. Elsewhere: cwl_eval. Source: Azzopardi, Mackenzie, Moffat, ICTIR 2021,
    equation 9.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return np.where(r < k, (1 - gains) * r / (r + 1), 0.0)

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def nerr10(matched: Matched, max_rel: float, p: float = 0.9, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who is satisfied as ERR's and tires as RBP's.

    C_r = p (1 − g_r). Elsewhere: cwl_eval. Source: Azzopardi, Mackenzie, Moffat, ICTIR 2021, equation 10.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return p * (1 - gains) + 0 * r

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def nerr11(matched: Matched, max_rel: float, T: float = 1, min_rel: float = 0) -> Values:
    """Return the gain a place of a reader who is satisfied as ERR's and hopes for T as INSQ's.

    C_r = (1 − g_r) ((r + 2T − 1) / (r + 2T))². Elsewhere: cwl_eval. Source: Azzopardi, Mackenzie, Moffat, ICTIR 2021,
    equation 11.
    """

    def goes_on(gains: FloatArray, r: FloatArray) -> FloatArray:
        return (1 - gains) * ((r + 2 * T - 1) / (r + 2 * T)) ** 2

    return _gain_a_look(matched, goes_on, min_rel, max_rel)


def _gain_a_look(matched: Matched, goes_on: Continuation, min_rel: float, max_rel: float) -> Values:
    """Return Σ W g with the weights of a continuation ``goes_on(gains (n, depth), places from 1 (depth,))``.

    Raises
    ------
    BadValue : a scale without extent.
    """
    if not min_rel < max_rel:
        raise BadValue(f"min_rel {min_rel:g} must lie below max_rel {max_rel:g}")
    found, r = np.zeros(len(matched.topics)), np.arange(1.0, DEPTH + 1)
    for rows, grades in _by_place(matched, DEPTH):
        gains = np.clip((grades - min_rel) / (max_rel - min_rel), 0.0, 1.0)
        weights = np.cumprod(goes_on(gains, r)[:, :-1], axis=1)
        total = 1 + weights.sum(axis=1)
        found[rows] = (gains[:, 0] + np.einsum("ij,ij->i", weights, gains[:, 1:])) / total
    return found


def _by_place(matched: Matched, depth: int) -> Iterator[tuple[slice, FloatArray]]:
    """Yield blocks of topics with the grade at each of the first places, 0 where none or below 0."""
    size = max(CELLS_A_BLOCK // depth, 1)
    for begin in range(0, len(matched.topics), size):
        starts = matched.hit_starts[begin : begin + size + 1]
        grades = np.zeros((len(starts) - 1, depth))
        places, its = (each[starts[0] : starts[-1]] for each in (matched.places, matched.grades))
        row = np.repeat(np.arange(len(grades)), np.diff(starts))
        within = places < depth
        grades[row[within], places[within]] = np.maximum(its[within], 0.0)
        yield slice(begin, begin + len(grades)), grades


PATIENCE = Parameter("number", "how patient the reader is", 0.8, high=0.999_999, low=0, shown=True)
MIN_REL = Parameter("number", "the grade that gains nothing", 0)
MAX_REL = Parameter("number", "the grade that gains everything", required=True)
SCALE = {"max_rel": MAX_REL, "min_rel": MIN_REL}
GOAL = Parameter("number", "how much gain is hoped for", 1, low=0.001)
MUST_CUT = ("k", PLACES_REQUIRED)

MEASURES = (
    Definition(
        "RBP",
        rank_biased_precision,
        ("k", PLACES),
        {"p": PATIENCE, **BINARY},
        aliases=("rbp=RBP(p=0.9)",),
    ),
    Definition(
        "ERR",
        expected_reciprocal_rank,
        ("k", PLACES),
        {"max_rel": Parameter("number", "the highest grade of the scale", 4, low=1)},
    ),
    Definition("SDCG", scaled_dcg, MUST_CUT, SCALE, unit="gain a place"),
    Definition("BPM", bejeweled, MUST_CUT, {**SCALE, "T": GOAL}, unit="gain a place"),
    Definition("INSQ", insq, None, {**SCALE, "T": GOAL}, unit="gain a place"),
    Definition("INST", inst, None, {**SCALE, "T": GOAL}, unit="gain a place"),
    Definition("NERR8", nerr8, MUST_CUT, SCALE, unit="gain a place"),
    Definition("NERR9", nerr9, MUST_CUT, SCALE, unit="gain a place"),
    Definition(
        "NERR10",
        nerr10,
        None,
        {**SCALE, "p": msgspec.structs.replace(PATIENCE, default=0.9, shown=False)},
        unit="gain a place",
    ),
    Definition("NERR11", nerr11, None, {**SCALE, "T": GOAL}, unit="gain a place"),
)

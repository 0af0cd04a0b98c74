"""Does a list cover what may be meant? Measures over judgements by aspect: what is relevant to which meaning.

A topic has aspects (meanings of a query, sides of a taste); an item is judged for each. S is how many aspects have
anything relevant. What covers an aspect again is worth (1 − α) of what it was before; the best possible ranking takes the
item that gains most, one after another (ties to the higher item), as ndeval does.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue
from ritornello.measures.definitions import PLACES_REQUIRED, REL, Definition, Parameter, Values
from ritornello.measures.matching import FloatArray, IntArray, Judged, Over, Ranked, match, share

Flags = NDArray[np.bool_]


class Aspected(msgspec.Struct, frozen=True, eq=False):
    """Judgements by aspect as arrays of one length; at most one grade a topic, aspect and item."""

    topics: IntArray
    aspects: IntArray
    items: IntArray
    grades: NDArray[np.number]


class Covered(msgspec.Struct, frozen=True, eq=False):
    """What each topic's ranking covers, as lists of tables; topics rising.

    ``tables[t]`` is (n_places, n_aspects), the grade of what stands at each place up to the last that is judged, for each
    aspect; ``known[t]`` (n_items, n_aspects) the grades of everything judged, the highest item first. −1 is no grade.
    """

    topics: IntArray
    tables: tuple[FloatArray, ...]
    known: tuple[FloatArray, ...]


def cover(ranked: Ranked, judged: Aspected, over: Over = "both") -> Covered:
    """Find the judged in a run, aspect by aspect.

    Raises
    ------
    NothingToJudge, BadValue : as :func:`~ritornello.measures.matching.match`.
    """
    pairs, pair = np.unique(np.stack((judged.topics, judged.items)), axis=1, return_inverse=True)
    numbers = np.arange(pairs.shape[1])
    found = match(ranked, Judged(pairs[0], pairs[1], numbers), over)
    if len(np.unique(np.stack((pair, judged.aspects)), axis=1).T) < len(pair):
        raise BadValue("an item is judged twice for an aspect of a topic; keep one row of it")
    aspects, aspect = np.unique(judged.aspects, return_inverse=True)
    grades = np.full((pairs.shape[1], len(aspects)), -1.0)
    grades[pair, aspect] = judged.grades
    begins = np.searchsorted(pairs[0], found.topics, side="left")
    ends = np.searchsorted(pairs[0], found.topics, side="right")
    tables, known = [], []
    for t in range(len(found.topics)):
        hits = slice(found.hit_starts[t], found.hit_starts[t + 1])
        places = found.places[hits]
        table = np.full((int(places.max(initial=-1)) + 1, len(aspects)), -1.0)
        table[places] = grades[found.grades[hits].astype(np.int64)]
        tables.append(table)
        known.append(grades[begins[t] : ends[t]][::-1])
    return Covered(found.topics, tuple(tables), tuple(known))


def alpha_dcg(covered: Covered, k: int, alpha: float = 0.5, rel: float = 1) -> Values:
    """Return the discounted gain of covering aspects over that of k items that each cover all S.

    α-DCG@k = Σ_{r ≤ k} Σ_a rel_a(r) (1 − α)^(times a was covered above) / log2(r + 1).

    Elsewhere: alpha-DCG in ndeval, which forgets to normalise at k = 1. Source: Clarke et al., SIGIR 2008.
    """
    return _weighed(covered, rel, alpha, 1 / np.log2(np.arange(2, k + 2)), _of_perfection)


def alpha_ndcg(covered: Covered, k: int, alpha: float = 0.5, rel: float = 1) -> Values:
    """Return the discounted gain of covering aspects over that of the best possible ranking.

    α-DCG@k over its value for everything judged, put together greedily. Elsewhere: the same in ndeval. Source: Clarke et
    al., SIGIR 2008.
    """
    return _weighed(covered, rel, alpha, 1 / np.log2(np.arange(2, k + 2)), _of_best)


def err_ia(covered: Covered, k: int, rel: float = 1) -> Values:
    """Return the mean ERR over aspects, an item satisfying with probability ½, over that of covering all S k times.

    Elsewhere: ERR-IA in ndeval, which forgets to normalise at k = 1. Source: Chapelle et al., CIKM 2009.
    """
    return _weighed(covered, rel, 0.5, 1 / np.arange(1, k + 1), _of_perfection)


def nerr_ia(covered: Covered, k: int, rel: float = 1) -> Values:
    """Return ERR-IA@k over that of the best possible ranking.

    Elsewhere: nERR-IA in ndeval. Source: Chapelle et al., CIKM 2009.
    """
    return _weighed(covered, rel, 0.5, 1 / np.arange(1, k + 1), _of_best)


def nrbp(covered: Covered, alpha: float = 0.5, beta: float = 0.5, rel: float = 1) -> Values:
    """Return the gain of covering aspects for a reader who goes on with probability β.

    NRBP = (1 − (1 − α) β) / S · Σ β^(r − 1) gain(r). Elsewhere: the same in ndeval. Source: Clarke, Kolla, Vechtomova,
    ICTIR 2009.
    """
    weights = beta ** np.arange(float(_deepest(covered)))
    return _weighed(covered, rel, alpha, weights, _of_endless(alpha, beta))


def n_nrbp(covered: Covered, alpha: float = 0.5, beta: float = 0.5, rel: float = 1) -> Values:
    """Return NRBP over that of the best possible ranking.

    Elsewhere: nNRBP in ndeval. Source: Clarke, Kolla, Vechtomova, ICTIR 2009.
    """
    return _weighed(covered, rel, alpha, beta ** np.arange(float(_deepest(covered))), _of_best)


def ap_ia(covered: Covered, rel: float = 1) -> Values:
    """Return the mean over aspects of the average precision for each.

    Elsewhere: MAP-IA in ndeval. Source: Agrawal et al., WSDM 2009.
    """
    found = []
    for got, known in _relevant(covered, rel):
        precision = got * np.cumsum(got, axis=0) / np.arange(1, len(got) + 1)[:, None]
        n = known.sum(axis=0)
        found.append(share(precision.sum(axis=0), n)[n > 0])
    return _means(found)


def p_ia(covered: Covered, k: int, rel: float = 1) -> Values:
    """Return the mean over aspects of the precision for each: relevant (item, aspect) pairs over k S.

    Elsewhere: P-IA in ndeval. Source: Agrawal et al., WSDM 2009.
    """
    found = [(got[:k].sum(axis=0), known.any(axis=0)) for got, known in _relevant(covered, rel)]
    return _means([n[meant] / k for n, meant in found])


def aspect_recall(covered: Covered, k: int, rel: float = 1) -> Values:
    """Return the share of the S aspects that the first k places cover.

    Elsewhere: strec in ndeval. Source: Zhai, Cohen, Lafferty, SIGIR 2003.
    """
    found = [(got[:k].sum(axis=0), known.any(axis=0)) for got, known in _relevant(covered, rel)]
    return _means([n[meant] > 0 for n, meant in found])


Normal = Callable[[Flags, float, FloatArray], float]


def _weighed(
    covered: Covered, rel: float, alpha: float, weights: FloatArray, normal: Normal
) -> Values:
    """Return Σ weight · gain over the places of each topic, over what ``normal`` says is the most."""
    pairs = list(_relevant(covered, rel))
    found = np.array([_sum(_gains(got, alpha), weights) for got, _ in pairs])
    return share(found, np.array([normal(known, alpha, weights) for _, known in pairs]))


def _of_perfection(known: Flags, alpha: float, weights: FloatArray) -> float:
    """Return what places would gain that each cover every aspect with anything relevant."""
    return float(known.any(axis=0).sum() * ((1 - alpha) ** np.arange(len(weights)) @ weights))


def _of_endless(alpha: float, beta: float) -> Normal:
    """Return the same of endlessly many places, of weights β^r."""

    def most(known: Flags, _alpha: float, _weights: FloatArray) -> float:
        return float(known.any(axis=0).sum() / (1 - (1 - alpha) * beta))

    return most


def _of_best(known: Flags, alpha: float, weights: FloatArray) -> float:
    """Return what the best possible ranking gains, put together greedily."""
    left, worth, gains = known[known.any(axis=1)], np.ones(known.shape[1]), list[float]()
    while len(left) and len(gains) < len(weights):
        each = np.cumsum(left * worth, axis=1)[:, -1]
        best = int(each.argmax())
        gains.append(float(each[best]))
        worth = np.where(left[best], worth * (1 - alpha), worth)
        left = np.delete(left, best, axis=0)
    return _sum(np.array(gains), weights)


def _gains(got: Flags, alpha: float) -> FloatArray:
    """Return what each place gains, aspects counting less each time they are covered again."""
    before: IntArray = np.cumsum(got, axis=0) - got
    return np.asarray((got * (1 - alpha) ** before).sum(axis=1))


def _sum(gains: FloatArray, weights: FloatArray) -> float:
    n = min(len(gains), len(weights))
    return float(gains[:n] @ weights[:n])


def _relevant(covered: Covered, rel: float) -> Iterator[tuple[Flags, Flags]]:
    """Yield of each topic what places and what judgements are relevant, by aspect.

    Raises
    ------
    BadValue : judgements that are not by aspect.
    """
    if not isinstance(covered, Covered):
        raise BadValue("this measure needs judgements by aspect; match the run with aspects.cover")
    for table, known in zip(covered.tables, covered.known, strict=True):
        yield table >= max(rel, 0), known >= max(rel, 0)


def _deepest(covered: Covered) -> int:
    return max((len(each) for each in (*covered.tables, *covered.known)), default=0)


def _means(values: Sequence[NDArray[np.number] | Flags]) -> Values:
    return np.array([each.mean() if len(each) else 0.0 for each in values])


ALPHA = Parameter("number", "how much an aspect loses when it is covered", 0.5, low=0, high=1)
BETA = Parameter("number", "how patient the reader is", 0.5, low=0, high=0.999_999)
FROM = {"rel": REL}
TIRING = {"alpha": ALPHA, **FROM}
_by_aspect = partial(Definition, asks="covered", needs=("aspects",))
_at_k = partial(_by_aspect, at=("k", PLACES_REQUIRED))

MEASURES = (
    _at_k("alpha_DCG", alpha_dcg, parameters=TIRING, aliases=("α_DCG",)),
    _at_k("alpha_nDCG", alpha_ndcg, parameters=TIRING, aliases=("α_nDCG",)),
    _at_k("ERR_IA", err_ia, parameters=FROM),
    _at_k("nERR_IA", nerr_ia, parameters=FROM),
    _by_aspect("NRBP", nrbp, parameters={**TIRING, "beta": BETA}),
    _by_aspect("nNRBP", n_nrbp, parameters={**TIRING, "beta": BETA}),
    _by_aspect("AP_IA", ap_ia, parameters=FROM, aliases=("MAP_IA",)),
    _at_k("P_IA", p_ia, parameters=FROM),
    _at_k("StRecall", aspect_recall, parameters=FROM),
)

"""Do other tools say the same? Hard random runs, what ir_measures and trec_eval make of them, and how far we are off.

The peers are packages of the development group; nothing but tests and benchmarks asks them.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import ir_measures
import numpy as np
from numpy.typing import NDArray

from ritornello.measures import names
from ritornello.measures.matching import Judged, Matched, Ranked, match

N_ITEMS = 60
NEAR = 1 + 1e-9
CORE = (
    "nDCG", "nDCG@1", "nDCG@10", "nDCG(gains={1:3,2:9})@20", "P@1", "P@5", "P(rel=2)@10", "P@100",
    "R@1", "R@5", "R(rel=2)@20", "AP", "AP@5", "AP(rel=2)", "AP(rel=3)@100", "RR", "RR(rel=2)", "Rprec", "Rprec(rel=2)",
    "Success@1", "Success@5", "Success(rel=3)@10", "Bpref", "Bpref(rel=2)", "infAP", "infAP(rel=2)", "SetP", "SetR",
    "SetF", "SetF(beta=2.0)", "SetF(beta=0.5)", "SetAP", "SetP(relative=true)", "SetR(rel=2)", "IPrec@0.1", "IPrec@0.5",
    "IPrec(rel=2)@0.3", "NumRet", "NumRet(rel=1)", "NumRet(rel=2)", "P(judged_only=true)@5",
    "nDCG(judged_only=true)@10", "AP(judged_only=true)",
)  # fmt: skip
UNTIED = ("Judged", "Judged@5", "RR@3", "RR(rel=2)@5", "Compat", "Compat(p=0.9)")
"""Measures whose peer breaks ties in another way: it is asked about the same order without ties."""


def hard_cases(n_topics: int, rng: np.random.Generator) -> tuple[Ranked, Judged]:
    """Return runs and judgements with all that tools have disagreed on, rows in no order.

    Ties, some of them only as float32; 0 and −0; grades below 0; topics of one item, without anything relevant, never
    judged, judged and not returned.
    """
    shape = (n_topics, N_ITEMS)
    kind = rng.integers(4, size=(n_topics, 1))
    coarse = rng.integers(-2, 3, size=shape) / 2
    near = np.where(rng.random(shape) < 0.5, 1.0, NEAR) * coarse
    signed = np.where(rng.random(shape) < 0.5, -0.0, 0.0)
    scores = np.choose(
        kind, [rng.normal(size=shape), coarse, near, np.where(coarse > 0, 1.0, signed)]
    )
    highest = rng.integers(1, 4, size=(n_topics, 1))
    grades = rng.integers(-1, highest + 1, size=shape)
    grades = np.where(rng.random((n_topics, 1)) < 0.05, np.minimum(grades, 0), grades)
    run = _some(rng, rng.integers(1, N_ITEMS, size=(n_topics, 1)), shape)
    known = _some(rng, rng.integers(1, N_ITEMS // 2, size=(n_topics, 1)), shape)
    grades[np.arange(n_topics), known.argmax(axis=1)] += (
        grades.max(axis=1, where=known, initial=-1) < 0
    )
    return Ranked(*_rows(rng, run, scores)), Judged(*_rows(rng, known, grades))


def differences(n_topics: int, rng: np.random.Generator) -> Iterator[tuple[str, int, float]]:
    """Yield of each measure how many topics were compared and how far we are off at the most."""
    ranked, judged = hard_cases(n_topics, rng)
    ours, qrels = (
        match(ranked, judged, over="judged"),
        _dicts(judged.topics, judged.items, judged.grades.tolist()),
    )
    for asked, scores in ((CORE, ranked.scores), (UNTIED, _places(ranked))):
        run = _dicts(ranked.topics, ranked.items, scores.tolist())
        theirs = of_ir_measures(asked, run, qrels)
        for name in asked:
            yield name, len(theirs[name]), _furthest(ours, names.parse(name), theirs[name])


def of_ir_measures(
    asked: Sequence[str],
    run: Mapping[str, Mapping[str, float]],
    qrels: Mapping[str, Mapping[str, float]],
) -> Mapping[str, Mapping[str, float]]:
    """Return what ir_measures says, by our name and by topic; topics without a run are worth 0."""
    meant = {_theirs(name): name for name in asked}
    found: dict[str, dict[str, float]] = {name: {} for name in asked}
    # asked together, NumRet may be counted among the judged alone, by the order in which a set comes
    groups = [[m for m in meant if ("judged_only" in str(m)) == only] for only in (False, True)]
    for each in chain.from_iterable(ir_measures.iter_calc(g, qrels, run) for g in groups if g):
        if each.query_id in qrels:
            found[meant[each.measure]][each.query_id] = float(each.value)
    return found


def _theirs(name: str) -> ir_measures.Measure:
    return ir_measures.parse_measure(name.replace("=true", "=True"))


def _furthest(ours: Matched, measure: names.Measure, theirs: Mapping[str, float]) -> float:
    """Return the largest difference of one topic; infinite where one side has a topic that the other lacks."""
    values = dict(zip(map(_topic, ours.topics), measure(ours).tolist(), strict=True))
    if values.keys() != theirs.keys():
        return float("inf")
    return max((abs(values[topic] - theirs[topic]) for topic in theirs), default=0.0)


def _places(ranked: Ranked) -> NDArray[np.float64]:
    """Return scores without ties in the order that trec_eval gives: float32, then the higher item."""
    order = np.lexsort((ranked.items, ranked.scores.astype(np.float32) + 0))
    scores = np.empty(len(order))
    scores[order] = np.arange(1, len(order) + 1)
    return scores


def _some(
    rng: np.random.Generator, n: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return ``n`` random cells of each row; of one row in twenty none."""
    chosen: NDArray[np.bool_] = rng.random(shape).argsort(axis=1).argsort(axis=1) < n
    return chosen & (rng.random((shape[0], 1)) >= 0.05)


def _rows(
    rng: np.random.Generator, chosen: NDArray[np.bool_], values: NDArray[np.number]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.number]]:
    order = rng.permutation(int(chosen.sum()))
    topics, items = np.nonzero(chosen)
    return topics[order], items[order], values[chosen][order]


def _topic(number: int) -> str:
    return f"q{number:06d}"


def _dicts(
    topics: NDArray[np.int64], items: NDArray[np.int64], values: Sequence[float]
) -> dict[str, dict[str, float]]:
    """Return rows as the peers take them; ids sort as the numbers do."""
    found: dict[str, dict[str, float]] = {}
    for topic, item, value in zip(topics.tolist(), items.tolist(), values, strict=True):
        found.setdefault(_topic(topic), {})[f"d{item:03d}"] = value
    return found

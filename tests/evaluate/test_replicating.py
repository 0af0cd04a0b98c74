"""Replications against repro_eval's values, and what each level says of a replica."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from ritornello.evaluate.collections import Collection, Origin, Topic, freeze
from ritornello.evaluate.content import Rows
from ritornello.evaluate.replicating import effect, replicate, same_order
from ritornello.evaluate.runs import Run, of_ids
from ritornello.evaluate.scoring import score
from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, NothingToJudge
from ritornello.measures.names import parse

GRADES = (
    {3: 0, 5: 2, 8: 0, 9: 2, 10: 0, 11: 0, 12: 1, 13: 1},
    {3: 0, 4: 1, 5: 0, 7: 1, 8: 0, 12: 2, 13: 2},
    {2: 2, 3: 2, 4: 2, 6: 1, 7: 2, 8: 0, 10: 0, 12: 1},
    {0: 0, 1: 0, 3: 0, 4: 0, 7: 1, 8: 1, 9: 2, 10: 0, 11: 2, 13: 0},
    {0: 2, 2: 0, 3: 1, 5: 0, 6: 0, 7: 0, 11: 0, 12: 2, 13: 0},
    {1: 2, 2: 2, 4: 1, 5: 1, 10: 0, 11: 1},
)
ORIGINAL = [list(range(8))] * 6
REPLICA = [
    [8, 9, 10, 6, 4, 0, 2, 11],
    [5, 8, 2, 3, 1, 0, 6, 9],
    [3, 4, 1, 0, 2, 6, 7, 5],
    [3, 1, 4, 7, 6, 0, 5, 2],
    [6, 1, 2, 0, 5, 3, 7, 4],
    [0, 3, 6, 2, 1, 4, 7, 5],
]
BASELINE = [
    [0, 1, 10, 11, 6, 5, 9, 8],
    [3, 4, 8, 1, 12, 10, 2, 5],
    [12, 13, 9, 8, 10, 11, 6, 1],
    [0, 8, 1, 7, 3, 10, 13, 2],
    [12, 6, 9, 13, 10, 0, 5, 7],
    [8, 6, 4, 5, 1, 7, 3, 11],
]
BASELINE_REPLICA = [
    [0, 13, 3, 7, 11, 5, 9, 4],
    [2, 8, 5, 1, 0, 10, 9, 4],
    [9, 12, 10, 3, 1, 6, 11, 8],
    [7, 4, 9, 5, 12, 0, 1, 3],
    [9, 7, 4, 13, 2, 0, 12, 3],
    [10, 5, 4, 8, 2, 11, 9, 13],
]
MEASURES = [parse("nDCG@5"), parse("AP")]
"""What repro_eval 0.5.0 makes of these runs, scored by pytrec_eval-terrier 0.5.11 (ndcg_cut_5, map): KTU and
RBO(p=.8, depth=8) by topic, RMSE, ttest(rpd=True), ER, DRI."""
KTU = [-0.21428571428571, 0.0, 0.35714285714286, 0.0, 0.21428571428571, 0.42857142857143]
RBO = [
    0.10713432468090424,
    0.32927070960348004,
    0.41200497621969895,
    0.4248732471649888,
    0.5200266769437059,
    0.7287643867195928,
]
RMSE = [0.2573202263699239, 0.17757637981144794]
P_VALUE = [0.9199136089944874, 0.6346906449403451]
EFFECT_RATIO = [3.3577551366489233, 17.32274678111592]
DELTA_RI = [-0.2377447038207756, 0.21132776136551842]


@pytest.fixture(scope="module")
def collection() -> Collection:
    rows = [(t, i, g) for t, graded in enumerate(GRADES) for i, g in graded.items()]
    judged = Judged(*(np.array(column) for column in zip(*rows, strict=True)))
    topics, items = [Topic(f"t{t}") for t in range(6)], [f"i{i:02d}" for i in range(14)]
    return freeze("toy", topics, items, judged, Origin("people"))


def ranked(collection: Collection, name: str, order) -> Run:
    rows = [
        (f"t{t}", f"i{i:02d}", 50.0 - r) for t, row in enumerate(order) for r, i in enumerate(row)
    ]
    return of_rows(collection, name, *zip(*rows, strict=True))


def of_rows(collection: Collection, name: str, topics, items, scores) -> Run:
    return of_ids(collection, name, {}, Rows(topics, items, scores))


def test_is_repro_evals(collection: Collection) -> None:
    names = ("run", "replica", "baseline", "baseline's replica")
    runs = [
        ranked(collection, name, order)
        for name, order in zip(names, (ORIGINAL, REPLICA, BASELINE, BASELINE_REPLICA), strict=True)
    ]
    scores = [score(run, collection, MEASURES) for run in runs]
    order = same_order(collection, runs[0], runs[1], depth=8, p=0.8)
    found = replicate(order, scores[0], scores[1], MEASURES, baselines=(scores[2], scores[3]))
    assert found.order.tau_union == pytest.approx(np.mean(KTU), abs=1e-12)
    assert found.order.rbo == pytest.approx(np.mean(RBO), rel=1e-12)
    assert [each.rmse for each in found.values] == pytest.approx(RMSE, rel=1e-9)
    assert [each.p_value for each in found.values] == pytest.approx(P_VALUE, rel=1e-9)
    assert [each.effect_ratio for each in found.effects] == pytest.approx(EFFECT_RATIO, rel=1e-9)
    deltas = [each.delta_relative_improvement for each in found.effects]
    assert deltas == pytest.approx(DELTA_RI, rel=1e-9)
    pairs = [scores[n].values["nDCG@5"] for n in (0, 1)]
    assert found.values[0].p_value == pytest.approx(ttest_rel(*pairs).pvalue, rel=1e-9)


def test_a_run_replicates_itself(collection: Collection) -> None:
    run = ranked(collection, "run", BASELINE)
    values = score(run, collection, MEASURES)
    found = replicate(same_order(collection, run, run), values, values, MEASURES)
    order = found.order
    assert (order.n_identical, order.n_topics) == (6, 6)
    assert (order.tau_union, order.tau_b, order.rbo, order.overlap) == (
        1.0,
        1.0,
        pytest.approx(1.0),
        1.0,
    )
    assert [(each.rmse, each.p_value) for each in found.values] == [(0.0, 1.0)] * 2


def test_ties_are_neither_for_nor_against(collection: Collection) -> None:
    run = ranked(collection, "run", ORIGINAL[:1])
    tied = of_rows(collection, "tied", ["t0"] * 3, ["i00", "i01", "i02"], [2.0, 1.0, 1.0])
    assert same_order(collection, run, tied).tau_b == pytest.approx(2 / np.sqrt(3 * 2))


def test_items_outside_an_open_universe_are_told_apart_by_their_ids(collection: Collection) -> None:
    opened = freeze(
        "open", collection.topics, collection.items, collection.judged, Origin("people", "open")
    )
    run = of_rows(opened, "run", ["t0"] * 3, ["i01", "z1", "a1"], [3.0, 2.0, 1.0])
    other = of_rows(opened, "other", ["t0"] * 3, ["i01", "z1", "b1"], [3.0, 2.0, 1.0])
    assert same_order(opened, run, other).overlap == pytest.approx(2 / 3)


def test_levels_that_nobody_can_say_are_none(collection: Collection) -> None:
    run = ranked(collection, "run", ORIGINAL)
    values = score(run, collection, MEASURES)
    found = effect((values, values), (values, values), MEASURES[0])
    assert (found.effect_ratio, found.delta_relative_improvement) == (None, 0.0)
    lone = of_rows(collection, "lone", ["t0"], ["i05"], [1.0])
    order = same_order(collection, lone, lone)
    assert (order.tau_union, order.tau_b, order.rbo) == (None, None, 1.0)


def test_what_cannot_be_held_against_each_other_is_refused(collection: Collection) -> None:
    first, second = (of_rows(collection, t, [t], ["i05"], [1.0]) for t in ("t0", "t1"))
    with pytest.raises(NothingToJudge, match="no topic in common"):
        same_order(collection, first, second)
    elsewhere = freeze(
        "else", collection.topics, collection.items, collection.judged, Origin("people")
    )
    with pytest.raises(BadValue, match="is of collection"):
        same_order(elsewhere, first, second)

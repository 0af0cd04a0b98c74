"""Comparisons by topic: against scipy, on planted differences, and what they refuse."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.stats import permutation_test

from ritornello.evaluate.comparing import ALONE, compare, compare_all
from ritornello.evaluate.scoring import Scored
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures.matching import NothingToJudge
from ritornello.measures.names import parse

NDCG = parse("nDCG@10")


def scored(name: str, values, *, measure: str = "nDCG@10", listeners=None, topics=None) -> Scored:
    values = np.asarray(values, dtype=float)
    return Scored(
        collection_id="0" * 16,
        run_id=name * 16,
        name=name,
        over="judged",
        topics=tuple(topics or (f"t{n:04d}" for n in range(len(values)))),
        listeners=np.arange(len(values)) if listeners is None else listeners,
        values={measure: values},
    )


def test_a_planted_difference_is_found_and_none_is_not() -> None:
    rng = np.random.default_rng(1)
    theirs = rng.random(300)
    better = compare(
        scored("a", theirs + rng.normal(0.05, 0.1, 300)), scored("b", theirs), NDCG, rng
    )
    same = compare(scored("a", theirs + rng.normal(0, 0.1, 300)), scored("b", theirs), NDCG, rng)
    assert better.difference.low > 0
    assert better.p_value == pytest.approx(1 / 10_001)
    assert (
        better.n_won + better.n_lost + better.n_tied
        == better.n_topics
        == better.difference.n
        == 300
    )
    assert better.mean_ours - better.mean_theirs == pytest.approx(better.difference.mean)
    assert same.difference.low < 0 < same.difference.high
    assert same.p_value > 0.05


def test_is_scipys_where_every_sign_is_tried() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = rng.random(10), rng.random(10)
    oracle = permutation_test(
        (ours, theirs), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    )
    found = compare(scored("a", ours), scored("b", theirs), NDCG, rng)
    assert found.exact
    assert found.p_value == pytest.approx(oracle.pvalue, abs=1e-12)
    assert (found.multiplicity, found.p_adjusted) == (ALONE, found.p_value)


def test_topics_of_one_listener_are_drawn_and_swapped_together() -> None:
    """Ten copies of every topic know no more than one."""
    rng = np.random.default_rng(3)
    ours, theirs = rng.random((2, 12))
    listeners = np.tile(np.arange(12), 10)
    once = compare(scored("a", ours), scored("b", theirs), NDCG, np.random.default_rng(4))
    copied = compare(
        scored("a", np.tile(ours, 10), listeners=listeners),
        scored("b", np.tile(theirs, 10), listeners=listeners),
        NDCG,
        np.random.default_rng(4),
    )
    assert copied.p_value == once.p_value
    assert copied.difference.low == pytest.approx(once.difference.low)
    assert (copied.n_topics, copied.difference.n) == (120, 12)


def test_less_is_won_where_less_is_better() -> None:
    calibration = parse("calibration@10")
    ours, theirs = ([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.3, 0.1])
    runs = (scored(n, v, measure="calibration@10") for n, v in (("a", ours), ("b", theirs)))
    found = compare(*runs, calibration, np.random.default_rng(5))
    assert (found.n_won, found.n_lost, found.n_tied) == (2, 1, 1)


def test_what_is_left_out_is_counted() -> None:
    ours = scored("a", [1.0, 0.5, np.nan, 0.2], topics=["t1", "t2", "t3", "t9"])
    theirs = scored("b", [0.5, 0.5, 0.1], topics=["t3", "t2", "t1"])
    found = compare(ours, theirs, NDCG, np.random.default_rng(6))
    assert found.n_topics == 2
    assert found.difference.mean == pytest.approx((0.9 + 0.0) / 2)
    assert {each.code: each.numbers for each in found.warnings} == {
        "topics_not_shared": {"n_topics": 1},
        "topics_without_value": {"n_topics": 1},
    }


def test_every_two_or_each_with_a_baseline_adjusted_for_all() -> None:
    rng = np.random.default_rng(7)
    low = rng.random(80)
    runs = [
        scored(name, low + rng.normal(gain, 0.1, 80))
        for name, gain in (("a", 0.0), ("b", 0.0), ("c", 0.1))
    ]
    pairs = compare_all(runs, [NDCG], rng)
    assert [(each.ours, each.theirs) for each in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert {each.multiplicity for each in pairs} == {"Holm over 3 comparisons"}
    assert all(each.p_adjusted >= each.p_value for each in pairs)
    assert pairs[1].p_adjusted < 0.01 < pairs[0].p_adjusted
    held = compare_all(runs[1:], [NDCG], rng, baseline=runs[0])
    assert [(each.ours, each.theirs) for each in held] == [("b", "a"), ("c", "a")]


def test_the_same_generator_compares_the_same() -> None:
    rng = np.random.default_rng(8)
    pair = scored("a", rng.random(50)), scored("b", rng.random(50))
    first, second = (compare(*pair, NDCG, np.random.default_rng(9)) for _ in range(2))
    assert first == second


def test_what_cannot_be_compared_is_refused_by_name() -> None:
    rng, run = np.random.default_rng(10), scored("a", [0.1, 0.2])
    with pytest.raises(BadValue, match="of one collection"):
        compare(run, replace(run, collection_id="1" * 16), NDCG, rng)
    with pytest.raises(BadValue, match="of a whole run"):
        compare(run, run, parse("coverage@10"), rng)
    with pytest.raises(UnknownName, match="AP@10"):
        compare(run, run, parse("AP@10"), rng)
    with pytest.raises(NothingToJudge, match="no topic"):
        compare(run, scored("b", [1.0], topics=["elsewhere"]), NDCG, rng)
    with pytest.raises(BadValue, match="nothing to compare"):
        compare_all([run], [NDCG], rng)

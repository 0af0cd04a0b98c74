"""A verdict claims no more than its numbers: apart only where the interval leaves out 0 and the test rejects."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritornello.evaluate import verdicts
from ritornello.evaluate.leaderboard import Cell, Column, Leaderboard, Row
from ritornello.evaluate.replicating import Replication, SameEffect, SameOrder, SameValues
from ritornello.evaluate.verdicts import Against
from ritornello.measures.resampling import Interval
from tests.evaluate.reports_of_all_kinds import finite
from tests.evaluate.test_arrow import ESTIMATE, REFUSAL


def against(low: float, high: float, *, p: float | None = None, n: int = 900, ours: str = "ease") -> Against:  # fmt: skip
    return Against(ours, "popular", Interval((low + high) / 2, low, high, 0.95, n), p)


@given(finite, st.floats(0, 1e6), st.none() | st.floats(0, 1))
def test_two_are_told_apart_only_where_interval_and_test_agree(
    low: float, width: float, p: float | None
) -> None:
    one = against(low, low + width, p=p)
    apart = (low > 0 or low + width < 0) and (p is None or p <= 0.05 + 1e-12)
    assert bool(verdicts.sign(one)) == apart
    assert ("not told apart" in verdicts.of_two(one, "nDCG@10")) != apart


@pytest.mark.parametrize(
    ("direction", "low", "high", "said"),
    [
        ("up", 0.01, 0.03, "ease is better than popular: 0.020 more nDCG@10 (95 % interval 0.010 to 0.030; 900 listeners)."),
        ("up", -0.03, -0.01, "ease is worse than popular: 0.020 less nDCG@10 (95 % interval −0.030 to −0.010; 900 listeners)."),
        ("down", 0.01, 0.03, "ease is worse than popular: 0.020 more nDCG@10 (95 % interval 0.010 to 0.030; 900 listeners)."),
        ("down", -0.03, -0.01, "ease is better than popular: 0.020 less nDCG@10 (95 % interval −0.030 to −0.010; 900 listeners)."),
        ("up", -0.01, 0.03, "ease and popular are not told apart by nDCG@10: their difference may be either way (0.010; 95 % interval −0.010 to 0.030; 900 listeners)."),
    ],
)  # fmt: skip
def test_of_two_the_better_is_the_one_in_the_measures_direction(
    direction: str, low: float, high: float, said: str
) -> None:
    assert verdicts.of_two(against(low, high), "nDCG@10", direction=direction) == said


def test_an_interval_and_a_test_that_disagree_are_no_win() -> None:
    said = verdicts.of_two(against(0.001, 0.03, p=0.2), "nDCG@10")
    assert "not told apart" in said
    assert "interval and test disagree" in said
    assert "p 0.2" in said


def test_a_handful_of_listeners_is_said_to_be_one() -> None:
    assert "a rough guide" in verdicts.of_two(against(0.01, 0.03, n=29), "nDCG@10")
    assert "a rough guide" not in verdicts.of_two(against(0.01, 0.03, n=30), "nDCG@10")


def test_a_field_names_everyone_once_the_best_first() -> None:
    found = [
        against(0.01, 0.03, ours="markov"), against(0.05, 0.07, ours="ease"),
        against(-0.01, 0.01, ours="ials"), against(-0.2, -0.1, ours="random"),
    ]  # fmt: skip
    said = verdicts.of_field(found, "nDCG@10")
    assert said == (
        "By nDCG@10 over 900 listeners, against popular: better are ease (+0.060, 0.050 to 0.070) and markov (+0.020, 0.010 "
        "to 0.030); worse is random (−0.150, −0.200 to −0.100); not told apart is ials (0.000, −0.010 to 0.010)."
    )
    turned = verdicts.of_field(found, "EAD", direction="down")
    assert "better is random" in turned
    assert "worse are markov" in turned
    assert verdicts.of_field([], "nDCG@10") == "There was nothing to compare."


def test_many_pairs_are_counted_and_the_first_named() -> None:
    found = [against(0.01, 0.03, ours=f"run {i}") for i in range(9)] + [against(-0.2, -0.1)]
    said = verdicts.of_pairs(found, "nDCG@10")
    assert said.startswith("By nDCG@10, 10 of 10 pairs are told apart: run 0 above popular; ")
    assert said.endswith(" and 4 more.")
    assert verdicts.of_pairs([against(-1, 1)], "AP") == "By AP, 0 of 1 pairs are told apart."


def test_estimates_speak_by_the_first_that_answers() -> None:
    more = replace(ESTIMATE, above_logged=Interval(0.05, 0.01, 0.09, 0.95, 40))
    assert verdicts.of_answers([REFUSAL, more]) == (
        "greedy would have earned 0.250 (DR(model=smoothed), 95 % interval 0.200 to 0.300; 40 listeners), 0.050 more than what "
        "served (0.010 to 0.090). Refused: IPS (worth 7 rounds)."
    )
    less = replace(more, above_logged=Interval(-0.05, -0.09, -0.01, 0.95, 40))
    assert "0.050 less than what served (−0.090 to −0.010)" in verdicts.of_answers([less])
    assert "not told apart from what served (difference −0.01" in verdicts.of_answers([ESTIMATE])


def test_estimators_that_contradict_each_other_are_told_of() -> None:
    far = replace(ESTIMATE, estimator="DM", value=0.9, low=0.8, high=1.0)
    assert "DM says otherwise: believe none before it is known why." in verdicts.of_answers([ESTIMATE, far])  # fmt: skip
    assert "otherwise" not in verdicts.of_answers([ESTIMATE, replace(ESTIMATE, estimator="IPS")])


def test_a_refusal_says_what_to_log() -> None:
    assert verdicts.of_answers([REFUSAL, replace(REFUSAL, estimator="SNIPS")]) == (
        "What greedy would have earned cannot be said from this log: worth 7 rounds. Log with a floor."
    )
    assert verdicts.of_answers([]) == "No estimator was asked."


def replication(n_identical: int, p_value: float | None, *effects: SameEffect) -> Replication:
    order = SameOrder(100, 50, n_identical, 0.9, 0.95, 0.97, 0.9, 0.875)
    values = (SameValues("nDCG@10", 0.25, 0.24, 0.01, p_value, 50),)
    return Replication("first", "again", order, values, effects)


def test_a_replica_is_told_from_the_strictest_level_down() -> None:
    assert verdicts.of_replication(replication(50, None)) == (
        "again ranks all 50 topics as first does, place by place (100 deep)."
    )
    said = verdicts.of_replication(replication(3, 0.01, SameEffect("nDCG@10", 0.5, 0.1)))
    assert said == (
        "again ranks 3 of 50 topics as first does; 87.5 % of the first 100 places hold the same items; its nDCG@10 differs by "
        "more than chance (0.24 against 0.25, p 0.01); its gain over the baseline is 0.5 times the original's."
    )
    assert "is not told apart" in verdicts.of_replication(replication(3, 0.4))
    assert "baseline" not in verdicts.of_replication(
        replication(3, 0.4, SameEffect("AP", None, None))
    )


def board(*cells: Cell) -> Leaderboard:
    rows = tuple(Row(f"id{i}", f"run {i}", (cell,)) for i, cell in enumerate(cells))
    return Leaderboard("c", "small", "judged", 0.95, (Column("nDCG@10", "up", "share"),), rows)


def test_a_leader_leads_only_whom_it_surely_leads() -> None:
    best: Any = Cell(0.5, 100, 0.4, 0.6, is_best=True)
    beside, below = Cell(0.49, 100, 0.4, 0.6, 0.8), Cell(0.1, 100, 0.0, 0.2, 0.001, is_below=True)
    assert verdicts.of_leaderboard(board(best, beside, below)) == (
        "run 0 has the best nDCG@10, 0.5; surely below it is run 2; not told apart from it is run 1."
    )
    assert verdicts.of_leaderboard(board(best)) == "run 0 stands alone with 0.5 nDCG@10."

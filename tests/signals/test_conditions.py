"""Conditions and grades are read, said and asked as a person means them."""

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.signals.conditions import parse_condition, parse_grade
from ritornello.signals.success import Outcomes

OUTCOMES = Outcomes.of({
    "ms_played": np.array([179_999, 180_000, np.nan]),
    "seconds_to_play": np.array([10.0, 65.0, np.nan]),
    "seen": np.array([1.0, 0.0, np.nan]),
    "reading": np.array(["play", "skip", None], dtype=object),
})  # fmt: skip


@pytest.mark.parametrize(
    ("column", "test", "holds", "said"),
    [
        ("ms_played", ">= 3 min", [0, 1, 0], "played >= 3 min"),
        ("ms_played", "<180 s", [1, 0, 0], "played < 3 min"),
        ("ms_played", "unknown", [0, 0, 1], "ms_played unknown"),
        ("seconds_to_play", "= 10000 ms", [1, 0, 0], "seconds to play = 10 s"),
        ("seen", True, [1, 0, 0], "seen"),
        ("seen", False, [0, 1, 0], "not seen"),
        ("seen", "unknown", [0, 0, 1], "seen unknown"),
        ("reading", "play", [1, 0, 0], "reading is play"),
        ("reading", ["play", "skip"], [1, 1, 0], "reading is play or skip"),
        ("reading", "unknown", [0, 0, 1], "reading unknown"),
    ],
)
def test_a_condition_holds_where_it_says(column, test, holds, said):
    condition = parse_condition(column, test, "here")
    assert condition.holds(OUTCOMES).tolist() == [bool(h) for h in holds]
    assert str(condition).replace("played unknown", "ms_played unknown") == said


@pytest.mark.parametrize(
    ("column", "test", "said"),
    [
        ("ms_playd", ">= 3 min", "'ms_playd' is no outcome column; did you mean 'ms_played'"),
        ("ms_played", ">= 3", "'3' is no amount of ms_played; give a time such as"),
        ("ms_played", "3 min", "compare as in"),
        ("rank_played", ">= 3 min", "give a plain number"),
        ("seen", "yes", "give true, false or 'unknown'"),
        ("reading", 3, "give a word or a list of words"),
        ("reading", [], "give a word or a list of words"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(column, test, said):
    with pytest.raises(BadValue, match=said):
        parse_condition(column, test, "here")


def test_a_slope_falls_between_its_ends():
    slope = parse_grade({"of": "seconds_to_play", "one_at": "10 s", "zero_at": "2 min"}, "here")
    assert np.allclose(slope.of_outcomes(OUTCOMES), [1.0, 0.5, np.nan], equal_nan=True)
    assert str(slope) == "1 at seconds to play 10 s, 0 at 2 min"
    assert str(parse_grade(0.25, "here")) == "0.25"
    assert str(parse_grade("unknown", "here")) == "unknown"


@pytest.mark.parametrize(
    "found",
    [
        1.5,
        True,
        "good",
        {"of": "reading", "one_at": "1", "zero_at": "0"},
        {"of": "rank_played", "one_at": "1", "zero_at": "1"},
        {"of": "rank_played", "one_at": "1"},
    ],
)
def test_a_grade_that_cannot_be_meant_is_refused(found):
    with pytest.raises(BadValue, match="here"):
        parse_grade(found, "here")

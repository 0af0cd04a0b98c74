"""Outcomes are checked once, by column; what is scored is in range."""

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.signals.intents import INTENTS, UNKNOWN, number
from ritornello.signals.success import NOTHING_SAID, Outcomes, Scored, by_decision


def test_unknowns_have_one_form():
    outcomes = Outcomes.of({
        "device": np.array(["mobile", None, ""], dtype=object),
        "seen": np.array([True, None, False], dtype=object),
        "ms_played": np.array([1, 2, 3]),
    })  # fmt: skip
    assert outcomes.column("device").tolist() == ["mobile", "", ""]
    assert np.array_equal(outcomes.column("seen"), [1, np.nan, 0], equal_nan=True)
    assert outcomes.flag("seen").tolist() == [True, False, False]
    assert outcomes.column("ms_played").dtype == np.float64


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"playd": np.zeros(2)}, "'playd' is no column of outcomes; did you mean 'played'?"),
        ({"played": np.zeros(2), "saved": np.zeros(3)}, r"'saved' has shape \(3,\)"),
        ({"ms_played": np.array([1.0, np.inf])}, "'ms_played' holds an infinite number"),
        ({"ms_played": np.array(["a", "b"])}, "'ms_played' holds what is no number"),
        ({"played": np.array([0, 2])}, "'played' holds numbers; a flag is"),
    ],
)
def test_a_bad_column_is_named(columns, said):
    with pytest.raises(BadValue, match=said):
        Outcomes.of(columns)


def test_a_missing_column_is_named():
    with pytest.raises(BadValue, match="no column 'reading'; there are played"):
        Outcomes.of({"played": np.zeros(2)}).column("reading")


def test_shares_of_intents_are_checked():
    columns = {"played": np.zeros(2)}
    with pytest.raises(BadValue, match="p_intent has shape"):
        Outcomes.of(columns, np.ones((2, 3)))
    with pytest.raises(BadValue, match="do not sum to 1"):
        Outcomes.of(columns, np.ones((2, len(INTENTS))))


def test_what_is_declared_decides_where_nothing_else_does():
    words = np.array(["sleep", None, "a word of tomorrow"], dtype=object)
    outcomes = Outcomes.of({"intent_declared": words})
    columns = outcomes.p_intent.argmax(axis=1).tolist()
    assert columns == [number("sleep"), number(UNKNOWN), number(UNKNOWN)]


def test_a_list_is_named_by_its_place():
    columns = {"surface": np.array(["home", "moments"]), "shelf": np.array(["new", "rain"])}
    assert Outcomes.of(columns).playlist().tolist() == ["home/new", "moments/rain"]


def test_scores_are_in_range_and_never_nan():
    scored = Scored.of(np.array([np.nan, -1e-12, 1 + 1e-12, 0.3]), np.array([1, 1, 1, 0], bool))
    assert scored.success.tolist() == [NOTHING_SAID, 0.0, 1.0, NOTHING_SAID]
    assert scored.known.tolist() == [False, True, True, False]


def test_a_decision_succeeds_as_its_known_slots_do_on_average():
    outcomes = Outcomes.of({"decision_id": np.array(["b", "a", "b", "b", "c"])})
    scored = Scored.of(np.array([1.0, 0.4, 0.0, 0.9, 0.0]), np.array([1, 1, 1, 0, 0], bool))
    mean, first = by_decision(scored, outcomes)
    assert outcomes.column("decision_id")[first].tolist() == ["a", "b", "c"]
    assert mean.success.tolist() == [0.4, 0.5, NOTHING_SAID]
    assert mean.known.tolist() == [True, True, False]

"""Labels: answers as people give them, weights that undo who answers, returns that can be told."""

import numpy as np
import pytest
from scipy.special import expit

from ritornello.kinds.errors import BadValue
from ritornello.signals.labels import (
    DAY_S,
    MOST_WEIGHT,
    Labels,
    from_answers,
    from_returns,
    usual_answering,
    weighted,
)


def answers(*rows):
    names = ("decision_id", "question", "value", "happened_at_us")
    return {
        name: np.array([row[i] for row in rows], dtype=np.int64 if name.endswith("us") else object)
        for i, name in enumerate(names)
    }


def test_answers_are_read_as_people_give_them_and_the_last_stands():
    ids = np.array(["a", "b", "c", "d"])
    found = from_answers(ids, answers(
        ("a", "satisfied", " Yes", 5), ("a", "satisfied", "no", 7), ("b", "satisfied", "5", 1),
        ("b", "intent", "sleep", 9), ("c", "satisfied", "3", 11), ("elsewhere", "satisfied", "yes", 12),
        (None, "satisfied", "yes", 13),
    ))  # fmt: skip
    assert np.array_equal(found.y, [0, 1, np.nan, np.nan], equal_nan=True)
    assert (found.name, found.until_us, found.n_unread) == ("answer:satisfied", 7, 3)


def returns(*rows):
    names = ("visit_id", "ended_at_us", "absence_s", "observed")
    return {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}


def test_a_return_is_known_when_it_can_be():
    day = int(DAY_S)
    table = returns(
        ("back soon", 1, 2 * day, True), ("back late", 2, 9 * day, True),
        ("away long", 3, 8 * day, False), ("cannot be told", 4, 3 * day, False),
    )  # fmt: skip
    visits = np.array(["away long", "back soon", "", "cannot be told", "back late", "no such"])
    found = from_returns(visits, table, 7)
    assert np.array_equal(found.y, [0, 1, np.nan, np.nan, 0, np.nan], equal_nan=True)
    assert found.name == "return@7d"
    assert found.until_us == 3 + 7 * day * 1_000_000
    assert found.n_unread == 2
    with pytest.raises(BadValue, match="1 or more"):
        from_returns(visits, table, 0)


def test_nobody_is_weighed_where_all_or_none_answered():
    for y in (np.ones(3), np.full(3, np.nan)):
        labels = Labels("answer:satisfied", y, np.ones(3), 0)
        assert weighted(labels, np.zeros((3, 1)), np.array(["a", "b", "c"])) is labels


def test_weights_undo_who_answers():
    rng = np.random.default_rng(2)
    n = 20_000
    x = rng.normal(size=(n, 1))
    listeners = np.char.add("l", rng.integers(2_000, size=n).astype(str))
    satisfied = (rng.random(n) < expit(x[:, 0])).astype(float)
    answered = rng.random(n) < expit(-1.5 + 1.2 * x[:, 0])
    labels = Labels("answer:satisfied", np.where(answered, satisfied, np.nan), np.ones(n), 0)
    found = weighted(labels, x, listeners)
    plain = satisfied[answered].mean()
    corrected = np.average(satisfied[answered], weights=found.weights[answered])
    assert plain > satisfied.mean() + 0.08
    assert corrected == pytest.approx(satisfied.mean(), abs=0.02)
    assert found.weights[answered].mean() == pytest.approx(1)
    assert found.weights[answered].max() < MOST_WEIGHT * 1.2
    assert found.effective_n < answered.sum()


def test_how_often_one_answers_leaves_out_the_answer_itself():
    answered = np.array([1, 0, 0, 0], bool)
    who = np.array(["a", "a", "a", "b"])
    found = expit(usual_answering(answered, who, prior=4.0))
    assert found == pytest.approx([1 / 6, 2 / 6, 2 / 6, 1 / 4])

"""Judging: never by one's own reward, on decisions made later, with intervals that cover."""

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.measures.discrimination import auc
from ritornello.signals.judging import judge, may_judge, refuse
from ritornello.signals.labels import Labels
from ritornello.signals.success import Facts, Outcomes, Scored


class Told:
    """A function that says what it was told, by position."""

    def __init__(self, name, **facts):
        self.facts = Facts(version=f"{name}@1", needs=("position",), **facts)

    def score(self, outcomes):
        p = outcomes.column("position") / 1000
        return Scored.of(1 - p if "wrong" in self.facts.version else p, p >= 0)


def world(n=600):
    """Return single-slot decisions whose position is the chance of the outcome, in thousandths."""
    rng = np.random.default_rng(6)
    p = rng.random(n)
    outcomes = Outcomes.of({
        "decision_id": np.array([f"d{i:05d}" for i in range(n)]),
        "listener_id": np.char.add("l", rng.integers(60, size=n).astype(str)),
        "made_at_us": np.arange(n), "position": p * 1000,
    })  # fmt: skip
    return outcomes, Labels("return@7d", (rng.random(n) < p).astype(float), np.ones(n), 0), p


@pytest.mark.parametrize(
    ("trained_on", "by", "may"),
    [
        ((), "return@7d", True),
        (("answer:satisfied",), "return@7d", True),
        (("return@7d",), "return@7d", False),
        (("return@7d",), "return@28d", False),
        (("answer:satisfied",), "answer:satisfied", False),
        (("answer:satisfied",), "answer:again", True),
        ((), "position", False),
    ],
)
def test_nobody_is_its_own_judge(trained_on, by, may):
    function = Told("x", trained_on=trained_on)
    assert may_judge(function, by) == may
    if not may:
        with pytest.raises(BadValue, match=r"x@1 (was trained on|reads)"):
            refuse(function, by)


def test_the_better_one_stands_above():
    outcomes, labels, p = world()
    found = judge([Told("wrong"), Told("right")], outcomes, labels, rng=np.random.default_rng(1))
    wrong, right = found.verdicts
    assert right.auc.mean == pytest.approx(auc(p, labels.y), abs=1e-9)
    assert wrong.auc.mean == pytest.approx(1 - right.auc.mean, abs=1e-9)
    assert right.auc.low < right.auc.mean < right.auc.high
    assert wrong.above is None
    assert right.above.low > 0
    assert right.log_loss.high < wrong.log_loss.low
    assert (found.n_judged, right.auc.n) == (600, 60)


def test_the_same_function_is_not_above_itself():
    outcomes, labels, _ = world()
    found = judge([Told("one"), Told("two")], outcomes, labels, rng=np.random.default_rng(1))
    assert (found.verdicts[1].above.low, found.verdicts[1].above.high) == (0, 0)


def test_only_later_decisions_with_the_outcome_are_judged():
    outcomes, labels, _ = world()
    y = labels.y.copy()
    y[:100] = np.nan
    labels = Labels(labels.name, y, labels.weights, 0)
    functions = [Told("a"), Told("b", trained_until_us=199)]
    found = judge(functions, outcomes, labels, rng=np.random.default_rng(1), n_resamples=50)
    assert (found.n_without_outcome, found.n_while_trained, found.n_judged) == (100, 100, 400)


def test_nothing_left_to_judge_says_why():
    outcomes, labels, _ = world()
    with pytest.raises(BadValue, match="0 decisions have return@7d"):
        judge(
            [Told("late", trained_until_us=10**9)], outcomes, labels, rng=np.random.default_rng(1)
        )


def test_a_function_judged_by_its_own_labels_is_refused():
    outcomes, labels, _ = world()
    with pytest.raises(BadValue, match="its own judge"):
        judge(
            [Told("x", trained_on=("return@1d",))], outcomes, labels, rng=np.random.default_rng(1)
        )

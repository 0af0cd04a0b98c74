"""Reward to go: right where nothing is left to guess, learned from others, and better than the mean."""

import msgspec
import numpy as np
import pytest

from ritornello.evaluate import slate_models
from ritornello.evaluate.slates import WholeSlates
from ritornello.evaluate.targets import parse
from ritornello.kinds.errors import BadValue, UnknownName
from tests.evaluate.slate_logs import log_of, truth

LOGGING = "plackett_luce(budget=0.8)"
TARGET = "plackett_luce(budget=0.5)"


@pytest.fixture(scope="module")
def whole():
    return WholeSlates.of(log_of(400, LOGGING, np.random.default_rng(0), n_listeners=100))


@pytest.mark.parametrize("name", slate_models.KINDS)
def test_the_first_place_expects_the_value_of_the_target(whole, name):
    """What is to go at the first place, over what the target would show there, is its whole value."""
    model = slate_models.fit(name, whole, parse(TARGET), np.random.default_rng(1))
    expected = []
    for number in range(len(whole.first)):
        of_all = parse(TARGET).probabilities(whole.log, number)
        expected.append(float(of_all[0] @ model.expected(whole.log, number)[0]))
    assert np.mean(expected) == pytest.approx(truth(TARGET), abs=0.12)


@pytest.mark.parametrize("name", slate_models.KINDS)
def test_nobody_is_told_by_a_model_of_their_own(whole, name):
    """Rewards of one listener changed: what is expected of their slates stays as it was."""
    mine = np.flatnonzero(whole.log.listener == 7)
    reward = whole.log.reward.copy()
    reward[mine] = 1 - reward[mine]
    changed = msgspec.structs.replace(whole, log=msgspec.structs.replace(whole.log, reward=reward))
    before = slate_models.fit(name, whole, parse(TARGET), np.random.default_rng(2))
    after = slate_models.fit(name, changed, parse(TARGET), np.random.default_rng(2))
    numbers = np.unique(whole.slate[mine]).tolist()
    for number in numbers:
        told = before.expected(whole.log, number)
        assert after.expected(whole.log, number) == pytest.approx(told, abs=1e-9)
    others = before.effects - after.effects
    assert np.abs(others).max() > 0


@pytest.mark.slow
def test_knows_what_stands_above():
    """Under a good item the rest earns less: ``ridge`` sees it, the smoothed mean cannot."""
    whole = WholeSlates.of(log_of(1_500, LOGGING, np.random.default_rng(0), n_listeners=300))
    ridge = slate_models.fit("ridge", whole, parse(TARGET), np.random.default_rng(3))
    last = [ridge.expected(whole.log, number)[2] for number in range(len(whole.first))]
    worst_above = [whole.log.shortlists[number].drawn[:2].tolist() for number in range(len(last))]
    of = {above: np.mean([e[0] for e, a in zip(last, worst_above, strict=True) if set(a) == above]) for above in (frozenset({2, 3}), frozenset({1, 2}))}  # fmt: skip
    assert of[frozenset({2, 3})] < of[frozenset({1, 2})]


def test_names_what_it_does_not_know(whole):
    with pytest.raises(UnknownName, match="no model of rewards to go 'rigde'"):
        slate_models.fit("rigde", whole, parse(TARGET), np.random.default_rng(4))
    with pytest.raises(BadValue, match="cannot be put into 101 folds"):
        slate_models.fit("ridge", whole, parse(TARGET), np.random.default_rng(4), 101)

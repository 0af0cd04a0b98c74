"""Synthetic logs whose truth is known, and estimators on trial before them."""

import msgspec
import numpy as np
import pytest
from scipy.special import expit, softmax

from ritornello.evaluate.logs import checked
from ritornello.evaluate.questions import Intervals
from ritornello.evaluate.synthetic import World, named
from ritornello.evaluate.targets import Given
from ritornello.evaluate.trials import share, trials
from ritornello.evaluate.weighing import weigh
from ritornello.kinds.errors import BadValue, UnknownName

SMALL = World(n_listeners=150, n_rounds=2)


def test_a_log_of_the_world_fits_together_and_its_weights_average_1():
    log, target = World(n_listeners=4_000).log(np.random.default_rng(1))
    checked(log)
    Given.of("again", target.p)
    w = weigh(log, target).w
    assert w.mean() == pytest.approx(1, abs=0.05)
    assert w.max() <= World().n_actions, (
        "a sharper target weighs nothing by more than the number of actions"
    )


@pytest.mark.slow
def test_the_truth_is_what_the_target_earns():
    """Counted another way: draw the target's own actions and their rewards."""
    world, rng = World(target=2.0), np.random.default_rng(2)
    scores = world.scores(rng.normal(size=(60_000, world.n_features)))
    p = softmax(world.target * scores, axis=1)
    action = (p.cumsum(axis=1) > rng.random((len(p), 1))).argmax(axis=1)
    own = world.tied * rng.normal(size=len(p))
    liked = rng.random(len(p)) < expit(world.base + scores[np.arange(len(p)), action] + own)
    assert world.true_value() == pytest.approx(liked.mean(), abs=4 * 0.5 / np.sqrt(30_000))


def test_trials_count_what_was_answered_and_refused():
    found = {each.estimator: each for each in trials(SMALL, 4, np.random.default_rng(3))}
    assert set(found) == {"IPS", "SNIPS", "DM(model=smoothed)", "DR(model=smoothed)", "SNDR(model=smoothed)"}  # fmt: skip
    for each in found.values():
        assert each.n_answered + sum(each.refused.values()) == 4
        assert each.rmse**2 == pytest.approx(each.bias**2 + each.standard_deviation**2)
        assert each.coverage.n == each.n_answered
    assert found["DM(model=smoothed)"].coverage.mean < 0.5 < found["SNIPS"].coverage.mean
    thin = trials(World(n_listeners=30, n_rounds=1), 2, np.random.default_rng(3), ("IPS",))[0]
    assert (thin.n_answered, sum(thin.refused.values())) == (0, 2)
    assert set(thin.refused) <= {"low_effective_n", "no_support"}
    assert msgspec.json.encode(thin)


def test_the_same_chance_gives_the_same_trials():
    a, b = (trials(SMALL, 2, np.random.default_rng(4), ("IPS",), Intervals("bootstrap")) for _ in "ab")  # fmt: skip
    assert a == b


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    """``benchmarks/intervals.py`` draws 10,000 logs; these are few, and 94 to 96 % must be possible still."""
    world = World(n_listeners=400, n_rounds=1, target=2.0)
    for method, least, most in (("asymptotic", 0.94, 0.96), ("bootstrap", 0.94, 0.96), ("bernstein", 0.95, 1.0)):  # fmt: skip
        intervals = Intervals(method, most_weight=float(world.n_actions))
        estimators = ("IPS", "DR") if method == "bernstein" else ("IPS", "SNIPS", "DR")
        n_logs = 120 if method == "bootstrap" else 250
        for each in trials(world, n_logs, np.random.default_rng(5), estimators, intervals):
            assert each.n_answered == n_logs
            assert each.n_effective > 150
            assert each.coverage.low <= most, each
            assert each.coverage.high >= least, each


def test_worlds_read_from_text():
    assert named("synthetic") == World()
    assert named("synthetic(n_listeners=20,target=2.5)") == World(n_listeners=20, target=2.5)
    for text, error in (
        ("planted", UnknownName),
        ("synthetic(listeners=3)", UnknownName),
        ("synthetic(n_actions=1)", BadValue),
        ("synthetic(n_listeners=1.5)", BadValue),
        ("synthetic(tied=nan)", BadValue),
    ):
        with pytest.raises(error):
            named(text)


def test_a_share_has_wilsons_interval():
    """statsmodels 0.15.0: proportion_confint(8, 10, method="wilson")."""
    found = share(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4901624715, 0.9433178485))


def test_no_logs_are_no_trial():
    with pytest.raises(BadValue, match="not 0"):
        trials(SMALL, 0, np.random.default_rng(1))

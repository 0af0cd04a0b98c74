"""Reward models: means that can be counted, and none that has seen the listener it is asked about."""

import numpy as np
import pytest

from ritornello.evaluate import reward_models
from ritornello.evaluate.reward_models import KINDS, N_FOLDS, STRENGTH, fit
from ritornello.kinds.errors import BadValue, UnknownName
from tests.evaluate.rounds import rounds

RIDGE = [0.3846839012784049, 0.3742006195764417, 0.5597384010579902, 0.7692965452272688]
LOGISTIC = [0.4658841673414504, 0.46457690696261356, 0.5449281542098517, 0.6366042558643433]


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def test_constant_and_smoothed_are_means_that_can_be_counted(rng):
    log = rounds(n=300, position=np.arange(300) % 2)
    assert fit("constant", log, rng, n_folds=1).expected(log, 0) == pytest.approx(log.reward.mean())
    smoothed = fit("smoothed", log, rng, n_folds=1).expected(log, 0)
    here = (log.row == 2) & (log.position == 1)
    wanted = (log.reward[here].sum() + STRENGTH * log.reward.mean()) / (here.sum() + STRENGTH)
    assert smoothed.shape == (300, 4)
    np.testing.assert_allclose(smoothed[log.position == 1, 2], wanted)


@pytest.mark.parametrize("name", KINDS)
def test_no_listener_is_told_by_a_model_that_saw_them(rng, name):
    """A listener whose every reward is 1 changes nothing that is said of their own rounds."""
    listener = np.arange(240) // 4
    log = rounds(n=240, listener=listener, context=rng.normal(size=(240, 2)))
    turned = np.where(listener == 7, 1.0, log.reward)
    other = rounds(n=240, listener=listener, context=log.context, reward=turned)
    a, b = (fit(name, each, np.random.default_rng(3)).expected(each, 0) for each in (log, other))
    np.testing.assert_array_equal(a[listener == 7], b[listener == 7])
    assert (a != b).any(), "the others are told otherwise"
    assert a.min() >= 0
    assert a.max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ridge", "logistic"])
def test_linear_models_find_what_context_and_action_do(rng, name):
    x, row = rng.normal(size=(1_500, 1)), rng.integers(4, size=1_500)
    likely = 1 / (1 + np.exp(-(x[:, 0] + row - 1.5)))
    reward = (rng.random(1_500) < likely).astype(float)
    log = rounds(n=1_500, row=row, context=x, reward=reward)
    q = fit(name, log, rng).expected(log, 0)[np.arange(1_500), row]
    assert np.corrcoef(q, likely)[0, 1] > 0.95
    assert np.abs(q - likely).mean() < (0.07 if name == "ridge" else 0.05)


def test_ridge_and_logistic_equal_scikit_learns():
    """scikit-learn 1.9.1 on one-hot actions (drop=None) of ``rounds(n=60)``, one fold:

    Ridge(alpha=10, fit_intercept=False).fit(X, y - y.mean()) with X = [1, one-hot position, one-hot action], and
    LogisticRegression(C=0.1, tol=1e-10, max_iter=10000).fit([one-hot position, one-hot action], y).predict_proba.
    """
    log = rounds(n=60)
    rng = np.random.default_rng(1)
    ridge = fit("ridge", log, rng, n_folds=1).expected(log, 0)[0]
    logistic = fit("logistic", log, rng, n_folds=1).expected(log, 0)[0]
    np.testing.assert_allclose(ridge, RIDGE, atol=1e-6)
    np.testing.assert_allclose(logistic, LOGISTIC, atol=1e-4)


def test_positions_beyond_the_last_share_one_effect(rng):
    log = rounds(n=100, position=np.arange(100) % 50)
    for name in KINDS:
        q = fit(name, log, rng).expected(log, 0)
        assert np.isfinite(q).all()
    table = fit("smoothed", log, rng)
    assert table.q.shape == (N_FOLDS, 4, reward_models.N_POSITIONS)


def test_rewards_of_another_range_stay_in_it(rng):
    log = rounds(n=100, reward=np.where(np.arange(100) % 3 > 0, 4.0, -2.0), reward_range=(-2.0, 4.0))  # fmt: skip
    for name in KINDS:
        q = fit(name, log, rng).expected(log, 0)
        assert q.min() >= -2
        assert q.max() <= 4
        assert q.mean() == pytest.approx(log.reward.mean(), abs=0.3)


def test_what_cannot_be_fitted_is_refused(rng):
    with pytest.raises(UnknownName, match="did you mean 'ridge'"):
        fit("ridgge", rounds(), rng)
    with pytest.raises(BadValue, match="2 listeners cannot be put into 3 folds"):
        fit("ridge", rounds(n=4, listener=[0, 0, 1, 1]), rng)

"""Intervals by listener: equal to textbook cases, and covering as often as they say."""

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import t

from ritornello.kinds.errors import BadValue
from ritornello.measures import bounds
from ritornello.measures import off_policy as op


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def alone(n):
    return np.arange(n)


def test_asymptotic_is_students_interval_where_everybody_has_one_round(rng):
    r = rng.random(50)
    found = bounds.asymptotic(op.ips(np.ones(50), r), alone(50), level=0.9)
    low, high = t.interval(0.9, 49, r.mean(), r.std(ddof=1) / np.sqrt(50))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.mean, found.level, found.n) == (pytest.approx(r.mean()), 0.9, 50)


def test_clustered_error_equals_that_of_statsmodels():
    """statsmodels 0.15.0: OLS(y, ones(8)).fit(cov_type="cluster", cov_kwds={"groups": g}).bse[0]."""
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.5])
    g = np.array([0, 0, 0, 1, 1, 2, 3, 3])
    error = bounds.standard_error(op.ips(np.ones(8), y), g)
    assert error == pytest.approx(0.12035645841970147, rel=1e-9)


def test_copies_of_a_round_add_nothing(rng):
    """Ten copies of each round by one listener are one round: the interval must not narrow."""
    w, r = rng.gamma(2, size=80), rng.random(80)
    for estimator in (op.ips, op.snips):
        once = bounds.asymptotic(estimator(w, r), alone(80))
        ten = bounds.asymptotic(estimator(np.repeat(w, 10), np.repeat(r, 10)), np.repeat(alone(80), 10))  # fmt: skip
        assert (ten.low, ten.high) == pytest.approx((once.low, once.high))
        naive = bounds.asymptotic(estimator(np.repeat(w, 10), np.repeat(r, 10)), alone(800))
        assert naive.high - naive.low < 0.4 * (ten.high - ten.low)


def test_bootstrap_equals_scipys_percentile_interval(rng):
    w, r = rng.gamma(2, size=200), rng.random(200)
    for estimator, statistic in (
        (op.ips, lambda w, r: np.mean(w * r)),
        (op.snips, lambda w, r: np.sum(w * r) / np.sum(w)),
    ):
        ours = bounds.bootstrap(estimator(w, r), alone(200), rng, n_resamples=2_000)
        theirs = scipy_bootstrap(
            (w, r), statistic, paired=True, vectorized=False, method="percentile", n_resamples=2_000, rng=rng
        )  # fmt: skip
        low, high = theirs.confidence_interval
        assert ours.low == pytest.approx(low, abs=0.25 * theirs.standard_error)
        assert ours.high == pytest.approx(high, abs=0.25 * theirs.standard_error)


def test_bootstrap_agrees_with_the_asymptotic_one_by_listener(rng):
    listener = np.repeat(alone(300), rng.integers(1, 8, 300))
    w, taste = rng.gamma(2, size=len(listener)), rng.random(300)
    r = (rng.random(len(listener)) < taste[listener]).astype(float)
    for found in (op.ips(w, r), op.snips(w, r), op.sndr(w, r, 0.5 * r, 0 * r)):
        asymptotic = bounds.asymptotic(found, listener)
        drawn = bounds.bootstrap(found, listener, rng, n_resamples=2_000)
        width = asymptotic.high - asymptotic.low
        assert drawn.low == pytest.approx(asymptotic.low, abs=0.08 * width)
        assert drawn.high == pytest.approx(asymptotic.high, abs=0.08 * width)


def test_many_listeners_are_drawn_in_bundles(rng):
    n = 3 * bounds.MOST_DRAWN
    r = rng.gamma(0.5, size=n)
    found = op.ips(np.ones(n), r)
    drawn = bounds.bootstrap(found, alone(n), rng, n_resamples=300)
    asymptotic = bounds.asymptotic(found, alone(n))
    assert drawn.n == n
    assert drawn.high - drawn.low == pytest.approx(asymptotic.high - asymptotic.low, rel=0.15)


def test_the_same_chance_gives_the_same_interval():
    found = op.ips(np.ones(50), np.arange(50.0))
    a, b = (bounds.bootstrap(found, alone(50), np.random.default_rng(1)) for _ in range(2))
    assert a == b


def test_bernstein_is_the_published_bound():
    r = np.array([0.0, 1.0, 1.0, 0.0, 1.0] * 20)
    found = bounds.bernstein(op.ips(np.ones(100), r), alone(100), (0, 1))
    log = np.log(4 / 0.05)
    half = np.sqrt(2 * r.var(ddof=1) * log / 100) + 7 * log / (3 * 99)
    assert (found.low, found.high) == pytest.approx((0.6 - half, 0.6 + half))


def test_bernstein_of_rewards_far_from_0_knows_how_far_apart_listeners_can_be():
    """The same rounds, moved by 5: value and interval move by 5, however unequal listeners are."""
    r = np.array([0.0, 1.0, 1.0, 0.0, 1.0] * 20)
    listener = np.minimum(alone(100), 60)
    here = bounds.bernstein(op.ips(np.ones(100), r), listener, (0, 1))
    there = bounds.bernstein(op.ips(np.ones(100), r + 5), listener, (5, 6))
    assert (there.low, there.high) == pytest.approx((here.low + 5, here.high + 5))


def test_bernstein_covers_small_skewed_logs_where_the_others_do_not(rng):
    """30 rounds of which one in twenty weighs 20: what normality cannot do, the stated range can."""
    n_missed = {"asymptotic": 0, "bernstein": 0}
    for _ in range(400):
        w = np.where(rng.random(30) < 0.05, 20.0, 0.0)
        found = op.ips(w, np.ones(30))
        asymptotic = bounds.asymptotic(found, alone(30))
        bernstein = bounds.bernstein(found, alone(30), (0, 20))
        n_missed["asymptotic"] += not asymptotic.low <= 1 <= asymptotic.high
        n_missed["bernstein"] += not bernstein.low <= 1 <= bernstein.high
    assert n_missed["bernstein"] <= 400 * 0.05 < n_missed["asymptotic"]


def test_what_has_no_interval_is_refused(rng):
    found = op.ips(np.ones(4), np.arange(4.0))
    together = np.zeros(4, dtype=int)
    for bad in (
        lambda: bounds.asymptotic(found, together),
        lambda: bounds.bootstrap(found, together, rng),
        lambda: bounds.bernstein(found, together, (0, 3)),
        lambda: bounds.bernstein(found, alone(4), (0, 2)),
        lambda: bounds.bernstein(op.snips(np.ones(4), np.arange(4.0)), alone(4), (0, 3)),
        lambda: bounds.asymptotic(found, alone(3)),
    ):
        with pytest.raises(BadValue):
            bad()

"""Intervals by drawing listeners again, against scipy's bootstrap and against coverage."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from ritornello.kinds.errors import BadValue
from ritornello.measures import resampling
from ritornello.measures.resampling import (
    interval,
    interval_by_listener,
    paired_interval,
    statistic_interval,
)


def test_agrees_with_scipys_percentile_bootstrap():
    values = np.random.default_rng(1).gamma(2.0, size=400)
    found = interval(values, np.random.default_rng(2), n_resamples=20_000)
    oracle = bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(3)
    ).confidence_interval
    assert found.mean == pytest.approx(values.mean())
    assert found.low == pytest.approx(oracle.low, abs=0.01)
    assert found.high == pytest.approx(oracle.high, abs=0.01)
    assert found.n == 400


def test_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(4)
    found = [interval(rng.normal(1.0, size=150), rng, n_resamples=500) for _ in range(300)]
    share = np.mean([each.low <= 1.0 <= each.high for each in found])
    assert 0.90 <= share <= 0.98


def test_pairs_cancel_what_both_find_hard():
    rng = np.random.default_rng(5)
    hardness = rng.normal(size=300)
    ours, theirs = hardness + 0.05, hardness + rng.normal(scale=0.01, size=300)
    found = paired_interval(ours, theirs, rng)
    assert 0.04 < found.low < found.mean < found.high < 0.06


def test_the_same_generator_gives_the_same_interval():
    values = np.random.default_rng(6).random(50)
    a, b = (interval(values, np.random.default_rng(7), n_resamples=700) for _ in range(2))
    assert a == b


@pytest.mark.parametrize("values", [[], [1.0, np.nan], [np.inf]])
def test_refuses_what_has_no_mean(values):
    with pytest.raises(BadValue, match="finite"):
        interval(np.array(values), np.random.default_rng(0))


def test_refuses_pairs_of_different_listeners():
    with pytest.raises(BadValue, match="same listeners"):
        paired_interval(np.ones(3), np.ones(4), np.random.default_rng(0))


def test_listeners_with_one_value_each_are_drawn_as_values_are():
    values = np.random.default_rng(11).gamma(2.0, size=300)
    alone = interval(values, np.random.default_rng(12))
    found = interval_by_listener(values, np.arange(300) * 7, np.random.default_rng(12))
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))
    assert found.n == 300


def test_what_a_listeners_values_share_widens_the_interval():
    """Means of equally many values each: the interval is that of the listeners' means."""
    rng = np.random.default_rng(13)
    own = rng.normal(size=150)
    values, listener = (
        np.repeat(own, 8) + rng.normal(scale=0.01, size=1200),
        np.repeat(np.arange(150), 8),
    )
    found = interval_by_listener(values, listener, np.random.default_rng(14))
    means = interval(own, np.random.default_rng(15))
    assert found.high - found.low == pytest.approx(means.high - means.low, rel=0.05)
    assert interval(values, rng).high - interval(values, rng).low < 0.5 * (found.high - found.low)


@pytest.mark.slow
def test_covers_the_truth_where_listeners_have_unlike_numbers_of_values():
    rng, covered = np.random.default_rng(17), 0
    for _ in range(400):
        listener = np.repeat(np.arange(150), rng.integers(1, 9, 150))
        values = 1.0 + rng.normal(size=150)[listener] + rng.normal(scale=0.5, size=len(listener))
        found = interval_by_listener(values, listener, rng, n_resamples=600)
        covered += found.low <= 1.0 <= found.high
    assert 0.91 <= covered / 400 <= 0.98


def test_bundles_of_listeners_are_as_wide_as_listeners(monkeypatch):
    rng = np.random.default_rng(16)
    values = rng.exponential(size=4_000)
    wide = interval_by_listener(values, np.arange(4_000), rng, n_resamples=2_000)
    monkeypatch.setattr(resampling, "MOST_DRAWN", 400)
    bundled = interval_by_listener(values, np.arange(4_000), rng, n_resamples=2_000)
    assert bundled.high - bundled.low == pytest.approx(wide.high - wide.low, rel=0.15)
    assert (bundled.mean, bundled.n) == (wide.mean, 4_000)


def test_refuses_another_number_of_listeners_than_values():
    with pytest.raises(BadValue, match="do not fit"):
        interval_by_listener(np.ones(3), np.arange(4), np.random.default_rng(0))


def test_a_statistic_of_rows_is_drawn_by_listener():
    """A mean of rows: the interval is that of the listeners' means where all have as many rows."""
    rng = np.random.default_rng(8)
    own = rng.normal(size=200)
    listener = np.repeat(np.arange(200), 5)
    rows = own[listener]
    found = statistic_interval(
        lambda w: float(np.average(rows, weights=w)), listener, np.random.default_rng(1)
    )
    by_hand = interval(own, np.random.default_rng(2))
    assert found.mean == pytest.approx(by_hand.mean)
    assert found.low == pytest.approx(by_hand.low, abs=0.03)
    assert found.high == pytest.approx(by_hand.high, abs=0.03)
    assert found.n == 200


def test_rows_of_one_listener_do_not_narrow_the_interval():
    rng = np.random.default_rng(8)
    rows = rng.normal(size=100)

    def width(copies):
        listener = np.repeat(np.arange(100), copies)
        values = rows[listener]
        found = statistic_interval(
            lambda w: float(np.average(values, weights=w)), listener, np.random.default_rng(1)
        )
        return found.high - found.low

    assert width(10) == pytest.approx(width(1), rel=1e-9)


def test_a_statistic_of_nothing_is_refused():
    with pytest.raises(BadValue, match="no interval of nan"):
        statistic_interval(
            lambda w: float(w.sum()), np.array([], dtype=int), np.random.default_rng(1)
        )

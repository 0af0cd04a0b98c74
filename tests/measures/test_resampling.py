"""Intervals by drawing listeners again, against scipy's bootstrap and against coverage."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from ritornello.kinds.errors import BadValue
from ritornello.measures.resampling import interval, paired_interval, statistic_interval


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

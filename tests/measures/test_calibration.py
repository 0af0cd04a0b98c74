"""Reliability, its summaries and Platt's two numbers: identities, and scikit-learn's figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.calibration import Platt, fit_platt, reliability
from tests.measures.test_discrimination import made

ROWS = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 3)), min_size=1, max_size=60
)


@given(ROWS, st.integers(1, 12))
def test_the_parts_of_brier_add_up_and_every_forecast_is_in_a_bin(rows, n_bins):
    p, y, w = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = reliability(p, y, w, n_bins=n_bins)
    parts = found.reliability - found.resolution + found.uncertainty + found.within
    assert parts == pytest.approx(found.brier, abs=1e-12)
    assert found.brier == pytest.approx(np.average((p - y) ** 2, weights=w), abs=1e-12)
    assert sum(each.n for each in found.bins) == len(p)
    assert sum(each.weight for each in found.bins) == pytest.approx(w.sum())
    assert 0 <= found.ece <= 1
    for each in found.bins:
        assert -1e-12 <= each.low <= each.rate + 1e-12
        assert each.rate - 1e-12 <= each.high <= 1 + 1e-12


@given(ROWS)
def test_equal_forecasts_share_a_bin(rows):
    p, y, _ = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    means = [each.mean_p for each in reliability(p, y, n_bins=5).bins]
    assert means == sorted(means)
    assert len(reliability(np.full(len(p), 0.3), y).bins) == 1


def test_a_forecast_a_bin_leaves_nothing_within():
    p, y, w = made()
    assert reliability(p, y, w, n_bins=300).within == pytest.approx(0, abs=1e-12)


def test_numbers_of_scikit_learn():
    """brier_score_loss(y, p[, sample_weight=w]), calibration_curve(y, p, n_bins=10000); scikit-learn 1.9.1."""
    p, y, w = made()
    assert reliability(p, y).brier == pytest.approx(0.19015833333333332, abs=1e-12)
    assert reliability(p, y, w).brier == pytest.approx(0.18630531149252286, abs=1e-12)
    rates = [
        0, 0, 0.14285714285714285, 0.11764705882352941, 0.375, 0.3684210526315789, 0.26666666666666666,
        0.3333333333333333, 0.4, 0.375, 0.6470588235294118, 0.5, 0.75, 0.625, 0.6666666666666666,
        0.7058823529411765, 0.5555555555555556, 0.75, 1,
    ]  # fmt: skip
    found = reliability(p, y, n_bins=300).bins
    assert [each.rate for each in found] == pytest.approx(rates)
    assert [each.mean_p for each in found] == pytest.approx(np.arange(1, 20) / 20)


def test_ece_by_hand():
    p, y = np.repeat([0.1, 0.9], 10), np.tile([0, 1], 10)
    assert reliability(p, y).ece == pytest.approx(0.4)


def test_platt_is_a_logit_of_the_logit():
    """LogisticRegression(C=inf).fit(logit(p), y[, sample_weight=w]); scikit-learn 1.9.1."""
    p, y, w = made()
    found = fit_platt(p, y)
    assert (found.slope, found.shift) == pytest.approx((0.94799309, -0.23914473), abs=1e-4)
    found = fit_platt(p, y, w)
    assert (found.slope, found.shift) == pytest.approx((0.97844942, -0.21172101), abs=1e-4)


def test_platt_makes_the_overconfident_honest():
    rng = np.random.default_rng(4)
    true = rng.beta(2, 2, 4_000)
    y = (rng.random(4_000) < true).astype(float)
    sure = Platt(3.0, 0.5)(true)
    honest = fit_platt(sure, y)(sure)
    assert reliability(honest, y).ece < 0.03 < reliability(sure, y).ece
    assert np.array_equal(Platt()(np.array([0.25, 0.5])), [0.25, 0.5])


def test_platt_never_turns_the_order_around():
    assert fit_platt([0.2, 0.3, 0.7, 0.8], [1, 1, 0, 0]).slope == 0


@pytest.mark.parametrize(
    ("p", "y", "w"),
    [
        ([], [], None),
        ([1.1], [0], None),
        ([0.5], [2], None),
        ([0.5], [0, 1], None),
        ([0.5], [1], [0]),
    ],
)
def test_what_cannot_be_meant_is_refused(p, y, w):
    with pytest.raises(BadValue):
        reliability(p, y, w)

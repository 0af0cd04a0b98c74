"""Curves of durations: against lifelines' figures, a published table, and counting by hand."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from ritornello.kinds.errors import BadValue
from ritornello.measures.survival import kaplan_meier, restricted_mean


def columns(file, *names):
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [np.array([float(row[name]) for row in rows]) for name in names]


@pytest.fixture
def oracle(shared):
    folder = shared / "oracles" / "survival"
    return folder, json.loads((folder / "reference.json").read_text())


@pytest.mark.data
def test_the_curve_and_its_bounds_are_lifelines(oracle):
    folder, reference = oracle
    weeks, arrested = columns(folder / "rossi.csv", "week", "arrest")
    curve = kaplan_meier(weeks, arrested)
    expected = reference["rossi_km"]
    assert_allclose(curve.times, expected["timeline"], rtol=1e-9)
    assert_allclose(curve.share, expected["S"], rtol=1e-9)
    assert_allclose(curve.low, expected["ci_lower_loglog95"], rtol=1e-9)
    assert_allclose(curve.high, expected["ci_upper"], rtol=1e-9)
    assert restricted_mean(curve, 52).mean == pytest.approx(reference["rossi_rmst_52"], rel=1e-9)


@pytest.mark.data
def test_the_median_and_the_curve_of_walton_are_lifelines(oracle):
    folder, reference = oracle
    curve = kaplan_meier(*columns(folder / "waltons.csv", "T", "E"))
    assert_allclose(curve.times, reference["waltons_km"]["t"], rtol=1e-9)
    assert_allclose(curve.share, reference["waltons_km"]["S"], rtol=1e-9, atol=1e-12)
    assert curve.median == reference["waltons_km"]["median"]


def test_the_published_table_of_6_mp():
    lasted = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    censored = {3, 5, 7, 8, 11, 12, 13, 16, 17, 18, 19, 20}
    curve = kaplan_meier(lasted, [n not in censored for n in range(21)])
    published = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve.at([6, 7, 10, 13, 16, 22, 23]).round(3).tolist() == published
    greenwood = 0.857142857142857**2 * 3 / (21 * 18)
    assert curve.variance[curve.times == 6] == pytest.approx(greenwood, rel=1e-12)


durations = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=st.integers(0, 12).map(float)), arrays(np.bool_, n)
    )
)


def by_loop(lasted, ended):
    """Share, Greenwood's sum, at each distinct time."""
    share, total = 1.0, 0.0
    for t in sorted({0.0, *lasted}):
        n = sum(x >= t for x in lasted)
        d = sum(e and x == t for x, e in zip(lasted, ended, strict=True))
        share *= 1 - d / n
        total += d / (n * (n - d)) if d < n else 0.0
        yield t, n, d, share, share**2 * total


@given(durations)
def test_the_curve_is_what_counting_gives(given_durations):
    lasted, ended = given_durations
    curve = kaplan_meier(lasted, ended)
    told = (curve.times, curve.n_at_risk, curve.n_events, curve.share, curve.variance)
    for row, expected in zip(zip(*told, strict=True), by_loop(lasted, ended), strict=True):
        assert row == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(durations)
def test_bounds_hold_the_share_and_nothing_is_nan(given_durations):
    curve = kaplan_meier(*given_durations)
    assert np.isfinite(curve.low).all()
    assert np.isfinite(curve.high).all()
    assert (curve.low >= 0).all()
    assert (curve.high <= 1).all()
    assert (curve.low <= curve.share + 1e-12).all()
    assert (curve.share <= curve.high + 1e-12).all()
    assert (np.diff(curve.share) <= 0).all()


@given(durations)
def test_without_censoring_the_restricted_mean_is_the_mean(given_durations):
    lasted, _ = given_durations
    if not (longest := lasted.max()):
        return
    curve = kaplan_meier(lasted, np.ones_like(lasted, bool))
    for until in (longest, longest / 2):
        expected = np.minimum(lasted, until).mean()
        assert restricted_mean(curve, until).mean == pytest.approx(expected, rel=1e-12)


def test_the_standard_error_of_the_restricted_mean_is_that_of_many_samples():
    rng = np.random.default_rng(20261121)
    found = []
    for _ in range(400):
        lasted, cut = rng.exponential(10, 150), rng.uniform(0, 40, 150)
        curve = kaplan_meier(np.minimum(lasted, cut), lasted <= cut)
        found.append(restricted_mean(curve, 15))
    spread = np.std([each.mean for each in found])
    assert np.mean([each.mean for each in found]) == pytest.approx(
        10 * (1 - np.exp(-1.5)), rel=0.01
    )
    assert np.mean([each.standard_error for each in found]) == pytest.approx(spread, rel=0.1)


def test_all_over_is_zero_and_bounded():
    curve = kaplan_meier([1, 2, 3], [True, True, True])
    assert curve.share[-1] == 0.0
    assert (curve.low[-1], curve.high[-1]) == (0.0, curve.high[-2])
    assert curve.median == 2.0


def test_none_over_is_one():
    curve = kaplan_meier([1, 2, 3], [False, False, False])
    assert curve.share.tolist() == curve.low.tolist() == curve.high.tolist() == [1.0] * 4
    assert curve.median == float("inf")
    assert restricted_mean(curve, 3).standard_error == 0.0


@pytest.mark.parametrize(
    ("lasted", "ended"),
    [([], []), ([1.0], []), ([-1.0], [True]), ([float("nan")], [True]), ([float("inf")], [False])],
)
def test_bad_durations_are_refused(lasted, ended):
    with pytest.raises(BadValue):
        kaplan_meier(lasted, ended)


def test_beyond_the_data_nothing_is_known():
    curve = kaplan_meier([1, 2, 3], [True, True, False])
    assert curve.at([-1, 0, 1, 2.5]).tolist() == pytest.approx([1, 1, 2 / 3, 1 / 3])
    with pytest.raises(BadValue, match="beyond 3"):
        curve.at([4])
    for until in (0, 4, float("nan")):
        with pytest.raises(BadValue, match="the longest is 3"):
            restricted_mean(curve, until)

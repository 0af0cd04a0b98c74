"""The detector on series in which nothing moves, and on series in which something does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.measures import cusum

N_DAYS = 365 * 2
BEFORE = cusum.WEEK * cusum.WEEKS + cusum.LAG - 1


def days(kind, rng, n=N_DAYS):
    noise = {"t": lambda: rng.standard_t(5, n), "counts": lambda: np.log1p(rng.poisson(30, n)) * 5}
    x = noise.get(kind, lambda: rng.normal(size=n))()
    if kind == "weekly":
        x = x + np.resize([3, 1, 0, 0, -1, 2, 5], n)
    if kind == "clinging":
        for t in range(1, n):
            x[t] += 0.5 * x[t - 1]
    return x


@pytest.mark.parametrize("kind", ["normal", "weekly", "t", "counts", "clinging"])
def test_where_nothing_moves_it_is_told_no_more_often_than_stated(kind) -> None:
    rng = np.random.default_rng(1)
    stated = 200.0
    threshold = cusum.threshold(stated)
    told = sum(
        len(cusum.excursions(cusum.deviations(days(kind, rng), 1e-9), threshold)) for _ in range(20)
    )
    expected = 20 * (N_DAYS - BEFORE) / stated
    assert told < expected + 3 * np.sqrt(expected)


@pytest.mark.parametrize(
    ("kind", "by", "within"),
    [
        (kind, by, within)
        for kind in ("normal", "weekly", "t")
        for by, within in ((6.0, 6), (3.0, 16))
    ]
    + [("clinging", 6.0, 6)],
)
def test_a_shift_is_told_soon_with_the_day_it_began(kind, by, within) -> None:
    rng = np.random.default_rng(2)
    threshold, late, off = cusum.threshold(5000), [], []
    for _ in range(40):
        x, began = days(kind, rng, 200), 150
        x[began:] += by * np.std(days(kind, rng)) * (-1 if rng.random() < 0.5 else 1) * (
            0.5 if kind == "weekly" else 1
        )  # fmt: skip
        found = [
            e for e in cusum.excursions(cusum.deviations(x, 1e-9), threshold) if e.told >= began
        ]
        late.append(found[0].told - began if found else 99)
        off.append(abs(found[0].since - began) if found else 99)
    assert np.quantile(late, 0.9) <= within
    assert np.median(off) <= 2


def test_one_odd_day_is_not_told() -> None:
    x = days("normal", np.random.default_rng(3), 150)
    x[120] = 1000
    assert cusum.excursions(cusum.deviations(x, 1e-9), cusum.threshold(5000)) == []


def test_its_end_is_told_and_its_side() -> None:
    z = np.array([0.0] * 5 + [-3.0] * 6 + [0.0] * 10)
    (found,) = cusum.excursions(z, 4.0)
    assert (found.since, found.told, found.until) == (5, 7, 13)
    assert found.deviations == pytest.approx(-18 / 9)
    (standing,) = cusum.excursions(z[:9], 4.0)
    assert standing.until is None


def test_the_sums_are_pages() -> None:
    """Against S = max over k of Σ_{i > k} (z_i − 1), Page's other form."""
    z = np.random.default_rng(4).normal(0.9, 1.5, 60).clip(-4, 4)
    sums = [max(0.0, *(float((z[k : t + 1] - 1).sum()) for k in range(t + 1))) for t in range(60)]
    first = next(t for t in range(60) if sums[t] > 3)
    rising = [each for each in cusum.excursions(z, 3.0) if each.deviations > 0]
    assert rising[0].told == first


def test_the_usual_is_the_weekdays_own() -> None:
    x = np.resize([3.0, 1, 0, 0, -1, 2, 5], 200)
    z = cusum.deviations(x, 0.1)
    assert np.isnan(z[:BEFORE]).all()
    assert z[BEFORE:] == pytest.approx(np.zeros(200 - BEFORE))
    x[150] += 1
    assert cusum.deviations(x, 0.1)[150] == pytest.approx(10.0)


@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=90),
    st.floats(1e-3, 1.0),
)
def test_unknown_days_are_never_told_and_nothing_warns(values, least) -> None:
    z = cusum.deviations(np.array(values, dtype=float), least)
    assert len(z) == len(values)
    assert np.isnan(z[np.isnan(np.array(values, dtype=float))]).all()
    for each in cusum.excursions(z, 3.0):
        assert np.isfinite(each.deviations)
        assert each.since <= each.told

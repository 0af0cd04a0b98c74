"""Beliefs by segment: closed forms, exact sums, and planted rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit

from ritornello.kinds.errors import BadValue
from ritornello.policies.posteriors import SPREADS, Betas, Cells, Prior

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "night", "day", "work"]),
        st.sampled_from(["a", "b", "c", "d", "e"]),
        st.integers(0, 1000),
        st.integers(0, 5000),
    ).map(lambda row: (*row[:3], row[2] + row[3])),
    max_size=30,
)


def prior_of_segment(alpha, beta, spread):
    """A segment's prior from its arm's posterior, by the law of total variance."""
    n = alpha + beta
    mean = alpha / n
    kappa = 1 / (spread**2 * mean * (1 - mean))
    of_mean = mean * (1 - mean) / (n + 1)
    within = (mean * (1 - mean) - of_mean) / (kappa + 1)
    concentration = mean * (1 - mean) / (of_mean + within) - 1
    return mean * concentration, (1 - mean) * concentration


def test_what_was_never_tried_has_the_prior():
    beliefs = Betas.of(Cells.of([]), Prior(2, 8), {"liked": Prior.of(0.5, 20)}, spread=0.5)
    expected = [prior_of_segment(2, 8, 0.5), prior_of_segment(10, 10, 0.5)]
    np.testing.assert_allclose(beliefs.parameters("any", ["new", "liked"]), expected, rtol=1e-12)
    assert beliefs.mean("any", ["new", "liked"]).tolist() == pytest.approx([0.2, 0.5])


def test_one_segment_alone_is_its_prior_and_its_counts():
    cells = Cells.of([("night", "a", 3_000, 10_000)])
    alpha, beta = prior_of_segment(1, 99, 0.7)
    found = Betas.of(cells, spread=0.7)
    truth = stats.beta(alpha + 3, beta + 7)
    np.testing.assert_allclose(found.parameters("night", ["a"])[0], truth.args, rtol=1e-9)
    assert found.mean("night", ["a"])[0] == pytest.approx(truth.mean())
    np.testing.assert_allclose(found.interval("night", ["a"], 0.9)[0], truth.interval(0.9))


def test_another_segment_believes_what_the_first_says_discounted():
    cells = Cells.of([("night", "a", 30_000, 100_000)])
    found = Betas.of(cells, Prior(1, 1), spread=0.5)
    mean = 0.3
    for _ in range(50):
        kappa = 1 / (0.25 * mean * (1 - mean))
        weight = kappa / (kappa + 100)
        mean = (1 + 30 * weight) / (2 + 100 * weight)
    of_arm = (1 + 30 * weight, 1 + 70 * weight)
    expected = prior_of_segment(*of_arm, 0.5)
    np.testing.assert_allclose(found.parameters("day", ["a"])[0], expected, rtol=1e-4)


def test_draws_are_draws_of_the_posterior():
    cells = Cells.of([("night", "a", 3_000, 10_000), ("day", "b", 9_000, 10_000)])
    beliefs = Betas.of(cells, Prior(1, 1))
    draws = beliefs.draws("night", ["b", "a", "b", "new"], 4000, np.random.default_rng(0))
    assert draws.shape == (4000, 4)
    for row, (alpha, beta) in enumerate(beliefs.parameters("night", ["b", "a", "b", "new"])):
        assert stats.kstest(draws[:, row], stats.beta(alpha, beta).cdf).pvalue > 1e-3


@settings(max_examples=20, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_same_lessons_in_any_order_and_any_parts_are_the_same_belief(rows, random):
    one = Betas.of(Cells.of(rows))
    parts = [(s, a, 0, n - k) for s, a, k, n in rows] + [(s, a, k, k) for s, a, k, n in rows]
    random.shuffle(parts)
    other = Betas.of(Cells.of(parts))
    assert one.spread == other.spread
    for segment in ("", "night", "day", "work", "never"):
        arms = ["a", "b", "c", "d", "e", "never"]
        assert np.array_equal(one.parameters(segment, arms), other.parameters(segment, arms))
        assert (one.parameters(segment, arms) > 0).all()
        draws = one.draws(segment, arms, 3, np.random.default_rng(1))
        assert ((draws >= 0) & (draws <= 1)).all()


def test_a_grid_is_the_same_as_its_rows():
    rng = np.random.default_rng(3)
    trials = rng.integers(0, 3, (4, 5)) * 1000
    successes = trials // 2
    segments, arms = [f"s{i}" for i in range(4)], [f"a{i}" for i in range(5)]
    rows = [
        (segments[s], arms[a], int(successes[s, a]), int(trials[s, a])) for s, a in np.ndindex(4, 5)
    ]
    by_rows = Betas.of(Cells.of(rows))
    by_grid = Betas.of(Cells.of_grid(segments, arms, successes, trials))
    for segment in segments:
        assert np.array_equal(by_rows.parameters(segment, arms), by_grid.parameters(segment, arms))


def planted(spread, rng, n_segments=40, n_arms=60):
    """Rates of arms that differ between segments by a spread in log-odds, and counts of them, unevenly shown."""
    rates = expit(rng.normal(-2.5, 0.7, n_arms) + rng.normal(0, spread, (n_segments, n_arms)))
    trials = rng.geometric(1 / 40, rates.shape)
    successes = rng.binomial(trials, rates)
    segments = [f"s{i:02}" for i in range(n_segments)]
    arms = [f"a{i:02}" for i in range(n_arms)]
    return rates, successes, trials, segments, arms


@pytest.mark.parametrize("spread", [0.3, 0.9, 1.5])
def test_a_planted_spread_is_found_and_intervals_hold(spread):
    rates, successes, trials, segments, arms = planted(spread, np.random.default_rng(5))
    found = Betas.of(Cells.of_grid(segments, arms, successes * 1000, trials * 1000))
    assert found.spread == pytest.approx(spread, rel=0.25)
    inside = np.array([found.interval(segment, arms) for segment in segments])
    covered = ((rates > inside[..., 0]) & (rates < inside[..., 1])).mean()
    assert 0.92 < covered < 0.98
    means = np.array([found.mean(segment, arms) for segment in segments])
    alone = (successes + 1) / (trials + 100)
    assert (
        np.square(logit(means) - logit(rates)).mean()
        < np.square(logit(alone) - logit(rates)).mean()
    )


def test_the_spread_is_that_which_foretells_each_segment_by_the_others():
    _, successes, trials, segments, arms = planted(0.8, np.random.default_rng(6), 5, 6)

    def log_likelihood(spread):
        total = -(np.log(spread / 0.7) ** 2) / 2
        for arm in range(len(arms)):
            k, n = successes[:, arm], trials[:, arm]
            mean = (1 + k.sum()) / (100 + n.sum())
            for _ in range(200):
                kappa = 1 / (spread**2 * mean * (1 - mean))
                weight = kappa / (kappa + n)
                mean = (1 + weight @ k) / (100 + weight @ n)
            for s in range(len(segments)):
                others = np.arange(len(segments)) != s
                alpha = 1 + (weight * k)[others].sum()
                beta = 99 + (weight * (n - k))[others].sum()
                kappa = 1 / (spread**2 * mean * (1 - mean))
                before = prior_of_segment(alpha, beta, spread)
                total += stats.betabinom.logpmf(k[s], n[s], *before)
        return total

    expected = max(SPREADS, key=log_likelihood)
    found = Betas.of(Cells.of_grid(segments, arms, successes * 1000, trials * 1000))
    assert found.spread == pytest.approx(expected, rel=0.25)


def test_a_segment_that_is_shown_an_arm_because_it_likes_it_does_not_speak_for_all():
    loved = [("fans", "a", 3_000_000, 10_000_000)]
    rest = [(f"s{i}", "a", 1_000, 50_000) for i in range(10)]
    found = Betas.of(Cells.of(loved + rest), Prior(1, 1), spread=0.7)
    assert found.mean("new", ["a"])[0] < 0.08
    assert found.mean("fans", ["a"])[0] == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("n", [1, 10**6, 10**12])
@pytest.mark.parametrize("successes", [0.0, 0.5, 1.0])
def test_extremes_stay_finite(n, successes):
    cells = Cells.of([("s", "a", int(n * 1000 * successes), n * 1000), ("t", "a", 0, 1)])
    beliefs = Betas.of(cells)
    rng = np.random.default_rng(0)
    for segment in ("s", "t", "u"):
        assert np.isfinite(beliefs.parameters(segment, ["a", "b"])).all()
        assert np.isfinite(beliefs.interval(segment, ["a", "b"])).all()
        assert np.isfinite(beliefs.draws(segment, ["a", "b"], 100, rng)).all()


@pytest.mark.parametrize("counts", [(-1, 5), (6, 5)])
def test_impossible_sums_are_refused_by_name(counts):
    with pytest.raises(BadValue, match="arm 'a' in segment 'night'"):
        Cells.of([("day", "b", 1, 1), ("night", "a", *counts)])


def test_priors_and_spreads_must_be_above_zero():
    cells = Cells.of([("s", "a", 0, 1000)])
    for prior in (Prior(0, 1), Prior(1, float("nan")), Prior(1, float("inf"))):
        with pytest.raises(BadValue, match="prior"):
            Betas.of(cells, prior)
        with pytest.raises(BadValue, match="prior"):
            Betas.of(cells, own={"z": prior})
    for spread in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(BadValue, match="spread"):
            Betas.of(cells, spread=spread)

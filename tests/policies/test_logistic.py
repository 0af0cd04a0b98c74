"""Beliefs by context: the mode and curvature of others, integrals on a grid, exact sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from ritornello.kinds.errors import BadValue
from ritornello.policies.logistic import Logistic

X = np.array([[1, -1.5, 0], [1, -0.5, 1], [1, 0.0, 0], [1, 0.5, 1], [1, 1.0, 0], [1, 2.0, 1]])
K = np.array([2, 9, 5, 20, 12, 31])
N = np.array([40, 60, 30, 50, 20, 40])
# statsmodels 0.15.0: sm.GLM(np.column_stack([K, N - K]), X, family=sm.families.Binomial()).fit(tol=1e-14)
PARAMS = [-1.19573809, 1.24530252, 0.08556919]
COVARIANCE = [
    [0.08432854, -0.00667818, -0.08047978],
    [-0.00667818, 0.03300287, -0.01234201],
    [-0.08047978, -0.01234201, 0.12625086],
]


def test_under_a_flat_prior_it_is_maximum_likelihood():
    found = Logistic.prior(3, level=0.0, sd=1e4).after(X, K * 1000, N * 1000)
    np.testing.assert_allclose(found.mean, PARAMS, rtol=1e-6)
    np.testing.assert_allclose(found.covariance, COVARIANCE, rtol=1e-5)


def test_mode_and_curvature_are_those_of_the_log_posterior():
    prior = Logistic(np.array([-2.0, 0.3, 0.0]), np.array([[1, 0.2, 0], [0.2, 0.5, 0], [0, 0, 2]]))
    precision = np.linalg.inv(prior.covariance)

    def loss(w):
        p = expit(X @ w)
        gap = w - prior.mean
        return -(K @ np.log(p) + (N - K) @ np.log(1 - p)) + gap @ precision @ gap / 2

    best = minimize(loss, prior.mean, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    step, eye = 1e-4, np.eye(3)
    hessian = [
        [
            (loss(best.x + step * (a + b)) - loss(best.x + step * (a - b))
             - loss(best.x - step * (a - b)) + loss(best.x - step * (a + b))) / (4 * step**2)
            for b in eye
        ]
        for a in eye
    ]  # fmt: skip
    found = prior.after(X, K * 1000, N * 1000)
    np.testing.assert_allclose(found.mean, best.x, atol=1e-6)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(hessian), rtol=1e-3)


def test_rates_agree_with_integration_over_a_grid():
    x, k, n = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([30, 90]), np.array([200, 200])
    level, slope = np.meshgrid(np.linspace(-5, 2, 500), np.linspace(-3, 5, 500), indexing="ij")
    log = norm.logpdf(level, -2, 1) + norm.logpdf(slope, 0, 1)
    for (_, a), hits, trials in zip(x, k, n, strict=True):
        p = expit(level + a * slope)
        log = log + hits * np.log(p) + (trials - hits) * np.log1p(-p)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    rates = np.stack([expit(level + a * slope) for a in (0.0, 1.0, 0.5)])
    mean = (rates * weight).sum(axis=(1, 2))
    sd = np.sqrt(((rates - mean[:, None, None]) ** 2 * weight).sum(axis=(1, 2)))
    found = Logistic.prior(2, level=-2.0).after(x, k * 1000, n * 1000)
    contexts = [[1, 0], [1, 1], [1, 0.5]]
    np.testing.assert_allclose(found.rate(contexts), mean, rtol=0.01)
    draws = found.draws(contexts, 100_000, np.random.default_rng(0))
    np.testing.assert_allclose(draws.mean(axis=0), mean, rtol=0.01)
    np.testing.assert_allclose(draws.std(axis=0), sd, rtol=0.05)


def test_the_expected_rate_is_the_integral():
    belief = Logistic(np.array([-1.0, 2.0]), np.array([[1.5, -0.4], [-0.4, 3.0]]))
    x = np.array([1.0, 0.7])
    centre, sd = x @ belief.mean, np.sqrt(x @ belief.covariance @ x)
    expected, _ = quad(lambda z: expit(centre + sd * z) * norm.pdf(z), -12, 12)
    assert belief.rate([x])[0] == pytest.approx(expected, rel=1e-6)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([-1.0, -0.0, 0.0, 0.5, 2.0]), st.integers(0, 900), st.integers(0, 900)
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_same_to_the_bit_in_any_order_and_any_parts(rows, random):
    def belief(rows):
        x = np.array([[1.0, at] for at, _, _ in rows]).reshape(-1, 2)
        k, n = [k for _, k, _ in rows], [k + misses for _, k, misses in rows]
        return Logistic.prior(2).after(x, k, n)

    parts = [(at, k, 0) for at, k, _ in rows] + [(at, 0, misses) for at, _, misses in rows]
    random.shuffle(parts)
    one, other = belief(rows), belief(parts)
    assert np.array_equal(one.mean, other.mean)
    assert np.array_equal(one.covariance, other.covariance)


def test_in_two_batches_is_nearly_as_in_one():
    whole = Logistic.prior(3).after(X, K * 1000, N * 1000)
    first = Logistic.prior(3).after(X[:4], K[:4] * 1000, N[:4] * 1000)
    second = first.after(X[4:], K[4:] * 1000, N[4:] * 1000)
    sd = np.sqrt(np.diag(whole.covariance))
    assert (np.abs(second.mean - whole.mean) < 0.25 * sd).all()


def test_one_draw_of_the_weights_speaks_for_all_rows():
    draws = Logistic.prior(2).draws([[1, 0], [1, 0], [1, 1]], 500, np.random.default_rng(0))
    assert draws.shape == (500, 3)
    assert np.array_equal(draws[:, 0], draws[:, 1])
    assert 0.3 < np.corrcoef(draws[:, 0], draws[:, 2])[0, 1] < 1


def test_successes_without_end_stay_finite():
    found = Logistic.prior(2).after([[1, 3], [1, -3]], [10**12, 0], [10**12, 10**12])
    assert np.isfinite(found.mean).all()
    assert (np.linalg.eigvalsh(found.covariance) > 0).all()


def test_what_does_not_fit_is_refused():
    prior = Logistic.prior(2)
    with pytest.raises(BadValue, match="do not fit"):
        prior.after([[1, 0]], [1, 1], [1, 1])
    with pytest.raises(BadValue, match="not finite"):
        prior.after([[1, np.nan]], [1], [1])
    with pytest.raises(BadValue, match="trials"):
        prior.after([[1, 0]], [2], [1])

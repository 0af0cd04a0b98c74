"""What we believe of an arm by its context: Bayesian logistic regression, made anew from sums."""

import msgspec
import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit
from threadpoolctl import threadpool_limits

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PESSIMISTIC_LEVEL = -4.6
N_NEWTON, N_HALVINGS, SETTLED = 100, 30, 1e-12
_NODES, _NODE_WEIGHTS = hermegauss(40)


class Logistic(msgspec.Struct, frozen=True):
    r"""Rates σ(x'w) of contexts x, with w ~ N(``mean``, ``covariance``).

    After successes k in n trials at contexts x, Laplace's approximation puts the mean at the mode of
    :math:`\sum k \ln σ(x'w) + (n − k) \ln σ(−x'w) − \tfrac12 (w − m)' S^{-1} (w − m)` and takes for covariance
    the inverse of its curvature there, :math:`(S^{-1} + \sum n\, p (1 − p)\, x x')^{-1}` with :math:`p = σ(x'w)`.
    All of the covariance is kept: contexts always come with the level they add to, and a diagonal would
    say of both that they are known better than they are. Costs d³ a step: for tens of features.

    Right where arms share features, so that one never tried is foretold by others. It misleads where rates are
    not logistic in the features (then :class:`~ritornello.policies.posteriors.Betas` by segment forget
    the features and cannot be wrong in that way), and with a handful of trials, whose posterior is not round.

    Sources: Spiegelhalter, Lauritzen, Networks 1990; MacKay, Neural Computation 1992; for Thompson sampling
    Chapelle, Li, NIPS 2011.
    """

    mean: FloatArray
    covariance: FloatArray

    @classmethod
    def prior(
        cls, n_features: int, *, level: float = PESSIMISTIC_LEVEL, sd: float = 1.0
    ) -> "Logistic":
        """Return independent weights N(0, sd²), the first, whose feature is always 1, around ``level``.

        −4.6 is one success in a hundred: pessimistic, as for Betas.
        """
        mean = np.zeros(n_features)
        mean[0] = level
        return cls(mean, np.eye(n_features) * sd**2)

    def after(
        self, features: ArrayLike, n_success_milli: ArrayLike, n_trial_milli: ArrayLike
    ) -> "Logistic":
        """Return the posterior with this one as the prior, the same to the bit in whatever order rows come.

        Parameters
        ----------
        features : (n, d), finite; equal rows are added up.
        n_success_milli, n_trial_milli : (n,) thousandths, 0 ≤ successes ≤ trials.

        Raises
        ------
        BadValue : lengths that do not fit, features that are not finite, sums that no trials can have.

        Examples
        --------
        >>> believed = Logistic.prior(2).after([[1, 0], [1, 1]], [10_000, 80_000], [100_000, 100_000])
        >>> believed.rate([[1, 0], [1, 1]]).round(2).tolist()
        [0.11, 0.76]
        """
        x, successes, failures = _summed(features, n_success_milli, n_trial_milli, len(self.mean))
        with threadpool_limits(limits=1, user_api="blas"):
            precision = cho_solve(cho_factor(self.covariance), np.eye(len(self.mean)))
            mode = _mode(x, successes, failures, self.mean, precision)
            curvature = _curvature(x, successes + failures, mode, precision)
            covariance = cho_solve(cho_factor(curvature), np.eye(len(mode)))
        return Logistic(mode, np.asarray((covariance + covariance.T) / 2))

    def draws(self, features: ArrayLike, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Return rates drawn from the belief, (n_draws, n): one draw of all weights for all rows of features (n, d)."""
        root = np.linalg.cholesky(self.covariance)
        weights = self.mean + rng.standard_normal((n_draws, len(self.mean))) @ root.T
        return np.asarray(expit(weights @ np.asarray(features, np.float64).T))

    def moments(self, features: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of each row's rate, (n,) each: ∫ σ(x'w) N(w) dw by Gauss–Hermite quadrature."""
        x = np.asarray(features, np.float64)
        centre = x @ self.mean
        sd = np.sqrt(((x @ self.covariance) * x).sum(axis=1))
        along = expit(centre[:, None] + sd[:, None] * _NODES)
        shares = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
        mean = np.asarray(along @ shares)
        return mean, np.asarray((along - mean[:, None]) ** 2 @ shares)

    def rate(self, features: ArrayLike) -> FloatArray:
        """Return the expected rate of each row of features, (n,) in (0, 1)."""
        return self.moments(features)[0]


def _summed(
    features: ArrayLike, n_success_milli: ArrayLike, n_trial_milli: ArrayLike, n_features: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the distinct contexts in ascending order, and their successes and failures."""
    x = np.asarray(features, np.float64).reshape(-1, n_features) + 0.0
    counts = np.column_stack([n_success_milli, n_trial_milli]).astype(np.int64)
    if len(counts) != len(x) or not np.isfinite(x).all():
        raise BadValue(
            f"{len(counts)} counts and {len(x)} contexts do not fit, or one is not finite"
        )
    if ((counts[:, 0] < 0) | (counts[:, 0] > counts[:, 1])).any():
        raise BadValue("a context has successes below 0 or above its trials")
    distinct, place = np.unique(x, axis=0, return_inverse=True)
    sums = np.zeros((len(distinct), 2), np.int64)
    np.add.at(sums, place.ravel(), counts)
    return distinct, sums[:, 0] / 1000, (sums[:, 1] - sums[:, 0]) / 1000


def _mode(
    x: FloatArray,
    successes: FloatArray,
    failures: FloatArray,
    mean: FloatArray,
    precision: FloatArray,
) -> FloatArray:
    """Return the mode of the posterior by Newton's method, halving a step that does not help."""

    def loss(w: FloatArray) -> float:
        eta, gap = x @ w, w - mean
        fitted = successes @ np.logaddexp(0, -eta) + failures @ np.logaddexp(0, eta)
        return float(fitted + gap @ precision @ gap / 2)

    trials, w = successes + failures, mean
    now = loss(w)
    for _ in range(N_NEWTON):
        pull = x.T @ (trials * expit(x @ w) - successes) + precision @ (w - mean)
        step = cho_solve(cho_factor(_curvature(x, trials, w, precision)), pull)
        for _ in range(N_HALVINGS):
            then = loss(w - step)
            if then <= now:
                break
            step = step / 2
        else:
            break
        w, gained, now = w - step, now - then, then
        if gained <= SETTLED * (1 + abs(now)):
            break
    return w


def _curvature(
    x: FloatArray, trials: FloatArray, w: FloatArray, precision: FloatArray
) -> FloatArray:
    p = expit(x @ w)
    return np.asarray((x * (trials * p * (1 - p))[:, None]).T @ x + precision)

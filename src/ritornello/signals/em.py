"""Fitting a mixture by expectation and maximisation, and choosing how many components it has.

Several seeded starts run for a few steps, the best of them to the end (Biernacki, Celeux, Govaert, CSDA
2003). The number of components is the one that says most of listeners it was not fitted on.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import i0e, i1e

from ritornello.kinds.errors import BadValue
from ritornello.signals.mixture import (
    Features,
    FloatArray,
    Mixture,
    log_sum_exp,
)


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How hard to look, and what keeps a component from closing in on a few rows.

    ``n_starts`` runs of ``n_first`` steps; the best goes on for at most ``n_steps``, until a step gains
    less than ``tolerance`` nats a row. A variance is at least ``least_variance`` of the feature's own, a
    concentration of angles at most ``most_concentration`` (12 is a standard deviation of 1.1 hours of a
    day); every level and outcome of a share has ``pseudo_count`` observations more than were made.
    """

    n_starts: int = 8
    n_first: int = 12
    n_steps: int = 300
    tolerance: float = 1e-5
    least_variance: float = 0.05
    most_concentration: float = 12.0
    pseudo_count: float = 1.0


USUAL = Effort()
_NEWTON_STEPS = 8


class Fitted(msgspec.Struct, frozen=True):
    """A mixture and the objective after each step: log likelihood plus log prior, in nats; it never falls."""

    mixture: Mixture
    objective: tuple[float, ...]


class HeldOut(msgspec.Struct, frozen=True):
    """How well ``n_components`` say what they were not fitted on.

    ``log_likelihood`` is the mean over listeners of the mean over their rows, in nats; ``gap_se`` the
    standard error, over listeners, of its distance from the best number's.
    """

    n_components: int
    log_likelihood: float
    gap_se: float
    chosen: bool


def fit(
    features: Features,
    n_components: int,
    rng: np.random.Generator,
    effort: Effort = USUAL,
) -> Fitted:
    """Fit a mixture of so many components.

    Maximises Σ_n log Σ_z π_z p(x_n | z) + log prior. The floor on variances keeps the maximum finite; it
    and the pseudo counts only move what few rows speak for. Finds a local maximum: another seed may find
    another, and components have no order (here: heaviest first).

    Raises
    ------
    BadValue : no rows, or fewer than one component.

    References
    ----------
    Dempster, Laird, Rubin (1977), JRSS B.
    """
    if not len(features) or n_components < 1:
        raise BadValue(f"cannot fit {n_components} components to {len(features)} rows")
    prior = _prior(features, effort)
    starts = [_start(features, n_components, rng, prior) for _ in range(effort.n_starts)]
    tried = [_climb(start, features, prior, effort.n_first, 0.0) for start in starts]
    first = max(tried, key=lambda each: each.objective[-1])
    last = _climb(first.mixture, features, prior, effort.n_steps, effort.tolerance)
    order = np.argsort(-last.mixture.weights, kind="stable")
    return Fitted(_reordered(last.mixture, order), first.objective + last.objective)


def choose(
    features: Features,
    listeners: NDArray[Any],
    numbers: Sequence[int],
    rng: np.random.Generator,
    effort: Effort = USUAL,
    *,
    n_folds: int = 5,
    slack: float = 0.1,
) -> list[HeldOut]:
    """Say for each number of components how likely it makes listeners it was not fitted on.

    Listeners are dealt into folds; each fold is scored by mixtures of the others. Chosen is the smallest
    number that falls below the best by no more than ``slack`` nats, or by no more than one standard error of
    the difference, listener by listener (Breiman, Friedman, Olshen, Stone, 1984). Real visits are spread more
    unevenly than these families, and more components go on filling that in for ever; somebody must name them.

    Raises
    ------
    BadValue : fewer listeners than folds.
    """
    names, who = np.unique(listeners, return_inverse=True)
    if len(names) < n_folds:
        raise BadValue(f"{n_folds} folds need as many listeners; there are {len(names)}")
    fold = rng.permutation(np.arange(len(names)) % n_folds)[who]
    said = np.empty((len(numbers), len(names)))
    for place, n_components in enumerate(numbers):
        rows = np.empty(len(features))
        for left_out in range(n_folds):
            known = fit(features.at(fold != left_out), n_components, rng, effort).mixture
            rows[fold == left_out] = known.log_likelihood(features.at(fold == left_out))
        said[place] = np.bincount(who, rows) / np.bincount(who)
    gaps = said - said[np.argmax(said.mean(axis=1))]
    errors = gaps.std(axis=1, ddof=1) / np.sqrt(len(names))
    enough = np.flatnonzero(gaps.mean(axis=1) >= -np.maximum(errors, slack))
    chosen = min(numbers[int(place)] for place in enough)
    return [
        HeldOut(number, float(mean), float(error), number == chosen)
        for number, mean, error in zip(numbers, said.mean(axis=1), errors, strict=True)
    ]


class _Prior(msgspec.Struct, frozen=True):
    """What is known of each feature over all rows, and what no component goes below."""

    floor: FloatArray
    mean: FloatArray
    variance: FloatArray
    most_concentration: float
    pseudo_count: float

    def log_density(self, mixture: Mixture) -> float:
        """Return the log prior of a mixture's shares and chances, up to a constant."""
        levels = sum(float(np.log(shares).sum()) for shares in mixture.shares)
        chances = np.log(mixture.chances) + np.log1p(-mixture.chances)
        return self.pseudo_count * (
            levels + float(chances.sum()) + float(np.log(mixture.weights).sum())
        )


def _prior(features: Features, effort: Effort) -> _Prior:
    known = ~np.isnan(features.continuous)
    n_known = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features.continuous, 0.0).sum(axis=0) / n_known
    apart = np.where(known, features.continuous - mean, 0.0)
    variance = (apart**2).sum(axis=0) / n_known
    variance = np.where(variance > 0, variance, 1.0)
    return _Prior(
        effort.least_variance * variance,
        mean,
        variance,
        effort.most_concentration,
        effort.pseudo_count,
    )


def _start(
    features: Features, n_components: int, rng: np.random.Generator, prior: _Prior
) -> Mixture:
    """Return components around rows drawn at random, each half the row and half everything."""
    whole = _maximised(features, np.ones((len(features), 1)), prior)
    rows = features.at(
        rng.choice(len(features), n_components, replace=len(features) < n_components)
    )
    known = ~np.isnan(rows.continuous)
    shares = []
    for j, overall in enumerate(whole.shares):
        at = np.vstack([np.eye(overall.shape[1]), overall])[rows.levels[:, j]]
        shares.append((overall + at) / 2)
    chances = (whole.chances + (rows.hits + whole.chances) / (rows.trials + 1)) / 2
    return Mixture(
        features.shape,
        np.full(n_components, 1 / n_components),
        np.where(known, rows.continuous, prior.mean),
        np.tile(prior.variance, (n_components, 1)),
        np.where(np.isnan(rows.angles), whole.directions, rows.angles),
        np.ones_like(rows.angles),
        tuple(shares),
        chances,
    )


def _climb(
    mixture: Mixture, features: Features, prior: _Prior, n_steps: int, tolerance: float
) -> Fitted:
    """Take steps until one gains less than ``tolerance`` a row."""
    objective: list[float] = []
    for _ in range(n_steps):
        joint = mixture.log_joint(features)
        evidence = log_sum_exp(joint)
        objective.append(float(evidence.sum()) + prior.log_density(mixture))
        if len(objective) > 1 and objective[-1] - objective[-2] < tolerance * len(features):
            break
        shares = np.exp(joint - evidence[:, None])
        mixture = _maximised(features, shares, prior)
    return Fitted(mixture, tuple(objective))


def _maximised(features: Features, p: FloatArray, prior: _Prior) -> Mixture:
    """Return the mixture that says most of rows that belong to components by the shares p, (n, k)."""
    more = prior.pseudo_count
    weights = p.sum(axis=0) + more
    known = ~np.isnan(features.continuous)
    n_known = p.T @ known
    at_least = np.where(n_known > 0, n_known, 1.0)
    sums = p.T @ np.where(known, features.continuous, 0.0)
    means = np.where(n_known > 0, sums / at_least, prior.mean)
    squares = np.column_stack([
        _squares(features.continuous[:, j], means[:, j], p) for j in range(means.shape[1])
    ]) if means.shape[1] else means  # fmt: skip
    variances = np.where(n_known > 0, squares / at_least, prior.variance)
    counts = [
        (np.eye(len(words) + 1)[features.levels[:, j]].T @ p)[:-1] + more
        for j, words in enumerate(features.shape.categories.values())
    ]
    return Mixture(
        features.shape,
        weights / weights.sum(),
        means,
        np.maximum(variances, prior.floor),
        *_turned(features.angles, p, prior.most_concentration),
        tuple((each / each.sum(axis=0)).T for each in counts),
        (p.T @ features.hits + more) / (p.T @ features.trials + 2 * more),
    )


def _squares(x: FloatArray, means: FloatArray, p: FloatArray) -> FloatArray:
    """Return the sum of squares about each component's mean, weighted; what is missing adds nothing."""
    apart = np.where(np.isnan(x)[:, None], 0.0, x[:, None] - means)
    return np.asarray((p * apart**2).sum(axis=0))


def _turned(angles: FloatArray, p: FloatArray, most: float) -> tuple[FloatArray, FloatArray]:
    """Return the direction and concentration of each component's angles, (k, n_angles) each."""
    known = ~np.isnan(angles)
    filled = np.where(known, angles, 0.0)
    east, north = p.T @ (known * np.cos(filled)), p.T @ (known * np.sin(filled))
    n_known = p.T @ known
    length = np.hypot(east, north) / np.where(n_known > 0, n_known, 1.0)
    return np.arctan2(north, east), _concentration(length, most)


def _concentration(length: FloatArray, most: float) -> FloatArray:
    """Return the κ of at most ``most`` whose mean resultant length I1(κ) / I0(κ) is ``length``.

    Newton's steps from κ = R (2 − R²) / (1 − R²) (Banerjee et al., JMLR 2005).
    """
    length = np.minimum(length, i1e(most) / i0e(most))
    kappa = length * (2 - length**2) / (1 - length**2)
    for _ in range(_NEWTON_STEPS):
        found = i1e(kappa) / i0e(kappa)
        slope = 1 - found**2 - np.where(kappa > 0, found / np.where(kappa > 0, kappa, 1.0), 0.5)
        kappa = np.maximum(kappa - (found - length) / slope, 0.0)
    return np.minimum(kappa, most)


def _reordered(mixture: Mixture, order: NDArray[np.intp]) -> Mixture:
    return Mixture(
        mixture.shape,
        mixture.weights[order],
        mixture.means[order],
        mixture.variances[order],
        mixture.directions[order],
        mixture.concentrations[order],
        tuple(shares[order] for shares in mixture.shares),
        mixture.chances[order],
    )

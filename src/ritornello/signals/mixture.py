"""A mixture over mixed features: which kinds of visit there are, and which one this looks like.

Each component says how a feature is spread among its visits: a continuous one as a Gaussian, an angle
as a von Mises distribution (Mardia, Jupp, 2000), a category by its shares, a share (so many of so many)
by its chance. Given the component, features
are independent; what is missing is left out of the product, which is the likelihood where it is
missing for reasons the component does not decide (Little, Rubin, 2019). ``em`` fits it, ``components``
tells, names and keeps it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import i0e

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]

MISSING = -1


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The features a mixture knows, by name; a category's levels are its words, in order."""

    continuous: tuple[str, ...] = ()
    angles: tuple[str, ...] = ()
    categories: dict[str, tuple[str, ...]] = {}
    shares: tuple[str, ...] = ()

    @property
    def n_features(self) -> int:
        """How many features there are."""
        return sum(map(len, (self.continuous, self.angles, self.categories, self.shares)))


class Features(msgspec.Struct, frozen=True):
    """What is known of n beginnings.

    Parameters
    ----------
    continuous : float64 (n, n_continuous), transformed; nan is missing.
    angles : float64 (n, n_angles), radians; nan is missing.
    levels : int64 (n, n_categories), numbers of levels; −1 is missing, or a word never met in training.
    hits, trials : float64 (n, n_shares), hits of trials; 0 trials is missing.

    Raises
    ------
    BadValue : another number of columns than the shape's, an infinite number, a level out of range, or
        hits outside [0, trials].
    """

    shape: Shape
    continuous: FloatArray
    angles: FloatArray
    levels: NumberArray
    hits: FloatArray
    trials: FloatArray

    def __post_init__(self) -> None:
        shape = self.shape
        names = (shape.continuous, shape.angles, shape.categories, shape.shares)
        columns = (self.continuous, self.angles, self.levels, self.hits)
        expected, found = [*map(len, names)], [each.shape[1] for each in columns]
        if found != expected:
            raise BadValue(f"features have {found} columns, not the {expected} of their shape")
        n_levels = np.array([len(words) for words in shape.categories.values()], dtype=np.int64)
        if np.isinf(self.continuous).any() or np.isinf(self.angles).any():
            raise BadValue("a continuous feature is infinite; give nan where it is unknown")
        if ((self.levels < MISSING) | (self.levels >= n_levels)).any():
            raise BadValue("a level is out of its category's range; give −1 where it is unknown")
        if not ((self.hits >= 0) & (self.hits <= self.trials)).all():
            raise BadValue("a share has hits below 0 or above its trials")

    def __len__(self) -> int:
        return len(self.levels)

    def at(self, rows: NDArray[Any]) -> "Features":
        """Return some of the rows."""
        return Features(
            self.shape,
            self.continuous[rows],
            self.angles[rows],
            self.levels[rows],
            self.hits[rows],
            self.trials[rows],
        )


class Mixture(msgspec.Struct, frozen=True):
    """k components: their weights, and how each spreads every feature.

    Parameters
    ----------
    shape : the features.
    weights : (k,), above 0, sum to 1.
    means, variances : (k, n_continuous); variances above 0.
    directions, concentrations : (k, n_angles); radians, and from 0 (any angle alike) up.
    shares : one (k, n_levels) array a category, above 0, rows sum to 1.
    chances : (k, n_shares), inside (0, 1).
    """

    shape: Shape
    weights: FloatArray
    means: FloatArray
    variances: FloatArray
    directions: FloatArray
    concentrations: FloatArray
    shares: tuple[FloatArray, ...]
    chances: FloatArray

    @property
    def n_components(self) -> int:
        """How many components there are."""
        return len(self.weights)

    def infer(self, features: Features) -> FloatArray:
        """Return the probability of each component given what is known, (n, k); rows sum to 1.

        p(z | x) = π_z Π_j p(x_j | z) / Σ_z' …, over the features j that are known. A row of which nothing
        is known has the components' weights. Right where features are independent within a component;
        where they are not, evidence counts twice and the answer is too sure of itself.

        Examples
        --------
        >>> shape = Shape(shares=("skipped",))
        >>> none = np.zeros((2, 0))
        >>> quiet_and_busy = Mixture(shape, np.array([0.5, 0.5]), none, none, none, none, (),
        ...                          np.array([[0.1], [0.6]]))
        >>> seen = numbered(shape, {}, {}, {"skipped": (np.array([0.0, 3.0]), np.array([0.0, 4.0]))})
        >>> quiet_and_busy.infer(seen).round(2).tolist()
        [[0.5, 0.5], [0.01, 0.99]]
        """
        joint = self.log_joint(features)
        return np.asarray(np.exp(joint - log_sum_exp(joint)[:, None]))

    def log_likelihood(self, features: Features) -> FloatArray:
        """Return log p(x) of each row, (n,), in nats; 0 where nothing is known."""
        return log_sum_exp(self.log_joint(features))

    def log_joint(self, features: Features) -> FloatArray:
        """Return log π_z + Σ_j log p(x_j | z), (n, k).

        Constants that are the same for all components are left out: binomial coefficients, and log 2π of
        an angle, so that an angle spread evenly says 0.
        """
        joint = np.tile(np.log(self.weights), (len(features), 1))
        for j in range(len(self.shape.continuous)):
            joint += _gaussian(features.continuous[:, j], self.means[:, j], self.variances[:, j])
        for j in range(len(self.shape.angles)):
            joint += _von_mises(
                features.angles[:, j], self.directions[:, j], self.concentrations[:, j]
            )
        for j, shares in enumerate(self.shares):
            known = np.vstack([np.log(shares).T, np.zeros(self.n_components)])
            joint += known[features.levels[:, j]]  # −1, what is missing, is the last row
        hits, misses = features.hits, features.trials - features.hits
        joint += hits @ np.log(self.chances).T + misses @ np.log1p(-self.chances).T
        return joint


def log_sum_exp(values: FloatArray) -> FloatArray:
    """Return log Σ exp over the last axis, without overflow; the values are finite."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0])


def numbered(
    shape: Shape,
    numbers: Mapping[str, FloatArray],
    categories: Mapping[str, NDArray[Any]],
    shares: Mapping[str, tuple[FloatArray, FloatArray]],
) -> Features:
    """Return named columns as the features of a shape; words it does not know become missing.

    Parameters
    ----------
    numbers : the continuous ones and the angles.
    categories : columns of text, ``None`` where unknown.
    shares : hits and trials.
    """
    n = len(next(iter((*numbers.values(), *categories.values(), *(t for _, t in shares.values())))))
    levels = [_levels(texts(categories[name]), words) for name, words in shape.categories.items()]
    return Features(
        shape,
        _side_by_side([numbers[name] for name in shape.continuous], n),
        _side_by_side([numbers[name] for name in shape.angles], n),
        _side_by_side(levels, n).astype(np.int64),
        _side_by_side([shares[name][0] for name in shape.shares], n),
        _side_by_side([shares[name][1] for name in shape.shares], n),
    )


def texts(column: NDArray[Any]) -> NDArray[np.str_]:
    """Return a column of text with ``None`` as the empty text."""
    there = column.astype(object).astype(bool)
    return np.where(there, column, "").astype(np.str_)


def _gaussian(x: FloatArray, means: FloatArray, variances: FloatArray) -> FloatArray:
    """Return the log density of each x under each component, 0 where x is missing."""
    known = ~np.isnan(x)
    apart = np.where(known, x, 0.0)[:, None] - means
    density = -0.5 * (np.log(2 * np.pi * variances) + apart**2 / variances)
    return np.asarray(np.where(known[:, None], density, 0.0))


def _von_mises(x: FloatArray, directions: FloatArray, concentrations: FloatArray) -> FloatArray:
    """Return the log density of each angle under each component, times 2π, 0 where it is missing."""
    known = ~np.isnan(x)
    turn = np.where(known, x, 0.0)[:, None] - directions
    density = concentrations * (np.cos(turn) - 1) - np.log(i0e(concentrations))
    return np.asarray(np.where(known[:, None], density, 0.0))


def _levels(column: NDArray[np.str_], words: Sequence[str]) -> NumberArray:
    """Return the number of each word, −1 where it is none of them."""
    order = np.argsort(words)
    ordered = np.asarray(words, dtype=np.str_)[order]
    if not len(ordered):
        return np.full(len(column), MISSING, dtype=np.int64)
    at = np.searchsorted(ordered, column).clip(max=len(ordered) - 1)
    return np.where(ordered[at] == column, order[at], MISSING).astype(np.int64)


def _side_by_side(columns: Sequence[NDArray[Any]], n: int) -> FloatArray:
    return np.column_stack(columns).astype(np.float64) if columns else np.zeros((n, 0))

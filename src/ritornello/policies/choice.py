"""The contract of a policy, the choice it returns, and what every policy refuses.

A policy never sees items, only the weights of a shortlist. The weights it is given are the weights
that are logged: whoever has them, the policy's text and the tilt can recompute every propensity.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Tilt = Callable[[Sequence[int]], FloatArray]
"""Rows chosen so far → a factor above 0 for the weight of every row, shape (n,)."""

PIN = "editors_pin"
"""Source of a slot an editor fixed."""
FAMILIAR = "familiar"
"""Source of a slot whose turn it was among what a listener knows."""
EXACT = "exact"
"""Source of a slot that is, by its name, exactly what was asked for."""
OUTSIDE_THE_DRAW = (PIN, FAMILIAR, EXACT)
"""Sources of slots no chance decided: they stand outside the draw and have probability 1."""

_SMALLEST_LOG = -300.0
_LARGEST, _LEAST = 1e300, 1e-300


class Choice(msgspec.Struct, frozen=True):
    """What a policy chose.

    Attributes
    ----------
    rows : (n,) places in the shortlist, in the order shown, each at most once.
    propensities : (n,) probability of each row given the rows before it.
    explored : expected share of the slots that differ from the greedy choice given what stood
        before, computed from the propensities along this slate, in [0, 1].
    """

    rows: IntArray
    propensities: FloatArray
    explored: float


class Policy(Protocol):
    """Chooses rows of a shortlist; ``str(policy)`` is its canonical text.

    The greedy choice at a slot is the heaviest row left, after the tilt where there is one.
    """

    @property
    def budget(self) -> float:
        """The declared share of slots that may differ from greedy, in [0, 1]."""
        ...

    def weigh(self, scores: ArrayLike) -> FloatArray:
        """Turn scores (n,), higher fits better, or draws of a belief about them (n_draws, n) into weights.

        They are above 0, what the draw uses and the log keeps; shape (n,).
        """
        ...

    def choose(
        self, weights: ArrayLike, n: int, rng: np.random.Generator, tilt: Tilt | None = None, /
    ) -> Choice:
        """Choose ``min(n, len(weights))`` rows."""
        ...

    def probabilities(
        self, weights: ArrayLike, chosen: Sequence[int], tilt: Tilt | None = None
    ) -> FloatArray:
        """Return the probability of each chosen row given the rows before it."""
        ...

    def distribution(
        self, weights: ArrayLike, before: Sequence[int], tilt: Tilt | None = None
    ) -> FloatArray:
        """Return the probability of every row at the slot after ``before``, (n,); 0 of those that stand."""
        ...


def exponential(scores: ArrayLike, temperature: float = 1.0) -> FloatArray:
    """Return ``exp((score − best) / (temperature × standard deviation))``, in (0, 1].

    Dividing by the spread makes a temperature mean the same for every scorer. Of draws of a belief
    (n_draws, n) it is the mean that counts.

    Raises
    ------
    BadValue : neither a vector nor a matrix with a row, or a score that is NaN or infinite.
    """
    found = np.asarray(scores, dtype=np.float64)
    vector = finite(found.mean(axis=0) if found.ndim == 2 and len(found) else found)
    if not vector.size:
        return vector
    spread = float(vector.std()) or 1.0
    logs = (vector - vector.max()) / spread / temperature
    weights: FloatArray = np.exp(np.maximum(logs, _SMALLEST_LOG))
    return weights


def floored(weights: FloatArray, floor: float) -> FloatArray:
    """Lay the share ``floor`` of all weight evenly on all rows: none has less than ``floor / n`` of it."""
    if not floor or not weights.size:
        return weights
    mixed: FloatArray = (1 - floor) * weights + floor * weights.mean()
    return mixed


def finite(weights: ArrayLike) -> FloatArray:
    """Return weights as a float64 vector.

    Raises
    ------
    BadValue : not a vector, or a weight that is NaN or infinite, naming its row.
    """
    vector = np.asarray(weights, dtype=np.float64)
    if vector.ndim != 1:
        raise BadValue(f"weights must be a vector, one a candidate, not of shape {vector.shape}")
    bad = np.flatnonzero(~np.isfinite(vector))
    if bad.size:
        raise BadValue(f"weight of row {bad[0]} is {vector[bad[0]]}; weights must be finite")
    return vector


def positive(weights: ArrayLike) -> FloatArray:
    """Return a copy of the weights, which must be finite and above zero.

    Raises
    ------
    BadValue : as ``finite``, or a weight of 0 or below: what can never be drawn teaches nothing and
        is to be left out of the shortlist instead.
    """
    vector = finite(weights).copy()
    bad = np.flatnonzero(vector <= 0)
    if bad.size:
        message = f"weight of row {bad[0]} is {vector[bad[0]]}; sampling weights must be above 0"
        raise BadValue(f"{message}, leave out what must not be shown")
    if vector.size and vector.max() > _LARGEST:
        row = vector.argmax()
        raise BadValue(f"weight of row {row} is {vector[row]}; divide weights by the largest")
    return vector


def tilted(left: FloatArray, tilt: Tilt | None, chosen: Sequence[int]) -> FloatArray:
    """Return the weights left after the tilt.

    Raises
    ------
    BadValue : a tilt of another shape, or a factor that is not finite and above 0, naming its row.
    """
    if tilt is None:
        return left
    factors = np.asarray(tilt(chosen), dtype=np.float64)
    if factors.shape != left.shape:
        raise BadValue(f"a tilt of shape {factors.shape} for a shortlist of {len(left)} candidates")
    if not (factors.min() > 0 and factors.max() < np.inf):
        row = np.flatnonzero(~((factors > 0) & (factors < np.inf)))[0]
        message = f"factor of row {row} is {factors[row]}; a tilt must be finite and above 0"
        raise BadValue(f"{message}, or full support is lost")
    found: FloatArray = left * factors
    if np.count_nonzero(found) < np.count_nonzero(left):
        found[(found == 0) & (left > 0)] = _LEAST
    return found


def distinct(chosen: Sequence[int], n_candidates: int) -> IntArray:
    """Return chosen rows as an index vector.

    Raises
    ------
    BadValue : a row outside the shortlist, or one chosen twice, naming it.
    """
    rows = np.asarray(chosen, dtype=np.int64)
    outside = rows[(rows < 0) | (rows >= n_candidates)]
    if outside.size:
        raise BadValue(f"row {outside[0]} is outside a shortlist of {n_candidates} candidates")
    values, counts = np.unique(rows, return_counts=True)
    if (counts > 1).any():
        raise BadValue(f"row {values[counts > 1][0]} is chosen twice; a slate holds an item once")
    return rows


def within(name: str, value: float, low: float, high: float) -> None:
    """Make sure that a parameter lies in [low, high].

    Raises
    ------
    BadValue : it does not, or is NaN.
    """
    if not low <= value <= high:
        raise BadValue(f"{name} must be in [{low:g}, {high:g}], not {value}")

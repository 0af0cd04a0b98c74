"""The contract of a policy, the choice it returns, and what every policy refuses.

A policy never sees items, only the weights of a shortlist. The weights it is given are the weights
that are logged: whoever has them and the policy's text can recompute every propensity.
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
OUTSIDE_THE_DRAW = (PIN, FAMILIAR)
"""Sources of slots no chance decided: they stand outside the draw and have probability 1."""


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
    """Chooses rows of a shortlist; ``str(policy)`` is its canonical text."""

    @property
    def budget(self) -> float:
        """The declared share of slots that may differ from greedy, in [0, 1]."""
        ...

    def weigh(self, scores: ArrayLike) -> FloatArray:
        """Turn scores (n,), higher fits better, into the weights the draw uses and the log keeps."""
        ...

    def choose(self, weights: ArrayLike, n: int, rng: np.random.Generator, /) -> Choice:
        """Choose ``min(n, len(weights))`` rows."""
        ...

    def probabilities(self, weights: ArrayLike, chosen: Sequence[int]) -> FloatArray:
        """Return the probability of each chosen row given the rows before it."""
        ...


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

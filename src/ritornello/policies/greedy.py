"""Best first, always: the policy that explores nothing."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from ritornello.policies.choice import (
    Choice,
    FloatArray,
    Tilt,
    distinct,
    exponential,
    finite,
    positive,
    tilted,
)


class Greedy(msgspec.Struct, frozen=True):
    """Show the heaviest candidates in order; among equals the earlier row stands first.

    Right when the evidence is strong or the shelf is the listener's own. It misleads whoever learns
    from it alone: what it never shows is never observed.

    Examples
    --------
    >>> choice = Greedy().choose([0.2, 0.9, 0.5], 2, np.random.default_rng(0))
    >>> choice.rows.tolist(), choice.propensities.tolist()
    ([1, 2], [1.0, 1.0])
    """

    def __str__(self) -> str:
        return "greedy"

    @property
    def budget(self) -> float:
        """Nothing is explored."""
        return 0.0

    def weigh(self, scores: ArrayLike) -> FloatArray:
        """Return weights in the order of the scores, such that a tilt means as much as in a draw."""
        return exponential(scores)

    def choose(
        self, weights: ArrayLike, n: int, _rng: np.random.Generator, tilt: Tilt | None = None, /
    ) -> Choice:
        """Choose the ``n`` heaviest rows, each with probability 1; chance has no say."""
        if tilt is None:
            rows = np.argsort(-finite(weights), kind="stable")[:n]
            return Choice(rows, np.ones(len(rows)), 0.0)
        left = positive(weights)
        chosen: list[int] = []
        for _ in range(min(n, len(left))):
            row = int(tilted(left, tilt, chosen).argmax())
            chosen.append(row)
            left[row] = 0.0
        return Choice(np.array(chosen, dtype=np.int64), np.ones(len(chosen)), 0.0)

    def probabilities(
        self, weights: ArrayLike, chosen: Sequence[int], tilt: Tilt | None = None
    ) -> FloatArray:
        """Return 1 where a row is the heaviest of those left, 0 where another was."""
        left = finite(weights).copy() if tilt is None else positive(weights)
        rows = distinct(chosen, len(left)).tolist()
        p = np.empty(len(rows))
        for slot, row in enumerate(rows):
            p[slot] = row == tilted(left, tilt, rows[:slot]).argmax()
            left[row] = -np.inf if tilt is None else 0.0
        return p

    def distribution(
        self, weights: ArrayLike, before: Sequence[int], tilt: Tilt | None = None
    ) -> FloatArray:
        """Return 1 for the heaviest of those left after ``before``, 0 for all others."""
        left = finite(weights).copy() if tilt is None else positive(weights)
        rows = distinct(before, len(left)).tolist()
        left[rows] = -np.inf if tilt is None else 0.0
        p = np.zeros(len(left))
        p[tilted(left, tilt, rows).argmax()] = 1.0
        return p

"""Best first, always: the policy that explores nothing."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from ritornello.policies.choice import Choice, FloatArray, distinct, finite


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
        """Return the scores themselves: only their order matters."""
        return finite(scores)

    def choose(self, weights: ArrayLike, n: int, _rng: np.random.Generator) -> Choice:
        """Choose the ``n`` heaviest rows, each with probability 1; chance has no say."""
        rows = np.argsort(-finite(weights), kind="stable")[:n]
        return Choice(rows, np.ones(len(rows)), 0.0)

    def probabilities(self, weights: ArrayLike, chosen: Sequence[int]) -> FloatArray:
        """Return 1 where a row is the heaviest of those left, 0 where another was."""
        left = finite(weights).copy()
        rows = distinct(chosen, len(left))
        p = np.empty(len(rows))
        for slot, row in enumerate(rows):
            p[slot] = row == left.argmax()
            left[row] = -np.inf
        return p

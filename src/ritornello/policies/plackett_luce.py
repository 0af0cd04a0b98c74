"""Mostly best first, exploring near the top with a declared budget and exact propensities."""

import numpy as np
from numpy.typing import ArrayLike

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, exponential, floored, within
from ritornello.policies.mixing import Mixture


class PlackettLuce(Mixture, frozen=True):
    """Explore in proportion to how well a candidate scores (see ``Mixture`` for the probabilities).

    Right for shelves that should learn about what they rarely show, and for pools, where all of a
    small shortlist is worth trying. It knows nothing of how sure a score is: where a belief has
    draws, ``thompson`` spends the same budget where more is to be learned. A low temperature leaves
    the end of a long shortlist with probabilities nobody can reweight by; a floor bounds them.

    Parameters
    ----------
    temperature : how flat the weights are, in standard deviations of the shortlist's scores;
        high tries everything alike, low stays near the top.
    floor : share of all weight laid evenly on all candidates, in [0, 1): none weighs less than
        ``floor / n`` of the whole.

    Examples
    --------
    >>> str(PlackettLuce(budget=0.2))
    'plackett_luce(budget=0.2,temperature=1.0,floor=0.0)'
    >>> PlackettLuce(budget=0.2).probabilities([6.0, 3.0, 1.0], [1, 0]).round(3).tolist()
    [0.15, 0.857]
    """

    temperature: float = 1.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.temperature < np.inf:
            raise BadValue(f"temperature must be positive and finite, not {self.temperature}")
        within("floor", self.floor, 0, 0.99)

    def __str__(self) -> str:
        return (
            f"plackett_luce(budget={self.budget!r},temperature={self.temperature!r},"
            f"floor={self.floor!r})"
        )

    def weigh(self, scores: ArrayLike) -> FloatArray:
        """Return ``exp((score − best) / (temperature × standard deviation))`` with the floor, in (0, 1]."""
        return floored(exponential(scores, self.temperature), self.floor)

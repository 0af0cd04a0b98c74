"""Thompson sampling for slates, drawn from win frequencies so that its propensities are exact."""

import numpy as np
from numpy.typing import ArrayLike

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, floored, within
from ritornello.policies.mixing import Mixture


class Thompson(Mixture, frozen=True):
    """Show a candidate as often as it is believed to be the best (``Mixture`` has the probabilities).

    Each row of draws of a belief has one winner; the weight of a candidate is its share of the
    wins, mixed with a floor. Drawing from those shares *is* Thompson sampling, up to the number of
    draws, and unlike sampling the belief itself it says its probabilities. ``budget=1`` is the
    pure draw; less than that bounds how often a slot differs from the most frequent winner.

    Right where outcomes come back and update the belief: it explores what is uncertain and could
    be good, and stops by itself. It misleads where the belief does: one that is too sure never
    looks again (only the floor does), and scores without draws have one winner and no doubt.

    Parameters
    ----------
    floor : share of all weight laid evenly on all candidates, in (0, 0.99]. It may not be 0:
        who never wins would have a propensity of 0, and nothing could be learned of them.

    Sources: Thompson, Biometrika 1933; Chapelle and Li, NIPS 2011.

    Examples
    --------
    >>> Thompson(floor=0.1).weigh([[0.3, 0.2], [0.4, 0.1], [0.2, 0.5], [0.6, 0.1]]).round(3).tolist()
    [0.725, 0.275]
    """

    floor: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.floor == 0:
            raise BadValue("floor 0 asks for propensities of 0; take one above 0, such as 0.01")
        within("floor", self.floor, 0, 0.99)

    def __str__(self) -> str:
        return f"thompson(budget={self.budget!r},floor={self.floor!r})"

    def weigh(self, scores: ArrayLike) -> FloatArray:
        """Return how often each candidate is the best of a draw (n_draws, n), with the floor; sums to 1.

        Scores (n,) are one draw. Among equals of a draw the earlier row wins.

        Raises
        ------
        BadValue : no draws, or one that is not finite, naming draw and row.
        """
        draws = np.atleast_2d(np.asarray(scores, dtype=np.float64))
        if draws.ndim != 2 or not len(draws):
            raise BadValue(f"draws must be (n_draws, n), not of shape {draws.shape}")
        bad = np.argwhere(~np.isfinite(draws))
        if bad.size:
            draw, row = bad[0]
            raise BadValue(f"draw {draw} of row {row} is {draws[draw, row]}; draws must be finite")
        if not draws.shape[1]:
            return np.empty(0)
        wins = np.bincount(draws.argmax(axis=1), minlength=draws.shape[1])
        return floored(wins / len(draws), self.floor)

"""Thompson sampling for slates, drawn from win frequencies so that its propensities are exact."""

import numpy as np
from numpy.typing import ArrayLike

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, floored, within
from ritornello.policies.mixing import Mixture


class Thompson(Mixture, frozen=True):
    r"""Show a candidate as often as it is believed to be the best (``Mixture`` has the probabilities).

    Each draw of a belief ranks the candidates. With :math:`f_t(i)` the share of draws that rank *i*
    among the first *t*, its weight is

    .. math:: w_i = \frac{1}{T} \sum_{t=1}^{T} \frac{f_t(i)}{t},

    its share of the first *t* places, on average over *t*, mixed with a floor. With ``places`` *T* = 1
    these are win frequencies: drawing from them *is* Thompson sampling of one item, up to the number of
    draws, and unlike sampling the belief itself it says its probabilities. A slate needs more places:
    once the surest winners stand on it, win frequencies tell those who never won apart by the floor
    alone. ``budget=1`` is the pure draw; less bounds how often a slot differs from the heaviest left.

    Right where outcomes come back and update the belief: it explores what is uncertain and could be
    good, and stops by itself. It misleads where the belief does: one that is too sure never looks again
    (only the floor does), and scores without draws are one draw, which has no doubt.

    Parameters
    ----------
    floor : share of all weight laid evenly on all candidates, in (0, 0.99]. It may not be 0:
        who is never among the first would have a propensity of 0, and nothing could be learned of them.
    places : of each draw's ranking count so many places; as many as the slate has slots is right.

    Sources: Thompson, Biometrika 1933; Chapelle and Li, NIPS 2011; the shares of places are ours.

    Examples
    --------
    >>> draws = [[0.3, 0.2, 0.1], [0.4, 0.1, 0.2], [0.2, 0.5, 0.1], [0.6, 0.1, 0.0]]
    >>> Thompson(floor=0.1, places=1).weigh(draws).round(3).tolist()
    [0.708, 0.258, 0.033]
    >>> Thompson(floor=0.1, places=2).weigh(draws).round(3).tolist()
    [0.596, 0.315, 0.09]
    """

    floor: float = 0.05
    places: int = 12

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.floor == 0:
            raise BadValue("floor 0 asks for propensities of 0; take one above 0, such as 0.01")
        within("floor", self.floor, 0, 0.99)
        within("places", self.places, 1, 200)

    def __str__(self) -> str:
        return f"thompson(budget={self.budget!r},floor={self.floor!r},places={self.places})"

    def weigh(self, scores: ArrayLike) -> FloatArray:
        """Return each candidate's share of the first places of draws (n_draws, n), with the floor; sums to 1.

        Scores (n,) are one draw. Among equals of a draw the earlier row stands first.

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
        n_draws, n = draws.shape
        places = min(self.places, n)
        first = np.argsort(-draws, axis=1, kind="stable")[:, :places]
        shares = np.cumsum(1 / np.arange(places, 0, -1))[::-1]
        won = np.bincount(first.ravel(), np.tile(shares, n_draws), minlength=n)
        return floored(won / (n_draws * max(places, 1)), self.floor)

"""How much a listener's surfaces explore: their own word first, then what they make of the new."""

from ritornello.listeners.preferences import Preferences
from ritornello.policies.choice import within

MOST = 0.5
"""No listener's budget is above this, whoever sets it."""
_LEAST_SCALE, _MOST_SCALE = 0.25, 2.0


def budget_of(
    default: float, preferences: Preferences | None = None, receptivity: float | None = None
) -> float:
    r"""Return the exploration budget of a surface for a listener: a share of slots, in [0, 0.5].

    .. math:: b = d \cdot \min(2, \max(¼, r)), \qquad r = \mathrm{share} / \mathrm{crowd}

    unless the listener has set the dial from familiar to adventurous, which stands before everything.
    The reason: a slot tried costs the same whoever sees it, and is worth the share *r* of the new they
    keep, with diminishing returns (log *b*). Then ``r·K·log b − c·b`` is largest at a *b* in
    proportion to *r*, and *K / c* is set so that the default is the crowd's. The value is linear in
    *r*, so its posterior mean is all that counts: who is little known is shrunk to the crowd and
    explored by default. The lower bound keeps learning whether they have changed; the upper one keeps
    a few lucky trials from taking over the page.

    It misleads where receptivity is observational: who chooses what to try keeps more of it. Pass
    what randomised slots say, or nothing.

    Parameters
    ----------
    default : the surface's budget, in [0, 1].
    receptivity : share of the new the listener keeps, as a multiple of the crowd's
        (``share / crowd`` of ``listeners.receptivity``, randomised); ``None`` where nobody knows.

    Raises
    ------
    BadValue : a default that is no share, a receptivity below 0 or NaN.

    Examples
    --------
    >>> budget_of(0.1), budget_of(0.1, receptivity=0.6)
    (0.1, 0.06)
    >>> budget_of(0.1, Preferences(exploration_budget=0.0), 1.5)
    0.0
    """
    within("default budget", default, 0, 1)
    if preferences is not None and preferences.exploration_budget is not None:
        return preferences.exploration_budget
    scale = 1.0 if receptivity is None else receptivity
    within("receptivity", scale, 0, float("inf"))
    return min(default * min(max(scale, _LEAST_SCALE), _MOST_SCALE), MOST)

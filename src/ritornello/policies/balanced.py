"""A list that serves several ends at once: satisfaction, discovery, artists' exposure, editors' boosts."""

from collections.abc import Callable

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, IntArray, within
from ritornello.policies.traits import ARTIST, BOOST, NEW, Traits

_MOST = 100.0


class Balanced(msgspec.Struct, frozen=True):
    r"""Give each end its due with diminishing returns: the first new track is worth most.

    The log of a candidate's factor is :math:`\sum_o w_o (f(c_o + x_o) - f(c_o))`, with :math:`c_o`
    how much of end *o* the list has already, :math:`x_o` how much the candidate adds and
    :math:`f = \sqrt{\cdot}`: concave, so that no end is served at any price and the sum is submodular
    (one place after the other is within 1 − 1/e of the best). Satisfaction is the weight itself.

    Right where ends compete and none is a rule: 80 % new is a rule, "some of it" is this. It misleads
    where an end is almost never available (its gain stays at the first, steepest step and buys weak
    candidates) and where strengths are compared across shortlists whose scores mean different things.

    Reads the traits ``new``, ``artist`` and ``boost``, each only where its strength is above 0.

    Parameters
    ----------
    discovery, artists, boost : strengths in standard deviations of score for the first unit, in
        [0, 100]. For ``artists`` a unit is one more track of the same artist, so spread gains most.

    Source: Bugliarello et al., WWW 2022 (Mostra); Mehrotra et al., CIKM 2018, for the square root.

    Examples
    --------
    >>> traits = Traits.of(("new",), [[1.0], [1.0], [0.0]])
    >>> Balanced(discovery=1.0).gain(traits)(np.array([0])).round(2).tolist()
    [0.41, 0.41, 0.0]
    """

    discovery: float = 0.0
    artists: float = 0.0
    boost: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            within(name, getattr(self, name), 0, _MOST)

    def __str__(self) -> str:
        return (
            f"balanced(discovery={self.discovery!r},artists={self.artists!r},boost={self.boost!r})"
        )

    @property
    def reads(self) -> tuple[str, ...]:
        """The traits it reads."""
        ends = ((NEW, self.discovery), (ARTIST, self.artists), (BOOST, self.boost))
        return tuple(name for name, strength in ends if strength)

    def gain(self, traits: Traits) -> Callable[[IntArray], FloatArray]:
        """Return the log of every candidate's factor, given what was chosen.

        Raises
        ------
        BadValue : a trait that is read and absent, or ``new`` or ``boost`` below 0.
        """
        parts: list[Callable[[IntArray], FloatArray]] = []
        for name, strength in ((NEW, self.discovery), (BOOST, self.boost)):
            if strength:
                parts.append(_amount(traits, name, strength))
        if self.artists:
            parts.append(_spread(traits, self.artists))

        def gains(chosen: IntArray) -> FloatArray:
            total = np.zeros(len(traits.values))
            for part in parts:
                total += part(chosen)
            return total

        return gains


def _amount(traits: Traits, name: str, strength: float) -> Callable[[IntArray], FloatArray]:
    """Return the gain of an end that adds up over the list."""
    adds = traits.column(name)
    if (adds < 0).any():
        raise BadValue(f"trait {name!r} of row {adds.argmin()} is {adds.min()}, below 0")

    def gains(chosen: IntArray) -> FloatArray:
        had = adds[chosen].sum()
        found: FloatArray = strength * (np.sqrt(had + adds) - np.sqrt(had))
        return found

    return gains


def _spread(traits: Traits, strength: float) -> Callable[[IntArray], FloatArray]:
    """Return the gain of the artists: each has its own diminishing returns."""
    groups = traits.groups()
    n_groups = int(groups.max(initial=-1)) + 1

    def gains(chosen: IntArray) -> FloatArray:
        had = np.bincount(groups[chosen], minlength=n_groups)
        found: FloatArray = strength * (np.sqrt(had + 1) - np.sqrt(had))[groups]
        return found

    return gains

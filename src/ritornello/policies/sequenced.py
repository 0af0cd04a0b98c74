"""A list in an order one can listen to: an energy arc, smooth transitions, room between an artist's tracks."""

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.choice import FloatArray, IntArray, within
from ritornello.policies.traits import ARTIST, ENERGY, Traits

ARCS: dict[str, tuple[float, ...]] = {
    "flat": (0.5, 0.5),
    "rise": (0.0, 1.0),
    "fall": (1.0, 0.0),
    "wave": (0.0, 1.0, 0.0, 1.0, 0.0),
}
"""Named arcs, as points between the calm (0) and the driving (1) end of a shortlist."""

_ENDS = (0.1, 0.5, 0.9)
_TOO_NEAR = 15.0


class Sequenced(msgspec.Struct, frozen=True):
    r"""Prefer what fits the arc here, what is near the last track, and another artist.

    The log of a candidate's factor at place *t* is

    .. math:: -\frac{s}{2σ} \left( |e - a_t| + |e - e_{t-1}| \right) - 15 \left(1 + \frac{k - d}{k}\right) [d \le k]

    with *e* its energy, :math:`σ` the standard deviation of the shortlist's, :math:`a_t` the arc,
    :math:`e_{t-1}` the energy of the track before (at the first place :math:`a_t` once more), and *d*
    how many places ago its artist stood. A track too near weighs at least three million times less, and yet
    something: a pool of few artists still gives a list, the artist of longest ago first.

    Right for lists heard from the start to the end. It misleads where they are shuffled, and where
    energies are guessed; who does not know one writes the mean of the others. One place is chosen
    after the other, so a rise may run out of driving tracks: the shortlist should be at least twice as
    long as the list.

    Reads the traits ``energy`` (where ``strength`` is above 0) and ``artist`` (where ``spacing`` is).

    Parameters
    ----------
    arc : ``flat``, ``rise``, ``fall`` or ``wave`` between the 10th and the 90th percentile of the
        shortlist's energy (``flat`` at its median); or points such as ``0.2/0.9/0.4``, which are
        energies themselves. Straight between its points, then it stays where it ends.
    strength : what one standard deviation of energy off the arc costs, in standard deviations of
        score, in [0, 100].
    spacing : an artist should not stand within so many places of itself, in [0, 100].
    length : places the arc stretches over, in [1, 1000].

    Source: arcs and transitions as in sequencing by optimisation, Moor et al., CIKM 2023; the factors are ours.
    """

    arc: str = "flat"
    strength: float = 1.0
    spacing: int = 3
    length: int = 30

    def __post_init__(self) -> None:
        points_of(self.arc)
        within("strength", self.strength, 0, 100)
        within("spacing", self.spacing, 0, 100)
        within("length", self.length, 1, 1000)

    def __str__(self) -> str:
        return (
            f"sequenced(arc={self.arc},strength={self.strength!r},spacing={self.spacing},"
            f"length={self.length})"
        )

    @property
    def reads(self) -> tuple[str, ...]:
        """The traits it reads."""
        parts = ((ENERGY, self.strength), (ARTIST, self.spacing))
        return tuple(name for name, matters in parts if matters)

    def gain(self, traits: Traits) -> "_Gain":
        """Return the log of every candidate's factor, given what was chosen.

        Raises
        ------
        BadValue : a trait that is read and absent.
        """
        return _Gain(self, traits)

    def energies(self, energy: FloatArray) -> FloatArray:
        """Return the arc's energy at each of its places, (length,), for a shortlist of these energies."""
        points = np.asarray(points_of(self.arc))
        if self.arc in ARCS and energy.size:
            points = np.interp(points, (0.0, 0.5, 1.0), np.quantile(energy, _ENDS))
        places = np.linspace(0, len(points) - 1, self.length)
        found: FloatArray = np.interp(places, np.arange(len(points)), points)
        return found


class _Gain:
    def __init__(self, objective: Sequenced, traits: Traits) -> None:
        self._n = len(traits.values)
        self._strength = objective.strength
        if objective.strength:
            self._energy = traits.column(ENERGY)
            self._arc = objective.energies(self._energy)
            spread = float(self._energy.std()) if self._n else 0.0
            self._scale = objective.strength / 2 / (spread or 1.0)
        k = self._spacing = objective.spacing
        if k:
            self._groups = traits.groups()
            self._n_groups = int(self._groups.max(initial=-1)) + 1
            self._too_near = -_TOO_NEAR * (1 + np.arange(k) / k)

    def __call__(self, chosen: IntArray) -> FloatArray:
        """Return (n,) gains."""
        gains = np.zeros(self._n)
        if self._strength:
            here = self._arc[min(len(chosen), len(self._arc) - 1)]
            before = self._energy[chosen[-1]] if len(chosen) else here
            gains -= self._scale * (np.abs(self._energy - here) + np.abs(self._energy - before))
        if self._spacing and len(chosen):
            recent = self._groups[chosen[-self._spacing :]]
            by_group = np.zeros(self._n_groups)
            by_group[recent] = self._too_near[self._spacing - len(recent) :]
            gains += by_group[self._groups]
        return gains


def points_of(arc: str) -> tuple[float, ...]:
    """Return the points of an arc.

    Raises
    ------
    UnknownName : neither a named arc nor points.
    BadValue : a point outside [0, 1].

    Examples
    --------
    >>> points_of("fall"), points_of("0.2/0.9/0.4")
    ((1.0, 0.0), (0.2, 0.9, 0.4))
    """
    if arc in ARCS:
        return ARCS[arc]
    try:
        points = tuple(float(point) for point in arc.split("/"))
    except ValueError as error:
        raise UnknownName.among("arc", arc, ARCS) from error
    if not all(0 <= point <= 1 for point in points):
        raise BadValue(f"points of an arc are energies in [0, 1], not {arc!r}")
    return points

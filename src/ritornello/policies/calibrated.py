"""A list whose genres are in the shares of the listener's own."""

import msgspec
import numpy as np

from ritornello.policies.choice import FloatArray, IntArray, within
from ritornello.policies.traits import GENRE, Traits

_ALPHA = 0.01
_LEAST = 1e-9
"""A genre of a smaller share of the target is not wanted at all."""


class Calibrated(msgspec.Struct, frozen=True):
    r"""Keep a list's mix of genres near the listener's.

    With :math:`p` the target, :math:`q` the mean genre shares of the *k* tracks on the list already and
    the candidate, the log of a candidate's factor is :math:`-λ (k + 1)\,C_{KL}(p, q)`, up to a
    constant, where

    .. math:: C_{KL}(p, q) = \sum_g p_g \log \frac{p_g}{(1 - α)\, q_g + α\, p_g}, \qquad α = 0.01.

    What one track changes of a mean shrinks with the list; *k + 1* undoes that, so that a strength
    means the same at every place. Right for lists that stand for a whole taste: without it the largest
    taste fills them. It misleads where the target is made of what was shown too much already (it
    repeats that), where an item's many genres say little, and on short lists, whose shares can only be
    rough. It knows nothing of the genres a listener never heard: they are neither wanted nor forbidden.
    Where there is no target or no genre is known it changes nothing.

    Reads the traits ``genre:…`` and their target.

    Parameters
    ----------
    strength : λ: what a nat of divergence costs each track, in standard deviations of score, in
        [0, 100]. 1 lets taste lead, 10 makes the shares right wherever the shortlist can.

    Source: Steck, RecSys 2018.

    Examples
    --------
    >>> traits = Traits.of(("genre:folk", "genre:jazz"), [[1, 0], [1, 0], [0, 1]], (0.5, 0.5))
    >>> gain = Calibrated(strength=1.0).gain(traits)
    >>> bool(gain(np.array([0]))[2] > gain(np.array([0]))[1])
    True
    """

    strength: float = 1.0

    def __post_init__(self) -> None:
        within("strength", self.strength, 0, 100)

    def __str__(self) -> str:
        return f"calibrated(strength={self.strength!r})"

    @property
    def reads(self) -> tuple[str, ...]:
        """The traits it reads: all that begin like this."""
        return (GENRE,)

    def gain(self, traits: Traits) -> "_Gain":
        """Return the log of every candidate's factor, given what was chosen.

        Raises
        ------
        BadValue : a genre share or a target below 0.
        """
        shares, target = traits.genres()
        return _Gain(shares, target, self.strength)


class _Gain:
    """Σ_g p_g log((1 − α) q_g + α p_g) by candidate, touching only the genres it has."""

    def __init__(self, shares: FloatArray, target: FloatArray, strength: float) -> None:
        wanted = target > _LEAST * target.sum()
        self._shares = np.ascontiguousarray(shares[:, wanted])
        self._p = target[wanted] / target[wanted].sum()
        self._rows, self._genres = np.nonzero(self._shares)
        self._added = (1 - _ALPHA) * self._shares[self._rows, self._genres]
        self._weight = strength * self._p[self._genres]

    def __call__(self, chosen: IntArray) -> FloatArray:
        """Return (n,) gains; what a list of k + 1 has is (k q + x) / (k + 1)."""
        n_then = len(chosen) + 1
        had = (1 - _ALPHA) * self._shares[chosen].sum(axis=0) + _ALPHA * n_then * self._p
        parts = n_then * self._weight * np.log1p(self._added / had[self._genres])
        gains = np.bincount(self._rows, parts, minlength=len(self._shares))
        return gains.astype(np.float64, copy=False)

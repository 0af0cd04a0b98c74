"""The draw of every policy that explores: mostly the greedy choice, else by weight, slot by slot."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from ritornello.policies.choice import (
    Choice,
    FloatArray,
    Tilt,
    distinct,
    positive,
    tilted,
    within,
)


class Mixture(msgspec.Struct, frozen=True):
    r"""Mix the greedy choice with a Plackett–Luce draw, slot by slot.

    With :math:`w` the weights of the candidates left, after the tilt, :math:`W` their sum and
    :math:`g` the heaviest of them,

    .. math:: p(i) = (1 - ε)\,[i = g] + ε\, w_i / W, \qquad ε = \min(1,\, b\,W / (W - w_g)).

    A slot then differs from the greedy choice given what stood before with probability
    :math:`ε (1 - w_g / W) = \min(b,\, 1 - w_g / W)`: the expected share of such slots is the budget
    ``b`` exactly, unless so much weight lies on the greedy candidate that even a pure
    Plackett–Luce draw explores less. With ``b`` = 1 it is that pure draw. Slots late on a slate have
    small joint probabilities: reweight by prefix, not by slate.

    Parameters
    ----------
    budget : expected share of slots that differ from greedy, in [0, 1].

    Sources: Plackett, Applied Statistics 1975; Luce, Individual Choice Behavior, 1959; per-slot
    ε-mixing after McInerney et al., RecSys 2018.
    """

    budget: float = 0.1

    def __post_init__(self) -> None:
        within("budget", self.budget, 0, 1)

    def choose(
        self, weights: ArrayLike, n: int, rng: np.random.Generator, tilt: Tilt | None = None, /
    ) -> Choice:
        """Draw ``n`` rows without replacement; one uniform number a slot."""
        left = positive(weights)
        n = min(n, len(left))
        chosen: list[int] = []
        propensities = np.empty(n)
        explored = 0.0
        for slot, u in enumerate(rng.random(n).tolist()):
            p, p_other = self._slot(tilted(left, tilt, chosen))
            steps = p.cumsum()
            row = int(steps.searchsorted(u * steps[-1], side="right"))
            propensities[slot] = p[row]
            explored += p_other
            chosen.append(row)
            left[row] = 0.0
        return Choice(np.array(chosen, dtype=np.int64), propensities, explored / n if n else 0.0)

    def probabilities(
        self, weights: ArrayLike, chosen: Sequence[int], tilt: Tilt | None = None
    ) -> FloatArray:
        """Return the probability of each chosen row given the rows before it."""
        left = positive(weights)
        rows = distinct(chosen, len(left)).tolist()
        propensities = np.empty(len(rows))
        for slot, row in enumerate(rows):
            propensities[slot] = self._slot(tilted(left, tilt, rows[:slot]))[0][row]
            left[row] = 0.0
        return propensities

    def distribution(
        self, weights: ArrayLike, before: Sequence[int], tilt: Tilt | None = None
    ) -> FloatArray:
        """Return the probability of every row at the slot after ``before``; 0 of those that stand."""
        left = positive(weights)
        rows = distinct(before, len(left)).tolist()
        left[rows] = 0.0
        return self._slot(tilted(left, tilt, rows))[0]

    def _slot(self, left: FloatArray) -> tuple[FloatArray, float]:
        """Return every row's probability at this slot (0 = taken) and that of not being greedy."""
        best = int(left.argmax())
        p = left.copy()
        p[best] = 0.0
        others = float(p.sum())
        if others == 0.0:
            p[best] = 1.0
            return p, 0.0
        p_other = min(self.budget, others / (others + float(left[best])))
        p *= p_other / others
        p[best] = 1.0 - p_other
        return p, p_other

"""Which shelves in which order: the upper level of a Home, drawn and logged like the cards below it.

A shelf is worth its place by how likely it is that a listener who sees it plays from it. What was learned of that in
a segment is a Beta(a, b); the need of this hour, device and listener counts like ``STRENGTH`` more sightings:

    θ_s ~ Beta(a + κ m_s, b + κ (1 − m_s)),      m_s = BASE · 3 p(the need that shelf s serves)

The policy (Thompson sampling) weighs each shelf by how often it was the best in joint draws of all. The cards
are drawn before: a shelf on which nothing may stand must not be in the draw, and neither draw changes the
chances of the other, so both propensities are exact. Right where shelves are few and shown to many; a
shelf's worth is taken to be the same whatever stands above it.

Source of beliefs by segment with a pessimistic prior for slates: Bendada, Salha, Bontempelli, RecSys 2020.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.decisions import Shelf, ShelfOrder
from ritornello.policies.choice import Policy
from ritornello.policies.contexts import Contexts
from ritornello.policies.lessons import kind_of
from ritornello.policies.posteriors import USUAL_SPREAD, Betas, Cells
from ritornello.surfaces.needs import NEEDS, Need

FloatArray = NDArray[np.float64]

BELIEF = "home/shelves"
NOTHING_LEARNED = Betas.of(Cells.of([]), spread=USUAL_SPREAD)
BASE = 0.1
"""Of ten sightings of a shelf of no particular need, one leads to a play."""
STRENGTH = 20.0
N_DRAWS = 64


class Asked(msgspec.Struct, frozen=True):
    """What an order is drawn for and from: the shares of ``NEEDS``, (3,), and a segment of beliefs about kinds of shelf."""

    needs: FloatArray
    segment: str
    beliefs: Betas | Contexts = NOTHING_LEARNED


def draw(
    shelves: Sequence[Shelf],
    serves: Sequence[Need],
    asked: Asked,
    policy: Policy,
    rng: np.random.Generator,
) -> tuple[ShelfOrder, tuple[Shelf, ...]]:
    """Draw the order of shelves all of which are shown; return the draw and the shelves in that order.

    Parameters
    ----------
    serves : which need each shelf is for.
    """
    names = tuple(shelf.name for shelf in shelves)
    means = prior_means(serves, asked.needs)
    a, b = asked.beliefs.parameters(asked.segment, [kind_of(name) for name in names]).T
    rates = rng.beta(a + STRENGTH * means, b + STRENGTH * (1 - means), (N_DRAWS, len(names)))
    weights = policy.weigh(rates)
    choice = policy.choose(weights, len(names), rng)
    order = ShelfOrder(
        policy=str(policy),
        names=names,
        weights=tuple(weights.tolist()),
        propensities=tuple(choice.propensities.tolist()),
        budget=policy.budget,
        explored=choice.explored,
        segment=asked.segment,
    )
    return order, tuple(shelves[row] for row in choice.rows)


def prior_means(serves: Sequence[Need], needs: FloatArray) -> FloatArray:
    """Return the mean of what the need says of each shelf, (n,).

    Examples
    --------
    >>> prior_means(["now", "new"], np.array([0.5, 0.4, 0.1])).round(3).tolist()
    [0.15, 0.03]
    """
    places = [NEEDS.index(need) for need in serves]
    return np.asarray(BASE * len(NEEDS) * needs[places])

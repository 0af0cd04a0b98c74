"""The components of a mixture: what each looks like, and what a person calls it.

A component is a number until somebody who looked at its profile names it by an intent.
"""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
from scipy.special import i0e, i1e

from ritornello.kinds.times import Instant
from ritornello.signals import intents
from ritornello.signals.beginnings import HOURS, WEEKDAYS
from ritornello.signals.em import HeldOut
from ritornello.signals.mixture import Features, FloatArray, Mixture, Shape

CYCLES = {"hour": HOURS, "weekday": WEEKDAYS}
UNITS = {"hour": "o'clock", "weekday": "days from Monday"}


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a version says of its training.

    ``known`` counts for each component the words that listeners stated or places declared in its visits:
    what to call it, where it says so.
    """

    shape: Shape
    trained_at: Instant
    n_visits: int
    n_listeners: int
    held_out: tuple[HeldOut, ...]
    known: tuple[dict[str, float], ...]


class Trained(msgspec.Struct, frozen=True):
    """A mixture with what its components are called, by number from 0, and where it came from."""

    mixture: Mixture
    names: Mapping[int, str]
    facts: Facts
    version: str = ""

    def infer(self, features: Features) -> FloatArray:
        """Return the probability of each intent, (n, n_intents); what nobody named is ``unknown``."""
        return self.mixture.infer(features) @ self.words()

    def words(self) -> FloatArray:
        """Return the 0/1 matrix (k, n_intents) from components to intents."""
        names = [self.names.get(z, intents.UNKNOWN) for z in range(self.mixture.n_components)]
        matrix = np.zeros((len(names), len(intents.INTENTS)))
        matrix[np.arange(len(names)), [intents.number(name) for name in names]] = 1.0
        return matrix


class Trait(msgspec.Struct, frozen=True):
    """One feature of a component: its value here and over all visits, and how far apart they are.

    ``nats`` is the Kullback–Leibler divergence of the component's distribution of the feature from all
    components' (of an angle, from an even one): how much one look at it says, on average, for this
    component. ``word`` is the level of a category; its value is its share.
    """

    feature: str
    word: str | None
    here: float
    usually: float
    unit: str
    nats: float


class Component(msgspec.Struct, frozen=True):
    """What one component looks like: its share of visits, its intent, what stands out, most first.

    ``known`` are the words stated or declared in its visits, with how many of them.
    """

    number: int
    intent: str | None
    share: float
    known: dict[str, float]
    traits: tuple[Trait, ...]


def profile(trained: Trained, n_traits: int = 5) -> list[Component]:
    """Say what stands out in each component, in figures a person can name it by."""
    return [
        Component(
            z,
            trained.names.get(z),
            float(trained.mixture.weights[z]),
            trained.facts.known[z],
            tuple(sorted(_traits(trained.mixture, z), key=lambda each: -each.nats)[:n_traits]),
        )
        for z in range(trained.mixture.n_components)
    ]


def carried(old: Trained, new: Mixture, features: Features) -> dict[int, str]:
    """Return the names a new mixture's components inherit from those they took over.

    A component inherits where, over the same beginnings, most of its probability lay in one old component and
    most of that one's went to it; else a person looks again.
    """
    both = old.mixture.infer(features).T @ new.infer(features)
    to_new = both / both.sum(axis=1, keepdims=True)
    from_old = both / both.sum(axis=0, keepdims=True)
    same = (to_new > 0.5) & (from_old > 0.5)
    return {int(z): old.names[int(was)] for was, z in np.argwhere(same) if int(was) in old.names}


def _traits(mixture: Mixture, z: int) -> Iterator[Trait]:
    yield from _angular_traits(mixture, z)
    for (feature, words), shares in zip(
        mixture.shape.categories.items(), mixture.shares, strict=True
    ):
        usual = mixture.weights @ shares
        says = shares[z] * np.log(shares[z] / usual)
        top = int(says.argmax())
        here, usually = float(shares[z, top]), float(usual[top])
        yield Trait(feature, words[top], here, usually, "share", _at_least_0(says.sum()))
    p, usual = mixture.chances[z], mixture.weights @ mixture.chances
    says = p * np.log(p / usual) + (1 - p) * np.log((1 - p) / (1 - usual))
    for feature, here, usually, nats in zip(mixture.shape.shares, p, usual, says, strict=True):
        yield Trait(feature, None, float(here), float(usually), "share", _at_least_0(nats))


def _angular_traits(mixture: Mixture, z: int) -> Iterator[Trait]:
    """Yield the angles as places in their cycles; all components together count as spread evenly."""
    length = i1e(mixture.concentrations) / i0e(mixture.concentrations)
    pull = mixture.weights[:, None] * length
    usual = np.arctan2(
        (pull * np.sin(mixture.directions)).sum(axis=0),
        (pull * np.cos(mixture.directions)).sum(axis=0),
    )
    kappa = mixture.concentrations[z]
    nats = kappa * (length[z] - 1) - np.log(i0e(kappa))
    for j, name in enumerate(mixture.shape.angles):
        here, usually = (
            float(each / (2 * np.pi) * CYCLES[name] % CYCLES[name])
            for each in (mixture.directions[z, j], usual[j])
        )
        yield Trait(name, None, here, usually, UNITS[name], _at_least_0(nats[j]))


def _at_least_0(nats: float) -> float:
    """Return a divergence without the rounding that may take it below 0."""
    return max(float(nats), 0.0)

r"""Logs whose truth is known, to judge estimators by.

A listener of taste :math:`x ∈ R^d` meets ``n_rounds`` rounds. Action *a* with direction :math:`β_a` is liked with probability
:math:`q(x, a) = σ(b_0 + x·β_a)`; the logging policy draws from :math:`\mathrm{softmax}(τ_0\, x·β_a / s)`, the target from
:math:`\mathrm{softmax}(τ_1\, x·β_a / s)`, where *s* scales scores to one standard deviation. With τ₁ > τ₀ the target is
sharper than the log, and weights grow heavy as the two part. Each listener also likes everything more or less (an effect on
the log-odds), so that rounds of one listener are tied.

The truth is the mean of :math:`\sum_a π(a|x) q(x, a)` over listeners, by a sample of its own.
"""

from functools import cache

import msgspec
import numpy as np
from scipy.special import expit, softmax

from ritornello.evaluate.logs import FloatArray, IntArray, Log, Shortlist
from ritornello.evaluate.targets import Given
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.randomness import derive
from ritornello.policies.names import apart, built

NAME = "synthetic"
N_TRUTH = 100_000
_LEAST = {"n_actions": 2, "n_features": 1, "n_listeners": 1, "n_rounds": 1, "tied": 0}


class World(msgspec.Struct, frozen=True):
    """Listeners, actions and two policies, by numbers alone; the same numbers give the same logs.

    Attributes
    ----------
    n_actions, n_features : of the world; ``n_listeners`` and ``n_rounds`` each of a log.
    logged, target : how sharply each policy follows what listeners like, τ₀ and τ₁; 0 is uniform, below 0 is against it.
    base : log-odds of a reward at no taste. ``tied`` : standard deviation of a listener's own effect.
    seed : of the actions.
    """

    n_actions: int = 10
    n_features: int = 5
    n_listeners: int = 500
    n_rounds: int = 2
    logged: float = 0.5
    target: float = 1.5
    base: float = -1.0
    tied: float = 0.5
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if not getattr(self, name) >= least:
                raise BadValue(f"{name} must be {least} or more, not {getattr(self, name)}")

    @property
    def directions(self) -> FloatArray:
        """Which taste likes which action, (n_features, n_actions)."""
        shape = (self.n_features, self.n_actions)
        return derive(self.seed, "synthetic", "directions").normal(size=shape)

    def scores(self, x: FloatArray) -> FloatArray:
        """Return how well each action fits each taste, (n, n_actions), with standard deviation 1."""
        return np.asarray(x @ self.directions / np.sqrt(self.n_features))

    def true_value(self) -> float:
        """Return what the target earns a round, to about a thousandth."""
        return _truth(self)

    def log(self, rng: np.random.Generator) -> tuple[Log, Given]:
        """Return a log and the target to ask it about."""
        listener = np.repeat(np.arange(self.n_listeners), self.n_rounds)
        taste = rng.normal(size=(self.n_listeners, self.n_features))
        own = self.tied * rng.normal(size=self.n_listeners)
        x = taste[listener]
        scores = self.scores(x)
        p = softmax(self.logged * scores, axis=1)
        action = _drawn(p, rng)
        each = np.arange(len(listener))
        liked = expit(self.base + scores[each, action] + own[listener])
        reward = (rng.random(len(listener)) < liked).astype(np.float64)
        target = Given("sharper", softmax(self.target * scores, axis=1))
        return self._log(listener, action, p[each, action], reward, x), target

    def _log(
        self, listener: IntArray, action: IntArray, p: FloatArray, reward: FloatArray, x: FloatArray
    ) -> Log:
        n = len(listener)
        return Log(
            name="synthetic",
            actions=tuple(f"action-{a}" for a in range(self.n_actions)),
            shortlists=(Shortlist(np.arange(self.n_actions)),),
            shortlist=np.zeros(n, np.int64),
            row=action,
            place=np.zeros(n, np.int64),
            position=np.zeros(n, np.int64),
            propensity=p,
            reward=reward,
            decision=np.arange(n),
            listener=listener,
            context=x,
            features=tuple(f"taste_{k}" for k in range(self.n_features)),
        )


@cache
def _truth(world: World) -> float:
    rng = derive(world.seed, "synthetic", "truth")
    scores = world.scores(rng.normal(size=(N_TRUTH, world.n_features)))
    q = expit(world.base + scores + world.tied * rng.normal(size=(N_TRUTH, 1)))
    return float((softmax(world.target * scores, axis=1) * q).sum(axis=1).mean())


def named(text: str) -> World:
    """Return the world of a text such as ``synthetic(n_listeners=2000,target=2.5)``.

    Raises
    ------
    UnknownName : another world, or a parameter it does not take. BadValue : a value that cannot be meant.
    """
    name, parameters = apart(text, "world", "synthetic(n_listeners=2000)")
    if name != NAME:
        raise UnknownName.among("world", name, (NAME,))
    return built(World, name, parameters)


def _drawn(p: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw one action a row of probabilities."""
    steps = p.cumsum(axis=1)
    return np.asarray((steps > rng.random((len(p), 1)) * steps[:, -1:]).argmax(axis=1))

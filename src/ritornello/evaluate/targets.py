"""The policy a log is asked about: how likely it would have chosen each candidate of a logged shortlist.

A target sees what the log kept and nothing else: the shortlist, its weights, what stood before. So it can be any policy that
reorders what was considered, never one that would have considered something else; that must be logged first.

=====================================  =====================================================================
``logged``                             what served: every weight is 1, the value is the mean reward
``uniform``                            every candidate left alike
``greedy``, ``plackett_luce(…)`` …     a policy of ``policies.names`` over the scores behind the logged weights
:class:`OfScores`                      a scorer of our own under any policy
:class:`Given`                         probabilities somebody computed elsewhere, as an array
=====================================  =====================================================================
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec
import numpy as np

from ritornello.evaluate.logs import FloatArray, Log, Shortlist
from ritornello.kinds.errors import BadValue
from ritornello.policies import names, objectives
from ritornello.policies.choice import Policy, Tilt, floored
from ritornello.policies.thompson import Thompson

LOGGED, UNIFORM = "logged", "uniform"


class Target(Protocol):
    """Says how likely it would have chosen each candidate; ``str(target)`` names it in reports."""

    def probabilities(self, log: Log, number: int, /) -> FloatArray:
        """Return the probability of every candidate of a shortlist at each of its rounds, (n_rounds, k).

        Rows sum to 1; what stood already has 0.
        """
        ...


class Logged(msgspec.Struct, frozen=True):
    """What served, asked again; for logs that say which policy drew."""

    def __str__(self) -> str:
        return LOGGED

    def probabilities(self, log: Log, number: int, /) -> FloatArray:
        """Return the distribution that each round was drawn from."""
        shortlist = log.shortlists[number]
        if not shortlist.policy:
            raise BadValue(
                f"{log.name} does not say which policy drew; give the target as an array"
            )
        return _at_rounds(policy_named(shortlist.policy), shortlist.weights, log, number)


class Uniform(msgspec.Struct, frozen=True):
    """Every candidate that is left alike."""

    def __str__(self) -> str:
        return UNIFORM

    def probabilities(self, log: Log, number: int, /) -> FloatArray:
        """Return 1 over how many are left."""
        shortlist, rounds = log.shortlists[number], log.rounds(number)
        p = np.ones((rounds.stop - rounds.start, len(shortlist)))
        for row, place in enumerate(log.place[rounds].tolist() if len(shortlist.drawn) else ()):
            p[row, shortlist.drawn[:place]] = 0.0
        return np.asarray(p / p.sum(axis=1, keepdims=True))


class OfPolicy(msgspec.Struct, frozen=True):
    """A policy by its text, over the scores behind the logged weights; the shelf's objective stays.

    ``greedy`` and ``plackett_luce`` weigh by ``exp(score / …)``, so the scores are in the weights up to a scale that
    weighing takes out again. The weights of ``thompson`` are shares of draws: another ``thompson`` takes them with its own
    floor and budget (the draws are gone, and so is ``places``), any other policy takes their logs for scores.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def probabilities(self, log: Log, number: int, /) -> FloatArray:
        """Return the distribution of the policy at each round."""
        shortlist, policy = log.shortlists[number], policy_named(self.text)
        if not len(shortlist.weights):
            raise BadValue(
                f"{log.name} holds no weights; give the target as an array of probabilities"
            )
        return _at_rounds(policy, _weighed(policy, shortlist), log, number)


class OfScores(msgspec.Struct, frozen=True):
    """A scorer under a policy: ``score`` is asked about a shortlist and answers one number a candidate, higher is better."""

    name: str
    score: Callable[[Shortlist], FloatArray]
    policy: str = "greedy"

    def __str__(self) -> str:
        return f"{self.name} by {self.policy}"

    def probabilities(self, log: Log, number: int, /) -> FloatArray:
        """Return the distribution of the policy over the scores at each round."""
        policy = policy_named(self.policy)
        weights = policy.weigh(self.score(log.shortlists[number]))
        return _at_rounds(policy, weights, log, number)


class Given(msgspec.Struct, frozen=True, eq=False):
    """Probabilities computed elsewhere, of a log with one shortlist: (n, n_actions), or (n_positions, n_actions).

    The latter is for targets that know only the position; rows are positions from 0.
    """

    name: str
    p: FloatArray

    @classmethod
    def of(cls, name: str, p: FloatArray) -> "Given":
        """Check and return a target.

        Raises
        ------
        BadValue : rows that are below 0, nan, or do not sum to 1.
        """
        sums = p.sum(axis=1)
        bad = np.flatnonzero(~((p.min(axis=1) >= 0) & (np.abs(sums - 1) < 1e-6)))
        if bad.size:
            raise BadValue(
                f"row {bad[0]} of target {name} sums to {sums[bad[0]]:.6g}; probabilities sum to 1"
            )
        return cls(name, p)

    def __str__(self) -> str:
        return self.name

    def probabilities(self, log: Log, number: int, /) -> FloatArray:
        """Return the rows of the shortlist's rounds."""
        rounds, k = log.rounds(number), len(log.shortlists[number])
        if len(log.shortlists) > 1 or self.p.shape[1] != k:
            raise BadValue(
                f"{self.name} has {self.p.shape[1]} columns; {log.name} has {k} actions in one shortlist"
            )
        if len(self.p) == len(log):
            return self.p[rounds]
        positions = log.position[rounds]
        if positions.max(initial=0) >= len(self.p):
            raise BadValue(
                f"{self.name} has {len(self.p)} positions; {log.name} shows at {positions.max()}"
            )
        return np.asarray(self.p[positions])


@lru_cache(maxsize=256)
def policy_named(text: str) -> Policy:
    """Return the policy of a text; a log names few, and each very often."""
    return names.parse(text)


def parse(text: str) -> Target:
    """Return the target a text names: ``logged``, ``uniform`` or a policy.

    Raises
    ------
    UnknownName, BadValue : as :func:`ritornello.policies.names.parse`.
    """
    plain: dict[str, Target] = {LOGGED: Logged(), UNIFORM: Uniform()}
    if text.strip() in plain:
        return plain[text.strip()]
    return OfPolicy(str(names.parse(text)))


def chosen(log: Log, target: Target) -> FloatArray:
    """Return the target's probability of what was chosen at each round, (n,)."""
    p = np.empty(len(log))
    for number in range(len(log.shortlists)):
        rounds = log.rounds(number)
        rows = log.row[rounds]
        p[rounds] = target.probabilities(log, number)[np.arange(len(rows)), rows]
    return p


def _at_rounds(policy: Policy, weights: FloatArray, log: Log, number: int) -> FloatArray:
    """Return a policy's distribution at each round of a shortlist, given what was drawn before."""
    shortlist, rounds = log.shortlists[number], log.rounds(number)
    tilt, drawn = _tilt(shortlist), shortlist.drawn.tolist()
    places = log.place[rounds].tolist()
    rows = [policy.distribution(weights, drawn[:place], tilt) for place in places]
    return np.array(rows).reshape(len(places), len(shortlist))


def _tilt(shortlist: Shortlist) -> Tilt | None:
    if not shortlist.objective or shortlist.traits is None:
        return None
    return objectives.parse(shortlist.objective).tilt(shortlist.traits)


def _weighed(policy: Policy, shortlist: Shortlist) -> FloatArray:
    """Return what a policy would weigh the scores behind logged weights."""
    logged = policy_named(shortlist.policy) if shortlist.policy else None
    weights, floor = shortlist.weights, getattr(logged, "floor", 0.0)
    if isinstance(logged, Thompson) and isinstance(policy, Thompson):
        return floored(_without_floor(weights, floor), policy.floor)
    if isinstance(logged, Thompson):
        return policy.weigh(np.log(weights))
    return policy.weigh(np.log(_without_floor(weights, floor)))


def _without_floor(weights: FloatArray, floor: float) -> FloatArray:
    """Take a floor away again; what only the floor held up keeps a millionth of its share."""
    bare = (weights - floor * weights.mean()) / (1 - floor)
    return np.asarray(np.maximum(bare, 1e-6 * weights))

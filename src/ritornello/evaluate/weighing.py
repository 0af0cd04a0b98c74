"""A log asked about a target, once: the weight of every round, what a model expects of it, what the log could not show."""

from collections.abc import Mapping
from typing import Protocol

import msgspec
import numpy as np

from ritornello.evaluate.logs import BoolArray, FloatArray, IntArray, Log
from ritornello.evaluate.targets import Target, policy_named
from ritornello.kinds.errors import BadValue
from ritornello.measures.off_policy import expected

_ROUNDING = 1e-9


class RewardModel(Protocol):
    """Expects a reward of every candidate, without having seen the listener it is asked about."""

    def expected(self, log: Log, number: int, /) -> FloatArray:
        """Return the expected reward of every candidate of a shortlist at each of its rounds, (n_rounds, k)."""
        ...


class Modelled(msgspec.Struct, frozen=True, eq=False):
    """What a model expects at each round, (n,): ``q`` of what was chosen, ``v`` of the target."""

    q: FloatArray
    v: FloatArray


class Weighed(msgspec.Struct, frozen=True, eq=False):
    """Answers of a target, one a round.

    Attributes
    ----------
    w : (n,) the target's probability of what was chosen, over the logged one.
    unsupported : (n,) share of the target's mass on what could not have been chosen there.
    modelled : by the name of a model.
    """

    w: FloatArray
    unsupported: FloatArray
    modelled: dict[str, Modelled]


def weigh(log: Log, target: Target, models: Mapping[str, RewardModel] | None = None) -> Weighed:
    """Ask a target about every round, and each model about the candidates of every round.

    What could have been chosen is what the logging policy gives a chance; where nobody says which policy drew, what was
    ever chosen at that position.

    Raises
    ------
    BadValue : a target or a model that answers with no probability, or no finite number; one that does not fit the log.
    """
    models = models or {}
    p, unsupported = np.empty(len(log)), np.zeros(len(log))
    found = {name: Modelled(np.empty(len(log)), np.empty(len(log))) for name in models}
    seen = _seen(log)
    for number, shortlist in enumerate(log.shortlists):
        rounds = log.rounds(number)
        rows = log.row[rounds]
        at = (np.arange(len(rows)), rows)
        of_all = target.probabilities(log, number)
        p[rounds] = of_all[at]
        if not shortlist.policy:
            unsupported[rounds] = _beyond(of_all, seen, log.position[rounds], shortlist.actions)
        elif not policy_named(shortlist.policy).budget:
            unsupported[rounds] = 1 - of_all[at]
        for name, model in models.items():
            q = model.expected(log, number)
            if not np.isfinite(q).all():
                raise BadValue(
                    f"model {name} expects what is no finite number in shortlist {number} of {log.name}"
                )
            found[name].q[rounds], found[name].v[rounds] = q[at], expected(of_all, q)
    bad = np.flatnonzero(~((p >= 0) & (p <= 1 + _ROUNDING)))
    if bad.size:
        raise BadValue(f"{target} gives round {bad[0]} of {log.name} the probability {p[bad[0]]}")
    return Weighed(p / log.propensity, unsupported.clip(0, 1), found)


def _seen(log: Log) -> BoolArray:
    """Return which action was ever chosen at which position, (n_positions, n_actions); empty where policies say it."""
    if all(each.policy for each in log.shortlists):
        return np.empty((0, 0), np.bool_)
    seen = np.zeros((int(log.position.max(initial=0)) + 1, len(log.actions)), np.bool_)
    seen[log.position, log.action] = True
    return seen


def _beyond(
    of_all: FloatArray,
    seen: BoolArray,
    position: IntArray,
    actions: IntArray,
) -> FloatArray:
    """Return the mass on what was never chosen at a round's position, (n,)."""
    never = ~seen[:, actions]
    if not never.any():
        return np.zeros(len(of_all))
    return expected(of_all, never.astype(np.float64)[position])

"""How likely does an item stand at a place, whatever stands before it? What IIPS divides by.

A policy says the chance of an item given those above; its marginal sums that over all that could stand above. Where few sets
of items could, they are gone through exactly. Else slates are drawn from the policy, and at each place the chance of the item
given what was drawn above is averaged: less noise than counting, and a standard error beside it.
"""

import msgspec
import numpy as np

from ritornello.evaluate.logs import FloatArray, IntArray, Log
from ritornello.evaluate.slates import WholeSlates
from ritornello.evaluate.targets import Logged, Target
from ritornello.kinds.errors import BadValue

MOST_SETS = 300
N_DRAWS = 100
LEAST = 1e-9


class Marginals(msgspec.Struct, frozen=True, eq=False):
    """Of each slot, (n_slates, n_places).

    Attributes
    ----------
    log_ratio : ln of the target's marginal over the logging policy's; 0 where there is no slot.
    relative_error : standard error of the ratio by the ratio; 0 where it is exact.
    """

    log_ratio: FloatArray
    relative_error: FloatArray

    @property
    def n_estimated(self) -> int:
        """How many slots' marginals were drawn, not counted through."""
        return int((self.relative_error > 0).sum())


def of(
    whole: WholeSlates, target: Target, rng: np.random.Generator, n_draws: int = N_DRAWS
) -> Marginals:
    """Return the ratio of marginals of every slot.

    An exact marginal costs as many questions to a policy as there are sets of items that could stand above, an estimated
    one ``n_draws`` a place: some 20 µs each.

    Raises
    ------
    BadValue : a log that does not say which policy drew.
    """
    ratio, error = np.zeros(len(whole.slate)), np.zeros(len(whole.slate))
    for number in range(len(whole.first)):
        rounds = whole.log.rounds(number)
        pi, pi_error = _at(whole.log, number, target, rng, n_draws)
        p, p_error = _at(whole.log, number, Logged(), rng, n_draws)
        with np.errstate(divide="ignore"):
            ratio[rounds] = np.log(pi) - np.log(np.maximum(p, LEAST))
        error[rounds] = np.hypot(pi_error / np.maximum(pi, LEAST), p_error / np.maximum(p, LEAST))
    return Marginals(whole.grid(ratio), whole.grid(error))


def _at(
    log: Log, number: int, policy: Target, rng: np.random.Generator, n_draws: int
) -> tuple[FloatArray, FloatArray]:
    """Return the marginal of each logged slot of a slate, and its standard error, (n_places,)."""
    shortlist = log.shortlists[number]
    rows = shortlist.drawn
    exact = None if shortlist.objective else _counted(log, number, policy, len(rows))
    if exact is not None:
        return exact[np.arange(len(rows)), rows], np.zeros(len(rows))
    chance = np.empty((n_draws, len(rows)))
    above = np.empty((n_draws, 0), np.int64)
    for place, row in enumerate(rows.tolist()):
        p = _after(log, number, policy, above)
        chance[:, place] = p[:, row]
        steps = p.cumsum(axis=1)
        next_row = (steps > rng.random((n_draws, 1)) * steps[:, -1:]).argmax(axis=1)
        above = np.column_stack([above, next_row])
    error = np.where(np.ptp(chance, axis=0) > 0, chance.std(axis=0, ddof=1), 0.0)
    return chance.mean(axis=0), error / np.sqrt(n_draws)


def _counted(log: Log, number: int, policy: Target, n_places: int) -> FloatArray | None:
    """Return the marginal of every candidate at every place, (n_places, k), or nothing where too many sets could stand above."""
    found = np.zeros((n_places, len(log.shortlists[number])))
    sets: dict[tuple[int, ...], float] = {(): 1.0}
    n_asked = 0
    for place in range(n_places):
        n_asked += len(sets)
        p = _after(log, number, policy, np.array(list(sets), np.int64).reshape(len(sets), place))
        found[place] = np.array(list(sets.values())) @ p
        if place + 1 < n_places:
            sets = _grown(sets, p)
            if n_asked + len(sets) > MOST_SETS:
                return None
    return found


def _grown(sets: dict[tuple[int, ...], float], p: FloatArray) -> dict[tuple[int, ...], float]:
    """Return how likely each set of one item more stands above; as soon as they are too many, those found so far."""
    grown: dict[tuple[int, ...], float] = {}
    for (above, mass), of_each in zip(sets.items(), p, strict=True):
        for row in np.flatnonzero(of_each).tolist():
            key = tuple(sorted((*above, row)))
            grown[key] = grown.get(key, 0.0) + mass * float(of_each[row])
        if len(grown) > MOST_SETS:
            break
    return grown


def _after(log: Log, number: int, policy: Target, above: IntArray) -> FloatArray:
    """Return a policy's distribution over a shortlist after each of some beginnings (m, place), (m, k)."""
    shortlist, m = log.shortlists[number], len(above)
    if not shortlist.policy:
        raise BadValue(f"{log.name} does not say which policy drew; marginals need that")
    of_round = {name: np.repeat(getattr(log, name)[log.rounds(number)][:1], m, axis=0) for name in ("row", "position", "propensity", "reward", "decision", "listener", "context")}  # fmt: skip
    asked = msgspec.structs.replace(
        log,
        shortlists=tuple(msgspec.structs.replace(shortlist, drawn=each) for each in above),
        shortlist=np.arange(m),
        place=np.full(m, above.shape[1]),
        replayed=None,
        **of_round,
    )
    return np.concatenate([policy.probabilities(asked, each) for each in range(m)])

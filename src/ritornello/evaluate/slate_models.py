r"""What will a slate still earn? Reward to go, fitted from the last place up, by models that never saw the listener.

At place *l* the reward to go is what places *l* and below earn where the target draws them. It is fitted backwards:

.. math:: y_l = r_l + \sum_a π(a | x, a_{≤l})\, Q_{l+1}(x, a_{≤l}, a), \qquad Q_l ≈ E[y_l | x, a_{≤l}],

each place on all places below it, weighted by the place's ratio π/p (at most ``MOST_WEIGHT``), because it will be asked about
the target. Listeners are put into folds; the whole recursion for a fold runs on the others.

============  =========================================================================================================
``smoothed``  the mean by item and place, drawn towards the place's by 20 slates' worth; knows nothing of what stands above
``ridge``     linear in context, item, and the items above; what a cascade needs
============  =========================================================================================================

Source: Kiyohara et al., WSDM 2022 (the recursion and its weights; theirs are trees).
"""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from scipy.sparse import csr_array, hstack
from scipy.sparse.linalg import lsqr

from ritornello.evaluate.logs import FloatArray, IntArray, Log
from ritornello.evaluate.reward_models import PENALTY, STRENGTH
from ritornello.evaluate.slates import WholeSlates
from ritornello.evaluate.targets import Target
from ritornello.kinds.errors import BadValue, UnknownName

MOST_WEIGHT = 10.0


class ToGo(msgspec.Struct, frozen=True, eq=False):
    """Reward to go as one number a round and one an item at a place; a reward model of the log it was fitted on.

    ``fold`` (n,) is of each round, ``base`` (n,) what its context and what stands above say, ``effects``
    (n_folds, n_places, n_actions) what the item adds.
    """

    fold: IntArray
    base: FloatArray
    effects: FloatArray

    def expected(self, log: Log, number: int, /) -> FloatArray:
        """Return the reward to go of every candidate at each round of a slate, (n_rounds, k)."""
        rounds = log.rounds(number)
        at = (self.fold[rounds, None], log.place[rounds, None], log.shortlists[number].actions)
        return np.asarray(self.base[rounds, None] + self.effects[at])


class _Step(msgspec.Struct, frozen=True, eq=False):
    """One place of all slates that have it: its rounds, what is known there, and what the target would draw there.

    ``slate``, ``rounds``, ``action``, ``reward``, ``weight`` are (m,); ``known`` (m, n_known) sparse; of the candidates
    ``of`` says which of the m rounds, ``candidate`` which action, ``p`` how likely.
    """

    slate: IntArray
    rounds: IntArray
    action: IntArray
    reward: FloatArray
    weight: FloatArray
    known: csr_array
    of: IntArray
    candidate: IntArray
    p: FloatArray


Solve = Callable[[_Step, IntArray, FloatArray, int], tuple[FloatArray, FloatArray]]


def fit(
    name: str, whole: WholeSlates, target: Target, rng: np.random.Generator, n_folds: int = 3
) -> ToGo:
    """Return the reward to go under a target, each listener told by models of the others.

    Raises
    ------
    UnknownName : no such model. BadValue : fewer listeners than folds.
    """
    if name not in KINDS:
        raise UnknownName.among("model of rewards to go", name, KINDS)
    log = whole.log
    if log.n_listeners < n_folds:
        raise BadValue(f"{log.n_listeners} listeners cannot be put into {n_folds} folds")
    fold = (rng.permutation(log.n_listeners) % n_folds)[log.listener]
    steps = _steps(whole, target)
    base = np.empty(len(log))
    effects = np.zeros((n_folds, len(steps), len(log.actions)))
    for number in range(n_folds):
        below = np.zeros(len(whole.first))
        for place in range(len(steps) - 1, -1, -1):
            step = steps[place]
            others = np.flatnonzero(fold[step.rounds] != number) if n_folds > 1 else np.arange(len(step.rounds))  # fmt: skip
            b, found = KINDS[name](step, others, step.reward + below[step.slate], len(log.actions))
            of_round = step.known @ b
            mine = fold[step.rounds] == number
            base[step.rounds[mine]], effects[number, place] = of_round[mine], found
            to_go = np.bincount(step.of, step.p * found[step.candidate], minlength=len(of_round))
            below[step.slate] = of_round + to_go
    return ToGo(fold, base, effects)


def _steps(whole: WholeSlates, target: Target) -> list[_Step]:
    """Take the log apart by place."""
    log, n_actions = whole.log, len(whole.log.actions)
    of_all = [target.probabilities(log, number) for number in range(len(log.shortlists))]
    sizes = np.array([len(shortlist) for shortlist in log.shortlists])
    spread = log.context.std(axis=0)
    context = (log.context - log.context.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    above = csr_array((len(whole.first), n_actions))
    steps = []
    for place in range(int(log.place.max()) + 1):
        rounds = np.flatnonzero(log.place == place)
        slate, action = whole.slate[rounds], log.action[rounds]
        p = np.concatenate([of_all[number][place] for number in slate.tolist()])
        candidate = np.concatenate([log.shortlists[number].actions for number in slate.tolist()])
        of = np.repeat(np.arange(len(rounds)), sizes[slate])
        ends = np.cumsum(sizes[slate]) - sizes[slate] + log.row[rounds]
        weight = np.clip(p[ends] / log.propensity[rounds], 0.0, MOST_WEIGHT)
        ones = csr_array(np.ones((len(rounds), 1)))
        known = csr_array(hstack([ones, csr_array(context[rounds]), above[slate]], format="csr"))
        steps.append(_Step(slate, rounds, action, log.reward[rounds], weight, known, of, candidate, p))  # fmt: skip
        shown = (np.ones(len(rounds)), (slate, action))
        above = csr_array(above + csr_array(shown, shape=above.shape))
    return steps


def _smoothed(
    step: _Step, rows: IntArray, y: FloatArray, n_actions: int
) -> tuple[FloatArray, FloatArray]:
    weight, action = step.weight[rows], step.action[rows]
    total = float(weight.sum())
    mean = float(weight @ y[rows]) / total if total > 0 else float(y[rows].mean())
    shown = np.bincount(action, weight, n_actions)
    earned = np.bincount(action, weight * y[rows], n_actions)
    b = np.zeros(step.known.shape[1])
    b[0] = mean
    return b, np.asarray((earned + STRENGTH * mean) / (shown + STRENGTH) - mean)


def _ridge(
    step: _Step, rows: IntArray, y: FloatArray, n_actions: int
) -> tuple[FloatArray, FloatArray]:
    weight = step.weight[rows]
    total = float(weight.sum())
    mean = float(weight @ y[rows]) / total if total > 0 else float(y[rows].mean())
    shown = (np.ones(len(rows)), (np.arange(len(rows)), step.action[rows]))
    items = csr_array(shown, shape=(len(rows), n_actions))
    scale = np.sqrt(weight)
    design = csr_array(hstack([step.known[rows], items], format="csr"))
    scaled = csr_array(design.multiply(scale[:, None]))
    b = lsqr(scaled, scale * (y[rows] - mean), damp=np.sqrt(PENALTY), atol=1e-10, btol=1e-10)[0]
    b[0] += mean
    n_known = step.known.shape[1]
    return np.asarray(b[:n_known]), np.asarray(b[n_known:])


KINDS: Mapping[str, Solve] = {"smoothed": _smoothed, "ridge": _ridge}

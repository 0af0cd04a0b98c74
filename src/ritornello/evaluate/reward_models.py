"""What reward would each candidate have earned? Models that never saw the listener they are asked about.

A model that has seen a round explains it away, and a doubly robust estimate then corrects nothing: listeners are put into
folds, and each is told by a model of the others.

=============  ============================================================================================================
``constant``   the mean of the others; for checking that a model helps at all
``smoothed``   the mean by action and position, drawn towards the mean of all by 20 rounds' worth
``ridge``      a linear model of context, position and action, drawn towards the mean by ridge penalties
``logistic``   the same, as the log-odds of a reward between its least and its most
=============  ============================================================================================================
"""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array, hstack
from scipy.sparse.linalg import lsqr
from scipy.special import expit

from ritornello.evaluate.logs import FloatArray, IntArray, Log
from ritornello.evaluate.weighing import RewardModel
from ritornello.kinds.errors import BadValue, UnknownName

N_FOLDS = 3
STRENGTH = 20.0
PENALTY = 10.0
N_POSITIONS = 20
"""Positions from here on share one effect."""

Link = Callable[[FloatArray], FloatArray]


class Tables(msgspec.Struct, frozen=True, eq=False):
    """Means by fold, action and position, ``q`` (n_folds, n_actions, n_positions); ``fold`` (n,) is of each round."""

    fold: IntArray
    q: FloatArray

    def expected(self, log: Log, number: int, /) -> FloatArray:
        """Return the mean of every candidate at each round's position, (n_rounds, k)."""
        rounds, actions = log.rounds(number), log.shortlists[number].actions
        position = np.minimum(log.position[rounds], self.q.shape[2] - 1)
        return np.asarray(self.q[self.fold[rounds, None], actions, position[:, None]])


class Additive(msgspec.Struct, frozen=True, eq=False):
    """One number a round and one an action, added and put through a link.

    ``base`` (n,) is what context and position say, ``effects`` (n_folds, n_actions) what the action adds.
    """

    fold: IntArray
    base: FloatArray
    effects: FloatArray
    link: Link

    def expected(self, log: Log, number: int, /) -> FloatArray:
        """Return the expected reward of every candidate at each round, (n_rounds, k)."""
        rounds, actions = log.rounds(number), log.shortlists[number].actions
        effects = self.effects[self.fold[rounds]][:, actions]
        return self.link(self.base[rounds, None] + effects)


def fit(name: str, log: Log, rng: np.random.Generator, *, n_folds: int = N_FOLDS) -> RewardModel:
    """Return a model of the rewards of a log, each listener told by a model of the others.

    With one fold every round is told by a model that saw it: for comparison with tables that were made so.

    Raises
    ------
    UnknownName : no such model. BadValue : fewer listeners than folds.
    """
    if name not in KINDS:
        raise UnknownName.among("reward model", name, KINDS)
    if log.n_listeners < n_folds:
        raise BadValue(f"{log.n_listeners} listeners cannot be put into {n_folds} folds")
    fold = (rng.permutation(log.n_listeners) % n_folds)[log.listener]
    return KINDS[name](log, fold, n_folds)


def _constant(log: Log, fold: IntArray, n_folds: int) -> RewardModel:
    means = [float(log.reward[rows].mean()) for rows in _others(fold, n_folds)]
    return Tables(fold, np.broadcast_to(np.array(means)[:, None, None], (n_folds, len(log.actions), 1)))  # fmt: skip


def _smoothed(log: Log, fold: IntArray, n_folds: int) -> RewardModel:
    n_positions = min(int(log.position.max()) + 1, N_POSITIONS)
    shape = (len(log.actions), n_positions)
    cell = log.action * n_positions + np.minimum(log.position, n_positions - 1)
    tables = []
    for rows in _others(fold, n_folds):
        shown = np.bincount(cell[rows], minlength=shape[0] * shape[1])
        earned = np.bincount(cell[rows], log.reward[rows], minlength=shape[0] * shape[1])
        mean = float(log.reward[rows].mean())
        tables.append(((earned + STRENGTH * mean) / (shown + STRENGTH)).reshape(shape))
    return Tables(fold, np.stack(tables))


def _ridge(log: Log, fold: IntArray, n_folds: int) -> RewardModel:
    low, high = log.reward_range
    return _additive(log, fold, n_folds, _least_squares, lambda x: x.clip(low, high))


def _logistic(log: Log, fold: IntArray, n_folds: int) -> RewardModel:
    low, high = log.reward_range

    def solve(design: csr_array, reward: FloatArray) -> FloatArray:
        return _log_odds(design, (reward - low) / (high - low))

    return _additive(log, fold, n_folds, solve, lambda x: low + (high - low) * expit(x))


KINDS: Mapping[str, Callable[[Log, IntArray, int], RewardModel]] = {
    "constant": _constant,
    "smoothed": _smoothed,
    "ridge": _ridge,
    "logistic": _logistic,
}


def _others(fold: IntArray, n_folds: int) -> list[IntArray]:
    """Return the rounds each fold's model learns from: those of the other folds, or all where there is one."""
    if n_folds == 1:
        return [np.arange(len(fold))]
    return [np.flatnonzero(fold != number) for number in range(n_folds)]


def _additive(
    log: Log,
    fold: IntArray,
    n_folds: int,
    solve: Callable[[csr_array, FloatArray], FloatArray],
    link: Link,
) -> RewardModel:
    """Fit one model a fold on sparse columns: one, context in standard deviations, position, action."""
    n_positions = min(int(log.position.max()) + 1, N_POSITIONS)
    spread = log.context.std(axis=0)
    context = (log.context - log.context.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    known = np.column_stack([np.ones(len(log)), context])
    place = np.minimum(log.position, n_positions - 1)
    first = hstack([csr_array(known), _one_hot(place, n_positions)], format="csr")
    design = csr_array(hstack([first, _one_hot(log.action, len(log.actions))], format="csr"))
    base, effects = np.empty(len(log)), np.empty((n_folds, len(log.actions)))
    for number, rows in enumerate(_others(fold, n_folds)):
        b = solve(design[rows], log.reward[rows])
        mine = np.flatnonzero(fold == number)
        base[mine] = first[mine] @ b[: first.shape[1]]
        effects[number] = b[first.shape[1] :]
    return Additive(fold, base, effects, link)


def _one_hot(number: IntArray, n: int) -> csr_array:
    rows = np.arange(len(number))
    return csr_array((np.ones(len(number)), (rows, number)), shape=(len(number), n))


def _least_squares(design: csr_array, reward: FloatArray) -> FloatArray:
    r"""Return b of the least :math:`\|r - Xb\|^2 + λ \|b\|^2`, the first column (ones) taken out as the mean."""
    mean = float(reward.mean())
    b = np.asarray(lsqr(design, reward - mean, damp=np.sqrt(PENALTY), atol=1e-10, btol=1e-10)[0])
    b[0] += mean
    return b


def _log_odds(design: csr_array, share: FloatArray) -> FloatArray:
    """Return b of the most likely log-odds under ridge penalties, the intercept free."""
    penalty = np.full(design.shape[1], PENALTY)
    penalty[0] = 0.0

    def loss(b: FloatArray) -> tuple[float, FloatArray]:
        eta = design @ b
        gap = expit(eta) - share
        value = float(np.logaddexp(0, eta).sum() - share @ eta + penalty @ (b * b) / 2)
        return value, np.asarray(design.T @ gap + penalty * b)

    start = np.zeros(design.shape[1])
    mean = float(share.mean().clip(1e-6, 1 - 1e-6))
    start[0] = np.log(mean / (1 - mean))
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)

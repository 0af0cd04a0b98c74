"""Which success function knows best? Each against one outcome named beforehand, which none may have seen.

A function trained on an outcome, or reading it, would be judged by its own reward, and is refused by name; so are
decisions made while one of them was still being trained.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.measures.calibration import Reliability, fit_platt, reliability
from ritornello.measures.discrimination import auc_of_levels, levels_of, log_losses
from ritornello.measures.resampling import Interval, statistic_interval
from ritornello.signals.labels import Labels
from ritornello.signals.success import (
    COLUMNS,
    FloatArray,
    NumberArray,
    Outcomes,
    Success,
    by_decision,
)

LEAST_P = 0.01


class Verdict(msgspec.Struct, frozen=True):
    """How well one function foretold the outcome, over the decisions that all of them know.

    ``auc`` and ``log_loss`` with 95 % intervals by listener; the loss is that of success turned into a probability by
    Platt on the other half of the listeners, because not every function claims to be one; ``above`` the AUC less that of the first function, paired;
    ``share_known`` of all judged decisions that this one knows; ``curve`` the reliability of its success as a probability.
    """

    version: str
    auc: Interval
    log_loss: Interval
    above: Interval | None
    share_known: float
    curve: Reliability


class Judged(msgspec.Struct, frozen=True):
    """The verdicts, and what they rest on: decisions judged, and left out for each reason."""

    by: str
    verdicts: list[Verdict]
    n_judged: int
    n_without_outcome: int
    n_while_trained: int
    n_not_known_to_all: int


def judge(
    functions: Sequence[Success],
    outcomes: Outcomes,
    labels: Labels,
    *,
    rng: np.random.Generator,
    n_resamples: int = 1_000,
) -> Judged:
    """Judge functions by an outcome, on the decisions made after all of them were trained.

    Parameters
    ----------
    functions : the first is what the others are compared with.
    labels : the outcome, one a decision in the order of ``outcomes.decisions()``, named such as ``return@7d``.

    Raises
    ------
    BadValue : a function was trained on the outcome or reads it; or no decision is left, or all have the same outcome.
    """
    for function in functions:
        refuse(function, labels.name)
    _, first = outcomes.decisions()
    has = ~np.isnan(labels.y)
    trained = [f.facts.trained_until_us for f in functions if f.facts.trained_until_us is not None]
    later = outcomes.column("made_at_us")[first] > max(trained, default=-np.inf)
    scored = [by_decision(function.score(outcomes), outcomes)[0] for function in functions]
    known = np.all([each.known for each in scored], axis=0)
    rows = np.flatnonzero(has & later & known)
    y, w = labels.y[rows], labels.weights[rows]
    if len(set(y.tolist())) < 2:
        raise BadValue(
            f"{len(rows)} decisions have {labels.name}, were made after {len(functions)} functions were trained and are "
            "known to all, and these do not hold both outcomes; nothing can be judged"
        )
    listener = np.unique(outcomes.column("listener_id")[first][rows], return_inverse=True)[1]
    bench = _Bench(y, w, listener, rng, n_resamples)
    said = [each.success[rows] for each in scored]
    verdicts = [
        Verdict(
            function.facts.version,
            bench.auc(p),
            bench.log_loss(p),
            bench.above(p, said[0]) if i else None,
            float(each.known[has & later].mean()),
            reliability(p, y, w),
        )
        for i, (function, each, p) in enumerate(zip(functions, scored, said, strict=True))
    ]
    return Judged(
        labels.name,
        verdicts,
        len(rows),
        int((~has).sum()),
        int((has & ~later).sum()),
        int((has & later & ~known).sum()),
    )


def may_judge(function: Success, by: str) -> bool:
    """Say whether a function may be judged by an outcome; see :func:`refuse`."""
    try:
        refuse(function, by)
    except BadValue:
        return False
    return True


def refuse(function: Success, by: str) -> None:
    """Refuse to judge a function by what it was trained on, reads, or by another form of either.

    ``return@7d`` and ``return@28d`` are forms of coming back: whoever learned from one has seen the other.

    Raises
    ------
    BadValue : it would be judged by its own reward.
    """
    facts, family = function.facts, _family(by)
    for seen in facts.trained_on:
        if _family(seen) == family:
            raise BadValue(
                f"{facts.version} was trained on {seen}; judged by {by} it would be its own judge; name an outcome it "
                "never saw"
            )
    if by in COLUMNS and by in facts.needs:
        raise BadValue(f"{facts.version} reads {by}; judge it by an outcome it does not read")


def _family(name: str) -> str:
    """Return what an outcome is of: ``return@7d`` is of ``return``, ``answer:satisfied`` of itself."""
    return name.partition("@")[0]


class _Bench(NamedTuple):
    """What every function is held against: outcomes, their weights, whose they are."""

    y: FloatArray
    w: FloatArray
    listener: NumberArray
    rng: np.random.Generator
    n_resamples: int

    def auc(self, p: FloatArray) -> Interval:
        levels = levels_of(p)
        return self._over(lambda drawn: auc_of_levels(levels, self.y, self.w * drawn))

    def above(self, p: FloatArray, first: FloatArray) -> Interval:
        ours, theirs = levels_of(p), levels_of(first)
        return self._over(
            lambda drawn: (
                auc_of_levels(ours, self.y, self.w * drawn)
                - auc_of_levels(theirs, self.y, self.w * drawn)
            )
        )

    def log_loss(self, p: FloatArray) -> Interval:
        losses = log_losses(self._as_probability(p), self.y)
        return self._over(lambda drawn: float(np.average(losses, weights=self.w * drawn)))

    def _over(self, statistic: Callable[[FloatArray], float]) -> Interval:
        return statistic_interval(statistic, self.listener, self.rng, n_resamples=self.n_resamples)

    def _as_probability(self, p: FloatArray) -> FloatArray:
        """Return success made a probability of the outcome by Platt, each half of the listeners by the other."""
        kept = p.clip(LEAST_P, 1 - LEAST_P)
        half = self.rng.permutation(int(self.listener.max()) + 1)[self.listener] % 2 == 0
        found = np.empty_like(kept)
        for here in (half, ~half):
            found[here] = fit_platt(kept[~here], self.y[~here], self.w[~here])(kept[here])
        return found

"""What was done with a decision as a row of numbers, and what is usual for a listener.

The features are those that told satisfaction in the studies of discovery and home: the listener's deviation from
their own usual behaviour, the peak of interaction on a single track (Garcia-Gathright et al., SIGIR 2018), time,
scrolling and leaving (Mehrotra et al., WWW 2019).
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.signals.success import BoolArray, FloatArray, NumberArray, Outcomes

FEATURES: Mapping[str, str] = {
    "skipping": "share of its plays skipped, beside what is usual for the listener (deviations)",
    "minutes": "ln(1 + minutes played), beside what is usual for the listener (deviations)",
    "usual_skipping": "the listener's usual share of plays skipped",
    "usual_minutes": "the listener's usual ln(1 + minutes played)",
    "kept": "something was saved, loved, followed or added to a playlist",
    "peak": "the most one track was played: its fraction, plus one a replay",
    "scrolling": "slots in view and passed over",
    "waiting": "ln(1 + seconds to the first play), at most and where nothing was played those of five minutes",
    "leaving": "after it they went to other content or searched",
}
NEEDS = (
    "decision_id", "listener_id", "device", "seen", "played", "reading", "ms_played", "fraction_played", "n_plays",
    "saved", "loved", "added", "followed", "seconds_to_play", "next_in_visit",
)  # fmt: skip
LONGEST_WAIT_S = 300.0
PRIOR_VISITS = 5.0
_MOST_PEAK = 4.0


class Norms(msgspec.Struct, frozen=True):
    """What is usual: mean and deviation of (skipping, minutes) of each listener, and of whoever is not known.

    ``listeners`` sorted ids (m,); ``mean`` and ``deviation`` (m + 1, 2), the last row everybody's.
    """

    listeners: NDArray[np.str_]
    mean: FloatArray
    deviation: FloatArray

    def of(self, listener_ids: NDArray[np.str_]) -> tuple[FloatArray, FloatArray]:
        """Return mean and deviation of each listener's own norm, (n, 2)."""
        last = len(self.listeners)
        at = np.searchsorted(self.listeners, listener_ids)
        there = np.append(self.listeners, "")[at] == listener_ids
        row = np.where(there & (at < last), at, last)
        return self.mean[row], self.deviation[row]


class Behaviour(msgspec.Struct, frozen=True):
    """Decisions as numbers; rows are decisions in the order of their ids, ``first`` a row of outcomes each.

    ``share`` and ``minutes`` are the two figures a norm is kept of, ``other`` the features that need none; ``known`` says
    whether anything was seen or played.
    """

    first: NumberArray
    number_of: NumberArray
    listener_ids: NDArray[np.str_]
    figures: FloatArray
    other: FloatArray
    n_plays: FloatArray
    known: BoolArray

    def features(self, norms: Norms) -> FloatArray:
        """Return (n, features) in the order of ``FEATURES``; where nothing was played skipping is as usual."""
        mean, deviation = norms.of(self.listener_ids)
        beside = (self.figures - mean) / deviation
        beside[:, 0] = np.where(self.n_plays > 0, beside[:, 0], 0.0)
        return np.column_stack([beside, mean, self.other])


def behaviour(outcomes: Outcomes) -> Behaviour:
    """Sum up what was done with each decision; what is unknown counts as not done."""
    number_of, first = outcomes.decisions()
    n = len(first)

    def total(values: FloatArray | BoolArray) -> FloatArray:
        return np.bincount(number_of, weights=values, minlength=n).astype(np.float64)

    def most(values: FloatArray) -> FloatArray:
        found = np.zeros(n)
        np.maximum.at(found, number_of, values)
        return found

    played = outcomes.flag("played")
    n_plays = total(played)
    skipped = total(played & (outcomes.column("reading") == "skip"))
    minutes = np.log1p(total(_known(outcomes, "ms_played") * played) / 60_000)
    kept = np.any([outcomes.flag(name) for name in ("saved", "loved", "added", "followed")], axis=0)
    replays = np.maximum(_known(outcomes, "n_plays") - 1, 0)
    peak = (np.minimum(_known(outcomes, "fraction_played"), 1) + replays) * played
    after = outcomes.column("next_in_visit")
    leaves = played & ((after == "other_content") | (after == "search"))
    wait_s = np.where(played, outcomes.column("seconds_to_play"), np.nan)
    soon = most(LONGEST_WAIT_S - np.nan_to_num(wait_s, nan=LONGEST_WAIT_S).clip(0, LONGEST_WAIT_S))
    seen = outcomes.flag("seen")
    other = [most(kept), most(peak).clip(max=_MOST_PEAK), total(seen & ~played), np.log1p(LONGEST_WAIT_S - soon), most(leaves)]  # fmt: skip
    return Behaviour(
        first=first,
        number_of=number_of,
        listener_ids=outcomes.column("listener_id")[first],
        figures=np.column_stack([skipped / np.maximum(n_plays, 1), minutes]),
        other=np.column_stack(other).astype(np.float64),
        n_plays=n_plays,
        known=(n_plays > 0) | (total(seen) > 0),
    )


def norms_of(done: Behaviour) -> Norms:
    """Learn what is usual for each listener, shrunk to what is usual for all.

    With n decisions of a listener, mean = (n x̄ + κ μ) / (n + κ) and deviation² = (Σ (x − x̄)² + 5 σ²) / (n + 4), where σ² is
    the variance within listeners, κ = σ² / variance between them (method of moments, one-way ANOVA). Skipping is
    counted over decisions with a play.
    """
    ids, who = np.unique(done.listener_ids, return_inverse=True)
    counted = np.column_stack([done.n_plays > 0, np.ones(len(who), dtype=np.bool_)])
    columns = [_norm(done.figures[c, j], who[c], len(ids)) for j, c in enumerate(counted.T)]
    mean, deviation = (np.column_stack(parts) for parts in zip(*columns, strict=True))
    return Norms(ids, mean, deviation)


def _norm(x: FloatArray, who: NumberArray, m: int) -> tuple[FloatArray, FloatArray]:
    """Return shrunk means and deviations of ``m`` listeners, everybody's last."""
    if not len(x):
        return np.zeros(m + 1), np.ones(m + 1)
    n = np.bincount(who, minlength=m).astype(np.float64)
    own = np.bincount(who, weights=x, minlength=m) / np.maximum(n, 1)
    overall = float(x.mean())
    square = np.bincount(who, weights=(x - own[who]) ** 2, minlength=m)
    n_listeners = int((n > 0).sum())
    within = square.sum() / max(len(x) - n_listeners, 1)
    if within <= 0:
        within = max(float(x.var()), 1e-6)
    typical = (len(x) - (n**2).sum() / len(x)) / max(n_listeners - 1, 1)
    between_square = float(n @ (own - overall) ** 2) / max(n_listeners - 1, 1)
    between = max((between_square - within) / typical, 1e-9) if typical > 0 else 1e-9
    kappa = within / between
    mean = (n * own + kappa * overall) / (n + kappa)
    variance = (square + PRIOR_VISITS * within) / (np.maximum(n - 1, 0) + PRIOR_VISITS)
    everybody = np.sqrt(within + between)
    return np.append(mean, overall), np.append(np.sqrt(variance), everybody)


def _known(outcomes: Outcomes, name: str) -> FloatArray:
    return np.nan_to_num(outcomes.column(name))

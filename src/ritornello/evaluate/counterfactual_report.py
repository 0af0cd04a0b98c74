"""What a policy that did not serve would have earned, as a report: estimates, refusals, and what the log has to say."""

from collections.abc import Iterator

import numpy as np

from ritornello.evaluate import numerals, verdicts
from ritornello.evaluate.content import FloatArray
from ritornello.evaluate.counterfactual import Counterfactual
from ritornello.evaluate.estimates import Answer, Estimate, Unsupported
from ritornello.evaluate.report import (
    Cell,
    Column,
    Intervals,
    Named,
    Part,
    Report,
    Section,
    Table,
    Weights,
    collected,
)
from ritornello.evaluate.support import THRESHOLDS, Support
from ritornello.measures.resampling import Interval

N_BINS = 30
_ESTIMATES = (
    Column("estimator", "code"),
    Column("value", "interval"),
    Column("above what served", "interval", 0.0),
    Column("worth rounds", "count"),
    Column("largest weight", "number"),
    Column("interval by"),
    Column("tuned"),
)
_REFUSALS = (
    Column("estimator", "code"),
    Column("because", "code"),
    Column("what was missing"),
    Column("what to log instead"),
)
_AUDIT = (Column("asked"), Column("found", "number"), Column("so it should be"))


def of(found: Counterfactual, weights: FloatArray | None = None, *, title: str = "") -> Report:
    """Return the report of a counterfactual evaluation.

    Parameters
    ----------
    weights : (n,) of every round, to draw; without them they are not drawn.
    """
    return Report(
        title=title or f"Counterfactual: {found.target}",
        verdict=verdicts.of_answers(found.answers),
        sections=tuple(_sections(found, weights)),
        recipe={
            "log": found.log,
            "target": found.target,
            "estimators": [each.estimator for each in found.answers],
            "left_out": dict(found.left_out),
            "thresholds": dict(THRESHOLDS),
        },
        warnings=collected(*(each.warnings for each in found.answers)),
    )


def _sections(found: Counterfactual, weights: FloatArray | None) -> Iterator[Section]:
    estimates = [each for each in found.answers if isinstance(each, Estimate)]
    refusals = [each for each in found.answers if isinstance(each, Unsupported)]
    served = (
        ""
        if found.logged is None
        else f" What served earned {found.logged:.4g} a round; the line stands there."
    )
    if estimates:
        about = f"Mean reward a round.{served} Estimators that disagree say that one of them rests on something untrue."
        yield Section("Estimates", about, (_estimates(estimates), _drawn(found)))
    if refusals:
        rows = tuple((each.estimator, each.because, each.text, each.wanted) for each in refusals)
        about = "A refusal is an answer: this log does not hold what would be needed, and a number would hide that."
        yield Section("Refused", about, (Table("Refusals", _REFUSALS, rows),))
    parts: list[Part] = [] if found.support is None else [_audit(found.support)]
    if weights is not None and len(weights):
        parts.append(histogram(weights))
    yield Section("What the log has to say", _counted(found), tuple(parts))


def _estimates(estimates: list[Estimate]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            each.estimator,
            _interval(each),
            each.above_logged,
            each.n_effective,
            each.largest_weight,
            each.interval,
            ", ".join(f"{name} {value:.3g}" for name, value in each.tuned.items()) or "nothing",
        )
        for each in estimates
    ]
    note = "Worth rounds: of even weight, (Σ w)² / Σ w². Intervals are over listeners."
    return Table("Estimates", _ESTIMATES, tuple(rows), note)


def _drawn(found: Counterfactual) -> Intervals:
    rows = tuple(Named(each.estimator, _interval(each)) for each in found.answers)
    return Intervals(f"What {found.target} would have earned", rows, line=found.logged)


def _audit(support: Support) -> Table:
    """Return what was asked of the log before any estimate, with what each should be."""
    least, most = THRESHOLDS["least_effective_n"], THRESHOLDS["most_unsupported"]
    room = THRESHOLDS["most_deviations"] * support.mean_weight_error
    rows: tuple[tuple[Cell, ...], ...] = (
        ("rounds of even weight that these are worth", support.n_effective, f"at least {least:g}"),
        ("share of the target's mass the log could not show", support.p_unsupported, f"at most {most:g}"),
        ("mean weight, Σ w / n", support.mean_weight, f"1, give or take {numerals.number(room, 2)}"),
        ("largest weight", support.largest_weight, "the smaller the safer"),
        ("share of all weight on one round", support.largest_share, f"at most {THRESHOLDS['most_share']:g}"),
        ("rounds with another reward than the commonest", support.n_uncommon, f"at least {THRESHOLDS['least_rewards']:g}"),
        ("propensities recomputed from the log", support.n_replayed, f"all {support.n:,}, where the log is ours"),
        ("of these, other than logged", support.n_differ, "0"),
    )  # fmt: skip
    return Table("Asked before any estimate", _AUDIT, rows)


def _counted(found: Counterfactual) -> str:
    """Say how many rounds there are, and how many slots are none and why."""
    support = found.support
    n, n_listeners = (0, 0) if support is None else (support.n, support.n_listeners)
    why = "; ".join(f"{why.replace('_', ' ')}: {n:,}" for why, n in found.left_out.items() if n)
    rounds = f"{n:,} rounds of {n_listeners:,} listeners."
    return f"{rounds} Left out: {why}." if why else rounds


def histogram(weights: FloatArray) -> Weights:
    """Return how many rounds weigh how much, on a log scale."""
    some = weights[weights > 0]
    low, high = (np.log10(some.min()), np.log10(some.max())) if len(some) else (-1.0, 1.0)
    if high - low < 0.1:
        low, high = low - 0.5, high + 0.5
    edges = np.logspace(low, high, N_BINS + 1)
    edges[0], edges[-1] = edges[0] * (1 - 1e-9), edges[-1] * (1 + 1e-9)
    counts = np.histogram(some, edges)[0]
    n_zero = int(len(weights) - len(some))
    note = f"{len(weights):,} rounds; the line is weight 1. Rounds the target would never have shown weigh 0."
    return Weights(
        "Importance weights", tuple(edges.tolist()), tuple(counts.tolist()), n_zero, note
    )


def _interval(each: Answer) -> Interval | None:
    if isinstance(each, Unsupported):
        return None
    return Interval(each.value, each.low, each.high, each.level, each.n_listeners)

"""Estimators on trial as a report: how near each came to a known truth, and whether its intervals keep their word."""

from collections.abc import Sequence

import msgspec

from ritornello.evaluate import numerals, verdicts
from ritornello.evaluate.questions import Intervals as Made
from ritornello.evaluate.report import (
    Cell,
    Column,
    Intervals,
    Named,
    Part,
    Report,
    Section,
    Table,
)
from ritornello.evaluate.synthetic import World
from ritornello.evaluate.trials import Trial
from ritornello.measures.resampling import Interval

_TRIED = (
    Column("estimator", "code"),
    Column("RMSE", "number"),
    Column("bias", "number"),
    Column("spread", "number"),
    Column("answered", "count"),
    Column("refused", "count"),
    Column("refused because"),
)


def of(found: Sequence[Trial], world: World, intervals: Made, *, title: str = "") -> Report:
    """Return the report of estimators on trial over logs of a world, in the order they were asked."""
    near = Section(
        "How near",
        f"The truth is {found[0].true_value:.6g}. Bias and spread are of the logs an estimator answered; one that refuses the "
        "hard ones is judged on the others.",
        (_tried(found),),
    )
    return Report(
        title=title or "Estimators on trial",
        verdict=verdicts.of_trials(found, intervals.level),
        sections=(near, _kept(found, intervals)),
        recipe={
            "world": msgspec.to_builtins(world),
            "n_logs": found[0].n_answered + sum(found[0].refused.values()),
            "intervals": msgspec.to_builtins(intervals),
            "estimators": [each.estimator for each in found],
        },
    )


def _tried(found: Sequence[Trial]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            each.estimator,
            *_where_any(each, each.rmse, each.bias, each.standard_deviation),
            each.n_answered,
            sum(each.refused.values()),
            "; ".join(f"{why.replace('_', ' ')} {n:,}" for why, n in each.refused.items()),
        )
        for each in found
    ]
    return Table("Errors", _TRIED, tuple(rows))


def _kept(found: Sequence[Trial], intervals: Made) -> Section:
    """Return how often intervals held the truth, beside how often they were to."""
    level = intervals.level
    columns = (
        Column("estimator", "code"),
        Column("held the truth", "interval", level),
        Column("mean width", "number"),
        Column("worth rounds", "count"),
    )
    rows = tuple(
        (each.estimator, _covered(each), *_where_any(each, each.mean_width, each.n_effective))
        for each in found
    )
    named = tuple(Named(each.estimator, _covered(each)) for each in found)
    parts: tuple[Part, ...] = (
        Table("Intervals", columns, rows),
        Intervals("How often intervals held the truth", named, line=level),
    )
    about = (
        f"Of {intervals.method} intervals at {numerals.share(level)} as many are to hold the truth; the line stands there. Below it an estimator "
        "promises more than it keeps, above it is more careful than it says."
    )
    return Section("Do intervals keep their word?", about, parts)


def _covered(each: Trial) -> Interval | None:
    return each.coverage if each.n_answered else None


def _where_any(each: Trial, *values: float) -> tuple[Cell, ...]:
    """Return the values of one that answered; of one that never did nothing is known."""
    return values if each.n_answered else (None,) * len(values)

"""``ritornello evaluate replicate``: how far a run is what its replica made of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli import reporting
from ritornello.cli.evaluate_compare import (
    MeasureNames,
    measures_of,
    scored_runs,
    tell_warnings,
)
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import answer

if TYPE_CHECKING:
    from ritornello.evaluate.replicating import Replication


class InWords(msgspec.Struct, frozen=True):
    """One level of agreement for a person: what, of which measure, and how much."""

    level: str
    of: str
    value: str


def replicate(
    run: Annotated[str, typer.Argument(help="A kept run: name or id.")],
    replica: Annotated[str, typer.Argument(help="Its replica, on the same collection.")],
    *,
    measure: MeasureNames = None,
    baselines: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--baselines",
            help="What run and replica were to better, for the effects: two kept runs.",
        ),
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Places compared.")] = 100,
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Hold RUN against REPLICA: order, values topic by topic, and the gain over a baseline."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import comparison_report, verdicts
    from ritornello.evaluate.replicating import replicate as hold
    from ritornello.evaluate.replicating import same_order

    reporting.check(report)
    place, measures = find_home(home), measures_of(measure)
    kept = scored_runs(place, [run, replica, *(baselines or ())], measures)
    original, again, *gained = kept.scored
    found = hold(
        same_order(kept.collection, *kept.runs[:2], depth=depth),
        original,
        again,
        measures,
        baselines=(gained[0], gained[1]) if gained else None,
    )
    if report is not None:
        reporting.write(comparison_report.of_replication(found), report, place)
    tell_warnings([*(each for scored in kept.scored for each in scored.warnings), *found.warnings])
    answer(
        found if json else list(_in_words(found)),
        as_json=json,
        sentence=verdicts.of_replication(found),
    )


def _in_words(found: "Replication") -> Iterator[InWords]:
    """Yield the levels from the strictest down."""
    from ritornello.evaluate import numerals

    def told(value: float | None) -> str:
        return "" if value is None else numerals.number(value)

    order = found.order
    yield InWords("same order", "Kendall's τ, union", told(order.tau_union))
    yield InWords("same order", "Kendall's τ, items in both", told(order.tau_b))
    yield InWords("same order", f"rank-biased overlap, p={order.p_rbo:g}", told(order.rbo))
    yield InWords("same items", "share of places", told(order.overlap))
    for each in found.values:
        p = "" if each.p_value is None else f", p {numerals.p_value(each.p_value)}"
        means = f"{told(each.original)} → {told(each.replica)}"
        yield InWords("same values", each.measure, f"{means}, RMSE {told(each.rmse)}{p}")
    for gain in found.effects:
        relative = told(gain.delta_relative_improvement)
        yield InWords(
            "same effect", gain.measure, f"ratio {told(gain.effect_ratio)}, ΔRI {relative}"
        )

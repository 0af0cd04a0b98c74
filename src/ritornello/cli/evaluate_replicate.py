"""``ritornello evaluate replicate``: how far a run is what its replica made of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.evaluate_compare import (
    MeasureNames,
    measures_of,
    scored_runs,
    tell_warnings,
)
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.errors import BadValue

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
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="What the run was to better, for the effects.")
    ] = None,
    baseline_replica: Annotated[
        str | None, typer.Option("--baseline-replica", help="And the replica of that.")
    ] = None,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Places compared.")] = 100,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Hold RUN against REPLICA: order, values topic by topic, and the gain over a baseline."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate.replicating import replicate as hold
    from ritornello.evaluate.replicating import same_order

    if (baseline is None) != (baseline_replica is None):
        raise BadValue("effects need both --baseline and --baseline-replica; give both or neither")
    measures = measures_of(measure)
    others = [each for each in (baseline, baseline_replica) if each is not None]
    kept = scored_runs(find_home(home), [run, replica, *others], measures)
    original, again, *gained = kept.scored
    found = hold(
        same_order(kept.collection, *kept.runs[:2], depth=depth),
        original,
        again,
        measures,
        baselines=(gained[0], gained[1]) if gained else None,
    )
    tell_warnings([*(each for scored in kept.scored for each in scored.warnings), *found.warnings])
    answer(found if json else list(_in_words(found)), as_json=json, sentence=_sentence(found))


def _sentence(found: "Replication") -> str:
    """Say how many topics came out the same place by place."""
    order = found.order
    return (
        f"{found.replica} ranks {order.n_identical:,} of {order.n_topics:,} topics exactly as {found.original} "
        f"in the first {order.depth} places."
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

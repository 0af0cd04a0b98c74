"""Comparisons of runs, and a run against its replica, as reports."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ritornello.evaluate import verdicts
from ritornello.evaluate.comparing import Comparison, paired
from ritornello.evaluate.content import FloatArray
from ritornello.evaluate.replicating import Replication
from ritornello.evaluate.report import (
    Column,
    Differences,
    Intervals,
    Named,
    Part,
    Report,
    Section,
    Table,
    collected,
)
from ritornello.evaluate.scoring import Scored
from ritornello.measures import names

MOST_POINTS = 400
MOST_DRAWN = 6
_COLUMNS = (
    Column("ours", "code"),
    Column("theirs", "code"),
    Column("ours − theirs", "interval", 0.0),
    Column("p, adjusted", "p"),
    Column("won", "count"),
    Column("lost", "count"),
    Column("alike", "count"),
)


def of_comparisons(
    found: Sequence[Comparison], scored: Sequence[Scored] = (), *, title: str = ""
) -> Report:
    """Return the report of comparisons, which are all of one collection.

    Parameters
    ----------
    scored : the runs' values, to draw how each topic fares; without them that is not drawn.
    """
    runs = list(dict.fromkeys(name for each in found for name in (each.ours, each.theirs)))
    measures = list(dict.fromkeys(each.measure for each in found))
    named = f"{runs[0]} against {runs[1]}" if len(runs) == 2 else f"{len(runs)} runs"
    by_name = {each.name: each for each in scored}
    return Report(
        title=title or f"Compared: {named}",
        verdict=_verdict([each for each in found if each.measure == measures[0]]),
        sections=tuple(
            _of_measure([each for each in found if each.measure == measure], by_name)
            for measure in measures
        ),
        recipe={
            "runs": {each.name: each.run_id for each in scored} or runs,
            "measures": measures,
            "multiplicity": found[0].multiplicity,
            **({"collection": scored[0].collection_id, "over": scored[0].over} if scored else {}),
        },
        warnings=collected(*(each.warnings for each in scored), *(each.warnings for each in found)),
    )


def of_replication(found: Replication, *, title: str = "") -> Report:
    """Return the report of a replication, from the strictest level down."""
    order = found.order
    ranked = (
        ("topics ranked the same place by place", order.n_identical / max(order.n_topics, 1)),
        ("share of places whose item the other has, too", order.overlap),
        ("Kendall's τ over the union of both", order.tau_union),
        ("Kendall's τ over the items in both", order.tau_b),
        (f"rank-biased overlap, p = {order.p_rbo:g}", order.rbo),
    )
    sections = [
        Section(
            "The same order?",
            f"{order.n_topics:,} topics that both returned, the first {order.depth} places.",
            (Table("Order", (Column("agreement"), Column("mean", "number")), ranked),),
        ),
        Section(
            "The same values?",
            "Root mean squared error over topics; 0 is the same. A small p says that the replica differs, a large one never "
            "that it does not.",
            (_values(found),),
        ),
    ]
    if found.effects:
        rows = tuple(
            (each.measure, each.effect_ratio, each.delta_relative_improvement)
            for each in found.effects
        )
        columns = (
            Column("measure", "code"),
            Column("effect ratio", "number"),
            Column("ΔRI", "number"),
        )
        about = "The gain over the baseline: a ratio of 1 is as strong as it was, 0 is gone; ΔRI of 0 is the same relative gain."
        sections.append(Section("The same effect?", about, (Table("Effects", columns, rows),)))
    return Report(
        title=title or f"Replicated: {found.original} by {found.replica}",
        verdict=verdicts.of_replication(found),
        sections=tuple(sections),
        recipe={"original": found.original, "replica": found.replica, "depth": order.depth},
        warnings=collected(found.warnings),
    )


def _verdict(found: Sequence[Comparison]) -> str:
    measure = found[0].measure
    direction = names.parse(measure).direction
    against = [
        verdicts.Against(each.ours, each.theirs, each.difference, each.p_adjusted) for each in found
    ]
    if len({each.theirs for each in found}) == 1:
        return verdicts.of_field(against, measure, direction=direction)
    return verdicts.of_pairs(against, measure, direction=direction)


def _of_measure(found: Sequence[Comparison], scored: Mapping[str, Scored]) -> Section:
    measure = found[0].measure
    rows = tuple(
        (each.ours, each.theirs, each.difference, each.p_adjusted, each.n_won, each.n_lost, each.n_tied)
        for each in found
    )  # fmt: skip
    note = f"p-values are the randomisation test's; adjusted for many: {found[0].multiplicity}. Intervals draw listeners again."
    parts: list[Part] = [Table(f"{measure}, topic by topic", _COLUMNS, rows, note)]
    if len(found) > 1:
        named = tuple(Named(f"{each.ours} − {each.theirs}", each.difference) for each in found)
        parts.append(Intervals(f"Differences in {measure}", named, line=0.0))
    parts += list(_topics(found[:MOST_DRAWN], scored))
    n = min(each.n_topics for each in found)
    better = "more is better" if names.parse(measure).direction == "up" else "less is better"
    return Section(
        measure,
        f"{better}; {n:,} topics or more have a value in both runs.".capitalize(),
        tuple(parts),
    )


def _topics(found: Sequence[Comparison], scored: Mapping[str, Scored]) -> Iterator[Differences]:
    """Yield how each topic fares, the better side up, whatever the measure's direction."""
    for each in found:
        if each.ours in scored and each.theirs in scored:
            measure = names.parse(each.measure)
            pairs = paired(scored[each.ours], scored[each.theirs], measure)
            moved = pairs.ours - pairs.theirs
            better = moved if measure.direction == "up" else -moved
            title = f"{each.ours} against {each.theirs}, topic by topic"
            yield Differences(
                title, thinned(better), f"{len(better):,} topics, sorted; up is better."
            )


def thinned(values: FloatArray) -> tuple[float, ...]:
    """Return the values in order, or as many as a picture can show of them.

    Examples
    --------
    >>> thinned(np.array([0.5, -1.0, 0.0]))
    (-1.0, 0.0, 0.5)
    """
    ordered = np.sort(values)
    if len(ordered) > MOST_POINTS:
        ordered = ordered[np.linspace(0, len(ordered) - 1, MOST_POINTS).round().astype(np.int64)]
    return tuple(ordered.tolist())


def _values(found: Replication) -> Table:
    columns = (
        Column("measure", "code"),
        Column("original", "number"),
        Column("replica", "number"),
        Column("RMSE", "number"),
        Column("p", "p"),
        Column("topics", "count"),
    )
    rows = tuple(
        (each.measure, each.original, each.replica, each.rmse, each.p_value, each.n_topics)
        for each in found.values
    )
    return Table("Values by topic", columns, rows)

"""An offline evaluation as a report: who is above the first entrant, by part of what was held out, and for whom."""

from collections.abc import Iterator

from ritornello.evaluate import numerals, verdicts
from ritornello.evaluate.asking import Part
from ritornello.evaluate.offline import Offline
from ritornello.evaluate.parts import Judgement
from ritornello.evaluate.report import (
    Cell,
    Column,
    Intervals,
    Named,
    Report,
    Section,
    Segments,
    Table,
    collected,
)
from ritornello.evaluate.report import Part as ReportPart
from ritornello.measures import names
from ritornello.measures.resampling import Interval

PARTS: dict[Part, str] = {
    "all": "Everything",
    "new": "What was new to the listener",
    "again": "What they had heard before",
}
ALONE = "Each interval stands by itself: of twenty entrants all alike one would look different by chance."


def of(found: Offline, *, title: str = "") -> Report:
    """Return the report of an offline evaluation; measures and entrants in the order they were asked in."""
    held_out = f"after {found.at:%Y-%m-%d}" if found.split == "global" else "last"
    return Report(
        title=title or f"Offline: what was heard {held_out}",
        verdict=_verdict(found),
        sections=(
            *(_part(found, each) for each in found.judgements),
            *_groups(found),
            Section("What it cannot see", verdicts.sentence(found.blind_to), ()),
        ),
        recipe=_recipe(found),
        warnings=collected(found.warnings),
    )


def _verdict(found: Offline) -> str:
    """Say it of everything, and then of the new alone, where repeating is no help."""
    measure = _measures(found)[0]
    said = [_of_part(found, "all", measure)]
    if any(each.part == "new" for each in found.judgements):
        said.append(f"Of the new alone: {_of_part(found, 'new', measure)}")
    return " ".join(said)


def _of_part(found: Offline, part: Part, measure: str) -> str:
    against = [
        verdicts.Against(each.entrant, each.against, each.at)
        for each in found.differences
        if (each.part, each.measure) == (part, measure)
    ]
    if against:
        said = verdicts.of_field(against, measure, direction=names.parse(measure).direction)
        return said if part == "all" else said.replace("By ", "by ", 1)
    alone = [each for each in _entrants(found) if _at(found, part, each, measure)]
    return (
        f"{alone[0]} stands alone; nothing to compare it with."
        if alone
        else "nobody ranked anything."
    )


def _part(found: Offline, judgement: Judgement) -> Section:
    part, measures = judgement.part, _measures(found)
    rows: list[tuple[Cell, ...]] = [
        (entrant, *(_at(found, part, entrant, measure) for measure in measures))
        for entrant in _entrants(found)
    ]
    columns = (Column("entrant", "code"), *(_column(measure) for measure in measures))
    first = _at(found, part, _entrants(found)[0], measures[0])
    parts: tuple[ReportPart, ...] = (
        Table(f"{PARTS[part]}: what each entrant reached", columns, tuple(rows), _note(rows)),
        *_differences(found, part),
        Intervals(
            f"{measures[0]} by entrant",
            tuple(Named(each, _at(found, part, each, measures[0])) for each in _entrants(found)),
            line=None if first is None else first.mean,
            note=f"The line is {_entrants(found)[0]}.",
        ),
    )
    return Section(PARTS[part], _judged_by(judgement), parts)


def _differences(found: Offline, part: Part) -> Iterator[Table]:
    """Yield the table of differences from the first entrant, where there are any."""
    told = {
        (each.entrant, each.measure): each.at for each in found.differences if each.part == part
    }
    if not told:
        return
    measures, (first, *others) = _measures(found), _entrants(found)
    rows = tuple(
        (entrant, *(told.get((entrant, measure)) for measure in measures)) for entrant in others
    )
    columns = (
        Column("entrant", "code"),
        *(Column(_titled(each), "interval", 0.0) for each in measures),
    )
    yield Table(f"{PARTS[part]}: above {first}", columns, rows, ALONE)


def _groups(found: Offline) -> Iterator[Section]:
    """Yield how the first measure lies by group, of everything."""
    measure, entrants = _measures(found)[0], _entrants(found)
    by_kind: dict[str, dict[str, dict[str, Interval]]] = {}
    for each in found.values:
        if each.segment and (each.part, each.measure) == ("all", measure):
            of_kind = by_kind.setdefault(each.segment, {})
            of_kind.setdefault(each.group, {})[each.entrant] = each.at
    if not by_kind:
        return
    figures = tuple(
        Segments(
            f"{measure} by {kind}",
            entrants,
            tuple(f"{group} ({_n(of):,})" for group, of in groups.items()),
            tuple(tuple(of.get(entrant) for entrant in entrants) for of in groups.values()),
        )
        for kind, groups in by_kind.items()
    )
    about = "An average hides who pays for it. In brackets: listeners; smaller groups are left out."
    yield Section("For whom", about, figures)


def _judged_by(judgement: Judgement) -> str:
    return (
        f"Judged by {_counted(judgement.n_right, 'item')} that served {_counted(judgement.n_listeners, 'listener')}; among "
        f"them, {_counted(judgement.n_listeners_unknown, 'listener')} without a past and "
        f"{_counted(judgement.n_right_unknown, 'item')} nobody knew by then."
    )


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _recipe(found: Offline) -> dict[str, object]:
    return {
        "split": found.split,
        "at": found.at.isoformat(),
        "until": found.until and found.until.isoformat(),
        "success": found.success,
        "depth": found.depth,
        "entrants": list(_entrants(found)),
        "measures": list(_measures(found)),
        "collections": {each.part: each.collection_id for each in found.judgements},
    }


def _at(found: Offline, part: Part, entrant: str, measure: str) -> Interval | None:
    wanted = (part, entrant, measure, "")
    return next(
        (v.at for v in found.values if (v.part, v.entrant, v.measure, v.segment) == wanted), None
    )


def _entrants(found: Offline) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.entrant for each in found.values))


def _measures(found: Offline) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.measure for each in found.values))


def _column(measure: str) -> Column:
    return Column(_titled(measure), "interval")


def _titled(measure: str) -> str:
    """Return a measure with the way that is better, where that is down."""
    return measure if names.parse(measure).direction == "up" else f"{measure} (less is better)"


def _n(of: dict[str, Interval]) -> int:
    return max(each.n for each in of.values())


def _note(rows: list[tuple[Cell, ...]]) -> str:
    level = next((cell.level for row in rows for cell in row if isinstance(cell, Interval)), 0.95)
    return f"Means over listeners with {numerals.share(level)} intervals that draw listeners again."

"""``ritornello evaluate offline``: who would have found what was heard next."""

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ritornello.cli import reporting
from ritornello.cli.evaluate_compare import tell_warnings
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import Tell, answer, progress
from ritornello.kinds.errors import BadValue
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.evaluate.offline import Evaluated, Offline
    from ritornello.evaluate.plans import Plan
    from ritornello.evaluate.report import Report

SplitName = Literal["global", "leave_one_out", "share"]


def offline(
    *,
    at: Annotated[
        str | None,
        typer.Option(
            help="Day or instant (UTC) the past ends at, or FROM..UNTIL; before the last fifth of all listens if not given."
        ),
    ] = None,
    entrant: Annotated[
        list[str] | None,
        typer.Option(
            help="A scorer, a source, 'POLICY over SCORER', a surface or run:FILE; again for more. Others are held against the first."
        ),
    ] = None,
    measure: Annotated[
        list[str] | None, typer.Option(help="Such as nDCG@20; may be given more than once.")
    ] = None,
    success: Annotated[
        str, typer.Option(help="played, declared, or a trained success function.")
    ] = "played",
    split: Annotated[
        SplitName,
        typer.Option(
            help="global; leave_one_out, as papers count; or a share of items, where nothing has a time."
        ),
    ] = "global",
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Train on the past, ask entrants in it, judge them by what was heard next; collections and runs are kept as studies."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import offline_report
    from ritornello.evaluate.offline import MEASURES
    from ritornello.evaluate.plans import ENTRANTS, Plan

    reporting.check(report)
    begins, _, ends = (at or "").partition("..")
    plan = Plan(
        split=split, at=instant(begins), until=instant(ends), success=success,
        entrants=tuple(entrant or ENTRANTS), measures=tuple(measure or MEASURES),
    )  # fmt: skip
    found = find_home(home)
    with progress("Evaluating") as tell:
        evaluated = evaluate(found, plan, tell)
    told = offline_report.of(evaluated.offline).made_by(command_of(evaluated.offline, plan))
    _keep(found, evaluated, told)
    if report is not None:
        reporting.write(told, report, found)
    tell_warnings(evaluated.offline.warnings)
    answer(
        evaluated.offline if json else _in_words(evaluated.offline),
        as_json=json,
        sentence=told.verdict,
    )


def evaluate(home: Home, plan: "Plan", tell: Tell) -> "Evaluated":
    """Carry a plan out over a home with this installation's rooms and settings."""
    from os import cpu_count

    from ritornello.cli.wiring import REDUCERS, ground_of, now, schemas, settings_of
    from ritornello.evaluate.as_of import Rooms
    from ritornello.evaluate.plans import Installed, carry_out
    from ritornello.models.training import TrainingConfig

    settings = settings_of(home)
    installed = Installed(home, Rooms(schemas(), REDUCERS), ground_of(home, settings), settings)
    config = TrainingConfig(n_threads=max(1, (cpu_count() or 1) // 2))
    return carry_out(installed, plan, now=now(), config=config, tell=tell)


def instant(text: str) -> datetime | None:
    """Return the instant of a day or of a time of day; without a zone it is UTC, and nothing names none.

    Raises
    ------
    BadValue : no such day.

    Examples
    --------
    >>> instant("2026-11-14").isoformat(), instant("2026-11-14T09:30+01:00").isoformat()
    ('2026-11-14T00:00:00+00:00', '2026-11-14T08:30:00+00:00')
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"--at must be a day or an instant such as 2026-11-14T09:30, not {text!r}"
        raise BadValue(message) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def command_of(found: "Offline", plan: "Plan") -> str:
    """Return the command that makes an evaluation again, its split written out."""
    words = ["ritornello", "evaluate", "offline", "--split", plan.split]
    if plan.split == "global":
        until = f"..{found.until.isoformat()}" if found.until else ""
        words += ["--at", f"{found.at.isoformat()}{until}"]
    words += ["--success", found.success]
    words += [word for each in plan.entrants for word in ("--entrant", each)]
    words += [word for each in plan.measures for word in ("--measure", each)]
    return shlex.join(words)


def _keep(home: Home, evaluated: "Evaluated", report: "Report") -> None:
    from ritornello.evaluate import studies

    for collection in evaluated.collections:
        studies.keep(home, collection)
    for run in evaluated.runs:
        studies.keep(home, run)
    studies.keep(home, report)


def _in_words(found: "Offline") -> list[dict[str, str]]:
    """Return a row a part and entrant, with a column a measure."""
    from ritornello.evaluate import numerals

    rows: dict[tuple[str, str], dict[str, str]] = {}
    for value in found.values:
        if not value.segment:
            row = rows.setdefault(
                (value.part, value.entrant), {"of": value.part, "entrant": value.entrant}
            )
            mean, low, high = numerals.within(value.at)
            row[value.measure] = f"{mean} [{low}, {high}]"
    return list(rows.values())

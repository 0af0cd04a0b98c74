"""``--report FILE``: what a verb found as a page or as JSON, written there and kept in the home."""

import shlex
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ritornello.cli.terminal import say
from ritornello.kinds.errors import BadValue
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.evaluate.report import Report

ReportPath = Annotated[
    Path | None,
    typer.Option("--report", help="Also write a report here, .html or .json; the home keeps it."),
]
TYPED: ContextVar[tuple[str, ...]] = ContextVar("TYPED", default=())
"""What was typed after ``ritornello``, for whoever wants to make a report again."""
FORMS = (".html", ".json")


def check(file: Path | None) -> None:
    """Make sure, before anything is worked out, that a report can be written there.

    Raises
    ------
    BadValue : another kind of file, or a folder that is not there.
    """
    if file is None:
        return
    if file.suffix not in FORMS:
        raise BadValue(f"--report {file}: a report is a page or JSON; name it .html or .json")
    if not file.parent.is_dir():
        raise BadValue(f"--report {file}: there is no folder {file.parent}; make it first")


def write(report: "Report", file: Path, home: Home | None = None) -> None:
    """Write a report with the command that makes it again, as it was typed unless it says so itself.

    Parameters
    ----------
    home : keeps it, for its pages.
    """
    from ritornello.evaluate import reports, studies

    made = report if report.command else report.made_by(shlex.join(("ritornello", *TYPED.get())))
    if file.suffix == ".json":
        file.write_bytes(reports.to_json(made))
    else:
        file.write_text(reports.html(made), encoding="utf-8")
    kept = "" if home is None else f", kept as /studies/reports/{studies.keep(home, made)}"
    say(f"The report is in {file}{kept}.")

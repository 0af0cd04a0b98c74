"""``ritornello evaluate leaderboard``: the runs of a collection side by side, as a table, a file and on the page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ritornello.cli import reporting
from ritornello.cli.evaluate_compare import MeasureNames, measures_of, tell_warnings
from ritornello.cli.evaluate_score import OverTopics
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import NotFound
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.evaluate.leaderboard import Cell, Leaderboard, Row
    from ritornello.evaluate.scoring import Scored
    from ritornello.measures.matching import Over
    from ritornello.measures.names import Measure


def leaderboard(
    collection: Annotated[str, typer.Argument(help="A kept collection: its name or id.")],
    *,
    measure: MeasureNames = None,
    over: OverTopics = "judged",
    to: Annotated[
        Path | None, typer.Option("--to", help="Also write it here: .json, .csv or .md.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="What chance begins from.")] = 0,
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Put the runs of a collection side by side; who is surely below the best says so. The page shows the same."""
    import numpy as np

    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import leaderboard_files, leaderboard_report, studies
    from ritornello.evaluate.leaderboard import leaderboard as side_by_side

    reporting.check(report)
    found, measures = find_home(home), measures_of(measure)
    form = None if to is None else leaderboard_files.form_of(to)
    of = studies.collection(found, studies.find(found, studies.COLLECTIONS, collection))
    with progress("Comparing") as tell:
        scored = _scored(found, of.id, measures, over)
        board = side_by_side(of, scored, measures, np.random.default_rng(seed), tell=tell)
    leaderboard_files.keep(found, board)
    if to is not None and form is not None:
        to.write_text(leaderboard_files.text_of(board, form), encoding="utf-8")
    if report is not None:
        reporting.write(leaderboard_report.of(board), report, found)
    tell_warnings([*board.warnings, *(each for row in board.rows for each in row.warnings)])
    answer(
        board if json else [_in_words(board, row) for row in board.rows],
        as_json=json,
        sentence=f"{board.name} over {board.over} topics; * the best, ↓ surely below it:",
    )


def _scored(
    home: Home, collection_id: str, measures: "list[Measure]", over: "Over"
) -> "list[Scored]":
    """Return every run of a collection, scored.

    Raises
    ------
    NotFound : it has none.
    """
    from ritornello.evaluate import studies
    from ritornello.evaluate.scoring import score

    kept = studies.runs_of(home, collection_id)
    if not kept:
        raise NotFound(
            f"no run of {collection_id} is kept; `ritornello evaluate import run` brings one in"
        )
    collection = studies.collection(home, collection_id)
    return [score(studies.run(home, each.id), collection, measures, over=over) for each in kept]


def _in_words(board: "Leaderboard", row: "Row") -> dict[str, str]:
    cells = zip((column.measure for column in board.columns), row.cells, strict=True)
    return {"run": row.name, **{measure: _cell(cell) for measure, cell in cells}}


def _cell(cell: "Cell") -> str:
    from ritornello.evaluate import numerals

    mark = " *" if cell.is_best else " ↓" if cell.is_below else ""
    if cell.low is None or cell.high is None:
        return f"{numerals.number(cell.value)}{mark}"
    low, high = numerals.number(cell.low), numerals.number(cell.high)
    return f"{numerals.number(cell.value)} ({low} to {high}){mark}"

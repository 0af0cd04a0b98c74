"""``ritornello evaluate score``: what measures make of a kept run."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer

from ritornello.cli import reporting
from ritornello.cli.evaluate_compare import MeasureNames, measures_of, tell_warnings
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import answer, progress

if TYPE_CHECKING:
    from ritornello.evaluate.leaderboard import Cell, Leaderboard
    from ritornello.evaluate.scoring import Scored

OverTopics = Annotated[
    Literal["judged", "returned", "both"],
    typer.Option(
        "--over", help="Topics that count: judged (without a row worth 0), returned, or both."
    ),
]


class InWords(msgspec.Struct, frozen=True):
    """A run by one measure, for a person."""

    measure: str
    value: str
    interval: str
    topics: int


def score(
    run: Annotated[str, typer.Argument(help="A kept run: its name or id.")],
    *,
    measure: MeasureNames = None,
    over: OverTopics = "judged",
    topics: Annotated[bool, typer.Option("--topics", help="With --json: each topic, too.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="What chance begins from.")] = 0,
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Score a run: one number a measure, with its interval over listeners."""
    import numpy as np

    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import leaderboard_report, scoring, studies
    from ritornello.evaluate.leaderboard import leaderboard

    reporting.check(report)
    found, measures = find_home(home), measures_of(measure)
    with progress("Scoring") as tell:
        kept = studies.run(found, studies.find(found, studies.RUNS, run))
        collection = studies.collection(found, kept.collection_id)
        scored = scoring.score(kept, collection, measures, over=over)
        board = leaderboard(collection, [scored], measures, np.random.default_rng(seed), tell=tell)
    if report is not None:
        reporting.write(leaderboard_report.of(board), report, found)
    tell_warnings([*scored.warnings, *board.warnings])
    (row,) = board.rows
    by_measure = zip((column.measure for column in board.columns), row.cells, strict=True)
    if json:
        answer(_plain(scored, board, with_topics=topics), as_json=True)
        return
    sentence = f"{row.name} over {len(scored.topics):,} topics ({over}) of {board.name}:"
    answer([_in_words(*each) for each in by_measure], as_json=False, sentence=sentence)


def _plain(scored: "Scored", board: "Leaderboard", *, with_topics: bool) -> dict[str, Any]:
    """Return a run's scores as plain values; what has no value is null."""
    (row,) = board.rows
    cells = zip(board.columns, row.cells, strict=True)
    told: dict[str, Any] = {
        "run_id": scored.run_id,
        "name": scored.name,
        "collection_id": scored.collection_id,
        "over": scored.over,
        "level": board.level,
        "measures": [
            {**msgspec.to_builtins(of), **msgspec.to_builtins(cell)} for of, cell in cells
        ],
        "warnings": msgspec.to_builtins((*scored.warnings, *board.warnings)),
    }
    if with_topics:
        told["topics"] = scored.topics
        told["values"] = {name: values.tolist() for name, values in scored.values.items()}
    return told


def _in_words(measure: str, cell: "Cell") -> InWords:
    from ritornello.evaluate import numerals

    between = ""
    if cell.low is not None and cell.high is not None:
        between = f"{numerals.number(cell.low)} to {numerals.number(cell.high)}"
    return InWords(measure, numerals.number(cell.value), between, cell.n_topics)

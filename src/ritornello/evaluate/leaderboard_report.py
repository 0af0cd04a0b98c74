"""A leaderboard as a report."""

from ritornello.evaluate import numerals, verdicts
from ritornello.evaluate.leaderboard import Cell, Leaderboard
from ritornello.evaluate.report import Cell as Written
from ritornello.evaluate.report import (
    Column,
    Form,
    Intervals,
    Named,
    Part,
    Report,
    Section,
    Table,
    collected,
)
from ritornello.measures.resampling import Interval


def of(board: Leaderboard, *, title: str = "") -> Report:
    """Return the report of a leaderboard: all measures, then the first drawn."""
    parts: list[Part] = [_table(board), _standings(board)]
    drawn = tuple(Named(row.name, _interval(row.cells[0], board)) for row in board.rows)
    if any(row.at is not None for row in drawn):
        parts.append(Intervals(f"{board.columns[0].measure} by run", drawn))
    about = f"Topics that are {board.over}; " + "; ".join(
        f"{each.measure}: {'more' if each.direction == 'up' else 'less'} is better"
        for each in board.columns
    )
    return Report(
        title=title or f"Leaderboard: {board.name}",
        verdict=verdicts.of_leaderboard(board),
        sections=(Section("Runs side by side", f"{about}.", tuple(parts)),),
        recipe={
            "collection": board.collection_id,
            "over": board.over,
            "measures": [each.measure for each in board.columns],
            "runs": {row.name: row.run_id for row in board.rows},
        },
        warnings=collected(board.warnings, *(row.warnings for row in board.rows)),
    )


def _table(board: Leaderboard) -> Table:
    """Return values by run and measure; an interval where a measure has one."""
    forms: list[Form] = [
        "number" if any(row.cells[at].low is None for row in board.rows) else "interval"
        for at in range(len(board.columns))
    ]
    columns = [Column(each.measure, form) for each, form in zip(board.columns, forms, strict=True)]
    rows = tuple(
        (
            row.name,
            *(_written(cell, form, board) for cell, form in zip(row.cells, forms, strict=True)),
        )
        for row in board.rows
    )
    return Table("Values", (Column("run", "code"), *columns), rows)


def _standings(board: Leaderboard) -> Table:
    """Return who is surely below the best, by measure."""
    rows = tuple((row.name, *(_standing(cell) for cell in row.cells)) for row in board.rows)
    columns = (Column("run", "code"), *(Column(each.measure) for each in board.columns))
    note = (
        f"{numerals.share(board.level)} intervals over listeners drawn again. Below: worse than the best, the p-value adjusted among all "
        "pairs of runs (Holm)."
    )
    return Table("Who is surely below the best", columns, rows, note)


def _written(cell: Cell, form: Form, board: Leaderboard) -> Written:
    return _interval(cell, board) if form == "interval" else cell.value


def _interval(cell: Cell, board: Leaderboard) -> Interval | None:
    if cell.low is None or cell.high is None:
        return None
    return Interval(cell.value, cell.low, cell.high, board.level, cell.n_topics)


def _standing(cell: Cell) -> str:
    if cell.is_best:
        return "the best"
    if cell.p_value is None:
        return "not tested"
    return f"{'below' if cell.is_below else 'not told apart'}, p {cell.p_value:.2g}"

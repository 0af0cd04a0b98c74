"""A figure as the table that says the same, for those who cannot see it or want its numbers."""

from collections.abc import Sequence

from ritornello.evaluate.report import (
    Calibration,
    Cell,
    Column,
    Differences,
    Figure,
    Intervals,
    Segments,
    Table,
    Weights,
)
from ritornello.measures.resampling import Interval

_BOUNDS = (Column("mean", "number"), Column("low", "number"), Column("high", "number"))
_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def in_rows(figure: Figure) -> Table:
    """Return the numbers behind a figure."""
    match figure:
        case Intervals():
            named = [(row.name, *_bounds(row.at)) for row in figure.rows]
            return _table(figure, (Column("whose"), *_BOUNDS), named)
        case Segments():
            return _of_segments(figure)
        case Differences():
            return _of_differences(figure)
        case Weights():
            return _of_weights(figure)
        case Calibration():
            return _of_calibration(figure)


def _of_differences(figure: Differences) -> Table:
    ordered = sorted(figure.values)
    columns = (Column("share of topics below", "share"), Column("difference", "number"))
    rows = [(share, ordered[round(share * (len(ordered) - 1))]) for share in _SHARES if ordered]
    return _table(figure, columns, rows)


def _of_segments(figure: Segments) -> Table:
    rows = [
        (segment, entrant, *_bounds(at))
        for segment, row in zip(figure.segments, figure.rows, strict=True)
        for entrant, at in zip(figure.entrants, row, strict=True)
    ]
    return _table(figure, (Column("segment"), Column("entrant"), *_BOUNDS), rows)


def _of_weights(figure: Weights) -> Table:
    between = zip(figure.edges[:-1], figure.edges[1:], figure.counts, strict=True)
    rows = [(low, high, n) for low, high, n in between if n]
    columns = (Column("weight from", "number"), Column("to", "number"), Column("rounds", "count"))
    return _table(figure, columns, [(0.0, 0.0, figure.n_zero), *rows])


def _of_calibration(figure: Calibration) -> Table:
    columns = (
        Column("said", "share"),
        Column("happened", "share"),
        Column("low", "share"),
        Column("high", "share"),
        Column("rounds", "count"),
    )
    rows = [(one.mean_p, one.rate, one.low, one.high, one.n) for one in figure.curve.bins]
    return _table(figure, columns, rows)


def _bounds(at: Interval | None) -> tuple[Cell, Cell, Cell]:
    return (None, None, None) if at is None else (at.mean, at.low, at.high)


def _table(figure: Figure, columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(figure.title, columns, tuple(rows))

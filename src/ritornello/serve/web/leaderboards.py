"""For scientists and editors: the runs of a collection side by side, and each run's recipe and how its topics lie."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Response

from ritornello.evaluate import leaderboard_files, numerals, plots
from ritornello.evaluate.leaderboard import Cell, Leaderboard, Row, Spread
from ritornello.evaluate.report import Intervals, Named
from ritornello.kinds.errors import NotFound, UnknownName
from ritornello.kinds.times import zone
from ritornello.measures.resampling import Interval
from ritornello.serve import judgements
from ritornello.serve.access import STUDENTS, allow
from ritornello.serve.web.rendering import PRIVATE
from ritornello.serve.web.shell import Asked, service_of, show
from ritornello.signals import svg

STUDY = allow(*STUDENTS, cookies=True)
MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
BAR_WIDE, BARS_HIGH = 14, 60

By = Annotated[str | None, QueryParameter(name="by", max_length=80)]
WorstFirst = Annotated[bool, QueryParameter(name="worst_first")]


@get("/studies/collections/{name:str}", opt=STUDY)
async def collection(
    request: Asked, name: FromPath[str], by: By = None, worst_first: WorstFirst = False
) -> Response[str]:
    """Show a collection's runs, sorted by a measure; ``ID.csv``, ``ID.json`` and ``ID.md`` are the same as files."""
    service = service_of(request)
    study_id, dot, form = name.partition(".")
    told = await judgements.collection(service, study_id)
    if dot:
        return _file(told.board, form)
    at = _place(told.board, by)
    rows = [] if told.board is None else _sorted(told.board, at, worst_first=worst_first)
    return await show(
        request,
        "leaderboard.html",
        told=told,
        at=at,
        rows=rows,
        number=numerals.number,
        worst_first=worst_first,
        drawn="" if told.board is None else _drawn(told.board, rows, at),
        tz=zone(service.settings["time_zone"]),
        now=service.now(),
    )


@get("/studies/runs/{study_id:str}", opt=STUDY)
async def run(request: Asked, study_id: FromPath[str]) -> Response[str]:
    """Show a run: its recipe, what was kept out, and how its values lie among the topics."""
    service = service_of(request)
    told = await judgements.run(service, study_id)
    cells = list(zip(told.columns, told.cells, strict=True))
    return await show(
        request,
        "run.html",
        told=told,
        number=numerals.number,
        recipe=list(_flat(told.recipe)),
        cells=[(column, cell, _bars(cell.spread, column.measure)) for column, cell in cells],
        tz=zone(service.settings["time_zone"]),
        now=service.now(),
    )


def _flat(recipe: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each plain value of a recipe with the names that lead to it."""
    for name, value in recipe.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path} ")
        else:
            yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _file(board: Leaderboard | None, form: str) -> Response[str]:
    """Return a leaderboard as a file.

    Raises
    ------
    NotFound : there is none yet. UnknownName : another form.
    """
    if form not in MEDIA_TYPES:
        raise UnknownName.among("form of leaderboard", form, MEDIA_TYPES)
    if board is None:
        raise NotFound("no leaderboard of this collection yet; `ritornello evaluate leaderboard`")
    named = f'attachment; filename="leaderboard-{board.collection_id}.{form}"'
    return Response(
        leaderboard_files.text_of(board, form),
        media_type=MEDIA_TYPES[form],
        headers={**PRIVATE, "Content-Disposition": named},
    )


def _place(board: Leaderboard | None, by: str | None) -> int:
    """Return the column a leaderboard is sorted by, the first where none is asked for.

    Raises
    ------
    UnknownName : it has no such measure.
    """
    if board is None or by is None:
        return 0
    measures = [column.measure for column in board.columns]
    if by not in measures:
        raise UnknownName.among("measure on this leaderboard", by, measures)
    return measures.index(by)


def _sorted(board: Leaderboard, at: int, *, worst_first: bool) -> list[Row]:
    falling = (board.columns[at].direction == "up") != worst_first
    return sorted(board.rows, key=lambda row: row.cells[at].value, reverse=falling)


def _drawn(board: Leaderboard, rows: list[Row], at: int) -> str:
    """Return the intervals of one measure as a picture; nothing where it has none."""
    named = tuple(Named(row.name, _interval(row.cells[at], board.level)) for row in rows)
    if not any(each.at for each in named):
        return ""
    return plots.intervals(Intervals(f"{board.columns[at].measure} of every run", named))


def _interval(cell: Cell, level: float) -> Interval | None:
    if cell.low is None or cell.high is None:
        return None
    return Interval(cell.value, cell.low, cell.high, level, cell.n_topics)


def _bars(spread: Spread | None, measure: str) -> str:
    """Return how values lie among topics, as bars; nothing where there is one value for all."""
    if spread is None:
        return ""
    most = max(spread.counts)
    bars = [
        svg.box(
            (place * BAR_WIDE + 1, BARS_HIGH * (1 - n / most)),
            ((place + 1) * BAR_WIDE - 1, BARS_HIGH),
            plots.COLOURS[0],
            "d1",
        )
        for place, n in enumerate(spread.counts)
        if n
    ]
    width = len(spread.counts) * BAR_WIDE
    words = [
        svg.text(0, BARS_HIGH + 16, f"{spread.edges[0]:g}", "start", "quiet"),
        svg.text(width, BARS_HIGH + 16, f"{spread.edges[-1]:g}", "end", "quiet"),
    ]
    floor = svg.line((0, BARS_HIGH), (width, BARS_HIGH), svg.UNSURE, 1, "hair")
    title = f"Topics by their {measure}, the most {most:,} in one bar"
    return svg.picture(width, BARS_HIGH + 22, title, [*bars, floor, *words])

"""What a table reads and keeps for some of its days: a window of the lake, laid before an engine."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.ids import ListenerId
from ritornello.signals import inputs, state
from ritornello.signals.shapes import shapes
from ritornello.signals.staleness import OBSERVED, Lineage, ends_us, shifted, span
from ritornello.signals.tables import Table
from ritornello.store import deriving, lake
from ritornello.store.engines import Engine

ROWS_A_WINDOW = 30_000_000
ROWS_ALONE = 10_000
_CASTS = {"VARCHAR": "STRING", "INTEGER": "INT"}


class Window(msgspec.Struct, frozen=True):
    """Days of a table that are made together, in order; ``[""]`` for a table made whole."""

    table: Table
    days: Sequence[str]

    @property
    def reach(self) -> tuple[str, str]:
        """The first and the last day the window depends on."""
        return span(self.table.reach, self.days[0], self.days[-1])

    @property
    def parted(self) -> bool:
        """Whether its rows must be parted by their days."""
        return len(self.days) > 1

    @property
    def halves(self) -> tuple["Window", "Window"]:
        """The earlier and the later half of its days."""
        half = len(self.days) // 2
        return Window(self.table, self.days[:half]), Window(self.table, self.days[half:])


class Ground(msgspec.Struct, frozen=True):
    """What every window of a build stands on: the lake's folder, what it holds, who is leaving.

    ``small`` are the files of the inputs that are neither in the lake nor of one row.
    """

    lake: Path
    known: Lineage
    leaving: Sequence[ListenerId]
    small: Mapping[str, Path]

    def files(self, need: str, reach: tuple[str, str]) -> list[Path]:
        """Return the files that hold an input or table within a reach."""
        return [self.lake / entry.path for entry in self.known.within(need, *reach)]


def windows(
    table: Table,
    days: Sequence[str],
    known: Lineage,
    rows_a_window: int = ROWS_A_WINDOW,
    *,
    parts_dearly: bool = False,
) -> Iterator[Window]:
    """Cut days, in order, into windows.

    Days whose reaches do not touch never share one. A window takes days with up to ``rows_a_window``
    rows of input, and one day at least; what it reads around them, as far as it reaches, does not
    count, or far reaches over large days would have most days read many times over. A table whose
    reach is open takes all its days at once. Before an engine that parts rows dearly, days that reach
    no further than themselves share one only while they are small (``ROWS_ALONE``).
    """
    if table.reach.back is None or table.reach.forward is None:
        yield Window(table, days)
        return
    apart = table.reach.back + table.reach.forward + 1
    if parts_dearly and apart == 1:
        rows_a_window = min(rows_a_window, ROWS_ALONE)
    some: list[str] = []
    for dt in days:
        if some and (
            dt > shifted(some[-1], apart)
            or _rows(Window(table, [*some, dt]), known) > rows_a_window
        ):
            yield Window(table, some)
            some = []
        some.append(dt)
    yield Window(table, some)


def _rows(window: Window, known: Lineage) -> int:
    """Return how many rows of events, decisions and tables lie in the days of a window."""
    return sum(
        entry.n_rows
        for need in window.table.needs
        if need not in state.NAMES
        for entry in known.within(need, window.days[0], window.days[-1])
    )


def query(window: Window) -> str:
    """Return the SQL whose rows are the window's, with the column ``dt`` where it has several days.

    ``dt`` is the number of days since 1970 where the table's day is an instant.
    """
    table, columns = window.table, shapes()[window.table.name]
    named = ", ".join(
        f"CAST({column} AS {_CASTS.get(kind, kind)}) AS {column}"
        for column, kind in columns.items()
    )
    made = f"SELECT {named} FROM (\n{table.sql}\n) AS made"
    if table.day is None:
        return made
    number = f"CAST(floor({table.day} / {inputs.DAY_US}) AS BIGINT)"
    if not table.day.endswith("_us"):
        days = ", ".join(map(lake.quoted, window.days))
        dt = f", {table.day} AS dt" if window.parted else ""
        return f"SELECT *{dt} FROM ({made}) AS cut WHERE {table.day} IN ({days})"
    first, last = ends_us(window.days[0]) - inputs.DAY_US, ends_us(window.days[-1])
    cut = f"({made}) AS cut WHERE {table.day} >= {first} AND {table.day} < {last}"
    if not window.parted:
        return f"SELECT * FROM {cut}"
    days = ", ".join(str(number_of(dt)) for dt in window.days)
    return f"SELECT *, {number} AS dt FROM {cut} AND {number} IN ({days})"


def number_of(dt: str) -> int:
    """Return the number of a day since 1970-01-01."""
    return ends_us(dt) // inputs.DAY_US - 1


def lay(engine: Engine, window: Window, ground: Ground) -> None:
    """Lay the views before an engine that the window's query reads, and no days beyond its reach."""
    needs = window.table.needs
    if "left_out" in needs and "listen" not in needs:
        needs = ("listen", *needs)
    for need in needs:
        _lay(engine, need, window, ground)


def _lay(engine: Engine, need: str, window: Window, ground: Ground) -> None:
    files, stayed = ground.files(need, window.reach), lake.without(ground.leaving)
    if need == OBSERVED:
        through_us = f"CAST({ground.known.through_us} AS BIGINT)"
        engine.view(need, f"SELECT {through_us} AS through_us")
    elif need in EVENT_KINDS:
        engine.parquet(f"raw_{need}", files, inputs.RAW[need])
        flat = inputs.flat(need, engine.name, f"raw_{need}")
        engine.view(need, f"SELECT * FROM ({flat}) AS every_one {stayed}")
    elif need == "clock":
        engine.parquet("all_clock", [ground.small[need]], inputs.COLUMNS[need])
        engine.view(need, f"SELECT * FROM all_clock {_about(window)}")
    elif need == "left_out":
        engine.parquet("all_left_out", files, inputs.COLUMNS[need])
        engine.view(need, LEFT_OUT)
    elif need in ground.small:
        engine.parquet(need, [ground.small[need]], inputs.COLUMNS[need])
    else:
        columns = inputs.RAW.get(need) or shapes()[need]
        engine.parquet(f"all_{need}", files, columns)
        named = stayed if "listener_id" in columns else ""
        engine.view(need, f"SELECT * FROM all_{need} {named}")


LEFT_OUT = """
    SELECT o.event_id, o.listener_id, l.started_at_us, o.because, o.same_as
    FROM all_left_out AS o INNER JOIN listen AS l ON l.event_id = o.event_id"""
"""``left_out`` of the listens at hand, with the instants they are believed to have begun at."""


def _about(window: Window) -> str:
    """Return the condition that keeps the stretches of clocks that meet the window, and a day around it."""
    if window.days[0] == deriving.WHOLE:
        return ""
    first, last = window.reach
    bounds = []
    if window.table.reach.back is not None:
        bounds.append(f"until_us > {ends_us(first) - 2 * inputs.DAY_US}")
    if window.table.reach.forward is not None:
        bounds.append(f"from_us < {ends_us(last) + inputs.DAY_US}")
    return f"WHERE {' AND '.join(bounds)}" if bounds else ""

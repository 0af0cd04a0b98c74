"""Makes the tables of signals: what is missing or stale, day by day, in the order of their needs.

Days that follow each other are made together, in windows that hold only so many rows. Each window
is one query over the days in its reach, and is made in halves where that does not fit into memory;
its files enter the lake in one transaction, with what every day was made from. So a build may stop
anywhere and goes on there, and building again does nothing.
"""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import msgspec

from ritornello.kinds.errors import BadValue, OutOfMemory, StorageUnavailable, UnknownName
from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.times import EPOCH, offsets
from ritornello.signals import inputs, intents, staleness, state, visibility
from ritornello.signals.shapes import KIND, all_tables, shapes
from ritornello.signals.tables import Table, with_needs
from ritornello.signals.windows import ROWS_A_WINDOW, Ground, Window, lay, query, windows
from ritornello.store import deriving, lake, manifest, tombstones
from ritornello.store.database import connect, snapshot
from ritornello.store.engines import Engine
from ritornello.store.home import Home
from ritornello.store.locks import held

LOCK = ".build.lock"
TRIES = 3
Tell = Callable[[str, float], None]


class Beside(msgspec.Struct, frozen=True):
    """What a build needs beside the lake and the catalogue.

    ``queries`` give ``left_out`` and ``zone`` as SQL over the home's database; ``time_zone`` is the
    server's.
    """

    queries: Mapping[str, str] = {}
    time_zone: str = "UTC"


class Wanted(msgspec.Struct, frozen=True):
    """Which days to make: the stale ones or, ``full``, all; from ``first`` to ``last`` where given.

    ``only`` these tables and what they need are made, where any are named.
    """

    full: bool = False
    first: str | None = None
    last: str | None = None
    only: tuple[str, ...] = ()
    rows_a_window: int = ROWS_A_WINDOW

    def holds(self, dt: str) -> bool:
        """Whether a part lies in these days; what is made whole lies in any."""
        return dt == deriving.WHOLE or (self.first or dt) <= dt <= (self.last or dt)


class Made(msgspec.Struct, frozen=True):
    """What was made of one table: days (1 where it is made whole), rows, and how long it took."""

    table: str
    n_days: int
    n_rows: int
    took_s: float


def build(
    home: Home,
    engine: Engine,
    *,
    now: datetime,
    beside: Beside | None = None,
    wanted: Wanted | None = None,
    progress: Tell | None = None,
) -> list[Made]:
    """Make what is missing or stale of every table; return what was made of each.

    Rows not yet sealed are left for the build after the next seal.

    Raises
    ------
    UnknownName : no such table is there to be made.
    Conflict : another build is at work, or somebody else is in the lake all the while.
    StorageUnavailable : a file cannot be read or written, or the engine failed; what is made stays.
    OutOfMemory : a single day takes more memory than is allowed; what is made stays.
    """
    made: dict[str, Made] = {}
    with held(home.lake / LOCK, "build of signals"), closing(connect(home)) as conn:
        for tries_left in reversed(range(TRIES)):
            seen = tombstones.version(conn)
            scratch = _scratch(home)
            building = _Building(
                conn, home, engine, now, beside or Beside(), wanted or Wanted(), scratch
            )
            try:
                building.run(made, progress or _silent)
                break
            except (deriving.SomebodyLeft, StorageUnavailable, FileNotFoundError):
                if tombstones.version(conn) == seen or not tries_left:
                    raise
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return list(made.values())


def open_tables(
    duck: duckdb.DuckDBPyConnection,
    home: Home,
    names: Iterable[str],
    *,
    days: tuple[str, str] | None = None,
) -> None:
    """Leave tables behind as views of these names, all of one instant, without who is leaving.

    Parameters
    ----------
    names : tables of signals; ``shown``, ``arm`` and ``item`` too.
    days : the first and the last day whose files are wanted, such as ``2026-11-21``; all where not given.

    Raises
    ------
    UnknownName : no such table.
    StorageUnavailable : a file is missing or damaged.
    """
    with closing(connect(home, read_only=True)) as conn, snapshot(conn):
        gone = tombstones.leaving(conn)
        for name in names:
            if name not in shapes():
                raise UnknownName.among("table of signals", name, shapes())
            columns = shapes()[name]
            files = [
                home.lake / entry.path
                for entry in manifest.entries(conn, KIND + name)
                if days is None or entry.dt == deriving.WHOLE or days[0] <= entry.dt <= days[1]
            ]
            stayed = lake.without(gone) if "listener_id" in columns else ""
            source = lake.exactly(duck, files, columns)
            with lake.readable():
                duck.execute(
                    f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM ({source}) {stayed}"
                )


class _Building(msgspec.Struct, frozen=True):
    """One attempt at a build, and what all its steps work with."""

    conn: sqlite3.Connection
    home: Home
    engine: Engine
    now: datetime
    beside: Beside
    wanted: Wanted
    scratch: Path

    def run(self, made: dict[str, Made], tell: Tell) -> None:
        """Make every table in turn, and add what was made to ``made``."""
        tell("what has changed", 0.0)
        deriving.forget_missing(self.conn, self.home)
        queries = {name: f"SELECT {_NOBODY[name]} WHERE false" for name in _NOBODY}
        state.refresh(self.conn, self.home, {**queries, **self.beside.queries}, self.now)
        small, same = self._small()
        through_us = _through_us(self.conn, self.home)
        tables = all_tables(self.engine.name)
        tables = with_needs(tables, self.wanted.only or [table.name for table in tables])
        for done, table in enumerate(tables):
            began = time.monotonic()
            seen = tombstones.version(self.conn)
            with snapshot(self.conn):
                known = staleness.lineage(self.conn, same, through_us)
                ground = Ground(self.home.lake, known, tombstones.leaving(self.conn), small)
            n_days, n_rows = 0, 0
            for window, n_made in self._windows(table, ground, seen):
                n_days, n_rows = n_days + len(window.days), n_rows + n_made
                tell(f"{table.name}, {n_days} days", (done + 0.5) / len(tables))
            if n_days:
                took_s = round(time.monotonic() - began, 3)
                made[table.name] = _added(
                    made.get(table.name), Made(table.name, n_days, n_rows, took_s)
                )

    def _windows(self, table: Table, ground: Ground, seen: str) -> Iterator[tuple[Window, int]]:
        """Make what is wanted of a table; yield each window with the number of its rows."""
        found = staleness.stale(table, ground.known, full=self.wanted.full)
        todo = {dt: source for dt, source in found.items() if self.wanted.holds(dt)}
        cut = windows(
            table,
            sorted(todo),
            ground.known,
            self.wanted.rows_a_window,
            parts_dearly=self.engine.parts_dearly,
        )
        for window in cut if todo else ():
            for fitting, files in self._fitting(window, ground):
                parts = [deriving.Part(dt, files.get(dt, []), todo[dt]) for dt in fitting.days]
                kind = KIND + table.name
                yield (
                    fitting,
                    deriving.swap(self.conn, self.home, kind, parts, version=seen, now=self.now),
                )

    def _fitting(
        self, window: Window, ground: Ground
    ) -> Iterator[tuple[Window, dict[str, list[Path]]]]:
        """Write a window, in halves where it does not fit into memory; yield each part with its files."""
        try:
            files = self._written(window, ground)
        except OutOfMemory as error:
            name, day = window.table.name, window.days[0] or "all days"
            if not window.parted:
                message = f"{name} of {day} does not fit: {error}; allow more by the setting signals_memory_mb"
                raise OutOfMemory(message) from error
            shutil.rmtree(self.scratch / name, ignore_errors=True)
            for half in window.halves:
                yield from self._fitting(half, ground)
        else:
            yield window, files

    def _written(self, window: Window, ground: Ground) -> dict[str, list[Path]]:
        """Write a window's rows; return the files by day."""
        lay(self.engine, window, ground)
        table = window.table
        folder = self.scratch / table.name / (window.days[0] or "whole")
        by = "dt" if window.parted else None
        files: dict[str, list[Path]] = {}
        for file in self.engine.write(query(window), folder, by=by):
            files.setdefault(_day_of(file) if by else window.days[0], []).append(file)
        return files

    def _small(self) -> tuple[dict[str, Path], dict[str, str]]:
        """Write the inputs that are neither in the lake nor of one row; return what they are."""
        local = clock_rows(self.beside.time_zone, state.zones(self.conn, self.home))
        rows = {
            "clock": local,
            "intended": sorted(intents.of_home(self.home).rows(), key=repr),
            "screen": sorted(visibility.of_home(self.home).rows(), key=repr),
        }
        files = {name: self.scratch / f"{name}.parquet" for name in rows}
        for name, file in files.items():
            state.keep(self.home, name, rows[name], file)
        clocks = f"{version('tzdata')} {offsets(self.beside.time_zone)}"
        return files, {**{name: repr(each) for name, each in rows.items()}, "clock": clocks}


_NOBODY = {
    name: ", ".join(f"NULL AS {column}" for column in inputs.COLUMNS[name])
    for name in ("left_out", "zone")
}


def clock_rows(server: str, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """Return the stretches of each clock; a zone nobody knows any more is the server's."""
    rows: list[tuple[Any, ...]] = [("", *stretch) for stretch in offsets(server)]
    for name in names:
        try:
            stretches = offsets(name)
        except BadValue:
            stretches = offsets(server)
        rows += [(name, *stretch) for stretch in stretches]
    return rows


def _through_us(conn: sqlite3.Connection, home: Home) -> int:
    """Return the last instant any event is known of; 0 where there is none."""
    entries = [entry for entry in manifest.entries(conn) if entry.kind in EVENT_KINDS]
    last = [home.lake / entry.path for entry in entries if entry.dt == entries[-1].dt]
    if not last:
        return 0
    with lake.open_lake(home) as duck, lake.readable():
        ((us,),) = duck.execute(
            f"SELECT max(epoch_us(happened_at)) FROM {lake.parquet(last)}"
        ).fetchall()
    return int(us)


def _day_of(file: Path) -> str:
    """Return the day a file's folder is named for, a date or a number of days since 1970."""
    name = file.parent.name.removeprefix("dt=")
    return name if "-" in name[1:] else (EPOCH + int(name) * timedelta(days=1)).date().isoformat()


def _added(before: Made | None, made: Made) -> Made:
    """Add what was made to what an earlier attempt made of the same table."""
    if before is None:
        return made
    return Made(
        made.table,
        before.n_days + made.n_days,
        before.n_rows + made.n_rows,
        before.took_s + made.took_s,
    )


def _scratch(home: Home) -> Path:
    home.spill.mkdir(exist_ok=True)
    return Path(mkdtemp(prefix="signals-", dir=home.spill))


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
    del step, share

"""The tables of signals of a few listeners and their latest days, made in memory of lake and log as they stand.

A build makes tables of what is sealed; whoever must know within seconds asks here. The SQL is that of the build, file
by file, so an outcome never means two things. A row that names a listener depends on that listener's events alone, so
those of a few listeners are what a build will make of them.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import msgspec
import numpy as np

from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import from_us
from ritornello.signals import inputs, intents, staleness, state, visibility
from ritornello.signals.building import Beside, clock_rows
from ritornello.signals.shapes import all_tables
from ritornello.signals.windows import LEFT_OUT
from ritornello.store import lake, manifest
from ritornello.store.home import Home

TABLES = (
    "activity", "readings", "encounters", "visits", "beginnings", "attributions", "touched", "outcomes",
)  # fmt: skip
OF_LISTENS = TABLES[:5]
"""Those of them that say what was heard, whoever offered it."""
EVENTS_BACK_US = 4 * inputs.DAY_US
"""How long before a decision events may have a say in its outcome: a day of clocks that differ, a day in which an act
follows a listen, and the two days a visit may last."""
SHOWN_BACK_US = 10 * inputs.DAY_US
"""How long before it decisions may: those that a listen of the two days before it can belong to."""
_MENTIONED = """
    SELECT item_id FROM listen UNION SELECT item_id FROM shown UNION SELECT about_id FROM act
    UNION SELECT item_id FROM heard"""
_BEFORE = """
    INSERT INTO readings BY NAME
    SELECT h.listener_id, coalesce(i.canonical_id, h.item_id) AS item_id, coalesce(i.artist_id, i.show_id) AS artist_id,
        h.first_at_us AS started_at_us, 'play' AS reading, TRUE AS counts
    FROM heard AS h LEFT JOIN item AS i ON i.item_id = h.item_id"""
_OF_THEM = "WHERE listener_id IN (SELECT value FROM json_each(?))"


class Ground(msgspec.Struct, frozen=True):
    """Where these tables come from: a home, and SQL over its database for what stands beside the events.

    ``heard`` gives ``listener_id, item_id, first_at_us``: what was ever heard and counts, and when first; it stands for
    the listens before the days at hand.
    """

    home: Home
    beside: Beside
    heard: str


def lay(
    duck: duckdb.DuckDBPyConnection,
    conn: sqlite3.Connection,
    ground: Ground,
    listeners: Sequence[ListenerId],
    since_us: int,
) -> bool:
    """Leave ``TABLES`` and ``shown`` of these listeners behind; return whether anything was shown to them.

    They say what a build would of every decision made at ``since_us`` or later, and of no other. Where nothing was
    shown, no table is made.

    Parameters
    ----------
    conn : reads one state of the database, as in a ``snapshot``.

    Raises
    ------
    StorageUnavailable : a file of the lake is missing or damaged.
    """
    first_us = max(0, since_us - SHOWN_BACK_US)
    _lay_shown(duck, conn, ground.home, listeners, _day(first_us))
    if duck.execute("SELECT 1 FROM shown LIMIT 1").fetchone() is None:
        return False
    _lay_tables(duck, conn, ground, listeners, since_us=since_us, tables=TABLES)
    return True


def lay_listens(
    duck: duckdb.DuckDBPyConnection,
    conn: sqlite3.Connection,
    ground: Ground,
    listeners: Sequence[ListenerId],
    since_us: int,
) -> None:
    """Leave ``OF_LISTENS`` of these listeners behind, whatever was shown to them.

    They say what a build would of every listen that began at ``since_us`` or later.

    Raises
    ------
    StorageUnavailable : a file of the lake is missing or damaged.
    """
    _lay_rows(duck, "shown", inputs.COLUMNS["shown"], ())
    _lay_tables(duck, conn, ground, listeners, since_us=since_us, tables=OF_LISTENS)


def _lay_tables(
    duck: duckdb.DuckDBPyConnection,
    conn: sqlite3.Connection,
    ground: Ground,
    listeners: Sequence[ListenerId],
    *,
    since_us: int,
    tables: Sequence[str],
) -> None:
    """Leave tables behind, made of these listeners' events and of what is beside them."""
    first_us = max(0, since_us - EVENTS_BACK_US)
    for kind in EVENT_KINDS:
        lake.view(duck, conn, ground.home, kind, only_of=listeners, since=_day(first_us))
        _keep(duck, f"flat_{kind}", inputs.flat(kind, "duckdb", kind))
        duck.execute(f"CREATE OR REPLACE TEMP VIEW {kind} AS SELECT * FROM flat_{kind}")
    _lay_beside(duck, conn, ground, listeners, first_us)
    sql = {table.name: table.sql for table in all_tables("duckdb")}
    for name in tables:
        if name == "encounters":
            duck.execute(_BEFORE)
        _keep(duck, name, sql[name])
        if name == "encounters":
            duck.execute("DELETE FROM readings WHERE event_id IS NULL")


def _lay_shown(
    duck: duckdb.DuckDBPyConnection,
    conn: sqlite3.Connection,
    home: Home,
    listeners: Sequence[ListenerId],
    since: str,
) -> None:
    """Leave ``shown`` behind: spread already where a build has, else spread here from decisions."""
    table, _ = inputs.of_decisions("duckdb")
    known = staleness.lineage(conn, {}, 0)
    stale = staleness.stale(table, known)
    spread = [e for e in known.within(table.name, since, staleness.END) if e.dt not in stale]
    whole = [e for e in known.within("decision", since, staleness.END) if e.dt in stale]
    lake.stage(
        duck,
        "decision",
        lake.unsealed(conn, "decision", only_of=listeners, since=since),
        into="unsealed_decision",
    )
    of_them, source = lake.only(listeners), "SELECT * FROM unsealed_decision"
    if whole:
        files = lake.parquet(_files(home, whole))
        source = f"{source} UNION ALL BY NAME SELECT * FROM {files} {of_them}"
    duck.execute(f"CREATE OR REPLACE TEMP VIEW decision AS {source}")
    named = ", ".join(inputs.COLUMNS["shown"])
    kept = lake.exactly(duck, _files(home, spread), inputs.COLUMNS["shown"])
    with lake.readable():
        _keep(
            duck,
            "shown",
            f"SELECT {named} FROM ({table.sql}) UNION ALL SELECT {named} FROM ({kept}) {of_them}",
        )


def _lay_beside(
    duck: duckdb.DuckDBPyConnection,
    conn: sqlite3.Connection,
    ground: Ground,
    listeners: Sequence[ListenerId],
    first_us: int,
) -> None:
    """Leave the inputs behind that stand beside the events, as far as these listeners need them."""
    whose, queries = msgspec.json.encode(listeners).decode(), ground.beside.queries
    for name in ("left_out", "zone"):
        rows = conn.execute(f"SELECT * FROM ({queries[name]}) {_OF_THEM}", (whose,)).fetchall()
        _lay_rows(duck, f"all_{name}", inputs.COLUMNS[name], rows)
    _keep(duck, "left_out", LEFT_OUT)
    _keep(duck, "zone", "SELECT * FROM all_zone")
    zones = [name for (name,) in duck.execute("SELECT DISTINCT time_zone FROM zone").fetchall()]
    for name, some in {
        "clock": clock_rows(ground.beside.time_zone, zones),
        "intended": intents.of_home(ground.home).rows(),
        "screen": visibility.of_home(ground.home).rows(),
    }.items():
        _lay_rows(duck, name, inputs.COLUMNS[name], some)
    heard = f"SELECT listener_id, item_id, first_at_us FROM ({ground.heard}) {_OF_THEM} AND first_at_us < ?"
    rows = conn.execute(heard, (whose, first_us)).fetchall()
    _lay_rows(duck, "heard", _HEARD, rows)
    ids = [item_id for (item_id,) in duck.execute(_MENTIONED).fetchall() if item_id is not None]
    asked = (msgspec.json.encode(ids).decode(),)
    mentioned = f"SELECT * FROM ({state.ITEM}) WHERE item_id IN (SELECT value FROM json_each(?))"
    _lay_rows(duck, "item", inputs.COLUMNS["item"], conn.execute(mentioned, asked).fetchall())


_HEARD = {"listener_id": "VARCHAR", "item_id": "VARCHAR", "first_at_us": "BIGINT"}


def _lay_rows(
    duck: duckdb.DuckDBPyConnection,
    name: str,
    columns: "dict[str, str] | Any",
    rows: Iterable[Sequence[Any]],
) -> None:
    """Leave rows behind as a table; their values go in as text, so that a column may be of nothing but NULL."""
    shape = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({shape})")
    texts = [[None if each is None else str(each) for each in row] for row in rows]
    if texts:
        table = np.array(texts, object)
        duck.register("given", {column: table[:, place] for place, column in enumerate(columns)})
        cast = ", ".join(f"CAST({column} AS {kind})" for column, kind in columns.items())
        duck.execute(f"INSERT INTO {name} SELECT {cast} FROM given")
        duck.unregister("given")


def _keep(duck: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")


def _files(home: Home, entries: Iterable[manifest.Entry]) -> list[Any]:
    return [home.lake / entry.path for entry in entries]


def _day(us: int) -> str:
    return from_us(us).date().isoformat()

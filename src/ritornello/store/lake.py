"""Lake and log read as one: a consistent snapshot of a kind, whatever is sealed meanwhile.

The manifest's files and the rows not yet sealed are taken in one SQLite read transaction. Files of
the manifest never change, so the relation stays true for as long as its connection lives.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from uuid import UUID

import duckdb
import msgspec
import numpy as np
import zstandard

from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.events import EVENT_KINDS, AnyEvent
from ritornello.kinds.ids import instant_of
from ritornello.store import manifest
from ritornello.store.database import connect, snapshot
from ritornello.store.home import Home
from ritornello.store.records import as_json, filled, structure

ROWS_A_STAGE = 250_000
_BODIES = "SELECT CAST(body AS VARCHAR) AS body, CAST(received AS BIGINT) AS received, CAST(sent AS BIGINT) AS sent"
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_decisions = msgspec.json.Decoder(Decision)

Body = tuple[str | bytes, int, int]


def open_lake(home: Home) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that speaks UTC and spills into the home."""
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("SET enable_progress_bar = false")
    duck.execute(f"SET temp_directory = {quoted(str(home.path / 'spill'))}")
    return duck


def relation(duck: duckdb.DuckDBPyConnection, home: Home, kind: str) -> duckdb.DuckDBPyRelation:
    """Return a consistent snapshot of one kind, and leave it behind as a view of that name.

    Parameters
    ----------
    kind : ``listen``, ``impression``, ``act``, ``query``, ``answer`` or ``decision``.

    Raises
    ------
    StorageUnavailable : a file of the manifest is missing or damaged.
    """
    conn = connect(home, read_only=True)
    try:
        with snapshot(conn):
            files = [home.lake / entry.path for entry in manifest.entries(conn, kind)]
            stage(duck, kind, unsealed(conn, kind), into=f"unsealed_{kind}")
    finally:
        conn.close()
    source = f"SELECT * FROM unsealed_{kind}"
    if files:
        source = f"SELECT * FROM {parquet(files)} UNION ALL BY NAME {source}"
    with readable():
        duck.execute(f"CREATE OR REPLACE TEMP VIEW {kind} AS {source}")
        return duck.table(kind)


def unsealed(conn: sqlite3.Connection, kind: str, through_seq: int | None = None) -> Iterator[Body]:
    """Yield ``(JSON, received, sent)`` of the rows of a kind that no file of the manifest holds.

    Times are microseconds since 1970, -1 where unknown. ``through_seq`` stops after that row.
    """
    last = (1 << 62) if through_seq is None else through_seq
    if kind == "decision":
        unpack = zstandard.ZstdDecompressor().decompress
        sql = "SELECT body FROM decisions WHERE seq > ? AND seq <= ? ORDER BY seq"
        for (body,) in conn.execute(sql, (sealed_through(conn, kind), last)):
            yield unpack(body), -1, -1
    else:
        yield from conn.execute(
            "SELECT body, received_at_us, coalesce(sent_at_us, -1) FROM events "
            "WHERE seq > ? AND seq <= ? AND kind = ? ORDER BY seq",
            (sealed_through(conn, kind), last, kind),
        )


def sealed_through(conn: sqlite3.Connection, kind: str) -> int:
    """Return the last ``seq`` that the manifest's files hold, of events or of decisions."""
    row = conn.execute("SELECT value FROM meta WHERE name = ?", (watermark(kind),)).fetchone()
    return 0 if row is None else int(row[0])


def watermark(kind: str) -> str:
    """Return the name in ``meta`` of what :func:`sealed_through` reads."""
    return "sealed_through_decisions" if kind == "decision" else "sealed_through_events"


def stage(duck: duckdb.DuckDBPyConnection, kind: str, rows: Iterator[Body], *, into: str) -> int:
    """Load log rows into a temporary table with the lake's columns; return how many.

    JSON goes into DuckDB as an array, so nothing private is ever written to a scratch file.
    """
    none = _columns(kind, f"({_BODIES} FROM (SELECT '' AS body, 0 AS received, 0 AS sent) LIMIT 0)")
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS {none}")
    n_rows = 0
    while chunk := list(islice(rows, ROWS_A_STAGE)):
        bodies, received, sent = zip(*chunk, strict=True)
        duck.register(
            "bodies",
            {
                "body": np.array([b if isinstance(b, str) else b.decode() for b in bodies], object),
                "received": np.array(received, np.int64),
                "sent": np.array(sent, np.int64),
            },
        )
        duck.execute(f"INSERT INTO {into} {_columns(kind, f'({_BODIES} FROM bodies)')}")
        duck.unregister("bodies")
        n_rows += len(chunk)
    return n_rows


def sort_by_day(duck: duckdb.DuckDBPyConnection, kind: str, table: str) -> list[tuple[str, int]]:
    """Sort a table by day, listener and time into ``sorted``; return each UTC day and its rows."""
    at, key = _time_and_id(kind)
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE sorted AS SELECT * FROM {table} "
        f"ORDER BY date_trunc('day', {at}), listener_id, {at}, {key}"
    )
    return duck.execute(
        f"SELECT strftime({at}, '%Y-%m-%d') AS dt, count(*) FROM sorted GROUP BY dt ORDER BY dt"
    ).fetchall()


def write_day(duck: duckdb.DuckDBPyConnection, kind: str, dt: str, file: Path) -> None:
    """Write one day of ``sorted``, in its order, as zstd Parquet."""
    at, _ = _time_and_id(kind)
    day = f"CAST({quoted(dt)} AS TIMESTAMPTZ)"
    duck.execute(
        f"COPY (SELECT * FROM sorted WHERE {at} >= {day} AND {at} < {day} + INTERVAL 1 DAY) "
        f"TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _time_and_id(kind: str) -> tuple[str, str]:
    return ("made_at", "decision_id") if kind == "decision" else ("happened_at", "event_id")


def _columns(kind: str, source: str) -> str:
    """Return the query that reads JSON bodies as the lake's columns."""
    read = f"SELECT json_transform(body, {quoted(structure(kind))}) AS r, * FROM {source}"
    if kind == "decision":
        return f"SELECT {filled(kind, 'r')} FROM ({read})"
    columns = f"SELECT {filled(kind, 'r')}, received, sent FROM ({read})"
    return (
        "SELECT * EXCLUDE (received, sent) "
        "REPLACE (make_timestamptz(nullif(sent, -1)) AS sent_at), "
        f"make_timestamptz(received) AS received_at FROM ({columns})"
    )


def events(
    duck: duckdb.DuckDBPyConnection, kind: str, source: str, n: int = 10_000
) -> Iterator[list[AnyEvent]]:
    """Yield the events of one kind that ``source`` selects, up to ``n`` at a time."""
    for rows in _json_rows(duck, kind, source, n):
        yield [_events.decode(row[0]) for row in rows]


def decisions(
    duck: duckdb.DuckDBPyConnection, source: str, n: int = 1_000
) -> Iterator[list[Decision]]:
    """Yield the decisions that ``source`` selects, up to ``n`` at a time."""
    for rows in _json_rows(duck, "decision", source, n):
        yield [_decisions.decode(row[0]) for row in rows]


def _json_rows(
    duck: duckdb.DuckDBPyConnection, kind: str, source: str, n: int
) -> Iterator[list[tuple[str]]]:
    with readable():
        found = duck.execute(f"SELECT {as_json(kind)} FROM {source}")
        while rows := found.fetchmany(n):
            yield rows


def events_by_id(
    conn: sqlite3.Connection, home: Home, days: Iterable[date], ids: Iterable[bytes]
) -> list[AnyEvent]:
    """Return those of the events that lie in the lake's files of these days."""
    files: dict[str, list[Path]] = {}
    for entry in manifest.entries(conn, days=days):
        if entry.kind in EVENT_KINDS:
            files.setdefault(entry.kind, []).append(home.lake / entry.path)
    if not files:
        return []
    wanted = ", ".join(quoted(str(UUID(bytes=key))) for key in ids)
    with open_lake(home) as duck:
        return [
            event
            for kind, paths in files.items()
            for batch in events(duck, kind, f"{parquet(paths)} WHERE event_id IN ({wanted})")
            for event in batch
        ]


def decision_by_id(conn: sqlite3.Connection, home: Home, decision_id: UUID) -> Decision | None:
    """Return a sealed decision, looked for on the day its id was made."""
    days = [instant_of(decision_id).date()]
    files = [home.lake / e.path for e in manifest.entries(conn, "decision", days)]
    if not files:
        return None
    source = f"{parquet(files)} WHERE decision_id = {quoted(str(decision_id))}"
    with open_lake(home) as duck:
        found = next(decisions(duck, source), None)
    return found[0] if found else None


def parquet(files: Iterable[Path]) -> str:
    """Return the table function that reads these files as one, older columns and newer ones."""
    paths = ", ".join(quoted(str(file)) for file in files)
    return f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def readable() -> Iterator[None]:
    """Name the lake when one of its files cannot be read."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise StorageUnavailable(f"the lake cannot be read: {error}") from error

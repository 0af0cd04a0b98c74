"""Lake and log read as one: a consistent snapshot of a kind, whatever is sealed meanwhile.

The manifest's files and the rows not yet sealed are taken in one SQLite read transaction. Files of
the manifest never change, so the relation stays true for as long as its connection lives.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import msgspec
import numpy as np
import zstandard

from ritornello.kinds.columns import columns_of
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.events import EVENT_KINDS, AnyEvent
from ritornello.kinds.ids import ListenerId, instant_of
from ritornello.kinds.times import to_us
from ritornello.store import manifest
from ritornello.store.database import connect, snapshot
from ritornello.store.home import Home
from ritornello.store.records import as_json, filled, structure
from ritornello.store.tombstones import leaving

EVENTS_A_STRETCH = 100_000
DECISIONS_A_STRETCH = 5_000
_BODIES = "SELECT CAST(body AS VARCHAR) AS body, CAST(received AS BIGINT) AS received, CAST(sent AS BIGINT) AS sent"
_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_decisions = msgspec.json.Decoder(Decision)

Body = tuple[str, int, int]


def open_lake(home: Home) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that speaks UTC and spills into the home."""
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("SET enable_progress_bar = false")
    duck.execute(f"SET temp_directory = {quoted(str(home.spill))}")
    return duck


def relation(duck: duckdb.DuckDBPyConnection, home: Home, kind: str) -> duckdb.DuckDBPyRelation:
    """Return a consistent snapshot of one kind, and leave it behind as a view of that name.

    Nothing in it is of a listener who is leaving.

    Parameters
    ----------
    kind : ``listen``, ``impression``, ``act``, ``query``, ``answer`` or ``decision``.

    Raises
    ------
    StorageUnavailable : a file of the manifest is missing or damaged.
    """
    with closing(connect(home, read_only=True)) as conn, snapshot(conn):
        return view(duck, conn, home, kind)


def view(
    duck: duckdb.DuckDBPyConnection,
    conn: sqlite3.Connection,
    home: Home,
    kind: str,
    *,
    only_of: Sequence[ListenerId] | None = None,
    since: str = "",
) -> duckdb.DuckDBPyRelation:
    """Return a kind as a snapshot of the database knows it, of all listeners or only of some.

    Parameters
    ----------
    since : the first UTC day that is wanted, such as ``2026-11-21``; all where not given.
    """
    files = [home.lake / entry.path for entry in manifest.entries(conn, kind) if entry.dt >= since]
    wanted = without(leaving(conn)) if only_of is None else only(only_of)
    rows = unsealed(conn, kind, only_of=only_of, since=since)
    stage(duck, kind, rows, into=f"unsealed_{kind}")
    source = f"SELECT * FROM unsealed_{kind}"
    if files:
        source = f"SELECT * FROM {parquet(files)} {wanted} UNION ALL BY NAME {source}"
    with readable():
        duck.execute(f"CREATE OR REPLACE TEMP VIEW {kind} AS {source}")
        return duck.table(kind)


def unsealed(
    conn: sqlite3.Connection,
    kind: str,
    through_seq: int | None = None,
    *,
    only_of: Sequence[ListenerId] | None = None,
    since: str = "",
) -> Iterator[Sequence[Body]]:
    """Yield stretches of ``(JSON, received, sent)``: the rows of a kind that no file holds.

    Times are microseconds since 1970, -1 where unknown. ``through_seq`` is the last row wanted,
    ``only_of`` the listeners whose rows are, ``since`` the first UTC day.
    """
    first, last = sealed_through(conn, kind), (1 << 62) if through_seq is None else through_seq
    values: list[object] = [first, last]
    wanted = "seq > ? AND seq <= ?"
    if only_of is not None:
        wanted = f"{wanted} AND listener_id IN (SELECT value FROM json_each(?))"
        values.append(msgspec.json.encode(only_of).decode())
    if since:
        wanted = f"{wanted} AND {_time(kind)}_us >= ?"
        values.append(to_us(datetime.fromisoformat(since).replace(tzinfo=UTC)))
    if kind == "decision":
        unpack = zstandard.ZstdDecompressor().decompress
        rows = conn.execute(f"SELECT body FROM decisions WHERE {wanted} ORDER BY seq", values)
        while chunk := rows.fetchmany(DECISIONS_A_STRETCH):
            yield [(unpack(body).decode(), -1, -1) for (body,) in chunk]
    else:
        rows = conn.execute(
            "SELECT body, received_at_us, coalesce(sent_at_us, -1) FROM events "
            f"WHERE {wanted} AND kind = ? ORDER BY seq",
            [*values, kind],
        )
        while chunk := rows.fetchmany(EVENTS_A_STRETCH):
            yield chunk


def sealed_through(conn: sqlite3.Connection, kind: str) -> int:
    """Return the last ``seq`` that the manifest's files hold, of events or of decisions."""
    row = conn.execute("SELECT value FROM meta WHERE name = ?", (watermark(kind),)).fetchone()
    return 0 if row is None else int(row[0])


def watermark(kind: str) -> str:
    """Return the name in ``meta`` of what :func:`sealed_through` reads."""
    return "sealed_through_decisions" if kind == "decision" else "sealed_through_events"


def stage(
    duck: duckdb.DuckDBPyConnection, kind: str, stretches: Iterable[Sequence[Body]], *, into: str
) -> None:
    """Load log rows into a temporary table with the lake's columns.

    JSON goes into DuckDB as an array, so nothing private is ever written to a scratch file. DuckDB
    takes one stretch while the interpreter fetches the next.
    """
    none = _columns(kind, f"({_BODIES} FROM (SELECT '' AS body, 0 AS received, 0 AS sent) LIMIT 0)")
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS {none}")
    insert = f"INSERT INTO {into} {_columns(kind, f'({_BODIES} FROM bodies)')}"

    def load(bodies: dict[str, np.ndarray[Any, Any]]) -> None:
        duck.register("bodies", bodies)
        duck.execute(insert)
        duck.unregister("bodies")

    with ThreadPoolExecutor(1) as pool:
        loading: Future[None] | None = None
        for rows in stretches:
            bodies = {
                "body": np.array([row[0] for row in rows], object),
                "received": np.array([row[1] for row in rows], np.int64),
                "sent": np.array([row[2] for row in rows], np.int64),
            }
            if loading is not None:
                loading.result()
            loading = pool.submit(load, bodies)
        if loading is not None:
            loading.result()


def days(duck: duckdb.DuckDBPyConnection, kind: str, table: str) -> list[tuple[str, int]]:
    """Return each UTC day a table holds, and how many rows it has."""
    return duck.execute(
        "SELECT strftime(make_timestamp(day * 86400000000), '%Y-%m-%d'), n FROM "
        f"(SELECT epoch_us({_time(kind)}) // 86400000000 AS day, count(*) AS n FROM {table} "
        "GROUP BY day) ORDER BY day"
    ).fetchall()


def write_day(duck: duckdb.DuckDBPyConnection, kind: str, table: str, dt: str, file: Path) -> None:
    """Write one day of a table as zstd Parquet, sorted by listener and time."""
    at = _time(kind)
    day = f"CAST({quoted(dt)} AS TIMESTAMPTZ)"
    source = (
        f"{table} WHERE {at} >= {day} AND {at} < {day} + INTERVAL 1 DAY ORDER BY listener_id, {at}"
    )
    write(duck, source, file)


def write(duck: duckdb.DuckDBPyConnection, source: str, file: Path) -> None:
    """Write what ``source`` selects as zstd Parquet, in its order."""
    duck.execute(
        f"COPY (SELECT * FROM {source}) "
        f"TO {quoted(str(file))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )


def _time(kind: str) -> str:
    return "made_at" if kind == "decision" else "happened_at"


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
    """Yield the decisions that ``source`` selects, up to ``n`` at a time.

    What their files were written before decisions had takes its default.
    """
    columns = ", ".join(
        f'CAST(NULL AS {column.type}) AS "{column.name}"' for column in columns_of(Decision)
    )
    whole = f"SELECT * FROM {source} UNION ALL BY NAME SELECT {columns} WHERE false"
    for rows in _json_rows(
        duck, "decision", f"(SELECT {filled('decision', 'r')} FROM ({whole}) AS r)", n
    ):
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


def n_rows(files: Sequence[Path]) -> list[int]:
    """Return how many rows each file holds, as its own last page says."""
    if not files:
        return []
    paths = ", ".join(quoted(str(file)) for file in files)
    with duckdb.connect() as duck, readable():
        found = duck.execute(
            f"SELECT file_name, num_rows FROM parquet_file_metadata([{paths}])"
        ).fetchall()
    counts = dict(found)
    return [int(counts[str(file)]) for file in files]


def parquet(files: Iterable[Path]) -> str:
    """Return the table function that reads these files as one, older columns and newer ones."""
    paths = ", ".join(quoted(str(file)) for file in files)
    return f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"


def exactly(
    duck: duckdb.DuckDBPyConnection, files: Sequence[Path], columns: Mapping[str, str]
) -> str:
    """Return the query that reads files as exactly these columns and types.

    A column no file has is ``NULL``; without files there are no rows.
    """
    source, found = "(SELECT 1) WHERE false", set()
    if files:
        source = parquet(files)
        with readable():
            described = duck.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        found = {row[0] for row in described}
    wanted = ", ".join(
        f'CAST({column if column in found else "NULL"} AS {kind}) AS "{column}"'
        for column, kind in columns.items()
    )
    return f"SELECT {wanted} FROM {source}"


def without(listener_ids: Sequence[ListenerId]) -> str:
    """Return the condition that leaves these listeners' rows out; none for nobody.

    Examples
    --------
    >>> without(["listener-1"])
    "WHERE listener_id NOT IN ('listener-1')"
    """
    gone = ", ".join(quoted(listener_id) for listener_id in listener_ids)
    return f"WHERE listener_id NOT IN ({gone})" if gone else ""


def only(listener_ids: Sequence[ListenerId]) -> str:
    """Return the condition that keeps these listeners' rows alone."""
    return f"WHERE listener_id IN ({', '.join(map(quoted, listener_ids))})"


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

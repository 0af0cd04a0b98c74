"""Makes every derived table again from lake and log, equal to what arrived event by event.

A room's schema says which tables are derived: the comment line before their ``CREATE TABLE`` says
``Derived``.
The replay fills temporary tables of the same names, which hide the real ones from the reducers'
statements; nobody is held up meanwhile. Then one transaction replays what arrived in between and
puts the new rows in the place of the old.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import AnyEvent
from ritornello.store import lake, manifest, tombstones
from ritornello.store.appending import Reducer, reduce
from ritornello.store.database import connect, schema, transaction
from ritornello.store.decisions import lists_of, unpack
from ritornello.store.home import Home
from ritornello.store.seal import exclusive

_DERIVED = re.compile(r"^--.*\bDerived\b.*\nCREATE TABLE IF NOT EXISTS (\w+)", re.MULTILINE)
ROWS_A_BATCH = 10_000

Records = Sequence[AnyEvent | Decision]
_event: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class _Reach(msgspec.Struct, frozen=True):
    """The last row of the log a replay covers, of events and of decisions."""

    event: int
    decision: int


def derived_tables(schemas: Iterable[str]) -> list[str]:
    r"""Return the tables that the store's and the other rooms' schemas mark as derived.

    Examples
    --------
    >>> derived_tables(["-- Derived from listens.\nCREATE TABLE IF NOT EXISTS plays (n INTEGER);"])
    ['lists', 'plays']
    """
    return [name for text in (schema(__package__), *schemas) for name in _DERIVED.findall(text)]


def rebuild(
    home: Home,
    schemas: Iterable[str],
    reducers: Sequence[Reducer],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Remake the derived tables in one go; return how many records were replayed.

    Parameters
    ----------
    progress : called with the records replayed so far and how many there are.

    Raises
    ------
    Conflict : a seal or another rebuild is at work.
    StorageUnavailable : a file of the lake cannot be read; the tables stay as they were.
    """
    tables = derived_tables(schemas)
    reducers = (lists_of, *reducers)
    with exclusive(home), closing(connect(home)) as conn:
        for table in tables:
            _shadow(conn, table)
        reach, total = _reach(conn), _count(conn)
        n_replayed = 0
        for records in chain(_from_lake(conn, home), _from_log(conn, _Reach(0, 0), reach)):
            conn.execute("BEGIN")
            reduce(conn, records, reducers)
            conn.execute("COMMIT")
            n_replayed += len(records)
            if progress is not None:
                progress(n_replayed, max(n_replayed, total))
        with transaction(conn):
            for records in _from_log(conn, reach, _reach(conn)):
                reduce(conn, records, reducers)
                n_replayed += len(records)
            for table in tables:
                _leave_out(conn, table)
                conn.execute(f"DELETE FROM main.{table}")
                conn.execute(f"INSERT INTO main.{table} SELECT * FROM temp.{table}")
    return n_replayed


def digest(conn: sqlite3.Connection, tables: Iterable[str]) -> dict[str, str]:
    """Return a SHA-256 of each table's rows that depends on the rows alone, not on their order."""
    digests = {}
    for table in tables:
        columns = ", ".join(f'"{row[1]}"' for row in conn.execute(f"PRAGMA table_info({table})"))
        sha = hashlib.sha256()
        for row in conn.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}"):
            sha.update(repr(row).encode())
        digests[table] = sha.hexdigest()
    return digests


def _shadow(conn: sqlite3.Connection, table: str) -> None:
    """Create an empty temporary table, with its indexes, that hides the real one."""
    found = conn.execute(
        "SELECT type, sql FROM main.sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
        "AND type IN ('table', 'index') ORDER BY type = 'index'",
        (table,),
    ).fetchall()
    for _, sql in found:
        conn.execute(re.sub(r"^CREATE TABLE ", "CREATE TEMP TABLE ", _index_in_temp(sql)))


def _index_in_temp(sql: str) -> str:
    """Return a ``CREATE INDEX`` that puts the index beside the temporary table."""
    return re.sub(r"^(CREATE (?:UNIQUE )?INDEX )", r"\1temp.", sql)


def _leave_out(conn: sqlite3.Connection, table: str) -> None:
    """Drop what was replayed of listeners who are leaving: the lake may still hold them."""
    columns = [row[1] for row in conn.execute(f"PRAGMA temp.table_info({table})")]
    if "listener_id" in columns:
        gone = [(listener_id,) for listener_id in tombstones.leaving(conn)]
        conn.executemany(f"DELETE FROM temp.{table} WHERE listener_id = ?", gone)


def _reach(conn: sqlite3.Connection) -> _Reach:
    return _Reach(
        *conn.execute(
            "SELECT coalesce((SELECT max(seq) FROM events), 0), "
            "coalesce((SELECT max(seq) FROM decisions), 0)"
        ).fetchone()
    )


def _count(conn: sqlite3.Connection) -> int:
    """Return how many records lake and log hold."""
    (n_rows,) = conn.execute(
        "SELECT (SELECT coalesce(sum(n_rows), 0) FROM manifest WHERE kind NOT LIKE '%/%') "
        "+ (SELECT count(*) FROM events WHERE seq > ?) "
        "+ (SELECT count(*) FROM decisions WHERE seq > ?)",
        (lake.sealed_through(conn, "event"), lake.sealed_through(conn, "decision")),
    ).fetchone()
    return int(n_rows)


def _from_lake(conn: sqlite3.Connection, home: Home) -> Iterator[Records]:
    """Yield everything sealed, file by file of the manifest."""
    with lake.open_lake(home) as duck:
        for entry in manifest.entries(conn):
            if manifest.is_derived(entry.kind):
                continue
            files = lake.parquet([home.lake / entry.path])
            if entry.kind == "decision":
                yield from lake.decisions(duck, files)
            else:
                yield from lake.events(duck, entry.kind, files)


def _from_log(conn: sqlite3.Connection, after: _Reach, until: _Reach) -> Iterator[Records]:
    """Yield what the log holds beyond the lake and beyond ``after``, as far as ``until``."""
    between = "WHERE seq > ? AND seq <= ? ORDER BY seq"
    first = max(after.event, lake.sealed_through(conn, "event"))
    rows = conn.execute(f"SELECT body FROM events {between}", (first, until.event))
    while chunk := rows.fetchmany(ROWS_A_BATCH):
        yield [_event.decode(body) for (body,) in chunk]
    first = max(after.decision, lake.sealed_through(conn, "decision"))
    rows = conn.execute(f"SELECT body FROM decisions {between}", (first, until.decision))
    while chunk := rows.fetchmany(ROWS_A_BATCH):
        yield [unpack(body) for (body,) in chunk]

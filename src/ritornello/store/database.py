"""Connections to the home's SQLite file, and how statements reach it quickly.

The file runs in WAL mode with ``synchronous=FULL``: a committed transaction survives the process and
the power. Connections are in autocommit mode, so every transaction in the code is one you can see.
"""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ritornello.kinds.errors import BadValue, NotFound, StorageUnavailable
from ritornello.store.home import Home, sync_folder
from ritornello.store.tombstones import note_fed

FORMAT = 1
MAX_ROWS_A_STATEMENT = 256
Change = tuple[str, list[tuple[Any, ...]]]
Step = Callable[[sqlite3.Connection], None]

_STORAGE_CODES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOTADB,
})  # fmt: skip
_FED = re.compile(r"^--.*\bDerived from\b.*\nCREATE TABLE IF NOT EXISTS (\w+)", re.MULTILINE)
_COLUMNS = """
    SELECT t.name, c.name, c.type, c."notnull", c.dflt_value
    FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"""
_VALUES = re.compile(r"\bVALUES\s*(\(\s*\?(?:\s*,\s*\?)*\s*\))", re.IGNORECASE)


def connect(home: Home, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the home's database: WAL, FULL, ten seconds of patience with other writers.

    Raises
    ------
    NotFound : reading from a home nobody initialised.
    StorageUnavailable : the file cannot be opened or is not a database.
    """
    if read_only and not home.exists:
        raise NotFound(f"no database in {home.path}; run `ritornello init` or `ritornello serve`")
    new = not home.exists
    mode = "ro" if read_only else "rwc"
    try:
        conn = sqlite3.connect(
            f"{home.database.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=10,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        conn.execute("PRAGMA cache_size = -32768")
        conn.execute("PRAGMA foreign_keys = ON")
        if read_only:
            conn.execute("PRAGMA query_only = ON")
        else:
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute("PRAGMA secure_delete = OFF")
    except sqlite3.DatabaseError as error:
        raise StorageUnavailable(f"cannot open {home.database}: {error}") from error
    if new:
        sync_folder(home.path)
    return conn


def schema(package: str) -> str:
    """Return the ``schema.sql`` a room ships, such as ``schema("ritornello.store")``."""
    return (files(package) / "schema.sql").read_text(encoding="utf-8")


def create_tables(conn: sqlite3.Connection, schemas: Iterable[str]) -> None:
    """Create the tables of every room that keeps state; those already there stay as they are.

    Raises
    ------
    BadValue : the home was written by a newer ritornello.
    """
    texts = (schema(__package__), *schemas)
    with transaction(conn):
        for text in texts:
            for statement in statements(text):
                conn.execute(statement)
            _add_columns(conn, text)
        note_fed(conn, (name for text in texts for name in _FED.findall(text)))
        found = int(conn.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0])
        if found > FORMAT:
            message = f"this home has format {found}; this ritornello reads {FORMAT}: update it"
            raise BadValue(message)


def _add_columns(conn: sqlite3.Connection, text: str) -> None:
    """Give tables an older version made the columns a schema has gained since."""
    with closing(sqlite3.connect(":memory:")) as blank:
        blank.executescript(text)
        wanted = blank.execute(_COLUMNS).fetchall()
    found = {(table, column) for table, column, *_ in conn.execute(_COLUMNS)}
    for table, column, kind, needed, default in wanted:
        if (table, column) not in found:
            what = f"{kind} NOT NULL DEFAULT {default}" if needed and default else kind
            conn.execute(f"ALTER TABLE {table} ADD COLUMN {column} {what}")


def statements(script: str) -> Iterator[str]:
    """Split an SQL script into its statements."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock from the first statement on; commit, or leave no trace."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


@contextmanager
def savepoint(conn: sqlite3.Connection) -> Iterator[None]:
    """Undo, inside a transaction, only what was done in here if it fails."""
    conn.execute("SAVEPOINT part")
    try:
        yield
        conn.execute("RELEASE part")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK TO part")
            conn.execute("RELEASE part")
        raise


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """Read one state of the database, whatever others commit meanwhile."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("ROLLBACK")


def execute_rows(conn: sqlite3.Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement for many rows with few steps; return the number of rows changed.

    A statement with one ``VALUES (?, …)`` is widened to up to 256 rows at a time, in powers of two
    so that few distinct statements are prepared. Each step gives the interpreter lock away and
    queues to get it back, so fewer steps is what keeps a writer alive beside a busy event loop.
    """
    if len(rows) != 1 and widened(sql, 2) == sql:
        return conn.executemany(sql, rows).rowcount
    n_changed, start = 0, 0
    while start < len(rows):
        size = min(MAX_ROWS_A_STATEMENT, 1 << ((len(rows) - start).bit_length() - 1))
        values = [value for row in rows[start : start + size] for value in row]
        n_changed += conn.execute(widened(sql, size), values).rowcount
        start += size
    return n_changed


@lru_cache(maxsize=4096)
def widened(sql: str, n: int) -> str:
    """Return the statement with its ``VALUES (?, …)`` repeated ``n`` times.

    Examples
    --------
    >>> widened("INSERT INTO t VALUES (?, ?) ON CONFLICT DO NOTHING", 2)
    'INSERT INTO t VALUES (?, ?),(?, ?) ON CONFLICT DO NOTHING'
    """
    found = _VALUES.search(sql)
    if n == 1 or found is None or found.group(1).count("?") != sql.count("?"):
        return sql
    return sql[: found.start(1)] + ",".join([found.group(1)] * n) + sql[found.end(1) :]


def is_storage_error(error: BaseException) -> bool:
    """Whether the disk, the file or a lock failed, rather than the statement."""
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _STORAGE_CODES
    return isinstance(error, StorageUnavailable)


class Readers:
    """Read-only connections, one a thread, opened when a thread first asks."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[sqlite3.Connection] = []

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's own connection."""
        conn: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if conn is None:
            conn = self._local.connection = connect(self._home, read_only=True)
            with self._lock:
                self._open.append(conn)
        return conn

    def close(self) -> None:
        """Close every connection; the pool is done."""
        with self._lock:
            while self._open:
                self._open.pop().close()

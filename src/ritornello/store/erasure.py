"""A listener leaves: at once for every reader, then step by step out of every file.

:func:`begin` runs in one transaction of a writer. It lays the tombstone and removes the listener's
rows from the log and from every table that has a ``listener_id``: from that commit on nothing of
them is shown or taken in. :func:`run` takes the steps that are left, for all who are leaving at once:

1. ``lake``: the files that hold a row of theirs are written again without it.
2. ``models``: trained anew on what is left; everything trained before is removed.
3. ``studies``: frozen collections they are in, with runs and reports, made again without them.
4. ``files``: uploads, exports and scratch files below the home. Then the id itself is forgotten.
5. ``pages``: the database is packed and its log emptied, so that no free page holds anything.

Every step may be repeated, and how far each listener's erasure came is kept with their tombstone:
killed anywhere, ``run`` goes on where it stopped. It ends with a :class:`Certificate`.
"""

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from ritornello.kinds.errors import Conflict, NotFound, StorageUnavailable
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import from_us, to_us
from ritornello.store import tombstones
from ritornello.store.database import connect, transaction
from ritornello.store.home import Home
from ritornello.store.locks import held
from ritornello.store.rewriting import FILES, rewrite_without
from ritornello.store.seal import exclusive

LOCK = ".erasing.lock"
PATIENCE_S = 60.0
PAUSE_S = 0.2
MODELS = "models"
_LOGGED = "SELECT event_id FROM events WHERE listener_id = ?"

Counts = dict[str, int]
Rejudge = Callable[[Sequence[ListenerId]], int]
Tell = Callable[[str, float], None]


class Pending(msgspec.Struct, frozen=True):
    """An erasure under way; the id is gone once only the database's free pages are left to do."""

    listener_hash: str
    listener_id: ListenerId | None
    began_at: datetime
    done: tuple[str, ...]


class Certificate(msgspec.Struct, frozen=True):
    """What an erasure removed, by kind; it names nobody.

    ``n_removed`` counts rows by table, ``lake.listen`` and so on by kind of event, and ``studies`` made again;
    ``n_files_rewritten`` files of the lake, ``n_models_removed`` the versions trained before.
    """

    listener_hash: str
    began_at: datetime
    erased_at: datetime
    n_removed: Counts
    n_files_rewritten: int
    n_models_removed: int


def begin(conn: sqlite3.Connection, listener_id: ListenerId, now: datetime) -> str:
    """Lay the tombstone and empty the tables; a job for ``Writer.run``. Return the hash.

    Holds the writer for one scan of the log. Beginning again is harmless.
    """
    listener_hash = tombstones.lay(conn, listener_id, now)
    _empty_tables(conn, listener_id)
    return listener_hash.hex()


def pending(conn: sqlite3.Connection) -> list[Pending]:
    """Return the erasures that are not finished, the oldest first."""
    rows = conn.execute(
        "SELECT listener_hash, leaving_id, laid_at_us, done FROM tombstones "
        "WHERE erased_at_us IS NULL ORDER BY laid_at_us, listener_hash"
    )
    return [
        Pending(key.hex(), who, from_us(at_us), tuple(msgspec.json.decode(done)))
        for key, who, at_us, done in rows
    ]


def run(
    home: Home,
    *,
    now: Callable[[], datetime],
    retrain: Callable[[], int],
    rejudge: Rejudge | None = None,
    progress: Tell | None = None,
    patience_s: float = PATIENCE_S,
) -> list[Certificate]:
    """Finish every erasure that was begun; return their certificates.

    Parameters
    ----------
    retrain : trains the models on what is left, removes every version trained before, and
        returns how many it removed; ``models`` defines it.
    rejudge : makes studies again without these listeners, and returns how many it changed; ``evaluate`` defines it.
    patience_s : how long to wait for whoever is at work in the lake or reads the database.

    Raises
    ------
    Conflict : somebody was at work all the while; what is done stays done, run it again.
    StorageUnavailable : the disk is full or failing; the same.
    """
    tell = progress or _silent
    with held(home.path / LOCK, "erasure", patience_s), closing(connect(home)) as conn:
        erasing = _Erasing(conn, home, now, retrain, rejudge or _no_studies, tell, patience_s)
        mine = {each.listener_hash for each in pending(conn)}
        for name, step in STEPS.items():
            waiting = [p for p in pending(conn) if p.listener_hash in mine and name not in p.done]
            if waiting:
                tell(name, 0.0)
                counted = step(erasing, [p.listener_id for p in waiting if p.listener_id])
                with transaction(conn):
                    for each in waiting:
                        _mark(conn, each, name, counted)
        with transaction(conn):
            return [_certified(conn, p, now()) for p in pending(conn) if set(p.done) >= set(STEPS)]


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
    del step, share


def _no_studies(listener_ids: Sequence[ListenerId]) -> int:
    """Change none, where a home has no studies."""
    del listener_ids
    return 0


class _Erasing(NamedTuple):
    """What every step works with."""

    conn: sqlite3.Connection
    home: Home
    now: Callable[[], datetime]
    retrain: Callable[[], int]
    rejudge: Rejudge
    tell: Tell
    patience_s: float


def _lake(at: _Erasing, listener_ids: Sequence[ListenerId]) -> Counts:
    with exclusive(at.home, at.patience_s):
        tell = partial(at.tell, "lake")
        rewrite_without(at.conn, at.home, listener_ids, at.now(), tell)
    return {}


def _models(at: _Erasing, listener_ids: Sequence[ListenerId]) -> Counts:
    del listener_ids  # a model holds everybody
    return {MODELS: at.retrain()}


def _studies(at: _Erasing, listener_ids: Sequence[ListenerId]) -> Counts:
    return {"studies": at.rejudge(listener_ids)}


def _files(at: _Erasing, listener_ids: Sequence[ListenerId]) -> Counts:
    """Remove what lies about, look through the tables once more, and forget the ids."""
    n_files = 0
    for folder in (*map(at.home.belongings_of, listener_ids), at.home.spill):
        n_files += sum(each.is_file() for each in folder.rglob("*"))
        if folder.exists():
            shutil.rmtree(folder)
    with transaction(at.conn):
        for listener_id in listener_ids:
            _empty_tables(at.conn, listener_id)
            key = (tombstones.hash_of(at.conn, listener_id),)
            at.conn.execute("UPDATE tombstones SET leaving_id = NULL WHERE listener_hash = ?", key)
    return {"files": n_files}


def _pages(at: _Erasing, listener_ids: Sequence[ListenerId]) -> Counts:
    """Copy the database without its free pages, move its log into it, and cut that to nothing."""
    del listener_ids  # nobody's name is known any more
    _patiently(at, "VACUUM")
    _patiently(at, "PRAGMA wal_checkpoint(TRUNCATE)")
    return {}


STEPS: dict[str, Callable[[_Erasing, Sequence[ListenerId]], Counts]] = {
    "lake": _lake,
    "models": _models,
    "studies": _studies,
    "files": _files,
    "pages": _pages,
}


def _patiently(at: _Erasing, sql: str) -> None:
    """Run a statement that needs the database for itself, as often as it takes.

    Raises
    ------
    Conflict : somebody held the database all the while.
    """
    (usual_ms,) = at.conn.execute("PRAGMA busy_timeout").fetchone()
    at.conn.execute(f"PRAGMA busy_timeout = {int(PAUSE_S * 1000)}")
    left_s = at.patience_s
    while not _undisturbed(at.conn, sql):
        if left_s <= 0:
            raise Conflict("others use the database all the while; run the erasure again")
        time.sleep(PAUSE_S)
        left_s -= 2 * PAUSE_S
    at.conn.execute(f"PRAGMA busy_timeout = {usual_ms}")


def _undisturbed(conn: sqlite3.Connection, sql: str) -> bool:
    """Run a statement; say whether nobody was in its way."""
    try:
        row = conn.execute(sql).fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        message = f"the database could not be packed; run the erasure again: {error}"
        raise StorageUnavailable(message) from error
    return row is None or row[0] == 0


def _mark(conn: sqlite3.Connection, waiting: Pending, step: str, counted: Counts) -> None:
    """Remember that a step is done, and what it counted."""
    key = bytes.fromhex(waiting.listener_hash)
    conn.execute(
        "UPDATE tombstones SET done = json_insert(done, '$[#]', ?) WHERE listener_hash = ?",
        (step, key),
    )
    tombstones.count(conn, key, counted)


def _certified(conn: sqlite3.Connection, finished: Pending, at: datetime) -> Certificate:
    key = bytes.fromhex(finished.listener_hash)
    conn.execute("UPDATE tombstones SET erased_at_us = ? WHERE listener_hash = ?", (to_us(at), key))
    return certificate(conn, key)


def certificate(conn: sqlite3.Connection, listener_hash: bytes) -> Certificate:
    """Return the certificate of a finished erasure.

    Raises
    ------
    NotFound : there is none.
    """
    row = conn.execute(
        "SELECT laid_at_us, erased_at_us, counts FROM tombstones "
        "WHERE listener_hash = ? AND erased_at_us IS NOT NULL",
        (listener_hash,),
    ).fetchone()
    if row is None:
        raise NotFound(f"no finished erasure {listener_hash.hex()}")
    began_us, erased_us, counts = row
    removed = msgspec.json.decode(counts, type=dict[str, int])
    n_files, n_models = removed.pop(FILES, 0), removed.pop(MODELS, 0)
    return Certificate(
        listener_hash=listener_hash.hex(),
        began_at=from_us(began_us),
        erased_at=from_us(erased_us),
        n_removed={name: n for name, n in sorted(removed.items()) if n},
        n_files_rewritten=n_files,
        n_models_removed=n_models,
    )


def _empty_tables(conn: sqlite3.Connection, listener_id: ListenerId) -> None:
    """Remove a listener's rows from every table, and count them."""
    removed = {
        "sealed_ids": _deleted(conn, "sealed_ids", f"event_id IN ({_LOGGED})", listener_id),
        "faults": conn.executemany(
            "DELETE FROM faults WHERE fault_id = ?", _mentioning(conn, listener_id)
        ).rowcount,
    }
    for table in tombstones.tables(conn):
        n_rows = _deleted(conn, table, "listener_id = ?", listener_id)
        removed[table] = removed.get(table, 0) + n_rows
    tombstones.count(conn, tombstones.hash_of(conn, listener_id), removed)


def _deleted(conn: sqlite3.Connection, table: str, condition: str, listener_id: ListenerId) -> int:
    return conn.execute(f"DELETE FROM {table} WHERE {condition}", (listener_id,)).rowcount


def _mentioning(conn: sqlite3.Connection, listener_id: ListenerId) -> list[tuple[int]]:
    """Return the faults whose words name a listener, whoever's they are."""
    named = re.compile(rf"(?<![\w.:+-]){re.escape(listener_id)}(?![\w.:+-])")
    rows = conn.execute(
        "SELECT fault_id, message, field FROM faults WHERE instr(message || field, ?)",
        (listener_id,),
    )
    return [(key,) for key, *words in rows.fetchall() if any(map(named.search, words))]

"""Moves the log into the lake: files first, then one transaction that makes them count.

1. Under the home's seal lock, files the manifest does not name are swept: a crash left them.
2. All events up to the last one committed, and all decisions up to the first still live, are
   written as Parquet, a file a kind and day, sorted by listener and time, and synced.
3. One transaction names the files in the manifest and moves the watermark ``sealed_through``. From
   then on readers take these rows from the files.
4. The same transaction, or with ``chunk_rows`` several short ones, keeps ``event_id → body hash``
   and removes the rows. A row below the watermark is never read, so stopping here is harmless.
"""

import sqlite3
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import duckdb
import msgspec

from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.times import to_us
from ritornello.store import lake, manifest
from ritornello.store.database import connect, execute_rows, transaction
from ritornello.store.home import Home, make_folder, sync_file, sync_folder
from ritornello.store.locks import held

LOCK = ".seal.lock"
IDS_A_PRUNE = 50_000


class Sealed(msgspec.Struct, frozen=True):
    """What a seal did."""

    n_events: int
    n_decisions: int
    n_files: int
    n_ids_pruned: int
    n_orphans_swept: int


def seal(
    home: Home,
    now: datetime,
    *,
    live_decision: timedelta = timedelta(hours=24),
    keep_event_ids: timedelta = timedelta(days=35),
    chunk_rows: int | None = None,
) -> Sealed:
    """Seal all events and the decisions no longer live; repeat it after any crash.

    Parameters
    ----------
    live_decision : how long a play may still join a decision; younger ones stay in the log.
    keep_event_ids : how long the ids of sealed events stay in the log, by the day they happened.
    chunk_rows : rows moved in one transaction; ``None`` moves all in the one that commits the files.

    Raises
    ------
    Conflict : another seal or rebuild holds the home.
    StorageUnavailable : a file or the log cannot be written; nothing was removed.
    """
    with exclusive(home):
        conn = connect(home)
        try:
            n_orphans = sweep(conn, home)
            n_pruned = prune(conn, (now - keep_event_ids).astimezone(UTC).date())
            n_events, event_files = _seal_events(conn, home, now, chunk_rows)
            cutoff_us = to_us(now - live_decision)
            n_decisions, decision_files = _seal_decisions(conn, home, now, cutoff_us, chunk_rows)
        except (sqlite3.Error, duckdb.Error, OSError) as error:
            message = f"sealing stopped, nothing was lost: {error}"
            raise StorageUnavailable(message) from error
        finally:
            conn.close()
    return Sealed(n_events, n_decisions, event_files + decision_files, n_pruned, n_orphans)


def exclusive(home: Home, patience_s: float = 0.0) -> AbstractContextManager[None]:
    """Hold the home's seal lock, which dies with the process.

    Raises
    ------
    Conflict : another process or thread holds it, and held it for ``patience_s``.
    """
    return held(home.lake / LOCK, "seal, rebuild or erasure", patience_s)


def sweep(conn: sqlite3.Connection, home: Home) -> int:
    """Remove the Parquet files no manifest names; return how many. Needs the seal lock."""
    named = {home.lake / entry.path for entry in manifest.entries(conn)}
    orphans = [file for file in home.lake.rglob("*.parquet") if file not in named]
    for file in orphans:
        file.unlink()
    return len(orphans)


def prune(conn: sqlite3.Connection, before: date) -> int:
    """Forget the ids of events that happened before a day; return how many.

    The day is remembered first: from then on an older event is checked against its day's files.
    """
    known = conn.execute("SELECT value FROM meta WHERE name = 'ids_pruned_before'").fetchone()
    if known is not None and known[0] >= before.isoformat():
        return 0
    _set_meta(conn, "ids_pruned_before", before.isoformat())
    n_pruned = 0
    last: bytes | None = b""
    while last is not None:
        (until,) = conn.execute(
            "SELECT max(event_id) FROM (SELECT event_id FROM sealed_ids WHERE event_id > ? "
            "ORDER BY event_id LIMIT ?)",
            (last, IDS_A_PRUNE),
        ).fetchone()
        if until is not None:
            n_pruned += conn.execute(
                "DELETE FROM sealed_ids WHERE event_id > ? AND event_id <= ? AND dt < ?",
                (last, until, before.isoformat()),
            ).rowcount
        last = until
    return n_pruned


def _seal_events(
    conn: sqlite3.Connection, home: Home, now: datetime, chunk_rows: int | None
) -> tuple[int, int]:
    first = lake.sealed_through(conn, "event") + 1
    (through,) = conn.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
    kinds = conn.execute("SELECT DISTINCT kind FROM events WHERE seq >= ?", (first,)).fetchall()
    entries = [e for (kind,) in kinds for e in _write(conn, home, kind, (first, through), now)]
    return _commit(conn, "event", entries, through, chunk_rows), len(entries)


def _seal_decisions(
    conn: sqlite3.Connection, home: Home, now: datetime, cutoff_us: int, chunk_rows: int | None
) -> tuple[int, int]:
    first = lake.sealed_through(conn, "decision") + 1
    (through,) = conn.execute(
        "SELECT coalesce((SELECT min(seq) - 1 FROM decisions WHERE made_at_us >= ?), "
        "(SELECT max(seq) FROM decisions), 0)",
        (cutoff_us,),
    ).fetchone()
    entries = _write(conn, home, "decision", (first, through), now) if through >= first else []
    return _commit(conn, "decision", entries, through, chunk_rows), len(entries)


def _write(
    conn: sqlite3.Connection, home: Home, kind: str, rows: tuple[int, int], now: datetime
) -> list[manifest.Entry]:
    """Write the unsealed rows of a kind as a file a day, durable before this returns."""
    first, through = rows
    entries: list[manifest.Entry] = []
    with lake.open_lake(home) as duck:
        lake.stage(duck, kind, lake.unsealed(conn, kind, through), into="staged")
        for dt, n_rows in lake.days(duck, kind, "staged"):
            path = f"{kind}/dt={dt}/{first:012d}-{through:012d}.parquet"
            file = home.lake / path
            make_folder(file.parent)
            lake.write_day(duck, kind, "staged", dt, file)
            sync_file(file)
            sync_folder(file.parent)
            size, digest = file.stat().st_size, manifest.sha256_of(file)
            entries.append(manifest.Entry(path, kind, dt, n_rows, size, digest, to_us(now)))
    return entries


def _commit(
    conn: sqlite3.Connection,
    side: str,
    entries: list[manifest.Entry],
    through: int,
    chunk_rows: int | None,
) -> int:
    """Make the files count, then remove the rows they hold; return how many rows."""
    with transaction(conn):
        for sql, rows in manifest.additions(entries):
            execute_rows(conn, sql, rows)
        if entries:
            _set_meta(conn, lake.watermark(side), str(through))
        n_removed = _remove(conn, side, chunk_rows) if chunk_rows is None else 0
    while chunk_rows is not None:
        with transaction(conn):
            n = _remove(conn, side, chunk_rows)
        n_removed += n
        if n < chunk_rows:
            break
    return n_removed


def _remove(conn: sqlite3.Connection, side: str, limit: int | None) -> int:
    """Remove up to ``limit`` rows below the watermark, keeping the ids of events."""
    table = "decisions" if side == "decision" else "events"
    last = lake.sealed_through(conn, side)
    if limit is not None:
        (last,) = conn.execute(
            f"SELECT coalesce(max(seq), 0) FROM "
            f"(SELECT seq FROM {table} WHERE seq <= ? ORDER BY seq LIMIT ?)",
            (last, limit),
        ).fetchone()
    if table == "events":
        conn.execute(
            "INSERT OR IGNORE INTO sealed_ids SELECT event_id, body_hash, "
            "date(happened_at_us / 1000000, 'unixepoch') FROM events WHERE seq <= ?",
            (last,),
        )
    if limit is not None:
        return conn.execute(f"DELETE FROM {table} WHERE seq <= ?", (last,)).rowcount
    conn.execute(f"CREATE TEMP TABLE later AS SELECT * FROM {table} WHERE seq > ?", (last,))
    n_rows = conn.execute(f"DELETE FROM {table}").rowcount
    n_later = conn.execute(f"INSERT INTO {table} SELECT * FROM later").rowcount
    conn.execute("DROP TABLE later")
    return n_rows - n_later


def _set_meta(conn: sqlite3.Connection, name: str, value: str) -> None:
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )

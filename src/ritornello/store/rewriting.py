"""The lake's files written again without the listeners who are leaving.

A file of the manifest never changes: a new one is written beside it and synced, and one transaction
names it in the old one's place and forgets the ids of the events that are gone. A crash leaves
orphans, which this sweeps, or the next seal.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import to_us
from ritornello.store import deriving, lake, manifest, tombstones
from ritornello.store.database import execute_rows, transaction
from ritornello.store.home import Home, sync_file, sync_folder
from ritornello.store.seal import sweep

FILES_A_LOOK = 256
FILES = "files_rewritten"


class _Gone(NamedTuple):
    """What of a file goes: its rows by listener, and the ids of its events."""

    n_rows: dict[ListenerId, int]
    event_ids: list[bytes]


def rewrite_without(
    conn: sqlite3.Connection,
    home: Home,
    listener_ids: Sequence[ListenerId],
    now: datetime,
    progress: Callable[[float], None],
) -> None:
    """Write every file that holds a row of these listeners again without it. Needs the seal lock.

    What goes is counted with each listener's tombstone. Derived files that add up many listeners
    without naming any are dropped: they are made again by who needs them.
    """
    with transaction(conn):
        deriving.forget_sums(conn, home)
    held = holding(conn, home, listener_ids)
    for done, entry in enumerate(held):
        progress(done / len(held))
        _replace(conn, home, entry, listener_ids, now)
    sweep(conn, home)


def holding(
    conn: sqlite3.Connection, home: Home, listener_ids: Sequence[ListenerId]
) -> list[manifest.Entry]:
    """Return the files that hold a row of any of these listeners.

    Files are sorted by listener, so the statistics of their row groups answer for most of them.
    """
    found: list[manifest.Entry] = []
    with lake.open_lake(home) as duck, lake.readable():
        for files in _looks(conn, home):
            paths = ", ".join(lake.quoted(file) for file in files)
            rows = duck.execute(
                f"SELECT DISTINCT filename FROM read_parquet([{paths}], union_by_name = true, "
                f"hive_partitioning = false, filename = true) {lake.only(listener_ids)}"
            ).fetchall()
            found += [files[file] for (file,) in rows]
    return sorted(found, key=lambda entry: entry.path)


def _looks(conn: sqlite3.Connection, home: Home) -> Iterator[dict[str, manifest.Entry]]:
    """Yield the files that name listeners, of one kind at a time and not too many at once."""
    kinds: dict[str, list[manifest.Entry]] = {}
    for entry in manifest.entries(conn):
        kinds.setdefault(entry.kind, []).append(entry)
    for kind, entries in kinds.items():
        if not manifest.is_derived(kind) or deriving.names_listeners(home.lake / entries[0].path):
            for start in range(0, len(entries), FILES_A_LOOK):
                some = entries[start : start + FILES_A_LOOK]
                yield {str(home.lake / entry.path): entry for entry in some}


def _replace(
    conn: sqlite3.Connection,
    home: Home,
    entry: manifest.Entry,
    listener_ids: Sequence[ListenerId],
    now: datetime,
) -> None:
    """Put a file without these listeners in a file's place; none where nothing is left."""
    gone = _going(home, entry, listener_ids)
    n_left = entry.n_rows - sum(gone.n_rows.values())
    added = [_written(home, entry, n_left, listener_ids, now)] if n_left else []
    with transaction(conn):
        conn.execute("DELETE FROM manifest WHERE path = ?", (entry.path,))
        for sql, rows in manifest.additions(added):
            execute_rows(conn, sql, rows)
        if not added and not manifest.is_derived(entry.kind):
            deriving.note_emptied(conn, entry)
        conn.executemany(
            "DELETE FROM sealed_ids WHERE event_id = ?", [(key,) for key in gone.event_ids]
        )
        for listener_id, n_rows in gone.n_rows.items():
            removed = {f"lake.{entry.kind}": n_rows, FILES: 1}
            tombstones.count(conn, tombstones.hash_of(conn, listener_id), removed)


def _going(home: Home, entry: manifest.Entry, listener_ids: Sequence[ListenerId]) -> _Gone:
    source = f"{lake.parquet([home.lake / entry.path])} {lake.only(listener_ids)}"
    with lake.open_lake(home) as duck, lake.readable():
        counted = duck.execute(f"SELECT listener_id, count(*) FROM {source} GROUP BY 1").fetchall()
        ids = (
            duck.execute(f"SELECT event_id FROM {source}").fetchall()
            if entry.kind in EVENT_KINDS
            else []
        )
    return _Gone(dict(counted), [UUID(str(key)).bytes for (key,) in ids])


def _written(
    home: Home,
    entry: manifest.Entry,
    n_rows: int,
    listener_ids: Sequence[ListenerId],
    now: datetime,
) -> manifest.Entry:
    """Write what is left of a file beside it, in its order, durable before this returns."""
    path = _path_after(entry.path)
    file = home.lake / path
    source = f"{lake.parquet([home.lake / entry.path])} {lake.without(listener_ids)}"
    with lake.open_lake(home) as duck, lake.readable():
        lake.write(duck, source, file)
    sync_file(file)
    sync_folder(file.parent)
    return msgspec.structs.replace(
        entry,
        path=path,
        n_rows=n_rows,
        n_bytes=file.stat().st_size,
        sha256=manifest.sha256_of(file),
        sealed_at_us=to_us(now),
    )


def _path_after(path: str) -> str:
    """Return the name of a file's next writing.

    Examples
    --------
    >>> _path_after("act/dt=2026-11-20/1-9.parquet"), _path_after("1-9.again-1.parquet")
    ('act/dt=2026-11-20/1-9.again-1.parquet', '1-9.again-2.parquet')
    """
    stem, _, number = path.removesuffix(".parquet").partition(manifest.AGAIN)
    return f"{stem}{manifest.AGAIN}{int(number or 0) + 1}.parquet"

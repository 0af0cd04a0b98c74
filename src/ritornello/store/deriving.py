"""Derived files enter the lake: beside what they replace, in one transaction that also says why.

A derived kind is named with a slash, such as ``signals/visits``, and is made from other files. For
each part of it (a UTC day, or ``""`` where it is made whole) the home keeps what it was made from,
so that equal inputs need no second making. Readers, snapshots and erasure treat derived files as
any file of the manifest; ``rebuild`` and taking along leave them out, because they are no truth.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec

from ritornello.kinds.errors import Conflict
from ritornello.kinds.times import to_us
from ritornello.store import lake, manifest, tombstones
from ritornello.store.database import execute_rows, transaction
from ritornello.store.home import Home, make_folder, sync_file, sync_folder
from ritornello.store.seal import exclusive

WHOLE = ""
PATIENCE_S = 60.0
DIGITS = 16


class Part(msgspec.Struct, frozen=True):
    """One part of a derived kind: its day, the files that hold it now, and what it was made from.

    ``made_from`` is ``None`` where nobody will ask.
    """

    dt: str
    files: Sequence[Path]
    made_from: str | None


class SomebodyLeft(Conflict):
    """A listener left while this was made, so it may hold rows of theirs; make it again."""


def swap(
    conn: sqlite3.Connection,
    home: Home,
    kind: str,
    parts: Sequence[Part],
    *,
    version: str,
    now: datetime,
    notes: Mapping[str, Mapping[str, str]] | None = None,
) -> int:
    """Put new files in the place of all that a kind's parts had; return how many rows they hold.

    The files are moved into the lake. What they replace stays on the disk, for who still reads it,
    until the next seal sweeps it.

    Parameters
    ----------
    version : what :func:`tombstones.version` said before the files were made.
    notes : what parts of other kinds, which have no files of their own, are made from now.

    Raises
    ------
    SomebodyLeft : it says something else by now.
    Conflict : a seal, rebuild or erasure was at work all the while.
    """
    files = [(part.dt, file) for part in parts for file in part.files]
    counts = lake.n_rows([file for _, file in files])
    with exclusive(home, PATIENCE_S):
        entries = [
            _enter(home, kind, dt, file, n_rows=n_rows, now=now)
            for (dt, file), n_rows in zip(files, counts, strict=True)
        ]
        with transaction(conn):
            if tombstones.version(conn) != version:
                raise SomebodyLeft(f"somebody left while {kind} was made; make it again")
            _forget(conn, kind, [part.dt for part in parts])
            for sql, rows in manifest.additions(entries):
                execute_rows(conn, sql, rows)
            made = {part.dt: part.made_from for part in parts if part.made_from is not None}
            for noted, days in {**(notes or {}), kind: made}.items():
                rows = [(noted, dt, source) for dt, source in days.items()]
                conn.executemany("INSERT OR REPLACE INTO makings VALUES (?, ?, ?)", rows)
    return sum(entry.n_rows for entry in entries)


def made_from(conn: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Return what each part of each derived kind was made from."""
    known: dict[str, dict[str, str]] = {}
    for kind, dt, source in conn.execute("SELECT kind, dt, made_from FROM makings"):
        known.setdefault(kind, {})[dt] = source
    return known


def forget_sums(conn: sqlite3.Connection, home: Home) -> None:
    """Drop the files of derived kinds that name no listener: they add up many, whoever has left.

    The next build makes them again. Runs inside an erasure's transaction.
    """
    for kind in made_from(conn):
        files = [home.lake / entry.path for entry in manifest.entries(conn, kind)]
        if files and not names_listeners(files[0]):
            conn.execute("DELETE FROM manifest WHERE kind = ?", (kind,))
            conn.execute("DELETE FROM makings WHERE kind = ?", (kind,))


def note_emptied(conn: sqlite3.Connection, entry: manifest.Entry) -> None:
    """Remember a file that an erasure left nothing of: what is made of its day stays as it is."""
    conn.execute(
        "INSERT INTO makings VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
        "SET made_from = made_from || char(10) || excluded.made_from",
        (entry.kind, entry.dt, origin(entry.path)),
    )


def forget_missing(conn: sqlite3.Connection, home: Home) -> int:
    """Forget the parts whose files are gone from the disk, so that they are made again; count them."""
    gone = {
        (entry.kind, entry.dt)
        for entry in manifest.entries(conn)
        if manifest.is_derived(entry.kind) and not (home.lake / entry.path).is_file()
    }
    with transaction(conn):
        for kind, dt in gone:
            _forget(conn, kind, [dt])
    return len(gone)


def names_listeners(file: Path) -> bool:
    """Whether a file of the lake has a column ``listener_id``."""
    with duckdb.connect() as duck, lake.readable():
        described = duck.execute(f"DESCRIBE SELECT * FROM {lake.parquet([file])}").fetchall()
    return "listener_id" in {row[0] for row in described}


def origin(path: str) -> str:
    """Return the name a file of the lake had before any erasure wrote it again.

    Examples
    --------
    >>> origin("act/dt=2026-11-20/1-9.again-2.parquet")
    'act/dt=2026-11-20/1-9.parquet'
    """
    stem, mark, _ = path.removesuffix(".parquet").partition(manifest.AGAIN)
    return f"{stem}.parquet" if mark else path


def _forget(conn: sqlite3.Connection, kind: str, days: Iterable[str]) -> None:
    rows = [(kind, dt) for dt in days]
    conn.executemany("DELETE FROM manifest WHERE kind = ? AND dt = ?", rows)
    conn.executemany("DELETE FROM makings WHERE kind = ? AND dt = ?", rows)


def _enter(
    home: Home, kind: str, dt: str, file: Path, *, n_rows: int, now: datetime
) -> manifest.Entry:
    """Move a file into the lake under a name made of its content, durable before this returns."""
    digest = manifest.sha256_of(file)
    folder = f"{kind}/dt={dt}" if dt != WHOLE else kind
    path = f"{folder}/{digest[:DIGITS]}.parquet"
    place = home.lake / path
    make_folder(place.parent)
    shutil.move(file, place)
    sync_file(place)
    sync_folder(place.parent)
    return manifest.Entry(path, kind, dt, n_rows, place.stat().st_size, digest, to_us(now))

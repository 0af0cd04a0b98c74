"""Which Parquet files are the lake: a file counts from the transaction that names it here."""

import hashlib
import sqlite3
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from ritornello.store.database import Change

AGAIN = ".again-"
"""What stands before the number in the name of a file that was written again without somebody."""


class Entry(msgspec.Struct, frozen=True):
    """One file of the lake; ``path`` is relative to the lake, ``dt`` the UTC day it holds."""

    path: str
    kind: str
    dt: str
    n_rows: int
    n_bytes: int
    sha256: str
    sealed_at_us: int


def additions(entries: Iterable[Entry]) -> list[Change]:
    """Return the change that makes these files part of the lake."""
    rows = [msgspec.structs.astuple(entry) for entry in entries]
    return [("INSERT INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?)", rows)] if rows else []


def entries(
    conn: sqlite3.Connection, kind: str | None = None, days: Iterable[date] | None = None
) -> list[Entry]:
    """Return the lake's files, oldest day first; of one kind, or of some days, where given."""
    in_days = (
        "" if days is None else "AND dt IN ({})".format(", ".join(f"'{day}'" for day in set(days)))
    )
    rows = conn.execute(
        "SELECT path, kind, dt, n_rows, n_bytes, sha256, sealed_at_us FROM manifest "
        "WHERE (?1 IS NULL OR kind = ?1) "
        f"{in_days} ORDER BY dt, kind, path",
        (kind,),
    )
    return [Entry(*row) for row in rows]


def is_derived(kind: str) -> bool:
    """Whether a kind is made from others, such as ``signals/visits``: no record lies in it."""
    return "/" in kind


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

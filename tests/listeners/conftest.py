"""A database with the tables listeners keep, and the aliases they read."""

import sqlite3
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

import pytest

from ritornello.listeners.reducers import REDUCERS
from ritornello.store.database import execute_rows


def apply(conn: sqlite3.Connection, events: Sequence[Any]) -> None:
    for reducer in REDUCERS:
        for change in reducer(events):
            if callable(change):
                change(conn)
            else:
                execute_rows(conn, *change)


def in_memory() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    for room in ("catalog", "listeners"):
        conn.executescript((files(f"ritornello.{room}") / "schema.sql").read_text())
    return conn


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    conn = in_memory()
    yield conn
    conn.close()

"""A database with the tables listeners keep, and the aliases they read."""

import sqlite3
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

import pytest

from ritornello.listeners.reducers import REDUCERS


def apply(conn: sqlite3.Connection, events: Sequence[Any]) -> None:
    for reducer in REDUCERS:
        for statement, rows in reducer(events):
            conn.executemany(statement, rows)


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(":memory:")
    conn.executescript((files("ritornello.listeners") / "schema.sql").read_text())
    conn.execute("CREATE TABLE aliases (from_id TEXT PRIMARY KEY, into_id TEXT NOT NULL)")
    yield conn
    conn.close()

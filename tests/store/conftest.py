"""A home of its own for every test, events by the handful, and a reducer whose truth is a count."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid7
from ritornello.store.database import connect as open_database
from ritornello.store.database import create_tables
from ritornello.store.home import Home
from ritornello.store.log import Writer

SCHEMA = """
-- How often a listener did something with an item. Derived from events.
CREATE TABLE IF NOT EXISTS counts (
    listener_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (listener_id, item_id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS counts_by_item ON counts (item_id);

-- What somebody chose. Truth.
CREATE TABLE IF NOT EXISTS choices (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""
ADD = "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"


def count_listens(records):
    """Count listens by listener and item; an item called poison cannot be counted."""
    found = Counter((r.listener_id, r.item_id) for r in records if isinstance(r, Listen))
    if any(item == "track:poison" for _, item in found):
        raise ValueError("poison")
    return [(ADD, [(*key, n) for key, n in found.items()])] if found else []


@pytest.fixture
def schemas() -> list[str]:
    """The schema beside the store's own."""
    return [SCHEMA]


@pytest.fixture
def reducers():
    """The reducers that belong to the schema."""
    return [count_listens]


@pytest.fixture
def home(tmp_path: Path, schemas) -> Home:
    """A fresh home with its tables."""
    home = Home(tmp_path / "home").create()
    conn = open_database(home)
    create_tables(conn, schemas)
    conn.close()
    return home


@pytest.fixture
def conn(home):
    """A connection that may write."""
    conn = open_database(home)
    yield conn
    conn.close()


@pytest.fixture
def writer(home, reducers, now) -> Iterator[Writer]:
    """A running writer whose clock stands still."""
    with Writer(home, reducers, now=lambda: now) as writer:
        yield writer


@pytest.fixture
def listen(now) -> Callable[..., Listen]:
    """Make a listen; each one a second older than the one before, unless told otherwise."""
    numbers = count()

    def make(item: str = "track:a", listener: str = "listener-1", **fields) -> Listen:
        at = fields.pop("at", now - timedelta(seconds=next(numbers)))
        given = {
            "event_id": uuid7(at),
            "listener_id": listener,
            "item_id": item,
            "happened_at": at,
            "started_at": at - timedelta(seconds=200),
        }
        return Listen(**(given | fields))

    return make


@pytest.fixture
def day() -> Callable[[int], datetime]:
    """Noon of a day of November 2026."""
    return lambda number: datetime(2026, 11, number, 12, tzinfo=UTC)

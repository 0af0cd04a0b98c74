"""Two ids are one item: state it or take it back, and judge again what was heard under either.

Two sources may have reported one play under two ids. Once these are one item, or no longer are, the
listens of everybody who heard two of them are told apart anew, in the same transaction.
"""

import sqlite3
from datetime import datetime

from ritornello.catalog import aliases
from ritornello.listeners.reducers import settle
from ritornello.listeners.same_plays import doubt_merged


def merge(conn: sqlite3.Connection, from_id: str, into_id: str, *, at: datetime) -> None:
    """State that ``from_id`` is ``into_id``; raises what :func:`aliases.merge` raises."""
    aliases.merge(conn, from_id, into_id, at=at)
    _judge(conn, from_id, into_id)


def unmerge(conn: sqlite3.Connection, from_id: str, *, at: datetime) -> None:
    """Take a merge back; raises what :func:`aliases.unmerge` raises."""
    into_id = aliases.resolve(conn, from_id)
    aliases.unmerge(conn, from_id, at=at)
    _judge(conn, from_id, into_id)


def _judge(conn: sqlite3.Connection, *item_ids: str) -> None:
    doubt_merged(conn, item_ids)
    settle(conn)

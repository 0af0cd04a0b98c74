"""Two ids are one thing: merge and unmerge, nothing deleted.

Events keep the id they came with; readers ask ``aliases.into_id``, which is always the end of the
chain: one lookup, whatever was merged into what. What was stated stays beside it, so that an
unmerge gives back exactly what was merged below it.
"""

import sqlite3
from datetime import datetime

from ritornello.kinds.errors import BadValue, Conflict, NotFound
from ritornello.kinds.ids import kind_of
from ritornello.kinds.times import to_us

_WRITE = """
INSERT INTO aliases (from_id, stated_id, into_id, stated_at_us, changed_seq)
VALUES (?, ?, ?, ?, 1 + (SELECT coalesce(max(changed_seq), 0) FROM aliases))
ON CONFLICT (from_id) DO UPDATE SET stated_id = excluded.stated_id, into_id = excluded.into_id,
    stated_at_us = excluded.stated_at_us, changed_seq = excluded.changed_seq
"""
_BELOW = """
WITH RECURSIVE below (id) AS (
    VALUES (?)
    UNION SELECT from_id FROM aliases JOIN below ON stated_id = below.id WHERE from_id <> stated_id
)
UPDATE aliases SET into_id = ?, changed_seq = 1 + (SELECT max(changed_seq) FROM aliases)
WHERE from_id IN (SELECT id FROM below)
"""


def resolve(conn: sqlite3.Connection, item_id: str) -> str:
    """Return the id that stands for ``item_id`` today: itself unless it was merged."""
    row = conn.execute("SELECT into_id FROM aliases WHERE from_id = ?", (item_id,)).fetchone()
    return item_id if row is None else str(row[0])


def merge(conn: sqlite3.Connection, from_id: str, into_id: str, *, at: datetime) -> None:
    """State that ``from_id`` is ``into_id``; whatever was merged into it follows.

    Runs in the caller's transaction. Stating the same again changes nothing.

    Raises
    ------
    BadValue : different kinds, an id merged into itself, or a cycle.
    NotFound : the catalogue does not know ``into_id``.
    Conflict : ``from_id`` is merged into something else already; unmerge it first.
    """
    if kind_of(from_id) != kind_of(into_id):
        raise BadValue(f"{from_id!r} and {into_id!r} are of different kinds; nothing was merged")
    final_id = resolve(conn, into_id)
    if from_id in (final_id, into_id):
        raise BadValue(f"{into_id!r} leads to {from_id!r} already; merging them makes a circle")
    if conn.execute("SELECT 1 FROM items WHERE item_id = ?", (final_id,)).fetchone() is None:
        raise NotFound(f"no item {into_id!r} in the catalogue to merge {from_id!r} into")
    stated_id = _stated(conn, from_id)
    if stated_id == into_id:
        return
    if stated_id not in (None, from_id):
        raise Conflict(f"{from_id!r} is merged into {stated_id!r}; unmerge it first")
    conn.execute(_WRITE, (from_id, into_id, final_id, to_us(at)))
    conn.execute(_BELOW, (from_id, final_id))


def unmerge(conn: sqlite3.Connection, from_id: str, *, at: datetime) -> None:
    """Take a merge back: ``from_id`` stands for itself again, and with it what was merged into it.

    Raises
    ------
    NotFound : it is not merged into anything.
    """
    if _stated(conn, from_id) in (None, from_id):
        raise NotFound(f"{from_id!r} is not merged into anything")
    conn.execute(_WRITE, (from_id, from_id, from_id, to_us(at)))
    conn.execute(_BELOW, (from_id, from_id))


def _stated(conn: sqlite3.Connection, from_id: str) -> str | None:
    row = conn.execute("SELECT stated_id FROM aliases WHERE from_id = ?", (from_id,)).fetchone()
    return None if row is None else str(row[0])

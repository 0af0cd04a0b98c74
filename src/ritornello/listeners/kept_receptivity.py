"""What listeners keep of the new, kept for serving: one number each, as a multiple of what the crowd keeps.

It is learned anew with everything else, from what randomised slots say alone, and rests on the history as
it was then: one that is older than the listener's last correction is not used.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from ritornello.kinds.times import from_us, to_us
from ritornello.store.database import execute_rows

_WRITE = "INSERT INTO receptivities (listener_id, multiple, learned_at_us) VALUES (?, ?, ?)"
_READ = "SELECT multiple, learned_at_us FROM receptivities WHERE listener_id = ?"


class Kept(NamedTuple):
    """Share of the new a listener keeps, as a multiple of the crowd's, and when that was learned."""

    multiple: float
    learned_at: datetime


def replace(conn: sqlite3.Connection, multiples: Mapping[str, float], learned_at: datetime) -> None:
    """Put what was learned of listeners in the place of what was before; runs inside the writer's transaction."""
    conn.execute("DELETE FROM receptivities")
    execute_rows(conn, _WRITE, [(who, x, to_us(learned_at)) for who, x in multiples.items()])


def read(conn: sqlite3.Connection, listener_id: str) -> Kept | None:
    """Return what was learned of a listener, if anything."""
    row = conn.execute(_READ, (listener_id,)).fetchone()
    return None if row is None else Kept(row[0], from_us(row[1]))

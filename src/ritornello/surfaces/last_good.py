"""Which answer was a listener's last personal one: what stands in when there is no new one."""

import sqlite3
from collections.abc import Iterable, Sequence
from uuid import UUID

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.times import to_us
from ritornello.store.database import Change
from ritornello.store.decisions import read_decision
from ritornello.store.home import Home
from ritornello.surfaces.pools import MOMENTS

_REMEMBER = """
INSERT INTO last_good (listener_id, surface, decision_id, made_at_us) VALUES (?, ?, ?, ?)
ON CONFLICT (listener_id, surface) DO UPDATE
SET decision_id = excluded.decision_id, made_at_us = excluded.made_at_us
WHERE (excluded.made_at_us, excluded.decision_id) > (last_good.made_at_us, last_good.decision_id)
"""
_FIND = "SELECT decision_id FROM last_good WHERE listener_id = ? AND surface = ?"


def remember(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Reduce decisions to the last personal one of each listener and surface; any order will do."""
    rows = [
        (record.listener_id, place_of(record), record.decision_id.bytes, to_us(record.made_at))
        for record in records
        if isinstance(record, Decision) and record.rung == "personal" and record.period is None
    ]
    return [(_REMEMBER, rows)] if rows else []


def place_of(decision: Decision) -> str:
    """Return where an answer is remembered: its surface, and of moments each by itself."""
    if decision.surface != MOMENTS:
        return decision.surface
    return f"{MOMENTS}/{decision.shelves[0].name}"


def recall(conn: sqlite3.Connection, home: Home, listener_id: str, surface: str) -> Decision | None:
    """Read a listener's last personal answer on a surface, or of a moment such as ``moments/gym``."""
    row = conn.execute(_FIND, (listener_id, surface)).fetchone()
    return None if row is None else read_decision(conn, home, UUID(bytes=row[0]))

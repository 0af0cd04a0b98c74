"""Decisions: written once before they are shown, found again wherever they rest.

A decision with a ``period`` is a list that exists exactly once for its listener, surface and period;
the table ``lists`` holds it, and a second one is refused, whatever clocks and zones do.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
import zstandard

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.times import to_us
from ritornello.store import lake
from ritornello.store.appending import Reducer, reduce
from ritornello.store.bodies import body_of
from ritornello.store.database import Change, execute_rows
from ritornello.store.home import Home
from ritornello.store.tombstones import Tombstones, covers

_INSERT = """
    INSERT INTO decisions (decision_id, listener_id, surface, made_at_us, body)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (decision_id) DO NOTHING"""
_INSERT_LIST = "INSERT INTO lists VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_decoder = msgspec.json.Decoder(Decision)


def pack(decision: Decision) -> bytes:
    """Return the decision as stored: JSON, zstd level 1."""
    return zstandard.ZstdCompressor(level=1).compress(body_of(decision))


def unpack(body: bytes) -> Decision:
    """Read a stored decision."""
    return _decoder.decode(zstandard.ZstdDecompressor().decompress(body))


def store(
    conn: sqlite3.Connection,
    decisions: Sequence[Decision],
    bodies: Sequence[bytes],
    reducers: Sequence[Reducer],
    left: Tombstones,
) -> list[bool]:
    """Store each decision unless an earlier one stands; the answer says which were stored.

    None is stored of a listener who left.

    An earlier one stands when its id is known, or its listener has a list for that surface and
    period.
    """
    accepted: dict[UUID, tuple[Decision, bytes]] = {}
    answers = []
    for decision, body in zip(decisions, bodies, strict=True):
        new = not (
            left.covers(decision.listener_id)
            or decision.decision_id in accepted
            or _stands(conn, decision)
        )
        if new and decision.period is not None:
            new = conn.execute(_INSERT_LIST, _list_row(decision, body)).rowcount == 1
        if new:
            accepted[decision.decision_id] = (decision, body)
        answers.append(new)
    rows = [
        (d.decision_id.bytes, d.listener_id, d.surface, to_us(d.made_at), body)
        for d, body in accepted.values()
    ]
    execute_rows(conn, _INSERT, rows)
    reduce(conn, [decision for decision, _ in accepted.values()], reducers)
    return answers


def lists_of(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Return the period lists among the records: the reducer by which a rebuild remakes ``lists``."""
    rows = [
        _list_row(record, pack(record))
        for record in records
        if isinstance(record, Decision) and record.period is not None
    ]
    return [(_INSERT_LIST, rows)] if rows else []


def read_decision(conn: sqlite3.Connection, home: Home, decision_id: UUID) -> Decision | None:
    """Find a decision in the log, among the lists, or in the lake on the day of its id."""
    key = (decision_id.bytes,)
    for table in ("decisions", "lists"):
        row = conn.execute(f"SELECT body FROM {table} WHERE decision_id = ?", key).fetchone()
        if row is not None:
            return unpack(row[0])
    found = lake.decision_by_id(conn, home, decision_id)
    if found is not None and covers(conn, found.listener_id):
        return None
    return found


def _stands(conn: sqlite3.Connection, decision: Decision) -> bool:
    key = (decision.decision_id.bytes,)
    found = conn.execute("SELECT 1 FROM decisions WHERE decision_id = ?", key).fetchone()
    return found is not None


def _list_row(decision: Decision, body: bytes) -> tuple[object, ...]:
    visible_from, expires = decision.visible_from_at, decision.expires_at
    return (
        decision.listener_id,
        decision.surface,
        decision.period,
        decision.decision_id.bytes,
        None if visible_from is None else to_us(visible_from),
        None if expires is None else to_us(expires),
        body,
    )

"""Which events are new, which are known, and which contradict a known one.

Runs inside the writer's transaction. An event is known by its id: from the log, from the ids kept
of sealed events, or, where those have been pruned, from the lake's files of its day. A known id with
the same body is a duplicate; with another body it is a conflict, and the first stands. An event of
a listener who left is ``erased``: nothing of it is kept.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import compress
from typing import Literal

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.times import to_us
from ritornello.store import faults, lake
from ritornello.store.bodies import body_of, hash_of
from ritornello.store.database import Change, Step, execute_rows, is_storage_error, savepoint
from ritornello.store.home import Home
from ritornello.store.rows import Row
from ritornello.store.tombstones import Tombstones

Verdict = Literal["stored", "duplicate", "conflict", "fault", "erased"]
Reducer = Callable[[Sequence[AnyEvent | Decision]], Iterable[Change | Step]]

_INSERT = """
    INSERT INTO events (event_id, kind, listener_id, happened_at_us, received_at_us, sent_at_us,
        body_hash, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING"""


def screen(
    left: Tombstones,
    rows: Sequence[Row],
    events: Sequence[AnyEvent],
    store: Callable[[Sequence[Row], Sequence[AnyEvent]], list[Verdict]],
) -> list[Verdict]:
    """Store what is of listeners who are here; what is of those who left is ``erased``."""
    here = [not left.covers(row.listener_id) for row in rows] if left else []
    if all(here):
        return store(rows, events)
    verdicts = iter(store(list(compress(rows, here)), list(compress(events, here))))
    return [next(verdicts) if stays else "erased" for stays in here]


def append(
    conn: sqlite3.Connection,
    home: Home,
    rows: Sequence[Row],
    events: Sequence[AnyEvent],
    reducers: Sequence[Reducer],
) -> list[Verdict]:
    """Store what is new, let the reducers see exactly that, and give each event its verdict."""
    standing = _known_elsewhere(conn, home, rows)
    fresh = [row for row in rows if row.event_id not in standing] if standing else rows
    before = conn.execute("SELECT max(seq) FROM events").fetchone()[0] or 0
    if execute_rows(conn, _INSERT, fresh) < len(fresh):
        standing |= _known_in_log(conn, fresh, before)
    verdicts: list[Verdict] = []
    for row in rows:
        known = standing.setdefault(row.event_id, b"")
        if known == b"":
            standing[row.event_id] = row.body_hash
            verdicts.append("stored")
        else:
            verdicts.append("duplicate" if known == row.body_hash else "conflict")
    stored = [e for e, verdict in zip(events, verdicts, strict=True) if verdict == "stored"]
    reduce(conn, stored, reducers)
    return verdicts


def append_each(
    conn: sqlite3.Connection,
    home: Home,
    rows: Sequence[Row],
    events: Sequence[AnyEvent],
    reducers: Sequence[Reducer],
) -> list[Verdict]:
    """Append event by event: one that cannot be stored becomes a fault, and blocks no other."""
    verdicts: list[Verdict] = []
    for position, (row, event) in enumerate(zip(rows, events, strict=True)):
        try:
            with savepoint(conn):
                verdicts += append(conn, home, [row], [event], reducers)
        except Exception as error:  # reducers are others' code; one event must not stop all
            if is_storage_error(error):
                raise
            message = f"{row.event_id.hex()}: {type(error).__name__}: {error}"
            fault = Fault.at("log", position, "unstorable", message)
            for sql, changed in faults.changes([fault], row.received_at_us, row.listener_id):
                execute_rows(conn, sql, changed)
            verdicts.append("fault")
    return verdicts


def reduce(
    conn: sqlite3.Connection, records: Sequence[AnyEvent | Decision], reducers: Sequence[Reducer]
) -> None:
    """Apply what every reducer makes of newly stored records."""
    if not records:
        return
    for reducer in reducers:
        for change in reducer(records):
            if callable(change):
                change(conn)
            else:
                execute_rows(conn, *change)


def _known_elsewhere(
    conn: sqlite3.Connection, home: Home, rows: Sequence[Row]
) -> dict[bytes, bytes]:
    """Return ``id → body hash`` of those already sealed."""
    known: dict[bytes, bytes] = {}
    if conn.execute("SELECT EXISTS (SELECT 1 FROM sealed_ids)").fetchone()[0]:
        known = _select(conn, "SELECT event_id, body_hash FROM sealed_ids WHERE event_id IN", rows)
    horizon = conn.execute("SELECT value FROM meta WHERE name = 'ids_pruned_before'").fetchone()
    if horizon is None:
        return known
    horizon_us = to_us(datetime.fromisoformat(horizon[0]).replace(tzinfo=UTC))
    old = [row for row in rows if row.happened_at_us < horizon_us and row.event_id not in known]
    if old:
        days = {datetime.fromtimestamp(r.happened_at_us // 1_000_000, UTC).date() for r in old}
        found = lake.events_by_id(conn, home, days, [row.event_id for row in old])
        known |= {event.event_id.bytes: hash_of(body_of(event)) for event in found}
    return known


def _known_in_log(conn: sqlite3.Connection, rows: Sequence[Row], before: int) -> dict[bytes, bytes]:
    """Return ``id → body hash`` of those the log held before ``seq`` passed ``before``."""
    sql = f"SELECT event_id, body_hash FROM events WHERE seq <= {before} AND event_id IN"
    return _select(conn, sql, rows)


def _select(conn: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(rows), 1024):
        ids = [row.event_id for row in rows[start : start + 1024]]
        found.update(conn.execute(f"{sql} ({','.join('?' * len(ids))})", ids).fetchall())
    return found

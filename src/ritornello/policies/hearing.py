"""Of whom something was heard since the last round, and from when to when it happened.

``meta`` keeps the mark up to which everything is learned: rows of the log, in their order. What was sealed into the lake
before it was looked at is found in the files sealed since; that may name more than is new, never less.
"""

import sqlite3
from collections.abc import Iterator

import duckdb
import msgspec

from ritornello.kinds.events import CORRECTIONS, EVENT_KINDS
from ritornello.kinds.ids import ListenerId
from ritornello.store import lake, manifest, tombstones
from ritornello.store.home import Home

MARK = "learned_through"
SLACK_US = 3_600_000_000
"""How far the clocks of who seals and who looks may be apart."""
EVER_US = 1 << 52
_CORRECTING = ", ".join(map(lake.quoted, sorted(CORRECTIONS)))
_EVENTS = f"""
    SELECT listener_id, min(happened_at_us), max(happened_at_us),
        max(CASE WHEN kind = 'act' THEN json_extract(body, '$.act') IN ({_CORRECTING}) ELSE 0 END)
    FROM events WHERE seq > ? AND seq <= ? GROUP BY listener_id"""
_DECISIONS = """
    SELECT listener_id, min(made_at_us), max(made_at_us), 0
    FROM decisions WHERE seq > ? AND seq <= ? GROUP BY listener_id"""
_LAST = """
    SELECT (SELECT coalesce(max(seq), 0) FROM events), (SELECT coalesce(max(seq), 0) FROM decisions)"""


class Through(msgspec.Struct, frozen=True):
    """Up to where everything is learned: rows of events and of decisions, and when that was looked up."""

    event: int = 0
    decision: int = 0
    looked_at_us: int = 0


class Heard(msgspec.Struct, frozen=True, order=True):
    """Somebody of whom something was heard, and from when to when it happened."""

    first_us: int
    last_us: int
    listener_id: ListenerId


def read_mark(conn: sqlite3.Connection) -> Through | None:
    """Return the mark; ``None`` where nothing was ever learned."""
    row = conn.execute("SELECT value FROM meta WHERE name = ?", (MARK,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=Through)


def set_mark(conn: sqlite3.Connection, through: Through) -> None:
    """Move the mark. Runs in a transaction."""
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (MARK, msgspec.json.encode(through).decode()),
    )


def sealed(conn: sqlite3.Connection, at_us: int) -> Through:
    """Return the mark of who has learned all that is sealed."""
    return Through(
        lake.sealed_through(conn, "listen"), lake.sealed_through(conn, "decision"), at_us
    )


def since(
    conn: sqlite3.Connection, home: Home, mark: Through, now_us: int
) -> tuple[list[Heard], Through]:
    """Return of whom something was heard beyond a mark, the latest first, and the mark beyond it.

    Somebody who corrects what they listened to (*not me*, *don't use it*) may change what any old decision came to: of
    them everything counts as heard. Who is leaving is left out.

    Parameters
    ----------
    conn : reads one state of the database.
    """
    there, sealed_there = conn.execute(_LAST).fetchone(), sealed(conn, now_us)
    event = max(mark.event, sealed_there.event, there[0])
    decision = max(mark.decision, sealed_there.decision, there[1])
    found: dict[ListenerId, tuple[int, int]] = {}
    gone = set(tombstones.leaving(conn))
    for who, first_us, last_us, corrects in _rows(conn, home, mark, (event, decision)):
        if who not in gone:
            span = (0, EVER_US) if corrects else (first_us, last_us)
            before = found.get(who, span)
            found[who] = (min(before[0], span[0]), max(before[1], span[1]))
    heard = sorted((Heard(*span, who) for who, span in found.items()), reverse=True)
    moved = (event, decision) != (mark.event, mark.decision)
    return heard, Through(event, decision, now_us) if heard or moved else mark


def _rows(
    conn: sqlite3.Connection, home: Home, mark: Through, last: tuple[int, int]
) -> Iterator[tuple[ListenerId, int, int, int]]:
    yield from conn.execute(_EVENTS, (mark.event, last[0]))
    yield from conn.execute(_DECISIONS, (mark.decision, last[1]))
    kinds = [*EVENT_KINDS] if lake.sealed_through(conn, "listen") > mark.event else []
    if lake.sealed_through(conn, "decision") > mark.decision:
        kinds.append("decision")
    for kind in kinds:
        files = [
            home.lake / entry.path
            for entry in manifest.entries(conn, kind)
            if entry.sealed_at_us >= mark.looked_at_us - SLACK_US
        ]
        if files:
            at = "made_at" if kind == "decision" else "happened_at"
            corrects = f"act IN ({_CORRECTING})" if kind == "act" else "false"
            with duckdb.connect() as duck, lake.readable():
                rows = duck.execute(
                    f"SELECT listener_id, min(epoch_us({at})), max(epoch_us({at})), "
                    f"bool_or({corrects}) FROM {lake.parquet(files)} GROUP BY listener_id"
                ).fetchall()
            yield from rows

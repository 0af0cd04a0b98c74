"""What was wrong with what was not kept: countable for ever, readable for the latest ten thousand."""

import sqlite3
from collections import Counter
from collections.abc import Sequence

from ritornello.kinds.faults import Fault
from ritornello.store.database import Change

KEPT = 10_000


def changes(
    faults: Sequence[Fault], found_at_us: int, listener_id: str | None = None
) -> list[Change]:
    """Return the changes that record these faults, for the transaction of their good neighbours.

    Parameters
    ----------
    listener_id : whose they are, where all are of one listener: they leave with them.
    """
    if not faults:
        return []
    latest = [
        (f.source, f.position, f.field, f.rule, f.message, found_at_us, listener_id)
        for f in faults[-KEPT:]
    ]
    counts = Counter((fault.source, fault.rule) for fault in faults)
    return [
        (
            """INSERT INTO faults (source, position, field, rule, message, found_at_us, listener_id)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
            latest,
        ),
        (
            f"DELETE FROM faults WHERE fault_id <= (SELECT max(fault_id) FROM faults) - {KEPT}",
            [()],
        ),
        (
            """INSERT INTO fault_counts VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET n_faults = n_faults + excluded.n_faults""",
            [(source, rule, n) for (source, rule), n in counts.items()],
        ),
    ]


def latest(
    conn: sqlite3.Connection,
    n: int,
    *,
    source: str | None = None,
    rule: str | None = None,
    listener_id: str | None = None,
    since_us: int = 0,
) -> list[Fault]:
    """Return the ``n`` latest faults, newest first, of one source, rule or listener where given."""
    rows = conn.execute(
        "SELECT source, position, field, rule, message FROM faults "
        "WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR rule = ?2) "
        "AND (?3 IS NULL OR listener_id = ?3) AND found_at_us >= ?4 "
        "ORDER BY fault_id DESC LIMIT ?5",
        (source, rule, listener_id, since_us, n),
    )
    return [Fault(*row) for row in rows]


def count(conn: sqlite3.Connection) -> dict[tuple[str, str], int]:
    """Return how many faults each ``(source, rule)`` ever had, most frequent first."""
    rows = conn.execute("SELECT source, rule, n_faults FROM fault_counts ORDER BY n_faults DESC")
    return {(source, rule): n for source, rule, n in rows}

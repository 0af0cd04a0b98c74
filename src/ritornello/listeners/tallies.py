"""Counts somebody else kept, as rows: the last import of a source wins."""

from collections.abc import Iterable

from ritornello.kinds.tallies import Tally
from ritornello.store.database import Change

_SET_TALLY = """
INSERT INTO tallies (listener_id, item_id, source, n_plays) VALUES (?, ?, ?, ?)
ON CONFLICT (listener_id, item_id, source) DO UPDATE SET n_plays = excluded.n_plays
WHERE n_plays != excluded.n_plays
"""


def changes(tallies: Iterable[Tally]) -> list[Change]:
    """Return the rows of ``tallies``; importing the same file twice changes nothing."""
    rows: list[tuple[object, ...]] = [
        (t.listener_id, t.item_id, t.source, t.n_plays) for t in tallies
    ]
    return [(_SET_TALLY, rows)] if rows else []

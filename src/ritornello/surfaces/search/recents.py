"""What listeners searched for lately, theirs to forget.

A search is a settled ``Query``, typed or spoken, that refines no other. Texts are told apart folded; of each the latest is
kept, until the listener was heard of ``KEPT_DAYS`` later. A listener forgets by an ``Answer`` to the question ``recent_searches`` with the text as its value,
or nothing for all: an event, so ``rebuild`` forgets again. Only what is searched after it is remembered. Whatever order
records come in, the same rows are left.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Answer, AnyEvent, Query
from ritornello.kinds.times import to_us
from ritornello.store.database import Change, Step
from ritornello.surfaces.search.spelling import fold

RECENT_SEARCHES = "recent_searches"
"""The question whose answers are what to forget."""
KEPT_DAYS = 60
N_RECALLED = 50
LONGEST = 200
"""So many characters of a search are remembered."""
SETTLES_S = 30
"""What goes on as another search within so many seconds was being typed still."""
ENOUGH_LISTENERS = 5
"""So many different listeners must have searched for the same before anybody else is shown it."""

_REMEMBER = """
INSERT INTO recent_searches (listener_id, folded, text, happened_at_us, event_id)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (listener_id, folded) DO UPDATE SET
    text = excluded.text, happened_at_us = excluded.happened_at_us, event_id = excluded.event_id
WHERE (excluded.happened_at_us, excluded.event_id) > (happened_at_us, event_id)
"""
_FORGET = """
INSERT INTO forgotten_searches (listener_id, folded, until_us) VALUES (?, ?, ?)
ON CONFLICT (listener_id, folded) DO UPDATE SET until_us = max(until_us, excluded.until_us)
"""
_LEAVE_OUT = (
    """
    DELETE FROM recent_searches WHERE listener_id = ?1 AND happened_at_us <= (
        SELECT max(until_us) FROM forgotten_searches AS f
        WHERE f.listener_id = ?1 AND f.folded IN (recent_searches.folded, '')
    )
    """,
    f"""
    DELETE FROM recent_searches WHERE listener_id = ?1 AND happened_at_us <= {-KEPT_DAYS * 86_400_000_000} + (
        SELECT max(at_us) FROM (
            SELECT max(happened_at_us) AS at_us FROM recent_searches WHERE listener_id = ?1
            UNION ALL SELECT max(until_us) FROM forgotten_searches WHERE listener_id = ?1
        )
    )
    """,
)
_RECALL = """
SELECT folded, text, happened_at_us FROM recent_searches WHERE listener_id = ?
ORDER BY happened_at_us DESC, event_id DESC
"""
_OF_MANY = f"""
SELECT folded FROM searched
WHERE n_listeners >= {ENOUGH_LISTENERS} AND folded >= ?1 AND folded < ?1 || char(0x10ffff)
ORDER BY n_listeners DESC, folded LIMIT ?2
"""


def remember(records: Sequence[AnyEvent | Decision]) -> Iterable[Change | Step]:
    """Reduce settled searches, and what is to be forgotten of them, to what is recent of each listener."""
    searched: list[tuple[object, ...]] = []
    forgotten: list[tuple[object, ...]] = []
    for record in records:
        if isinstance(record, Query) and record.refines is None and record.mode != "turn":
            text = _text(record)
            row = (
                record.listener_id,
                fold(text),
                text,
                to_us(record.happened_at),
                record.event_id.bytes,
            )
            searched += [row] if row[1] else []
        elif isinstance(record, Answer) and record.question == RECENT_SEARCHES:
            text = fold(record.value[:LONGEST])
            forgotten.append((record.listener_id, text, to_us(record.happened_at)))
    if not searched and not forgotten:
        return ()
    whose = dict.fromkeys(str(row[0]) for row in (*searched, *forgotten))
    return ((_FORGET, forgotten), (_REMEMBER, searched), partial(_leave_out, list(whose)))


def recall(
    conn: sqlite3.Connection, listener_id: str, beginning: str = "", n: int = N_RECALLED
) -> list[str]:
    """Return what a listener searched for lately and that begins so, as they said it, the latest first.

    What went on as another search within ``SETTLES_S`` seconds is left out: they were typing still.
    """
    found: list[str] = []
    later: list[tuple[str, int]] = []
    for folded, text, at_us in conn.execute(_RECALL, (listener_id,)):
        goes_on = any(
            longer.startswith(folded) and longer_at_us - at_us <= SETTLES_S * 1_000_000
            for longer, longer_at_us in later
        )
        later.append((folded, at_us))
        if not goes_on and folded.startswith(beginning):
            found.append(text)
    return found[:n]


def of_many(conn: sqlite3.Connection, beginning: str, n: int) -> list[str]:
    """Return what at least ``ENOUGH_LISTENERS`` listeners searched for and that begins so, folded, most searched first.

    It is folded because only that is what they share: how one of them wrote it is theirs.
    """
    return [folded for (folded,) in conn.execute(_OF_MANY, (beginning, n))] if beginning else []


def _text(query: Query) -> str:
    spoken = query.hypotheses[0].text if query.hypotheses else ""
    return (query.text or spoken)[:LONGEST].strip()


def _leave_out(listener_ids: Sequence[str], conn: sqlite3.Connection) -> None:
    """Take away what is forgotten and what is too old."""
    for statement in _LEAVE_OUT:
        conn.executemany(statement, [(listener_id,) for listener_id in listener_ids])

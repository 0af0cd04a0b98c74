"""Events → rows of the state tables.

Functions the log's writer runs inside the transaction that stores the events. Each is free of order: any arrival order of the same events, and any rebuild from lake and log, ends in the same
rows, because sums, minima, maxima and the latest word do not depend on it, and what does depend on
its neighbours (the same play, a correction) is judged again whenever they change.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import CORRECTIONS, Act, Answer, AnyEvent, Listen
from ritornello.kinds.times import to_us
from ritornello.listeners import corrections, same_plays
from ritornello.listeners.marks import CHOSEN, ONBOARDING, SETS
from ritornello.signals.plays import Reading, read
from ritornello.store.database import Change, Step, execute_rows

_ADD_LISTEN = """
INSERT OR IGNORE INTO listens
    (listener_id, started_at_us, event_id, item_id, ms_played, duration_ms, reading, source, client,
    context_kind, context_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_PLAYS = """
INSERT INTO plays (listener_id, item_id, n_plays, n_skips, first_at_us, last_at_us)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, item_id) DO UPDATE SET
    n_plays = n_plays + excluded.n_plays,
    n_skips = n_skips + excluded.n_skips,
    first_at_us = min(first_at_us, excluded.first_at_us),
    last_at_us = max(last_at_us, excluded.last_at_us)
"""
# Only who has two sources, or corrects listens by a rule, needs a second look.
_LOOK_AGAIN = f"""
INSERT OR IGNORE INTO unsettled (listener_id, from_us, until_us)
SELECT column1, column2, column3 FROM (VALUES (?, ?, ?))
WHERE (SELECT count(*) FROM reporters WHERE listener_id = column1) > 1
OR EXISTS (SELECT 1 FROM marks WHERE listener_id = column1 AND {corrections.IS_RULE})
"""
_LOOKED_AT = "SELECT DISTINCT listener_id FROM unsettled"
_LEFT_OUT = "SELECT 1 FROM left_out WHERE listener_id = ? AND event_id = ?"
_SET_MARK = """
INSERT INTO marks (listener_id, about_id, mark, value, until_at_us, happened_at_us, event_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, about_id, mark) DO UPDATE SET
    value = excluded.value, until_at_us = excluded.until_at_us,
    happened_at_us = excluded.happened_at_us, event_id = excluded.event_id
WHERE (excluded.happened_at_us, excluded.event_id) > (happened_at_us, event_id)
"""


class _Play(NamedTuple):
    """What one new listen adds to ``plays``."""

    listener_id: str
    item_id: str
    reading: Reading
    at_us: int
    event_id: bytes


def reduce_listens(records: Sequence[AnyEvent | Decision]) -> Iterable[Change | Step]:
    """Turn listens into rows of ``listens`` and ``plays``; private ones and errors leave no trace."""
    listens: list[tuple[object, ...]] = []
    plays: list[_Play] = []
    sources: set[tuple[str, str]] = set()
    for record in records:
        if not isinstance(record, Listen):
            continue
        reading = read(record)
        if reading == "nothing":
            continue
        who, item_id, event_id = record.listener_id, record.item_id, record.event_id.bytes
        at_us, context = to_us(record.started_at), record.context
        listens.append(
            (who, at_us, event_id, item_id, record.ms_played, record.duration_ms, reading,
             record.source, record.client, context and context.kind, context and context.id)
        )  # fmt: skip
        plays.append(_Play(who, item_id, reading, at_us, event_id))
        sources.add((who, record.source))
    if not listens:
        return ()
    runs = same_plays.runs_of((play.listener_id, play.at_us) for play in plays)
    return (
        (_ADD_LISTEN, listens),
        (same_plays.REPORTED, sorted(sources)),
        (_LOOK_AGAIN, list(runs)),
        partial(_count, plays),
    )


def reduce_acts(records: Sequence[AnyEvent | Decision]) -> Iterable[Change | Step]:
    """Turn acts into rows of ``marks``; acts that set no mark (shares, …) leave none."""
    rows: list[tuple[object, ...]] = []
    ruled: list[Act] = []
    for record in records:
        if not isinstance(record, Act) or record.act not in SETS:
            continue
        mark, value = SETS[record.act]
        until_us = to_us(record.until_at) if record.until_at else None
        happened_us, event_id = to_us(record.happened_at), record.event_id.bytes
        rows.append(
            (record.listener_id, record.about_id, mark, value, until_us, happened_us, event_id)
        )
        if record.act in CORRECTIONS and corrections.is_about_listens(record.about_id):
            ruled.append(record)
    marked: list[Change] = [(_SET_MARK, rows)] if rows else []
    if not ruled:
        return marked
    return (
        *marked,
        *corrections.clocks(act.about_id for act in ruled),
        *corrections.doubt(act.listener_id for act in ruled),
        settle,
    )


def reduce_answers(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Turn what was chosen at the beginning into rows of ``marks``; other answers leave none."""
    rows = [
        (record.listener_id, record.about_id or ONBOARDING, "chosen", int(record.value == CHOSEN),
         None, to_us(record.happened_at), record.event_id.bytes)
        for record in records
        if isinstance(record, Answer) and record.question == ONBOARDING
    ]  # fmt: skip
    return [(_SET_MARK, rows)] if rows else []


def settle(conn: sqlite3.Connection) -> None:
    """Judge every unsettled stretch anew, and leave none."""
    for statement in (
        *same_plays.CLOSE,
        *corrections.DOUBT,
        *same_plays.TELL_APART,
        *corrections.CORRECT,
        "DELETE FROM unsettled",
    ):
        conn.execute(statement)


def _count(plays: Sequence[_Play], conn: sqlite3.Connection) -> None:
    """Add new listens to ``plays``, less those that a correction names already."""
    looked_at = {who for (who,) in conn.execute(_LOOKED_AT)}
    if not looked_at:
        execute_rows(conn, _ADD_PLAYS, _added_up(plays))
        return
    conn.execute(corrections.CORRECT_NEW)
    counted = [
        play
        for play in plays
        if play.listener_id not in looked_at
        or conn.execute(_LEFT_OUT, (play.listener_id, play.event_id)).fetchone() is None
    ]
    execute_rows(conn, _ADD_PLAYS, _added_up(counted))
    settle(conn)


def _added_up(plays: Sequence[_Play]) -> list[tuple[str, str, int, int, int, int]]:
    """Return one row a listener and item, so that many listens cost few upserts.

    They come in the order of the key: one page after another, upserts cost little more than half.
    """
    sums: dict[tuple[str, str], tuple[int, int, int, int]] = {}
    for who, item_id, reading, at_us, _ in plays:
        n_plays, n_skips, first_us, last_us = sums.get((who, item_id), (0, 0, at_us, at_us))
        sums[who, item_id] = (
            n_plays + (reading == "play"),
            n_skips + (reading == "skip"),
            min(first_us, at_us),
            max(last_us, at_us),
        )
    return sorted((*key, *values) for key, values in sums.items())


REDUCERS = (reduce_listens, reduce_acts, reduce_answers)

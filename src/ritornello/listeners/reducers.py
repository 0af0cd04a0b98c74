"""Events → rows of the state tables.

Pure functions the log's writer runs inside the transaction that stores the events. Each is free of
order: any arrival order of the same events, and any rebuild from lake and log, ends in the same
rows, because sums, minima, maxima and the latest word do not depend on it, and what does depend on
its neighbours (the same play, a correction) is judged again whenever they change.
"""

from collections.abc import Iterable, Sequence

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import CORRECTIONS, Act, AnyEvent, Listen
from ritornello.kinds.times import to_us
from ritornello.listeners import corrections, same_plays
from ritornello.listeners.marks import SETS
from ritornello.signals.plays import read
from ritornello.store.database import Change

_ADD_LISTEN = """
INSERT OR IGNORE INTO listens
    (listener_id, started_at_us, event_id, item_id, ms_played, duration_ms, reading, source, client,
    context_kind, context_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_PLAYS = """
INSERT INTO plays (listener_id, item_id, n_plays, n_skips, first_at_us, last_at_us)
SELECT column1, column2, sum(column3), sum(column4), min(column5), max(column5)
FROM (VALUES (?, ?, ?, ?, ?, ?)) AS new
WHERE NOT EXISTS (SELECT 1 FROM left_out WHERE listener_id = column1 AND event_id = column6)
GROUP BY 1, 2
ON CONFLICT (listener_id, item_id) DO UPDATE SET
    n_plays = n_plays + excluded.n_plays,
    n_skips = n_skips + excluded.n_skips,
    first_at_us = min(first_at_us, excluded.first_at_us),
    last_at_us = max(last_at_us, excluded.last_at_us)
"""
_SETTLED: Change = ("DELETE FROM unsettled", [()])
_SET_MARK = """
INSERT INTO marks (listener_id, about_id, mark, value, until_at_us, happened_at_us, event_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, about_id, mark) DO UPDATE SET
    value = excluded.value, until_at_us = excluded.until_at_us,
    happened_at_us = excluded.happened_at_us, event_id = excluded.event_id
WHERE (excluded.happened_at_us, excluded.event_id) > (happened_at_us, event_id)
"""


def reduce_listens(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Turn listens into rows of ``listens`` and ``plays``; private ones and errors leave no trace."""
    listens: list[tuple[object, ...]] = []
    plays: list[tuple[object, ...]] = []
    starts: list[tuple[str, int]] = []
    reports: list[tuple[str, str, int]] = []
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
        plays.append((who, item_id, reading == "play", reading == "skip", at_us, event_id))
        starts.append((who, at_us))
        reports.append((who, record.source, at_us))
    if not listens:
        return ()
    runs = same_plays.runs_of(starts)
    return (
        (_ADD_LISTEN, listens),
        *same_plays.reported(reports),
        *same_plays.unsettle(runs),
        *corrections.of_new(runs),
        (_ADD_PLAYS, plays),
        *settle(),
    )


def reduce_acts(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Turn acts into rows of ``marks``; acts that set no mark (shares, …) leave none."""
    rows: list[tuple[object, ...]] = []
    corrected: list[Act] = []
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
            corrected.append(record)
    if not corrected:
        return ((_SET_MARK, rows),) if rows else ()
    return (
        (_SET_MARK, rows),
        *corrections.clocks(act.about_id for act in corrected),
        *corrections.doubt(act.listener_id for act in corrected),
        *settle(),
    )


def settle() -> Iterable[Change]:
    """Return what judges every unsettled stretch, and leaves none."""
    return (*corrections.DOUBTED, *same_plays.TOLD_APART, *corrections.CORRECTED, _SETTLED)


REDUCERS = (reduce_listens, reduce_acts)

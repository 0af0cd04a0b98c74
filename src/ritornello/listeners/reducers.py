"""Events → rows of the state tables.

Pure functions the log's writer runs inside the transaction that stores the events. Each is free of
order: any arrival order of the same events, and any rebuild from lake and log, ends in the same
rows, because sums, minima, maxima, the latest hundred and the latest word do not depend on it.
"""

from collections.abc import Iterable, Sequence

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Act, AnyEvent, Listen
from ritornello.kinds.times import to_us
from ritornello.listeners.marks import SETS
from ritornello.signals.plays import read

Change = tuple[str, list[tuple[object, ...]]]

N_RECENT = 100

_ADD_PLAY = """
INSERT INTO plays (listener_id, item_id, n_plays, n_skips, first_at_us, last_at_us)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, item_id) DO UPDATE SET
    n_plays = n_plays + excluded.n_plays,
    n_skips = n_skips + excluded.n_skips,
    first_at_us = min(first_at_us, excluded.first_at_us),
    last_at_us = max(last_at_us, excluded.last_at_us)
"""
_ADD_RECENT = """
INSERT OR IGNORE INTO recent
    (listener_id, started_at_us, event_id, item_id, ms_played, reading, client)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_KEEP_LATEST = f"""
WITH touched AS (SELECT value AS listener_id FROM json_each(?)),
oldest AS MATERIALIZED (
    SELECT listener_id, (
        SELECT started_at_us FROM recent WHERE recent.listener_id = touched.listener_id
        ORDER BY started_at_us DESC, event_id DESC LIMIT 1 OFFSET {N_RECENT - 1}
    ) AS at_us, (
        SELECT event_id FROM recent WHERE recent.listener_id = touched.listener_id
        ORDER BY started_at_us DESC, event_id DESC LIMIT 1 OFFSET {N_RECENT - 1}
    ) AS event_id FROM touched
)
DELETE FROM recent WHERE (listener_id, started_at_us, event_id) IN (
    SELECT recent.listener_id, recent.started_at_us, recent.event_id FROM oldest JOIN recent
    ON recent.listener_id = oldest.listener_id AND recent.started_at_us <= oldest.at_us
    WHERE (recent.started_at_us, recent.event_id) < (oldest.at_us, oldest.event_id)
)
"""
_SET_MARK = """
INSERT INTO marks (listener_id, about_id, mark, value, until_at_us, happened_at_us, event_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, about_id, mark) DO UPDATE SET
    value = excluded.value, until_at_us = excluded.until_at_us,
    happened_at_us = excluded.happened_at_us, event_id = excluded.event_id
WHERE (excluded.happened_at_us, excluded.event_id) > (happened_at_us, event_id)
"""


def reduce_listens(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Turn listens into rows of ``plays`` and ``recent``; private ones and errors leave no trace."""
    plays: list[tuple[object, ...]] = []
    recent: list[tuple[object, ...]] = []
    listeners: dict[str, None] = {}
    for record in records:
        if not isinstance(record, Listen):
            continue
        reading = read(record)
        if reading == "nothing":
            continue
        who, item = record.listener_id, record.item_id
        at_us = to_us(record.started_at)
        plays.append((who, item, reading == "play", reading == "skip", at_us, at_us))
        event_id = record.event_id.bytes
        recent.append((who, at_us, event_id, item, record.ms_played, reading, record.client))
        listeners[who] = None
    if not plays:
        return ()
    return (
        (_ADD_PLAY, plays),
        (_ADD_RECENT, recent),
        (_KEEP_LATEST, [(msgspec.json.encode(list(listeners)).decode(),)]),
    )


def reduce_acts(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Turn acts into rows of ``marks``; acts that set no mark (shares, …) leave none."""
    rows: list[tuple[object, ...]] = []
    for record in records:
        if not isinstance(record, Act) or record.act not in SETS:
            continue
        mark, value = SETS[record.act]
        until_us = to_us(record.until_at) if record.until_at else None
        happened_us, event_id = to_us(record.happened_at), record.event_id.bytes
        rows.append(
            (record.listener_id, record.about_id, mark, value, until_us, happened_us, event_id)
        )
    return ((_SET_MARK, rows),) if rows else ()


REDUCERS = (reduce_listens, reduce_acts)

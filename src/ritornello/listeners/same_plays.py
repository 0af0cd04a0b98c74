"""One play that two sources reported counts once, and can be told apart again.

Listens of one listener and item whose starts follow each other within one track length are a
cluster. The source that reported most of it is believed (among equals the richer one); the k-th
listen of every other source in a cluster is the same play as the k-th of the believed one and is
left out. A source alone never leaves out its own: two plays in a row are two plays.

Right where sources agree about time: to within a track length, because some players report when a
play ended, and to within a minute, because some exports name no seconds. It misleads where somebody
plays one track on two players at once.

Nothing here depends on the order of arrival. A batch closes the stretches of history it touches up
to the next silence, so that every cluster lies within one, and judges those again from their listens
alone; where only one source ever reported, there is nothing to judge.
"""

import sqlite3
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

import msgspec

UNKNOWN_LENGTH_S = 300
"""The track length taken where no listen of a pair knows it."""
SLACK_S = 60
"""How much later than one track length a start may follow: an export without seconds."""
SILENCE_S = 900
"""No two listens further apart are one play, however long the item."""
RANKS = ("api", "spotify", "listenbrainz", "lastfm", "scrobbler_log", "spotify_basic")
"""Sources from the richest to the poorest; any other comes after them."""

_SILENCE_US = SILENCE_S * 1_000_000
_RANK = " ".join(f"WHEN '{source}' THEN {rank}" for rank, source in enumerate(RANKS))

REPORTED = "INSERT OR IGNORE INTO reporters (listener_id, source) VALUES (?, ?)"
"""Keep in mind which source reported for whom."""

_WALK = """
    WITH RECURSIVE walk (at_us) AS (
        SELECT unsettled.{start}
        UNION ALL
        SELECT (
            SELECT {furthest}(started_at_us) FROM listens
            WHERE listener_id = unsettled.listener_id AND {within}
        ) FROM walk WHERE at_us IS NOT NULL
    ) SELECT {furthest}(at_us) FROM walk
"""
_EARLIEST = _WALK.format(
    start="from_us",
    furthest="min",
    within=f"started_at_us >= at_us - {_SILENCE_US} AND started_at_us < at_us",
)
_LATEST = _WALK.format(
    start="until_us",
    furthest="max",
    within=f"started_at_us <= at_us + {_SILENCE_US} AND started_at_us > at_us",
)
_WIDEN = f"""
UPDATE OR REPLACE unsettled SET from_us = ({_EARLIEST}), until_us = ({_LATEST}) WHERE from_us <= until_us
"""
_SPARE = """
DELETE FROM unsettled WHERE NOT recount AND (
    SELECT count(*) FROM (
        SELECT DISTINCT source FROM listens WHERE listens.listener_id = unsettled.listener_id
        AND started_at_us BETWEEN from_us AND until_us LIMIT 2
    )
) < 2
"""
_JUDGED = """
judged AS MATERIALIZED (
    SELECT
        listens.listener_id, started_at_us, event_id, listens.item_id, duration_ms, reading,
        source, coalesce(into_id, listens.item_id) AS item
    FROM unsettled CROSS JOIN listens
        ON listens.listener_id = unsettled.listener_id
        AND started_at_us BETWEEN from_us AND until_us
    LEFT JOIN aliases ON from_id = listens.item_id
    WHERE unsettled.item_id IN ('', coalesce(into_id, listens.item_id))
)
"""
_COUNT = f"""
WITH {_JUDGED}, out AS (
    SELECT
        judged.listener_id, judged.item_id,
        sum(judged.reading = 'play') AS n_plays, sum(judged.reading = 'skip') AS n_skips
    FROM judged JOIN left_out USING (listener_id, event_id)
    WHERE because = 'same_play' GROUP BY 1, 2
)
UPDATE plays SET n_plays = plays.n_plays {{sign}} out.n_plays, n_skips = plays.n_skips {{sign}} out.n_skips
FROM out WHERE plays.listener_id = out.listener_id AND plays.item_id = out.item_id
"""
_FORGET = f"""
WITH {_JUDGED}
DELETE FROM left_out WHERE because = 'same_play'
AND (listener_id, event_id) IN (SELECT listener_id, event_id FROM judged)
"""
_LEAVE_OUT = f"""
INSERT INTO left_out
    (listener_id, event_id, item_id, started_at_us, reading, because, same_as)
WITH {_JUDGED}, paired AS (
    SELECT
        *, lag(started_at_us) OVER earlier AS before_us,
        nullif(duration_ms, 0) AS length_ms, lag(nullif(duration_ms, 0)) OVER earlier AS length_before_ms
    FROM judged
    WINDOW earlier AS (PARTITION BY listener_id, item ORDER BY started_at_us, event_id)
),
begun AS (
    SELECT *, coalesce(
        started_at_us - before_us > min({_SILENCE_US}, 1000000 * {SLACK_S} + 1000 * max(
            coalesce(length_ms, length_before_ms, {UNKNOWN_LENGTH_S} * 1000),
            coalesce(length_before_ms, length_ms, 0)
        )), 1) AS begins
    FROM paired
),
clustered AS (
    SELECT *, sum(begins) OVER (
        PARTITION BY listener_id, item ORDER BY started_at_us, event_id ROWS UNBOUNDED PRECEDING
    ) AS cluster
    FROM begun
),
numbered AS (
    SELECT
        *, count(*) OVER (PARTITION BY listener_id, item, cluster, source) AS n_reported,
        row_number() OVER (
            PARTITION BY listener_id, item, cluster, source ORDER BY started_at_us, event_id
        ) AS place
    FROM clustered
),
believed AS (
    SELECT *, first_value(event_id) OVER (
        PARTITION BY listener_id, item, cluster, place
        ORDER BY n_reported DESC, CASE source {_RANK} ELSE {len(RANKS)} END, source
    ) AS same_as
    FROM numbered
)
SELECT listener_id, event_id, item_id, started_at_us, reading, 'same_play', same_as
FROM believed WHERE same_as <> event_id
"""

_DOUBT_MERGED = """
INSERT OR IGNORE INTO unsettled (listener_id, from_us, until_us, item_id)
WITH RECURSIVE named AS MATERIALIZED (
    SELECT DISTINCT coalesce(into_id, value) AS item_id
    FROM json_each(?) LEFT JOIN aliases ON from_id = value
),
ids AS MATERIALIZED (
    SELECT item_id AS own_id, item_id FROM named
    UNION SELECT from_id, into_id FROM aliases JOIN named ON into_id = item_id
),
heard (listener_id) AS (
    SELECT min(listener_id) FROM plays
    UNION ALL
    SELECT (SELECT min(listener_id) FROM plays WHERE plays.listener_id > heard.listener_id)
    FROM heard WHERE listener_id IS NOT NULL
)
SELECT listener_id, min(first_at_us), max(last_at_us), item_id FROM (
    SELECT heard.listener_id, first_at_us, last_at_us, ids.item_id
    FROM heard CROSS JOIN ids CROSS JOIN plays
        ON plays.listener_id = heard.listener_id AND plays.item_id = own_id
    UNION ALL
    SELECT listener_id, started_at_us, started_at_us, ids.item_id
    FROM left_out CROSS JOIN ids ON left_out.item_id = own_id
) AS concerned
WHERE (SELECT count(*) FROM reporters WHERE reporters.listener_id = concerned.listener_id) > 1
GROUP BY listener_id, item_id
"""

CLOSE = (_WIDEN, _SPARE)
"""Widen every unsettled stretch up to the next silence; spare those that one source reported."""
TELL_APART = (_COUNT.format(sign="+"), _FORGET, _LEAVE_OUT, _COUNT.format(sign="-"))
"""Judge the listens of every unsettled stretch, and let ``plays`` count what is left."""

Run = tuple[str, int, int]


def runs_of(starts: Iterable[tuple[str, int]]) -> list[Run]:
    """Return the stretches that starts (listener, µs) cover without a silence.

    Examples
    --------
    >>> runs_of([("ada", 5), ("ada", 0), ("ada", 2_000_000_000)])
    [('ada', 0, 5), ('ada', 2000000000, 2000000000)]
    """
    runs: list[Run] = []
    for who, of_one in groupby(sorted(starts), key=itemgetter(0)):
        times = [at_us for _, at_us in of_one]
        first = last = times[0]
        for at_us in times:
            if at_us - last > _SILENCE_US:
                runs.append((who, first, last))
                first = at_us
            last = at_us
        runs.append((who, first, last))
    return runs


def doubt_merged(conn: sqlite3.Connection, item_ids: Iterable[str]) -> None:
    """Unsettle the listens of ids that became, or were, one item, of everybody who heard two of them.

    Their histories are searched from the first to the last listen of any of the ids. Costs two point
    reads a listener of the home, and one pass over that stretch for each who is concerned.
    """
    conn.execute(_DOUBT_MERGED, (msgspec.json.encode(sorted(set(item_ids))).decode(),))

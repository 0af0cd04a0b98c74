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

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from ritornello.store.database import Change

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

_REPORTED = """
INSERT INTO reporters (listener_id, source, first_at_us, last_at_us) VALUES (?, ?, ?, ?)
ON CONFLICT (listener_id, source) DO UPDATE SET
    first_at_us = min(first_at_us, excluded.first_at_us),
    last_at_us = max(last_at_us, excluded.last_at_us)
"""
_UNSETTLE = f"""
INSERT INTO unsettled (listener_id, from_us, until_us, item_id, recount)
WITH RECURSIVE runs AS MATERIALIZED (
    SELECT
        json_extract(value, '$[0]') AS listener_id, json_extract(value, '$[1]') AS from_us,
        json_extract(value, '$[2]') AS until_us, json_extract(value, '$[3]') AS item_id
    FROM json_each(?)
    WHERE (SELECT count(*) FROM reporters WHERE listener_id = json_extract(value, '$[0]')) > 1
),
back (listener_id, from_us, at_us) AS (
    SELECT listener_id, from_us, from_us FROM runs
    UNION ALL
    SELECT listener_id, from_us, (
        SELECT min(started_at_us) FROM listens WHERE listens.listener_id = back.listener_id
        AND started_at_us >= at_us - {_SILENCE_US} AND started_at_us < at_us
    ) FROM back WHERE at_us IS NOT NULL
),
ahead (listener_id, until_us, at_us) AS (
    SELECT listener_id, until_us, until_us FROM runs
    UNION ALL
    SELECT listener_id, until_us, (
        SELECT max(started_at_us) FROM listens WHERE listens.listener_id = ahead.listener_id
        AND started_at_us <= at_us + {_SILENCE_US} AND started_at_us > at_us
    ) FROM ahead WHERE at_us IS NOT NULL
),
closed AS (
    SELECT DISTINCT
        listener_id,
        (SELECT min(at_us) FROM back
         WHERE back.listener_id = runs.listener_id AND back.from_us = runs.from_us) AS from_us,
        (SELECT max(at_us) FROM ahead
         WHERE ahead.listener_id = runs.listener_id AND ahead.until_us = runs.until_us) AS until_us,
        item_id
    FROM runs
)
SELECT listener_id, from_us, until_us, item_id, 0 FROM closed
WHERE (
    SELECT count(*) FROM reporters WHERE reporters.listener_id = closed.listener_id
    AND first_at_us <= until_us AND last_at_us >= from_us
) > 1
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
    WHERE unsettled.item_id IS NULL OR unsettled.item_id = coalesce(into_id, listens.item_id)
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

TOLD_APART: list[Change] = [
    (_COUNT.format(sign="+"), [()]),
    (_FORGET, [()]),
    (_LEAVE_OUT, [()]),
    (_COUNT.format(sign="-"), [()]),
]
"""Judge the listens of every unsettled stretch, and let ``plays`` count what is left."""

Run = tuple[str, int, int, str | None]


def reported(listens: Iterable[tuple[str, str, int]]) -> list[Change]:
    """Return what listens (listener, source, start) say of who reports when."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for who, source, at_us in listens:
        first, last = spans.get((who, source), (at_us, at_us))
        spans[who, source] = (min(first, at_us), max(last, at_us))
    return [(_REPORTED, [(*key, *span) for key, span in spans.items()])]


def runs_of(starts: Sequence[tuple[str, int]]) -> list[Run]:
    """Return the stretches that starts (listener, µs) cover without a silence.

    Examples
    --------
    >>> runs_of([("ada", 5), ("ada", 0), ("ada", 2_000_000_000)])
    [('ada', 0, 5, None), ('ada', 2000000000, 2000000000, None)]
    """
    runs: list[Run] = []
    for who, of_one in groupby(sorted(starts), key=itemgetter(0)):
        times = [at_us for _, at_us in of_one]
        first = last = times[0]
        for at_us in times:
            if at_us - last > _SILENCE_US:
                runs.append((who, first, last, None))
                first = at_us
            last = at_us
        runs.append((who, first, last, None))
    return runs


def unsettle(runs: Iterable[Run]) -> list[Change]:
    """Return what marks stretches as to be judged again, closed up to the next silence."""
    return [(_UNSETTLE, [(msgspec.json.encode(list(runs)).decode(),)])]

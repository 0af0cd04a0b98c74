"""Lake and state → ``Interactions``: who played what, aliases resolved, tallies added in.

What a listen was (play, skip, glance) is decided by the same constants as ``signals.plays``; private
listens and errors are left out. So is whatever serving leaves out: the same play reported twice, what
was disowned and what was excluded.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.times import to_us
from ritornello.listeners import corrections
from ritornello.models.interactions import Interactions, Pairs, Plays, gather
from ritornello.models.vocabulary import Vocabulary
from ritornello.signals.plays import GLANCE_BELOW_MS, PLAY_FROM_MS, PLAY_FROM_SHARE

_ALIASES = "SELECT from_id, into_id FROM aliases WHERE from_id <> into_id"
_TALLIES = """
SELECT listener_id, coalesce(into_id, item_id), max(n_plays)
FROM tallies LEFT JOIN aliases ON from_id = item_id GROUP BY 1, 2
"""
_LOVED = """
SELECT DISTINCT listener_id, coalesce(into_id, about_id)
FROM marks LEFT JOIN aliases ON from_id = about_id
WHERE mark = 'feeling' AND value > 0 AND (about_id LIKE 'track:%' OR about_id LIKE 'episode:%')
"""
_LEFT_OUT = """
SELECT listener_id, because, substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4)
    || '-' || substr(id, 17, 4) || '-' || substr(id, 21)
FROM (SELECT listener_id, because, lower(hex(event_id)) AS id FROM left_out)
"""
_READ = f"""
CREATE OR REPLACE TEMP TABLE heard AS
WITH judged AS (
    SELECT
        listen.listener_id, item_id, epoch_us(started_at) AS at_us, ms_played, because,
        ended_because IN ('skipped_forward', 'skipped_back') AS by_button,
        CASE
            WHEN ms_played IS NULL THEN NULL
            WHEN duration_ms > 0
                THEN ms_played >= least({PLAY_FROM_SHARE} * duration_ms, {PLAY_FROM_MS})
            ELSE ms_played >= {GLANCE_BELOW_MS}
        END AS enough
    FROM {{listens}} AS listen LEFT JOIN out
        ON out.listener_id = listen.listener_id AND out.event_id = listen.event_id
    WHERE NOT private AND ended_because <> 'error'
    AND (because IS NULL OR because = 'same_play')
)
SELECT
    listener_id, coalesce(into_id, item_id) AS item_id, at_us, because IS NULL AS counts,
    CASE
        WHEN enough THEN 'play'
        WHEN by_button THEN 'skip'
        WHEN ms_played < {GLANCE_BELOW_MS} THEN 'glance'
        ELSE 'play'
    END AS reading
FROM judged LEFT JOIN alias ON from_id = item_id
"""
_PAIRS = """
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT
    listener_id, item_id,
    count(*) FILTER (counts AND reading = 'play') AS n_plays,
    count(*) FILTER (counts AND reading = 'skip') AS n_skips,
    false AS loved, min(at_us) AS first_at_us, max(at_us) AS last_at_us
FROM heard GROUP BY ALL
UNION ALL SELECT listener_id, item_id, n, 0, false, NULL, NULL FROM tally
UNION ALL SELECT listener_id, item_id, 0, 0, true, NULL, NULL FROM love
"""
_UNWANTED = """
DELETE FROM {table} WHERE (listener_id, item_id) IN (
    SELECT pairs.listener_id, pairs.item_id
    FROM pairs JOIN about USING (item_id) JOIN said USING (listener_id, about_id)
)
"""
_NUMBERED = """
CREATE OR REPLACE TEMP TABLE numbered_{what} AS
SELECT {what}_id, row_number() OVER (ORDER BY {what}_id) - 1 AS number
FROM (SELECT DISTINCT {what}_id FROM pairs)
"""
_JOINED = (
    "{what} JOIN numbered_listener AS l USING (listener_id) JOIN numbered_item AS i USING (item_id)"
)
_GENRES = """
SELECT item.item_id, coalesce(
    json_extract(item.body, '$.genres[0]'), json_extract(maker.body, '$.genres[0]')
) FROM items AS item LEFT JOIN items AS maker ON maker.item_id = coalesce(
    json_extract(item.body, '$.artist_ids[0]'), json_extract(item.body, '$.show_id')
) WHERE item.kind IN ('track', 'episode')
"""


def read_interactions(
    duck: duckdb.DuckDBPyConnection, listens: str, conn: sqlite3.Connection, *, now: datetime
) -> Interactions:
    """Read who played what, of all listeners, as of ``now``.

    Parameters
    ----------
    duck : where the view of that name lies (kind ``listen``, from ``store.lake``).
    conn : the home's database, for aliases, tallies and loves.
    """
    _register(duck, "alias", conn.execute(_ALIASES).fetchall(), ("from_id", "into_id"))
    _register(duck, "tally", conn.execute(_TALLIES).fetchall(), ("listener_id", "item_id", "n"))
    _register(duck, "love", conn.execute(_LOVED).fetchall(), ("listener_id", "item_id"))
    left_out = conn.execute(_LEFT_OUT).fetchall()
    _register(duck, "out", left_out, ("listener_id", "because", "event_id"))
    for statement in (_READ.format(listens=listens), _PAIRS):
        duck.execute(statement)
    _forget_unwanted(duck, conn)
    listeners, items = (_number(duck, what) for what in ("listener", "item"))
    pairs = duck.execute(
        "SELECT l.number AS listener, i.number AS item, n_plays, n_skips, loved, first_at_us, last_at_us"
        f" FROM {_JOINED.format(what='pairs')}"
    ).fetchnumpy()
    plays = duck.execute(
        "SELECT l.number AS listener, i.number AS item, at_us"
        f" FROM {_JOINED.format(what='heard')} WHERE counts AND reading = 'play'"
    ).fetchnumpy()
    return gather(
        listeners,
        Vocabulary(items),
        Pairs(
            pairs["listener"],
            pairs["item"],
            pairs["n_plays"],
            pairs["n_skips"],
            pairs["loved"],
            _seconds(pairs["first_at_us"]),
            _seconds(pairs["last_at_us"]),
        ),
        Plays(plays["listener"], plays["item"], _seconds(plays["at_us"])),
        now_s=to_us(now) / 1e6,
    )


def _forget_unwanted(duck: duckdb.DuckDBPyConnection, conn: sqlite3.Connection) -> None:
    """Drop the pairs a listener disowned or wants no recommendations from."""
    said = corrections.said_of_items(conn)
    if not said:
        return
    about = corrections.items_about(conn, {about_id for _, about_id in said})
    _register(duck, "said", said, ("listener_id", "about_id"))
    _register(duck, "about", about, ("item_id", "about_id"))
    for table in ("heard", "pairs"):
        duck.execute(_UNWANTED.format(table=table))


def read_genres(conn: sqlite3.Connection, vocabulary: Vocabulary) -> list[str | None]:
    """Return the first genre of each item, else of its artist or show; ``None`` where there is none."""
    genres = dict(conn.execute(_GENRES))
    return [genres.get(item_id) for item_id in vocabulary.ids]


def _register(
    duck: duckdb.DuckDBPyConnection, name: str, rows: list[tuple[Any, ...]], columns: Sequence[str]
) -> None:
    """Hand rows to DuckDB as a view: text columns, and whole numbers where a column is named n."""
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    duck.register(
        name,
        {
            column: np.array(found, dtype=np.int64 if column == "n" else np.object_)
            for column, found in zip(columns, values, strict=True)
        },
    )


def _number(duck: duckdb.DuckDBPyConnection, what: str) -> tuple[str, ...]:
    """Give numbers to the ids that occur, in their order, and return them."""
    duck.execute(_NUMBERED.format(what=what))
    found = duck.execute(f"SELECT {what}_id FROM numbered_{what} ORDER BY number").fetchall()
    return tuple(each for (each,) in found)


def _seconds(us: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return microseconds as seconds, nan where they are missing."""
    seconds: NDArray[np.float64] = np.ma.filled(us / 1e6, np.nan)
    return seconds

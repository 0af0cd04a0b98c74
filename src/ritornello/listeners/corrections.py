"""What a listener takes back: "that was not me" and "do not use that for recommendations".

A correction is about an item, an artist or a show, a genre, one listen, a context, or hours of the
day. The last three choose listens, which are then ``left_out`` (a disowned listen was never heard, an
excluded one was but leads nowhere); whatever else was reported of the same play follows. The others
stand as marks, and whoever reads a profile or trains obeys them.

Nothing is deleted: the latest word stands, and taking it back restores what it took away.
"""

import sqlite3
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from ritornello.kinds.abouts import ABOUT_LISTENS
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import PLAYABLE_KINDS
from ritornello.kinds.times import offsets
from ritornello.store.database import Change

LeftOut = Literal["same_play", "disowned", "excluded"]

_DAY_US, _HOUR_US = 86_400_000_000, 3_600_000_000
HOUR_OF_DAY = f"(((started_at_us + offset_us) % {_DAY_US} + {_DAY_US}) % {_DAY_US} / {_HOUR_US})"
"""SQL for the local hour of a listen, given the stretch of its clock."""

IS_RULE = """(
    value = 1 AND mark IN ('disown', 'exclude')
    AND (about_id GLOB 'listen:*' OR about_id GLOB 'context:*' OR about_id GLOB 'hours:*')
)"""
"""SQL for a mark that chooses single listens, and stands."""

_RULES = f"""
rules AS MATERIALIZED (
    SELECT
        marks.listener_id,
        CASE WHEN about_id GLOB 'listen:*' THEN replace(about_id, '-', '') ELSE about_id END AS about_id,
        CASE mark WHEN 'disown' THEN 'disowned' ELSE 'excluded' END AS because
    FROM stretches CROSS JOIN marks USING (listener_id)
    WHERE {IS_RULE}
)
"""
_CORRECT = f"""
INSERT INTO left_out (listener_id, event_id, item_id, started_at_us, reading, because, same_as)
WITH stretches AS MATERIALIZED (
    {{stretches}}
), {_RULES}, matched AS MATERIALIZED (
    SELECT listens.listener_id, event_id, because
    FROM (SELECT DISTINCT listener_id FROM rules WHERE about_id NOT GLOB 'hours:*')
    CROSS JOIN stretches USING (listener_id) CROSS JOIN listens USING (listener_id)
    JOIN rules ON rules.listener_id = listens.listener_id AND about_id IN (
        'listen:' || lower(hex(event_id)),
        'context:' || context_kind || ':' || coalesce(context_id, '')
    )
    WHERE started_at_us BETWEEN from_us AND until_us
    UNION ALL
    SELECT rules.listener_id, event_id, because
    FROM rules CROSS JOIN stretches USING (listener_id)
    CROSS JOIN clocks ON zone = substr(about_id, 13)
        AND clocks.from_us <= stretches.until_us AND clocks.until_us > stretches.from_us
    CROSS JOIN listens ON listens.listener_id = rules.listener_id
        AND started_at_us >= max(clocks.from_us, stretches.from_us)
        AND started_at_us < min(clocks.until_us, stretches.until_us + 1)
    WHERE about_id GLOB 'hours:*' AND CASE WHEN substr(about_id, 7, 2) < substr(about_id, 10, 2)
        THEN {HOUR_OF_DAY} >= CAST(substr(about_id, 7, 2) AS INTEGER)
            AND {HOUR_OF_DAY} < CAST(substr(about_id, 10, 2) AS INTEGER)
        ELSE {HOUR_OF_DAY} >= CAST(substr(about_id, 7, 2) AS INTEGER)
            OR {HOUR_OF_DAY} < CAST(substr(about_id, 10, 2) AS INTEGER)
        END
),
corrected AS MATERIALIZED (
    SELECT
        matched.listener_id, coalesce(same_as, matched.event_id) AS play_id,
        min(matched.because) AS because
    FROM matched LEFT JOIN left_out USING (listener_id, event_id) GROUP BY 1, 2
)
SELECT
    listens.listener_id, listens.event_id, listens.item_id, listens.started_at_us,
    listens.reading, corrected.because, same_as
FROM (SELECT DISTINCT listener_id FROM corrected)
CROSS JOIN stretches USING (listener_id)
CROSS JOIN listens ON listens.listener_id = stretches.listener_id
    AND listens.started_at_us BETWEEN from_us AND until_us
LEFT JOIN left_out
    ON left_out.listener_id = listens.listener_id AND left_out.event_id = listens.event_id
JOIN corrected ON corrected.listener_id = listens.listener_id
    AND play_id = coalesce(same_as, listens.event_id)
WHERE true
ON CONFLICT (listener_id, event_id) DO UPDATE SET because = excluded.because
"""
_NEW = "SELECT listener_id, from_us, until_us FROM unsettled"
_WHOLE = f"""
    SELECT DISTINCT listener_id, -{1 << 62} AS from_us, {1 << 62} AS until_us
    FROM unsettled WHERE recount
"""
_DOUBT_ALL = (
    "INSERT OR IGNORE INTO unsettled (listener_id, from_us, until_us, recount) VALUES (?, 0, -1, 1)"
)
_DOUBT_STRETCHES = f"""
UPDATE unsettled SET recount = 1 WHERE EXISTS (
    SELECT 1 FROM marks WHERE marks.listener_id = unsettled.listener_id AND {IS_RULE}
) AND EXISTS (
    SELECT 1 FROM listens JOIN left_out USING (listener_id, event_id)
    WHERE listens.listener_id = unsettled.listener_id
    AND listens.started_at_us BETWEEN from_us AND until_us AND because <> 'same_play'
)
"""
_ONLY_SAME_PLAYS = """
UPDATE left_out SET because = 'same_play'
WHERE same_as IS NOT NULL AND because <> 'same_play'
AND listener_id IN (SELECT listener_id FROM unsettled WHERE recount)
"""
_TAKE_BACK = """
DELETE FROM left_out WHERE same_as IS NULL
AND listener_id IN (SELECT listener_id FROM unsettled WHERE recount)
"""
_UNCOUNT = (
    "DELETE FROM plays WHERE listener_id IN (SELECT listener_id FROM unsettled WHERE recount)"
)
_RECOUNT = """
INSERT INTO plays (listener_id, item_id, n_plays, n_skips, first_at_us, last_at_us)
SELECT
    listens.listener_id, listens.item_id,
    sum(listens.reading = 'play' AND because IS NULL),
    sum(listens.reading = 'skip' AND because IS NULL),
    min(listens.started_at_us), max(listens.started_at_us)
FROM (SELECT DISTINCT listener_id FROM unsettled WHERE recount)
CROSS JOIN listens USING (listener_id) LEFT JOIN left_out USING (listener_id, event_id)
WHERE because IS NULL OR because = 'same_play'
GROUP BY listens.listener_id, listens.item_id
"""
_SET_CLOCK = (
    "INSERT OR REPLACE INTO clocks (zone, from_us, until_us, offset_us) VALUES (?, ?, ?, ?)"
)

_ABOUT = """
WITH asked AS MATERIALIZED ({asked}),
made AS MATERIALIZED (
    SELECT asked.item_id, items.body, coalesce(into_id, maker.value) AS maker_id
    FROM asked CROSS JOIN items USING (item_id) CROSS JOIN json_each(
        json_insert(
            coalesce(json_extract(body, '$.artist_ids'), '[]'),
            '$[#]', json_extract(body, '$.show_id'), '$[#]', json_extract(body, '$.album_id')
        )
    ) AS maker LEFT JOIN aliases ON from_id = maker.value
)
SELECT item_id, maker_id FROM made WHERE maker_id IS NOT NULL
UNION SELECT asked.item_id, 'genre:' || genre.value
FROM asked CROSS JOIN items USING (item_id) CROSS JOIN json_each(body, '$.genres') AS genre
UNION SELECT made.item_id, 'genre:' || genre.value
FROM made CROSS JOIN items AS maker ON maker.item_id = maker_id
CROSS JOIN json_each(maker.body, '$.genres') AS genre
WHERE json_extract(made.body, '$.genres[0]') IS NULL
"""

_ABOUT_SOME = _ABOUT.format(asked="SELECT value AS item_id FROM json_each(?)")
_ABOUT_ALL = _ABOUT.format(asked=f"SELECT item_id FROM items WHERE kind IN {PLAYABLE_KINDS}")
_SAID_OF_ITEMS = f"""
SELECT DISTINCT listener_id, coalesce(into_id, about_id)
FROM marks LEFT JOIN aliases ON from_id = about_id
WHERE value = 1 AND mark IN ('disown', 'exclude') AND NOT {IS_RULE}
"""

CORRECT_NEW = _CORRECT.format(stretches=_NEW)
"""Leave out those of the listens just stored that a correction names already."""
DOUBT = (_DOUBT_STRETCHES, _ONLY_SAME_PLAYS, _TAKE_BACK)
"""Take corrections back where they must be made again."""
CORRECT = (_CORRECT.format(stretches=_WHOLE), _UNCOUNT, _RECOUNT)
"""Make them again, and count what is left."""


def is_about_listens(about_id: str) -> bool:
    """Whether a correction chooses single listens."""
    return kind_of(about_id) in ABOUT_LISTENS


def corrects_items(about_id: str, mark: str) -> bool:
    """Whether a mark is a correction about items, artists, shows, albums or genres."""
    return mark in {"disown", "exclude"} and not is_about_listens(about_id)


def concerned(
    conn: sqlite3.Connection, item_ids: Collection[str], about_ids: Collection[str]
) -> set[str]:
    """Return which items corrections about items, artists, shows, albums or genres concern.

    An item is of the genres it names itself, else of those of its artists and its show; case does
    not count.
    """
    named = {plain(about) for about in about_ids}
    found = named.intersection(item_ids)
    if _are_playable(named):
        return found
    asked = msgspec.json.encode(list(item_ids)).decode()
    rows = conn.execute(_ABOUT_SOME, (asked,))
    return found | {item_id for item_id, about in rows if plain(about) in named}


def about_each(conn: sqlite3.Connection, item_ids: Collection[str]) -> dict[str, set[str]]:
    """Return everything by which a correction may concern each item: itself, its makers, its genres."""
    about = {item_id: {item_id} for item_id in item_ids}
    asked = msgspec.json.encode(list(item_ids)).decode()
    for item_id, one in conn.execute(_ABOUT_SOME, (asked,)):
        about[item_id].add(plain(one))
    return about


def said_of_items(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return who disowned or excluded which items, artists, shows, albums and genres."""
    return [(who, plain(about)) for who, about in conn.execute(_SAID_OF_ITEMS)]


def items_about(conn: sqlite3.Connection, about_ids: Collection[str]) -> list[tuple[str, str]]:
    """Return, of the whole catalogue, which items those corrections concern: (item, about)."""
    named = set(about_ids)
    found = [(about, about) for about in sorted(named) if kind_of(about) in PLAYABLE_KINDS]
    if _are_playable(named):
        return found
    rows = ((item_id, plain(about)) for item_id, about in conn.execute(_ABOUT_ALL))
    return found + [(item_id, about) for item_id, about in rows if about in named]


def plain(about_id: str) -> str:
    """Return an id with a genre's case taken out."""
    return about_id.casefold() if kind_of(about_id) == "genre" else about_id


def _are_playable(about_ids: Collection[str]) -> bool:
    return all(kind_of(about) in PLAYABLE_KINDS for about in about_ids)


def doubt(listener_ids: Iterable[str]) -> list[Change]:
    """Return what marks whole histories as to be corrected and counted again."""
    return [(_DOUBT_ALL, [(listener_id,) for listener_id in sorted(set(listener_ids))])]


def clocks(about_ids: Iterable[str]) -> list[Change]:
    """Return the clocks that corrections by the hour need; a zone nobody knows has none."""
    rows: list[tuple[object, ...]] = []
    for name in sorted(
        {about.partition("@")[2] for about in about_ids if kind_of(about) == "hours"}
    ):
        try:
            rows += [(name, *stretch) for stretch in offsets(name)]
        except BadValue:
            continue
    return [(_SET_CLOCK, rows)] if rows else []

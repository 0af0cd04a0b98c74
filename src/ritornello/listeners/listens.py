"""The whole history of a listener, in order, page by page.

Every listen is there, also one that does not count: it says what it is left out because of.
"""

import sqlite3
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from ritornello.kinds.ids import ItemId
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.listeners import standing
from ritornello.listeners.corrections import LeftOut

_PAGE = """
SELECT
    listens.event_id, listens.item_id, listens.started_at_us, ms_played, duration_ms,
    listens.reading, source, client, context_kind, context_id, because
FROM listens LEFT JOIN left_out
    ON left_out.listener_id = listens.listener_id AND left_out.event_id = listens.event_id
WHERE listens.listener_id = :who
AND (listens.started_at_us, listens.event_id) > (:after_us, :after_id)
AND (listens.started_at_us, listens.event_id) < (:before_us, :before_id)
AND CASE :only
    WHEN 'heard' THEN because IS NULL OR because = 'excluded'
    WHEN 'skipped' THEN listens.reading IN ('skip', 'glance')
    WHEN 'left_out' THEN
        because IS NOT NULL OR listens.item_id IN (SELECT value FROM json_each(:corrected))
    ELSE true END
AND (:among IS NULL OR listens.item_id IN (SELECT value FROM json_each(:among)))
ORDER BY listens.started_at_us {order}, listens.event_id {order} LIMIT :n
"""
_ONE = """
SELECT
    listens.event_id, listens.item_id, listens.started_at_us, ms_played, duration_ms,
    listens.reading, source, client, context_kind, context_id, because
FROM listens LEFT JOIN left_out
    ON left_out.listener_id = listens.listener_id AND left_out.event_id = listens.event_id
WHERE listens.listener_id = ? AND listens.event_id = ?
"""
_COUNT = """
SELECT (SELECT count(*) FROM listens WHERE listener_id = ?1) - (
    SELECT count(*) FROM left_out WHERE listener_id = ?1 AND because <> 'excluded'
)
"""
_NAMED = """
SELECT heard.item_id, coalesce(json_extract(body, '$.title'), '') || char(10)
    || coalesce(json_extract(body, '$.artist_name'), json_extract(body, '$.show_title'), '')
FROM (
    SELECT item_id FROM plays WHERE listener_id = ?1
    UNION SELECT item_id FROM left_out WHERE listener_id = ?1
) AS heard LEFT JOIN aliases ON from_id = heard.item_id
JOIN items ON items.item_id = coalesce(into_id, heard.item_id)
"""
Only = Literal["heard", "skipped", "left_out"]
"""Which listens alone are asked for."""
_FIRST_ID, _LAST_ID = b"", b"\xff" * 17
_END_US = 1 << 62


class HeardListen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One listen of a history; ``left_out`` says why it does not count, if it does not."""

    event_id: UUID
    item_id: ItemId
    started_at: Instant
    ms_played: int | None
    duration_ms: int | None
    reading: str
    source: str
    client: str
    context_kind: str | None = None
    context_id: str | None = None
    left_out: LeftOut | None = None


def page(
    conn: sqlite3.Connection,
    listener_id: str,
    *,
    before: datetime | None = None,
    before_id: UUID | None = None,
    after: datetime | None = None,
    n: int,
    query: str | None = None,
    only: Only | None = None,
) -> list[HeardListen]:
    """Return ``n`` listens with ``after < started_at < before``, newest first.

    With ``after`` alone: the ``n`` nearest to it, still newest first.

    Parameters
    ----------
    before_id : the listen a page ended with, whose start ``before`` is: the next page begins right
        after it, also where others began at the same instant.
    query : words of a title or of a credited artist or show; every one of them must occur.
    only : those that were heard (neither disowned nor what another source reported too), those that
        were skipped or left early, or those that are left out or of an item that is corrected.
    """
    corrected = standing.items(conn, listener_id) if only == "left_out" else ()
    oldest_first = after is not None and before is None
    asked = {
        "who": listener_id,
        "after_us": -_END_US if after is None else to_us(after),
        "after_id": _LAST_ID,
        "before_us": _END_US if before is None else to_us(before),
        "before_id": _FIRST_ID if before_id is None else before_id.bytes,
        "only": only,
        "corrected": msgspec.json.encode(sorted(corrected)).decode(),
        "among": None if query is None else _named(conn, listener_id, query),
        "n": n,
    }
    rows = conn.execute(_PAGE.format(order="ASC" if oldest_first else "DESC"), asked)
    found = [_heard(*row) for row in rows]
    return found[::-1] if oldest_first else found


def get(conn: sqlite3.Connection, listener_id: str, event_id: UUID) -> HeardListen | None:
    """Return one listen of a listener, whenever it began; ``None`` if they have none of this id."""
    row = conn.execute(_ONE, (listener_id, event_id.bytes)).fetchone()
    return None if row is None else _heard(*row)


def count(conn: sqlite3.Connection, listener_id: str) -> int:
    """Return how many listens a listener has, less the disowned and what is the same play."""
    (n_listens,) = conn.execute(_COUNT, (listener_id,)).fetchone()
    return int(n_listens)


def count_left_out(conn: sqlite3.Connection, listener_id: str, because: LeftOut) -> int:
    """Return how many listens do not count because of this."""
    sql = "SELECT count(*) FROM left_out WHERE listener_id = ? AND because = ?"
    (n_listens,) = conn.execute(sql, (listener_id, because)).fetchone()
    return int(n_listens)


def _named(conn: sqlite3.Connection, listener_id: str, query: str) -> str:
    """Return, as JSON, the ids of items ever heard whose title or credit has the words."""
    words = query.casefold().split()
    found = [
        item_id
        for item_id, names in conn.execute(_NAMED, (listener_id,))
        if all(word in names.casefold() for word in words)
    ]
    return msgspec.json.encode(found).decode()


def _heard(event_id: bytes, item_id: str, started_at_us: int, *rest: object) -> HeardListen:
    return HeardListen(UUID(bytes=event_id), item_id, from_us(started_at_us), *rest)  # type: ignore[arg-type]

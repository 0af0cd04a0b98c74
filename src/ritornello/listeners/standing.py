"""Which corrections stand over a listen, so that a history can say so and take them back.

A correction about a listen, a context or hours of the day leaves the listen out; one about an item, its
artists, show, album or genre does not, but concerns it all the same. What another source reported of the
same play follows that play, without a correction of its own.
"""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from ritornello.kinds import abouts
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import ItemId
from ritornello.kinds.times import Instant, from_us, zone
from ritornello.listeners import corrections

if TYPE_CHECKING:
    from ritornello.listeners.listens import HeardListen

_SAID = """
SELECT mark, coalesce(into_id, about_id), value, happened_at_us
FROM marks LEFT JOIN aliases ON from_id = about_id
WHERE listener_id = ? AND mark IN ('disown', 'exclude') ORDER BY happened_at_us, event_id
"""
_HEARD = """
SELECT item_id FROM plays WHERE listener_id = ?1
UNION SELECT item_id FROM left_out WHERE listener_id = ?1
"""
_CURRENT = "SELECT from_id, into_id FROM aliases JOIN json_each(?) ON from_id = value"


class Standing(msgspec.Struct, frozen=True):
    """One correction that stands: what was said, about what, and when."""

    act: Literal["disown", "exclude"]
    about_id: str
    at: Instant


def standing(conn: sqlite3.Connection, listener_id: str) -> list[Standing]:
    """Return the corrections of a listener that stand, the latest first."""
    said: dict[tuple[str, str], Standing] = {}
    for act, about_id, value, happened_at_us in conn.execute(_SAID, (listener_id,)):
        said.pop((act, about_id), None)
        if value:
            said[act, about_id] = Standing(act, about_id, from_us(happened_at_us))
    return list(said.values())[::-1]


def over(
    conn: sqlite3.Connection, listener_id: str, heard: "Sequence[HeardListen]"
) -> list[tuple[Standing, ...]]:
    """Return the corrections that stand over each of a listener's listens, the latest first."""
    said = standing(conn, listener_id)
    if not said:
        return [()] * len(heard)
    about = _about_each(conn, {listen.item_id for listen in heard})
    return [
        tuple(one for one in said if _stands_over(one.about_id, listen, about[listen.item_id]))
        for listen in heard
    ]


def items(conn: sqlite3.Connection, listener_id: str) -> set[ItemId]:
    """Return the heard items that a correction about items, makers or genres stands over."""
    named = {corrections.plain(one.about_id) for one in standing(conn, listener_id)}
    if all(corrections.is_about_listens(about_id) for about_id in named):
        return set()
    heard = {item_id for (item_id,) in conn.execute(_HEARD, (listener_id,))}
    return {item_id for item_id, about in _about_each(conn, heard).items() if about & named}


def _about_each(conn: sqlite3.Connection, item_ids: Collection[ItemId]) -> dict[ItemId, set[str]]:
    """Return by what a correction may concern each item, as what it is today."""
    asked = msgspec.json.encode(sorted(item_ids)).decode()
    current = dict(conn.execute(_CURRENT, (asked,)))
    about = corrections.about_each(conn, {current.get(one, one) for one in item_ids})
    return {one: about[current.get(one, one)] for one in item_ids}


def _stands_over(about_id: str, listen: "HeardListen", concerns: set[str]) -> bool:
    if not corrections.is_about_listens(about_id):
        return corrections.plain(about_id) in concerns
    try:
        about = abouts.parse(about_id)
        if about.kind == "listen":
            return about.event_id == listen.event_id
        if about.kind == "context":
            of_listen = listen.context_kind, listen.context_id or ""
            return of_listen == (about.context_kind, about.context_id)
        return _within(about, listen.started_at)
    except BadValue:
        return False


def _within(hours: abouts.About, at: datetime) -> bool:
    """Whether an instant lies within hours of the day, past midnight where they end earlier."""
    hour = at.astimezone(zone(hours.time_zone)).hour
    if hours.from_hour < hours.until_hour:
        return hours.from_hour <= hour < hours.until_hour
    return hour >= hours.from_hour or hour < hours.until_hour

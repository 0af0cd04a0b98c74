"""Radio stations: what one goes on from, and what it has offered already.

A station is a seed and what it has played. Every decision of a station carries the whole
:class:`~ritornello.kinds.decisions.Station`, so its state is derived from decisions alone: a restart
loses nothing, and ``rebuild`` makes it again.

Seeds are written ``track:…``, ``episode:…``, ``artist:…`` or ``show:…``; ``list:DECISION`` or
``list:DECISION/SHELF`` for what stood on a list, a moment or a shelf; and nothing for the listener's own.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import numpy as np

from ritornello.catalog.view import NONE, View
from ritornello.kinds.decisions import Decision, Station
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.ids import ItemId, kind_of, uuid7
from ritornello.kinds.items import PLAYABLE_KINDS
from ritornello.kinds.times import from_us, to_us
from ritornello.store.database import Change
from ritornello.surfaces.situation import Situation

MAKERS = ("artist", "show")
LIST = "list:"
N_ANCHORS = 20
"""Items a seed stands for at most."""

_BEGIN = "INSERT OR IGNORE INTO stations VALUES (?, ?, ?, ?)"
_AIR = """
INSERT INTO aired (listener_id, item_id, aired_at_us, decision_id, position, station_id)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, item_id) DO UPDATE SET aired_at_us = excluded.aired_at_us,
    decision_id = excluded.decision_id, position = excluded.position,
    station_id = excluded.station_id
WHERE (excluded.aired_at_us, excluded.decision_id) > (aired.aired_at_us, aired.decision_id)
"""
_FIND = "SELECT body FROM stations WHERE listener_id = ? AND station_id = ?"
_LATELY = """
SELECT body FROM stations WHERE listener_id = ? ORDER BY started_at_us DESC, station_id LIMIT ?
"""
_AIRED = """
SELECT json_group_array(json_array(item_id, aired_at_us, decision_id, position, station_id))
FROM (
    SELECT * FROM aired WHERE listener_id = ? AND aired_at_us > ?
    ORDER BY aired_at_us DESC, position DESC
)
"""

MOMENTS = "moments"

FindDecision = Callable[[UUID], Decision | None]
Purpose = Callable[[str], str]
"""The intent of a moment by its name, which its lists have on their shelf; empty where it has none."""


class Aired(msgspec.Struct, frozen=True, array_like=True):
    """What radio offered last of one item: when, in which slot of which decision and station."""

    item_id: ItemId
    aired_at_us: int
    decision_id: UUID
    position: int
    station_id: UUID

    @property
    def at(self) -> datetime:
        """When it was offered."""
        return from_us(self.aired_at_us)


_station = msgspec.json.Decoder(Station)
_aired = msgspec.json.Decoder(tuple[Aired, ...])


def remember(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Reduce radio's decisions to their stations and to what was last offered when."""
    begun: list[tuple[object, ...]] = []
    aired: list[tuple[object, ...]] = []
    for record in records:
        if not isinstance(record, Decision) or record.station is None:
            continue
        who, station, at_us = record.listener_id, record.station, to_us(record.made_at)
        body = msgspec.json.encode(station)
        begun.append((who, station.station_id.bytes, to_us(station.started_at), body))
        aired += (
            (who, slot.item_id, at_us, str(record.decision_id), slot.position, str(station.station_id))
            for slot in record.slots
        )  # fmt: skip
    return [(_BEGIN, begun), (_AIR, aired)] if begun else []


def begin(
    situation: Situation,
    seed: str = "",
    *,
    intent: str = "",
    decision: FindDecision,
    purpose: Purpose,
) -> Station:
    """Begin a station; it exists once its first decision, which bears its id, is written down.

    Parameters
    ----------
    seed : what it begins from; nothing for the listener's own.
    intent : what it is for, as the listener says; else what the moment it begins from is for.
    decision : finds a logged decision.

    Raises
    ------
    NotFound : the catalogue or the log does not know the seed, or it is another listener's list.
    BadValue : no station can begin there.
    """
    at = situation.request.at
    if not seed.startswith(LIST):
        anchors = _of_item(seed, situation) if seed else []
        return Station(uuid7(at), at, seed, intent, tuple(anchors))
    shown, shelf = _list(seed, situation, decision)
    slots = [slot for slot in shown.slots if shelf in ("", slot.shelf)]
    if not slots:
        raise NotFound(f"nothing stood on {seed!r}")
    if not intent and shown.surface == MOMENTS:
        intent = purpose(slots[0].shelf)
    return Station(uuid7(at), at, seed, intent, tuple(s.item_id for s in slots[:N_ANCHORS]))


def find(conn: sqlite3.Connection, listener_id: str, station_id: UUID) -> Station:
    """Return a station of a listener.

    Raises
    ------
    NotFound : they began none of that id.
    """
    row = conn.execute(_FIND, (listener_id, station_id.bytes)).fetchone()
    if row is None:
        raise NotFound(f"no station {station_id} of {listener_id}; begin one with a seed")
    return _station.decode(row[0])


def lately(conn: sqlite3.Connection, listener_id: str, n: int) -> list[Station]:
    """Return the stations a listener began last, the newest first."""
    return [_station.decode(row[0]) for row in conn.execute(_LATELY, (listener_id, n))]


def aired(conn: sqlite3.Connection, listener_id: str, since: datetime) -> tuple[Aired, ...]:
    """Return what radio offered a listener since an instant, the newest first, each item once."""
    row = conn.execute(_AIRED, (listener_id, to_us(since))).fetchone()
    return _aired.decode(row[0])


def named(station: Station, view: View) -> str:
    """Return what a station is called."""
    row = view.number.get(station.seed)
    seed = "a list" if row is None else view.title(row)
    title = f"Radio from {seed}" if station.seed else "Your radio"
    return f"{title}, for {station.intent}" if station.intent else title


def _of_item(seed: str, situation: Situation) -> list[ItemId]:
    """Return the item a seed names, or the most played of whom it names."""
    kind, view = kind_of(seed), situation.view
    if kind not in (*PLAYABLE_KINDS, *MAKERS):
        message = f"{seed!r} is no seed; name a track, an episode, an artist, a show or a list"
        raise BadValue(message)
    row = view.number.get(seed, NONE)
    if row == NONE:
        raise NotFound(f"the catalogue does not know {seed!r}")
    rows = [row] if kind in PLAYABLE_KINDS else _of_maker(row, situation)
    return [view.ids[each] for each in rows]


def _list(seed: str, situation: Situation, decision: FindDecision) -> tuple[Decision, str]:
    """Return the list a seed names, and its shelf where it is of one."""
    name, _, shelf = seed.removeprefix(LIST).partition("/")
    try:
        found = decision(UUID(name))
    except ValueError as error:
        raise BadValue(f"{seed!r} names no list; write list: and its decision's id") from error
    if found is None or found.listener_id != situation.profile.listener_id:
        raise NotFound(f"no list {name} of {situation.profile.listener_id}")
    return found, shelf


def _of_maker(row: int, situation: Situation) -> list[int]:
    """Return the rows by an artist or of a show, the most played first, then the newest."""
    view = situation.view
    rows = np.flatnonzero((view.artist == row) & view.available)
    plays = np.zeros(len(rows))
    if situation.stock.bundle is not None:
        columns = situation.stock.columns[rows]
        counted = situation.stock.bundle.popularity.all_time[columns]
        plays = np.where(columns == NONE, 0.0, counted)
    released = view.released_on[rows]
    days = np.where(np.isnat(released), 0, released.astype("datetime64[D]").astype(np.int64))
    return [int(each) for each in rows[np.lexsort((-days, -plays))][:N_ANCHORS]]

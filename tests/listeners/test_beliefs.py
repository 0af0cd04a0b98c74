"""Beliefs put together: each part is what its own module says."""

import sqlite3
from datetime import timedelta

import pytest

from ritornello.catalog import items
from ritornello.catalog.view import View
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import Track
from ritornello.kinds.times import from_us, zone
from ritornello.listeners import beliefs
from ritornello.listeners.beliefs import Known
from ritornello.listeners.profile import read_profile
from ritornello.signals import intents
from ritornello.store.database import execute_rows
from tests.listeners.tables import DAY_US, START_US, lay, played

KNOWN = Known(None, intents.defaults(), None)
NOW = from_us(START_US) + timedelta(days=60)


def gather(conn: sqlite3.Connection, who: str, **tables):
    empty = {name: {} for name in beliefs.TABLES}
    duck = lay(**(empty | tables))
    profile = read_profile(conn, who, NOW)
    return beliefs.of(conn, duck, profile, View.read(conn), zone("UTC"), known=KNOWN)


def test_what_the_tables_hold_is_told(conn: sqlite3.Connection) -> None:
    relationships = {
        "listener_id": ["listener-1", "listener-1", "listener-2"],
        "about_id": ["artist:a", "artist:b", "artist:a"],
        "state": ["lapsed", "tried", "fan"],
        "exposed_at_us": START_US,
        "tried_at_us": START_US + 1,
        "lapsed_at_us": START_US + 56 * DAY_US,
        "n_plays": [12, 1, 40],
        "n_active_days": [4, 1, 9],
        "last_at_us": START_US + 9,
    }
    readings = played(["listener-1"] * 2, [START_US, START_US + DAY_US], ["track:1"] * 2)
    found = gather(conn, "listener-1", readings=readings, relationships=relationships)
    assert found.through == from_us(START_US + DAY_US)
    assert found.states == {"lapsed": 1, "tried": 1}
    assert [(each.about_id, each.since) for each in found.relationships] == [
        ("artist:a", from_us(START_US + 56 * DAY_US)),
        ("artist:b", from_us(START_US + 1)),
    ]
    assert found.habits.n_hours == 2
    assert (found.breadth, found.months, found.flags) == (None, (), ())
    assert sum(found.habits.by_device.values()) == pytest.approx(1)


def test_who_has_no_name_is_called_by_the_id(conn: sqlite3.Connection) -> None:
    track = Track(item_id="track:1", title="Song", artist_ids=("artist:a",))
    for sql, rows in items.changes([track]):
        execute_rows(conn, sql, rows)
    met = {
        "listener_id": ["listener-1"] * 2,
        "about_id": ["artist:a", "artist:b"],
        "state": "tried",
        "tried_at_us": START_US,
        "n_plays": 1,
    }
    readings = played(["listener-1"], [START_US], ["track:1"])
    found = gather(conn, "listener-1", readings=readings, relationships=met).relationships
    assert {each.name for each in found} == {"artist:a", "artist:b"}


def test_nothing_is_believed_of_somebody_who_never_did_anything(conn: sqlite3.Connection) -> None:
    with pytest.raises(NotFound, match="nothing is known"):
        gather(conn, "nobody-yet")

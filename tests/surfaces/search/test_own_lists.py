"""A listener's own lists by name: this week's, today's, the house's moments; never another's."""

from datetime import timedelta

import pytest

from ritornello.kinds.decisions import Decision, Shelf
from ritornello.kinds.ids import uuid7
from ritornello.store.appending import reduce
from ritornello.store.database import create_tables, schema
from ritornello.store.decisions import lists_of
from ritornello.surfaces import pools
from ritornello.surfaces.lists import playlist_id
from ritornello.surfaces.recipes import load
from ritornello.surfaces.search.own_lists import OwnList, of_listener, scored
from ritornello.surfaces.search.ranking import weights_of
from ritornello.surfaces.search.sought import Sought
from ritornello.testing.small_service import profile_of

from .test_recents import tables

SHAPE = load("search").searching
WEIGHTS = weights_of(SHAPE, 1.0)


def listed(surface, period, at, *titles, who="listener-1", days=1):
    shelves = tuple(Shelf(f"mix-{n}", title, "greedy", ()) for n, title in enumerate(titles))
    return Decision(
        decision_id=uuid7(at), listener_id=who, surface=surface, made_at=at, shelves=shelves,
        slots=(), rung="personal", policy_version="x", model_version="x", recipe_hash="x",
        period=period, visible_from_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip


@pytest.fixture
def now(service):
    return service.now


@pytest.fixture
def conn():
    conn = tables()
    create_tables(conn, [schema("ritornello.store")])
    return conn


def test_this_weeks_and_todays_are_there_and_what_is_over_or_anothers_is_not(conn, house, now):
    weekly = listed("discover_weekly", "2026-W47", now - timedelta(days=2), "Weekly", days=7)
    mixes = listed("daily_mix", "2026-11-21", now, "Artist 0007 and others", "Artist 0003")
    reduce(conn, [
        weekly, mixes,
        listed("discover_weekly", "2026-W46", now - timedelta(days=9), "Weekly", days=7),
        listed("daily_mix", "2026-11-22", now + timedelta(days=1), "Tomorrow's"),
        listed("daily_mix", "2026-11-21", now, "Another's", who="listener-2"),
    ], [lists_of])  # fmt: skip
    found = of_listener(conn, house.situation(profile_of([], now)), [pools.load("gym")])
    assert [(each.item_id, each.title, each.kind) for each in found] == [
        (f"playlist:{playlist_id(mixes, 'mix-0')}", "Artist 0007 and others", "playlist"),
        (f"playlist:{playlist_id(mixes, 'mix-1')}", "Artist 0003", "playlist"),
        (f"playlist:{weekly.decision_id}", "Discover Weekly", "playlist"),
        ("playlist:gym", pools.load("gym").title, "moment"),
    ]  # fmt: skip


LISTS = (
    OwnList("playlist:w", "Discover Weekly", "2026-W47", "playlist"),
    OwnList("playlist:m", "Artist 0007 and others", "Daily Mix", "playlist"),
    OwnList("playlist:sad", "Rainy Sunday", "comfort", "moment"),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("disc", ["playlist:w"]),
        ("discvoer weekly", ["playlist:w"]),
        ("weekly", ["playlist:w"]),
        ("artist 0007", ["playlist:m"]),
        ("rainy sunday", ["playlist:sad"]),
        ("sunday", ["playlist:sad"]),
        ("polka", []),
        ("", []),
        ("🎧", []),
    ],
)
def test_lists_are_found_by_name(text, found):
    named = scored(LISTS, Sought(text, is_prefix=True), SHAPE, WEIGHTS)
    assert [each.item_id for each, _ in named] == found

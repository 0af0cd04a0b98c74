"""Stations are what decisions say of them, in whatever order those arrive."""

import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import msgspec
import pytest

from ritornello.kinds.decisions import Decision, Shelf, Slot, Station
from ritornello.kinds.errors import NotFound
from ritornello.store.database import create_tables, execute_rows, schema
from ritornello.surfaces import stations
from ritornello.testing.small_service import artist_id, profile_of, track_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STATION = Station(UUID(int=9), NOW, track_id(6, 1), "sleep", (track_id(6, 1),))


def decision(number, *item_ids, station=STATION, who="listener-1"):
    slots = tuple(Slot("radio", k, i, 1.0, "near_station", 1.0) for k, i in enumerate(item_ids))
    return Decision(
        decision_id=UUID(int=number), listener_id=who, surface="radio",
        made_at=NOW + timedelta(minutes=number), shelves=(Shelf("radio", "Radio", "greedy", ()),),
        slots=slots, station=station, rung="personal", policy_version="1", model_version="m",
        recipe_hash="h",
    )  # fmt: skip


def told(batches):
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema("ritornello.surfaces")])
    for batch in batches:
        for sql, rows in stations.remember(batch):
            execute_rows(conn, sql, rows)
    return conn


def test_what_was_offered_is_the_same_in_whatever_order_decisions_arrive():
    made = [
        decision(1, "track:a", "track:b"),
        decision(2, "track:b"),
        decision(3, "track:c", "track:a"),
    ]
    seen = set()
    for order in permutations(made):
        for batches in ([order], [[each] for each in order], [order, order]):
            seen.add(stations.aired(told(batches), "listener-1", NOW))
    (aired,) = seen
    assert [(a.item_id, a.position, a.decision_id.int) for a in aired] == [
        ("track:a", 1, 3), ("track:c", 0, 3), ("track:b", 0, 2),
    ]  # fmt: skip
    assert aired[0].at == NOW + timedelta(minutes=3)
    assert aired[0].station_id == STATION.station_id


def test_only_what_was_offered_since_and_to_whom_is_told():
    conn = told(
        [[decision(1, "track:a"), decision(2, "track:b"), decision(3, "track:c", who="listener-2")]]
    )
    since = NOW + timedelta(minutes=1)
    assert [a.item_id for a in stations.aired(conn, "listener-1", since)] == ["track:b"]


def test_a_station_is_found_as_it_was_begun_and_only_by_who_began_it():
    later = Station(UUID(int=8), NOW + timedelta(hours=1))
    conn = told([[decision(1, "track:a"), decision(70, "track:b", station=later)]])
    assert stations.find(conn, "listener-1", STATION.station_id) == STATION
    assert stations.lately(conn, "listener-1", 5) == [later, STATION]
    with pytest.raises(NotFound, match="no station"):
        stations.find(conn, "listener-2", STATION.station_id)


def begun(service, seed, found=None, **more):
    situation = service.situation(profile_of([], NOW), "radio")
    return stations.begin(
        situation, seed, decision=lambda _: found, purpose=lambda name: f"of {name}", **more
    )


def test_an_artist_stands_for_the_most_played_of_theirs(service):
    anchors = begun(service, artist_id(6)).anchor_ids
    plays = service.bundle.popularity.all_time
    counts = [plays[service.bundle.vocabulary.columns[i]] for i in anchors]
    assert set(anchors) <= {track_id(6, track) for track in range(8)}
    assert counts == sorted(counts, reverse=True)


def test_a_moment_says_what_its_station_is_for_unless_the_listener_does(service):
    moment = decision(1, "track:a", "track:b")
    seed = f"list:{moment.decision_id}/radio"
    assert begun(service, seed, moment).intent == ""
    moment = msgspec.structs.replace(moment, surface="moments")
    assert begun(service, seed, moment).intent == "of radio"
    assert begun(service, seed, moment, intent="party").intent == "party"
    assert begun(service, seed, moment).anchor_ids == ("track:a", "track:b")


def test_stations_are_named_by_their_seed(service):
    view = service.stock.view
    assert stations.named(STATION, view) == "Radio from Track 06-1, for sleep"
    assert stations.named(Station(UUID(int=1), NOW, "list:x"), view) == "Radio from a list"
    assert stations.named(Station(UUID(int=1), NOW), view) == "Your radio"

"""What serving reads of a listener."""

import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.kinds.events import Act, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.tallies import Tally
from ritornello.listeners import tallies
from ritornello.listeners.preferences import Preferences, read_preferences, write_preferences
from ritornello.listeners.profile import SNOOZE_DAYS, read_profile
from ritornello.listeners.taste import taste_of
from tests.listeners.conftest import apply

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def listen(item: str, hours_ago: float, *, skipped: bool = False) -> Listen:
    at = NOW - timedelta(hours=hours_ago)
    return Listen(
        event_id=uuid8(at, item),
        listener_id="listener-1",
        happened_at=at,
        started_at=at,
        item_id=item,
        ended_because="skipped_forward" if skipped else "unknown",
    )


def act(what: str, about: str, hours_ago: float, **more: datetime) -> Act:
    at = NOW - timedelta(hours=hours_ago)
    return Act(
        event_id=uuid8(at, what, about),
        listener_id="listener-1",
        happened_at=at,
        act=what,
        about_id=about,
        **more,
    )


def test_somebody_never_seen_is_empty(conn: sqlite3.Connection) -> None:
    profile = read_profile(conn, "nobody", NOW)
    assert not profile.heard
    assert profile.n_plays == 0
    assert taste_of(profile, {"track:a": 0}).is_empty


def test_plays_tallies_and_recent(conn: sqlite3.Connection) -> None:
    apply(conn, [listen("track:a", 3), listen("track:a", 1), listen("track:b", 2, skipped=True)])
    for statement, rows in tallies.changes(
        [Tally(listener_id="listener-1", item_id="track:c", n_plays=7, source="hetrec")]
    ):
        conn.executemany(statement, rows)
    profile = read_profile(conn, "listener-1", NOW)
    assert profile.heard == {"track:a", "track:b", "track:c"}
    assert profile.n_plays == 9
    assert [r.item_id for r in profile.recent] == ["track:a", "track:b", "track:a"]
    taste = taste_of(profile, {"track:c": 0, "track:b": 1, "track:a": 4})
    assert taste.columns.tolist() == [0, 1, 4]
    assert taste.n_plays.tolist() == [7, 0, 2]
    assert taste.n_skips.tolist() == [0, 1, 0]
    np.testing.assert_allclose(taste.last_age_s, [np.nan, 7200, 3600])
    np.testing.assert_allclose(taste.first_age_s, [np.nan, 7200, 10800])
    assert taste.recent_columns.tolist() == [4, 4]
    assert taste.recent_age_s.tolist() == [3600, 10800]


def test_recent_plays_stand_in_one_order_and_a_glance_is_none(conn: sqlite3.Connection) -> None:
    """Whatever the events' ids say: newest first, and of one instant the higher column first."""
    glance = msgspec.structs.replace(listen("track:a", 0.5), ms_played=5_000)
    together = [listen(f"track:{name}", 2) for name in "cabd"]
    apply(conn, [glance, listen("track:b", 1), *together])
    columns = {"track:a": 3, "track:b": 2, "track:c": 1, "track:d": 0}
    taste = taste_of(read_profile(conn, "listener-1", NOW), columns)
    assert taste.recent_columns.tolist() == [2, 3, 2, 1, 0]


def test_a_tally_imported_twice_counts_once(conn: sqlite3.Connection) -> None:
    tally = Tally(listener_id="listener-1", item_id="track:c", n_plays=7, source="hetrec")
    for _ in range(2):
        for statement, rows in tallies.changes([tally]):
            conn.executemany(statement, rows)
    assert read_profile(conn, "listener-1", NOW).tallies == {"track:c": 7}


def test_a_merged_item_is_read_under_its_new_id(conn: sqlite3.Connection) -> None:
    apply(conn, [listen("track:a", 3), listen("track:b", 1), act("love", "track:a", 2)])
    conn.execute("INSERT INTO aliases VALUES ('track:a', 'track:b', 'track:b', 0, 1)")
    profile = read_profile(conn, "listener-1", NOW)
    assert profile.heard == {"track:b"}
    assert profile.plays["track:b"].n_plays == 2
    assert profile.loved == {"track:b"}


def test_the_latest_word_stands(conn: sqlite3.Connection) -> None:
    apply(conn, [act("hate", "track:a", 1), act("love", "track:a", 2), act("ban", "artist:x", 3)])
    profile = read_profile(conn, "listener-1", NOW)
    assert profile.banned == {"track:a", "artist:x"}
    assert profile.loved == set()
    apply(conn, [act("love", "track:a", 0.5), act("unban", "artist:x", 0.5)])
    profile = read_profile(conn, "listener-1", NOW)
    assert profile.banned == set()
    assert profile.loved == {"track:a"}


def test_a_snooze_ends(conn: sqlite3.Connection) -> None:
    apply(conn, [act("snooze", "track:a", 1, until_at=NOW + timedelta(hours=1))])
    apply(conn, [act("snooze", "track:b", 1)])
    assert read_profile(conn, "listener-1", NOW).snoozed == {"track:a", "track:b"}
    later = NOW + timedelta(days=SNOOZE_DAYS)
    assert read_profile(conn, "listener-1", later).snoozed == frozenset()


def test_preferences_round_trip_and_refuse_a_zone_nobody_lives_in(conn: sqlite3.Connection) -> None:
    assert read_preferences(conn, "listener-1") == Preferences()
    chosen = Preferences(time_zone="Asia/Tokyo", allow_explicit=False, exploration_budget=0.2)
    write_preferences(conn, "listener-1", chosen)
    assert read_preferences(conn, "listener-1") == chosen
    with pytest.raises(BadValue, match="Europe/Berlin"):
        write_preferences(conn, "listener-1", Preferences(time_zone="Mars/Olympus"))


@pytest.mark.parametrize("region", ["DE\n", "de", "DEU", ""])
def test_a_region_is_two_letters_and_nothing_more(region: str) -> None:
    assert msgspec.convert({"region": "DE"}, Preferences).region == "DE"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"region": region}, Preferences)

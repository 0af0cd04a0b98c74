"""Visits are told apart as a loop over the events would tell them, whatever goes wrong."""

import pytest
from hypothesis import given, settings

from ritornello.signals import inputs
from ritornello.signals.inputs import DAY_US
from tests.signals.messy import (
    DAYS_OF,
    FROM_US,
    HOUR_US,
    MINUTE_US,
    listen,
    make,
    moment,
    rows_of,
    worlds,
)


def activity(**world):
    """The rows of a world's activity in order of time, then id."""
    rows = make(world, ["activity"])["activity"]
    return sorted(rows, key=lambda row: (row["at_us"], row["event_id"]))


def spans(world):
    """Every event as ``(listener, at, id, until, what)``."""
    for kind in DAYS_OF:
        for row in world.get(kind, ()):
            at_us, until_us, what = row["happened_at_us"], row["happened_at_us"], kind
            if kind == "listen":
                at_us, what = row["started_at_us"], row["began_because"] or "unknown"
                lasted_ms = row["ms_played"]
                if lasted_ms is None:
                    lasted_ms = min(row["duration_ms"] or 0, (until_us - at_us) // 1000)
                until_us = at_us + 1000 * min(lasted_ms, 84_600_000)
            yield row["listener_id"], at_us, row["event_id"], until_us, what, kind == "listen"


def by_loop(world):
    """Visit, place and whether a midnight began it, of every event: one walk over each listener."""
    found, before = {}, None
    for who, at_us, event_id, until_us, what, is_listen in sorted(spans(world)):
        today_us = at_us // DAY_US * DAY_US
        if before is None or before["who"] != who:
            paused = True
        else:
            paused = at_us - before["active_us"] > 30 * MINUTE_US
            if today_us > before["at_us"] and not paused:
                paused = None if before["paused_us"] < today_us - DAY_US else False
        if paused is False:
            visit = before | {
                "place": before["place"] + 1,
                "n_begun": before["n_begun"] + is_listen,
            }
            visit["active_us"] = max(visit["active_us"], until_us)
            found[before["event_id"]]["followed_by"] = what
        else:
            visit = {"who": who, "visit_id": f"{who}/{at_us}", "place": 1, "cut": paused is None}
            visit["n_begun"] = int(is_listen)
            visit["active_us"] = until_us if paused else max(before["active_us"], until_us)
            visit["paused_us"] = at_us if paused else before["paused_us"]
        before = visit | {"at_us": at_us, "until_us": until_us, "event_id": event_id}
        before["followed_by"] = None
        found[event_id] = before
    return found


@settings(max_examples=40)
@given(worlds())
@pytest.mark.slow
def test_every_event_has_the_visit_a_loop_gives_it(world):
    expected = by_loop(world)
    rows = activity(**world)
    assert len(rows) == len(expected) == sum(len(world[kind]) for kind in DAYS_OF)
    for row in rows:
        names = ("visit_id", "place", "n_begun", "cut", "at_us", "until_us", "followed_by")
        assert {n: row[n] for n in names} == {n: expected[row["event_id"]][n] for n in names}


@settings(max_examples=15)
@given(worlds())
def test_no_visit_lasts_longer_than_two_days(world):
    rows = activity(**world)
    first = {}
    for row in rows:
        began_us = first.setdefault(row["visit_id"], row["at_us"])
        assert row["visit_id"] == f"{row['listener_id']}/{began_us}"
        assert row["at_us"] - began_us < 2 * DAY_US
        assert row["at_us"] // DAY_US - began_us // DAY_US <= 1


def chain(hours, begin_us):
    """A listen of ten minutes every half hour."""
    return [
        listen(f"{n:03d}", begin_us + n * 30 * MINUTE_US, 600_000) for n in range(2 * hours + 1)
    ]


def test_a_visit_of_26_hours_is_whole():
    rows = activity(listen=chain(26, FROM_US + 9 * HOUR_US))
    assert len({row["visit_id"] for row in rows}) == 1
    assert not any(row["cut"] for row in rows)


def test_a_visit_of_26_hours_with_two_midnights_is_cut_at_the_second():
    rows = activity(listen=chain(26, FROM_US + 23 * HOUR_US))
    second = FROM_US + 2 * DAY_US
    assert {row["visit_id"] for row in rows} == {
        f"listener-1/{FROM_US + 23 * HOUR_US}",
        f"listener-1/{second}",
    }
    assert all(row["cut"] == (row["at_us"] >= second) for row in rows)


def test_without_a_pause_every_later_midnight_cuts():
    rows = activity(listen=chain(100, FROM_US + 12 * HOUR_US))
    assert len({row["visit_id"] for row in rows}) == 4


def test_two_devices_at_once_are_one_visit():
    rows = activity(
        listen=[
            listen("a", FROM_US, 5_400_000, device="speaker"),
            listen("b", FROM_US + 10 * MINUTE_US, 60_000, device="mobile"),
            listen("c", FROM_US + 115 * MINUTE_US, 60_000, device="mobile"),
        ]
    )
    assert [row["place"] for row in rows] == [1, 2, 3]
    assert len({row["visit_id"] for row in rows}) == 1


def test_a_pause_is_longer_than_thirty_minutes():
    rows = activity(query=[moment("a", FROM_US), moment("b", FROM_US + 30 * MINUTE_US)])
    assert len({row["visit_id"] for row in rows}) == 1
    rows = activity(query=[moment("a", FROM_US), moment("b", FROM_US + 30 * MINUTE_US + 1)])
    assert len({row["visit_id"] for row in rows}) == 2


def test_one_event_is_a_visit_of_no_length():
    (row,) = activity(answer=[moment("a", FROM_US)])
    assert (row["place"], row["cut"], row["followed_by"]) == (1, False, None)
    assert row["until_us"] == row["at_us"] == row["local_us"] == FROM_US


def test_no_event_makes_no_row():
    assert activity() == []


@pytest.mark.parametrize(
    ("said", "lasted_ms"),
    [
        ({"ms_played": 5_000}, 5_000),
        ({"ms_played": 0}, 0),
        ({"ms_played": 86_400_000}, 84_600_000),
        ({"ms_played": 900_000, "duration_ms": 200_000}, 900_000),
        ({"ms_played": None, "happened_at_us": FROM_US + MINUTE_US}, 0),
        ({"duration_ms": 200_000, "happened_at_us": FROM_US + MINUTE_US}, 60_000),
        ({"duration_ms": 200_000, "happened_at_us": FROM_US + HOUR_US}, 200_000),
        ({"duration_ms": 200_000, "happened_at_us": FROM_US}, 0),
    ],
)
def test_how_long_a_listen_is_active(said, lasted_ms):
    (row,) = activity(listen=[listen("a", FROM_US) | said])
    assert row["until_us"] - row["at_us"] == 1000 * lasted_ms


@pytest.mark.parametrize("wrong_us", [1, DAY_US, -DAY_US - 1, -400 * DAY_US])
def test_what_a_wrong_clock_saw_was_seen_when_it_was_reported(wrong_us):
    kept = {"event_id": "a", "happened_at": FROM_US, "seen_at": FROM_US + wrong_us}
    columns = ", ".join(
        f"make_timestamptz({kept[name]}) AS {name}" if kind == "TIMESTAMPTZ" and name in kept
        else f"CAST({'NULL' if name not in kept else repr(kept[name])} AS {kind}) AS {name}"
        for name, kind in inputs.RAW["impression"].items()
    )  # fmt: skip
    flat = inputs.flat("impression", "duckdb", f"(SELECT {columns}) AS raw")
    assert rows_of(f"SELECT seen_at_us FROM ({flat})") == [{"seen_at_us": FROM_US}]

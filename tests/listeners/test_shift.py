"""Shifts of each named kind, planted, are told with what moved, where and since when; stationary days are not."""

import numpy as np
import pytest

from ritornello.listeners import daily, shift
from tests.listeners.tables import DAY_US, START_US, lay

N_DAYS = 130
BEGAN = 110
BEGAN_ON = str(np.datetime64("2026-08-03") + BEGAN)
DEVICES = ("mobile", "desktop", "speaker", "tv")
CLIENTS = ("player-1", "player-2", "player-3")


def house(rng, *, n_days=N_DAYS, a_day=250, moved=lambda day, rows: rows):
    """Days of listens with a weekday's rhythm; ``moved`` changes a day's columns."""
    per_day = []
    for day in range(n_days):
        n = rng.poisson(a_day * (1.0 if day % 7 < 5 else 1.5))
        rows = {
            "day": np.full(n, day),
            "device": rng.choice(
                DEVICES[:3], n, p=[0.6, 0.3, 0.1] if day % 7 < 5 else [0.4, 0.3, 0.3]
            ),
            "client": rng.choice(CLIENTS, n, p=[0.5, 0.3, 0.2]),
            "surface": rng.choice(["home", "discover_weekly", "unknown"], n),
            "daypart": rng.choice(["morning", "afternoon", "evening"], n),
            "item_id": rng.integers(0, 300, n),
            "skipped": rng.random(n) < 0.2,
            "error": rng.random(n) < 0.01,
            "unreported": rng.random(n) < 0.02,
            "new": rng.random(n) < 0.1,
        }
        per_day.append(moved(day, rows))
    every = {name: np.concatenate([rows[name] for rows in per_day]) for name in per_day[0]}
    return tables(every)


def tables(every):
    n = len(every["day"])
    ids = np.array([f"event-{i}" for i in range(n)])
    fraction = np.where(every["skipped"], 0.1, 0.95)
    readings = {
        "event_id": ids, "listener_id": "listener-1", "source": "api", "programmed": False,
        "item_id": np.char.add("track:", every["item_id"].astype(str)),
        "started_at_us": START_US + every["day"] * DAY_US + 1000,
        "ms_played": (180_000 * fraction).astype(np.int64),
        "fraction_played": fraction,
        "reading": np.where(every["skipped"], "skip", "play"),
        "counts": ~every["error"],
        "left_out_because": np.where(every["error"], "error", "").astype(str),
        **{name: every[name] for name in ("device", "surface", "daypart")},
    }  # fmt: skip
    duck = lay(readings=readings, encounters={"event_id": ids, "first_item": every["new"]})
    duck.register("unreported", {"event_id": ids[every["unreported"]]})
    duck.execute("UPDATE readings SET ms_played = NULL, fraction_played = NULL "
                 "WHERE event_id IN (SELECT event_id FROM unreported)")  # fmt: skip
    duck.register("by_client", {"event_id": ids, "client": every["client"]})
    return daily.read(duck, clients="SELECT event_id, client FROM by_client")


def after(change):
    return lambda day, rows: change(rows) if day >= BEGAN else rows


def new_device(rows):
    some = np.random.default_rng(len(rows["day"])).random(len(rows["day"])) < 0.05
    return rows | {"device": np.where(some, "tv", rows["device"])}


def broken_client(name, value):
    """A client of which so much more is so."""

    def change(rows):
        some = np.random.default_rng(len(rows["day"])).random(len(rows["day"])) < value
        return rows | {name: rows[name] | (some & (rows["client"] == "player-3"))}

    return change


def new_hit(rows):
    some = np.random.default_rng(len(rows["day"])).random(len(rows["day"])) < 0.08
    return rows | {"item_id": np.where(some, 777, rows["item_id"])}


def new_season(rows):
    some = np.random.default_rng(len(rows["day"])).random(len(rows["day"])) < 0.3
    return rows | {"daypart": np.where(some, "evening", rows["daypart"])}


def novelty_everywhere(rows):
    return rows | {
        "new": rows["new"]
        | (np.random.default_rng(len(rows["day"])).random(len(rows["day"])) < 0.15)
    }


def client_gone(rows):
    kept = rows["client"] != "player-2"
    return {name: column[kept] for name, column in rows.items()}


def told(change, signal):
    found = shift.alarms(house(np.random.default_rng(1), moved=after(change)))
    (alarm,) = [alarm for alarm in found if alarm.signal == signal and alarm.told_on >= BEGAN_ON]
    assert alarm.until is None
    since = (np.datetime64(alarm.since) - np.datetime64(BEGAN_ON)).astype(int)
    late = (np.datetime64(alarm.told_on) - np.datetime64(BEGAN_ON)).astype(int)
    assert abs(since) <= 3
    assert late <= 7
    return alarm


def test_a_new_device() -> None:
    alarm = told(new_device, "listen_share")
    assert alarm.subject == "device tv"
    assert alarm.before == 0.0
    assert alarm.after == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(
    ("name", "signal"),
    [("error", "error_share"), ("unreported", "unreported_share"), ("skipped", "skip_rate")],
)
def test_a_broken_client(name, signal) -> None:
    alarm = told(broken_client(name, 0.6), signal)
    assert (alarm.moved_in.dimension, alarm.moved_in.word) == ("client", "player-3")
    assert alarm.moved_in.share_of_change == pytest.approx(1, abs=0.1)
    assert alarm.after > alarm.before + 0.08


def test_a_client_that_falls_silent() -> None:
    alarm = told(client_gone, "listens")
    assert (alarm.moved_in.dimension, alarm.moved_in.word) == ("client", "player-2")
    assert alarm.after / alarm.before == pytest.approx(0.7, abs=0.05)
    assert alarm.deviations < 0


def test_a_new_hit() -> None:
    alarm = told(new_hit, "top_item_share")
    assert alarm.subject == "track:777"
    assert alarm.after == pytest.approx(0.08, abs=0.02)


def test_a_new_season() -> None:
    assert told(new_season, "listen_share").subject == "daypart evening"


def test_what_moves_everywhere_is_said_to_move_nowhere_in_particular() -> None:
    alarm = told(novelty_everywhere, "new_item_share")
    assert alarm.moved_in is None


def test_what_is_over_is_said_to_be() -> None:
    def for_ten_days(day, rows):
        return broken_client("error", 0.9)(rows) if 90 <= day < 100 else rows

    found = shift.alarms(house(np.random.default_rng(1), moved=for_ten_days))
    (alarm,) = [alarm for alarm in found if alarm.signal == "error_share"]
    assert np.datetime64("2026-08-03") + 98 <= np.datetime64(alarm.until)
    assert np.datetime64(alarm.until) <= np.datetime64("2026-08-03") + 104


@pytest.mark.slow
def test_stationary_days_are_told_no_more_often_than_stated() -> None:
    found, years = 0, 0.0
    for seed in range(6):
        found += len(shift.alarms(house(np.random.default_rng(seed), n_days=200, a_day=60)))
        years += (200 - 63) / 365
    expected = years * shift.FALSE_A_YEAR
    assert found <= expected + 3 * np.sqrt(expected)


def test_contributions_add_up_to_the_change() -> None:
    rng = np.random.default_rng(4)
    n_0, n_1 = rng.integers(0, 50, 6).astype(float), rng.integers(0, 50, 6).astype(float)
    n_0[0], n_1[1] = 0, 0
    k_0, k_1 = np.floor(n_0 * rng.random(6)), np.floor(n_1 * rng.random(6))
    found, _ = shift._contributions(k_0, n_0, k_1, n_1)
    assert found.sum() == pytest.approx(k_1.sum() / n_1.sum() - k_0.sum() / n_0.sum())


def test_a_young_house_is_told_nothing_and_an_empty_one_too() -> None:
    assert shift.alarms(house(np.random.default_rng(1), n_days=40)) == []
    assert shift.alarms(daily.read(lay(readings={}, encounters={}))) == []


def test_the_last_day_is_not_over() -> None:
    found = house(np.random.default_rng(1), n_days=10)
    assert found.total.shape[0] == 9
    assert found.on(8) == "2026-08-11"

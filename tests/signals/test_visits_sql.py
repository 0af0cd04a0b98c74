"""What a visit sums up is what a loop over its events sums up; real visits and gaps by numpy."""

import numpy as np
import pytest
from hypothesis import given, settings

from tests.signals.messy import FROM_US, MINUTE_US, listen, make, moment, worlds

NAMES = ("activity", "readings", "visits")


def by_loop(rows, readings):
    """One visit, given its activity in order and the readings by event."""
    heard = [readings[row["event_id"]] for row in rows if row["kind"] == "listen"]
    counted = [each for each in heard if each["counts"]]
    devices = {row["device"] for row in rows} - {"unknown"}
    hours = rows[0]["local_us"] // (60 * MINUTE_US)

    def named(column):
        return next((row[column] for row in rows if row[column] != "unknown"), "unknown")

    def n(kind):
        return sum(row["kind"] == kind for row in rows)

    return {
        "visit_id": rows[0]["visit_id"], "listener_id": rows[0]["listener_id"],
        "started_at_us": rows[0]["at_us"], "ended_at_us": max(row["until_us"] for row in rows),
        "n_events": len(rows), "n_listens": len(heard),
        "n_plays": sum(each["reading"] == "play" for each in counted),
        "n_skips": sum(each["reading"] == "skip" for each in counted),
        "n_acts": n("act"), "n_queries": n("query"), "n_impressions": n("impression"),
        "ms_played": sum(each["ms_played"] or 0 for each in counted),
        "surface": named("surface"), "device": named("device"), "n_devices": max(1, len(devices)),
        "seed_kind": counted[0]["context_kind"] if counted else None,
        "seed_id": counted[0]["context_id"] if counted else None,
        "local_hour": hours % 24, "weekday": (hours // 24 + 3) % 7, "cut": rows[0]["cut"],
    }  # fmt: skip


@settings(max_examples=20)
@given(worlds())
@pytest.mark.slow
def test_visits_are_what_a_loop_over_their_events_gives(world):
    made = make(world, NAMES)
    readings = {row["event_id"]: row for row in made["readings"]}
    by_visit = {}
    for row in sorted(made["activity"], key=lambda row: row["place"]):
        by_visit.setdefault(row["visit_id"], []).append(row)
    expected = [by_loop(rows, readings) for rows in by_visit.values()]
    assert sorted(made["visits"], key=repr) == sorted(expected, key=repr)


def test_two_devices_at_once_and_what_does_not_count():
    made = make(
        {
            "listen": [
                listen("a", FROM_US, 600_000, device="unknown", surface="unknown", private=True,
                       context_kind="playlist", context_id="playlist:secret"),
                listen("b", FROM_US + MINUTE_US, 600_000, device="speaker", context_kind="radio"),
                listen("c", FROM_US + 2 * MINUTE_US, 1_000, device="car", ended_because="skipped_forward",
                       context_kind="playlist", context_id="playlist:later"),
            ],
            "query": [moment("d", FROM_US + 3 * MINUTE_US, surface="search")],
        },
        NAMES,
    )  # fmt: skip
    (visit,) = made["visits"]
    wanted = {
        "n_events": 4, "n_listens": 3, "n_plays": 1, "n_skips": 1, "ms_played": 601_000,
        "surface": "home", "device": "speaker", "n_devices": 3, "seed_kind": "radio", "seed_id": None,
        "ended_at_us": FROM_US + 11 * MINUTE_US,
    }  # fmt: skip
    assert {name: visit[name] for name in wanted} == wanted


@pytest.mark.data
@pytest.mark.slow
def test_visits_and_gaps_of_real_listeners_are_those_numpy_finds(shared):
    """Last.fm 1K: 403 listeners, times in days, no durations: a visit is starts within 30 minutes."""
    folder = shared / "data" / "lastfm_gaps"
    days = [
        np.array(line.split(), float)
        for line in (folder / "time_split_1000-test.txt").read_text().splitlines()
    ]
    items = [
        line.split() for line in (folder / "event_split_1000-test.txt").read_text().splitlines()
    ]
    starts = [np.round(each * 86_400_000_000).astype(np.int64) for each in days]
    world = {
        "listen": [
            listen(f"{who:03d}/{n:04d}", at_us, listener_id=f"listener-{who:03d}", item_id=f"track:{item}")
            for who, (times, those) in enumerate(zip(starts, items, strict=True))
            for n, (at_us, item) in enumerate(zip(times.tolist(), those, strict=True))
        ]
    }  # fmt: skip
    assert len(world["listen"]) == 73_889
    made = make(world, (*NAMES, "returns"))
    found = {}
    for row in sorted(made["visits"], key=lambda row: row["started_at_us"]):
        assert not row["cut"]
        found.setdefault(row["listener_id"], []).append(row)
    absences = {row["visit_id"]: row for row in made["returns"]}
    through_us = max(times.max() for times in starts)
    for who, in_order in enumerate(starts):
        times = np.sort(in_order)
        first = np.flatnonzero(np.diff(times, prepend=times[0] - 10**12) > 1_800_000_000)
        last = np.append(first[1:], len(times)) - 1
        visits = found[f"listener-{who:03d}"]
        assert [row["started_at_us"] for row in visits] == times[first].tolist()
        assert [row["ended_at_us"] for row in visits] == times[last].tolist()
        assert [row["n_listens"] for row in visits] == (last - first + 1).tolist()
        gaps = (np.append(times[first][1:], through_us) - times[last]) / 1e6
        rows = [absences[row["visit_id"]] for row in visits]
        assert [row["absence_s"] for row in rows] == gaps.tolist()
        assert [row["observed"] for row in rows] == [True] * (len(rows) - 1) + [False]

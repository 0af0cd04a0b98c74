"""A listener's local day is what a loop over what happened that day says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from tests.signals.messy import FROM_US, HOUR_US, listen, make, worlds

NAMES = ("activity", "readings", "encounters", "days")
SAVES = ("save", "love", "add_to_playlist")


def day_of(local_us):
    return str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=local_us)).date())


def by_loop(world, made):
    """Every day by listener and date."""
    on = {
        row["event_id"]: (row["listener_id"], day_of(row["local_us"])) for row in made["activity"]
    }
    new = {row["event_id"] for row in made["encounters"] if row["first_item"]}
    saves = {row["event_id"] for row in world["act"] if row["act"] in SAVES}
    for key in set(on.values()):
        happened = [row for row in made["activity"] if on[row["event_id"]] == key]
        heard = [row for row in made["readings"] if on[row["event_id"]] == key and row["counts"]]
        plays = [row for row in heard if row["reading"] == "play"]
        assert all(row["active_on"] == key[1] for row in heard)
        yield {
            "listener_id": key[0], "active_on": key[1],
            "n_visits": len({row["visit_id"] for row in happened}),
            "n_listens": sum(row["kind"] == "listen" for row in happened),
            "n_plays": len(plays), "n_skips": sum(row["reading"] == "skip" for row in heard),
            "ms_played": sum(row["ms_played"] or 0 for row in heard),
            "n_items": len({row["item_id"] for row in plays}),
            "n_artists": len({row["artist_id"] for row in plays} - {None}),
            "n_new_items": sum(row["event_id"] in new for row in heard),
            "n_saves": sum(row["event_id"] in saves for row in happened),
            "n_queries": sum(row["kind"] == "query" for row in happened),
            "n_programmed": sum(row["programmed"] for row in plays),
        }  # fmt: skip


@settings(max_examples=20)
@given(worlds())
@pytest.mark.slow
def test_days_are_what_a_loop_over_them_says(world):
    made = make(world, NAMES)
    assert sorted(made["days"], key=repr) == sorted(by_loop(world, made), key=repr)


def test_a_day_is_the_listeners_own():
    clock = {
        "time_zone": "West",
        "from_us": -(10**17),
        "until_us": 10**17,
        "offset_us": -5 * HOUR_US,
    }
    made = make(
        {
            "listen": [listen("a", FROM_US + 4 * HOUR_US, 200_000), listen("b", FROM_US + 6 * HOUR_US)],
            "zone": [{"listener_id": "listener-1", "time_zone": "West"}],
            "clock": [clock],
        },
        NAMES,
    )  # fmt: skip
    days = sorted((row["active_on"], row["n_listens"]) for row in made["days"])
    assert days == [(day_of(FROM_US - HOUR_US), 1), (day_of(FROM_US), 1)]

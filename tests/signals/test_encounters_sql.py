"""Which time it was: what a loop over everything heard before says."""

import pytest
from hypothesis import given, settings

from tests.signals.messy import FROM_US, HOUR_US, ITEMS, listen, make, worlds

NAMES = ("activity", "readings", "encounters")


@settings(max_examples=20)
@given(worlds())
@pytest.mark.slow
def test_encounters_are_what_a_loop_over_the_past_says(world):
    made = make(world, NAMES)
    found = {row["event_id"]: row for row in made["encounters"]}
    assert len(found) == len(made["encounters"]) == len(made["readings"])
    for row in made["readings"]:
        before = [
            each
            for each in made["readings"]
            if each["listener_id"] == row["listener_id"]
            and each["counts"]
            and each["started_at_us"] < row["started_at_us"]
        ]
        same = [each for each in before if each["item_id"] == row["item_id"]]
        whose = [each for each in before if each["artist_id"] == row["artist_id"]]
        first_artist = row["counts"] and not whose
        assert found[row["event_id"]] == {
            "event_id": row["event_id"],
            "listener_id": row["listener_id"],
            "started_at_us": row["started_at_us"],
            "active_on": row["active_on"],
            "repeat_number": 1 + sum(each["reading"] == "play" for each in same),
            "first_item": row["counts"] and not same,
            "first_artist": None if row["artist_id"] is None else first_artist,
        }


def test_a_skip_is_an_encounter_but_no_repeat_and_merged_ids_are_one_item():
    heard = [
        ("a", "track:old", "skipped_forward"),
        ("b", "track:b", "finished"),
        ("c", "track:old", "finished"),
        ("d", "track:a", "finished"),
        ("e", "track:c", "finished"),
    ]
    made = make(
        {
            "item": ITEMS,
            "listen": [
                listen(name, FROM_US + n * HOUR_US, 20_000, item_id=item, duration_ms=30_000 if end == "finished" else 90_000, ended_because=end)
                for n, (name, item, end) in enumerate(heard)
            ],
        },
        NAMES,
    )  # fmt: skip
    told = {
        row["event_id"]: (row["repeat_number"], row["first_item"], row["first_artist"])
        for row in made["encounters"]
    }
    assert told == {
        "a": (1, True, True),
        "b": (1, False, False),
        "c": (2, False, False),
        "d": (1, True, False),
        "e": (1, True, None),
    }

"""A pool as editors write it: what is read, what is refused by name, and when it is offered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals.intents import INTENTS
from ritornello.surfaces import pools
from ritornello.surfaces.pools import ContradictoryPins

MINIMAL: dict[str, Any] = {
    "name": "rain",
    "title": "Rain",
    "brief": "For a wet afternoon.",
    "intent": "background",
    "by_hand": ["track:a", "track:b", "track:c"],
}
NAMES = {
    "falling-asleep", "lullaby", "focus", "gym", "running", "yoga", "party", "happy", "sad",
    "monday-morning", "friday-evening", "dinner", "commute",
}  # fmt: skip
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


def test_the_package_ships_its_moments_each_with_a_brief() -> None:
    found = pools.shipped()
    assert found.keys() == NAMES
    for name, pool in found.items():
        assert pool.name == name
        assert len(pool.brief) > 60
        assert pool.intent in INTENTS
        assert pool.arc
    assert pools.load("gym") is found["gym"]
    with pytest.raises(UnknownName, match="did you mean 'gym'"):
        pools.load("gim")


def test_what_is_left_out_takes_its_default_and_the_hash_covers_every_value() -> None:
    pool = pools.made_of(MINIMAL, "here")
    assert (pool.length, pool.spacing, pool.owner) == (30, 3, "editor")
    assert pool.hash == pools.made_of(dict(reversed(MINIMAL.items())), "there").hash
    assert pool.hash != pools.made_of({**MINIMAL, "spacing": 2}, "here").hash
    assert msgspec.json.decode(msgspec.json.encode(pool), type=pools.Pool) == pool


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"itent": "sleep"}, "no key 'itent'; did you mean 'intent'"),
        ({"intent": "sleeep"}, "did you mean 'sleep'"),
        ({"weekdays": ["freitag"]}, "no weekdays 'freitag'"),
        ({"devices": ["mobil"]}, "did you mean 'mobile'"),
        ({"eligible": [{"genre": ["jazz"]}]}, "'eligible[0].genre'; did you mean 'genres'"),
        ({"eligible": [{"genres": ["jazz"], "kinds": ["trak"]}]}, "did you mean 'track'"),
        ({"eligible": [{"explicit": False}]}, "eligible[0] asks for nothing"),
        ({"eligible": [{"energy": [0.7, 0.2]}]}, "eligible[0].energy goes from 0.7 to 0.2"),
        ({"eligible": [{"energy": [0.2, 7]}]}, "eligible[0].energy[1]"),
        ({"by_hand": []}, "nothing is eligible"),
        ({"by_hand": ["artist:a"]}, "by_hand names 'artist:a'"),
        ({"blocks": ["playlist:a"]}, "blocks names 'playlist:a'"),
        ({"hours": ["25-27"]}, "hours[0]"),
        ({"arc": [0.5, 1.5]}, "arc[1]"),
        ({"owner": "Somebody"}, "owner"),
        ({"name": "Not a name"}, "name"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(wrong: Any, said: str) -> None:
    with pytest.raises(BadValue) as refused:
        pools.made_of({**MINIMAL, **wrong}, "rain.toml")
    assert "rain.toml" in str(refused.value)
    assert said in str(refused.value)


def pin(item_id: str, position: int) -> dict[str, Any]:
    return {"item_id": item_id, "position": position, "reason": "Because."}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pins": [pin("track:a", 1), pin("track:b", 1)]}, "and so is track:a"),
        ({"pins": [pin("track:a", 1), pin("track:a", 2)]}, "two places"),
        ({"pins": [pin("track:a", 30)]}, "place 30 of a list of 30"),
        ({"pins": [pin("track:a", 1)], "blocks": ["track:a"]}, "is blocked"),
        ({"must_include": ["track:a"], "blocks": ["track:a"]}, "is blocked"),
        ({"must_include": ["track:a", "track:b"], "length": 1}, "2 items must stand"),
    ],
)
def test_contradictory_pins_are_an_error_of_their_own(wrong: Any, said: str) -> None:
    with pytest.raises(ContradictoryPins, match=said):
        pools.made_of({**MINIMAL, **wrong}, "rain.toml")


def test_a_text_that_is_no_table_is_no_pool() -> None:
    with pytest.raises(BadValue, match="not TOML"):
        pools.read("name = ", "rain.toml")
    with pytest.raises(BadValue, match="a table"):
        pools.made_of(["rain"], "rain")
    with pytest.raises(BadValue, match="boosts"):
        pools.made_of({**MINIMAL, "boosts": "loud"}, "rain")


@pytest.mark.parametrize(
    ("hour", "is_on"), [(16, False), (17, True), (23, True), (26, True), (28, False), (41, False)]
)
def test_a_night_belongs_to_its_evening(hour: int, is_on: bool) -> None:
    evening = {**MINIMAL, "hours": ["17-03"], "weekdays": ["friday"]}
    local = FRIDAY + timedelta(hours=hour)
    assert pools.made_of(evening, "rain").is_for(local, "mobile") is is_on


def test_a_pool_is_for_its_devices_until_it_ends() -> None:
    ends = FRIDAY + timedelta(hours=1)
    pool = pools.made_of({**MINIMAL, "devices": ["speaker"], "until_at": ends}, "rain")
    assert pool.is_for(FRIDAY, "speaker")
    assert pool.is_for(FRIDAY, "unknown")
    assert not pool.is_for(FRIDAY, "mobile")
    assert not pool.is_for(ends, "speaker")
    assert pool.is_over(ends)
    assert pool.n_hours_a_week == 168
    assert pools.made_of({**MINIMAL, "hours": ["22-02", "01-03"]}, "rain").n_hours_a_week == 35

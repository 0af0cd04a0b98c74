"""Moments over HTTP: which are on, a list that stays until something is heard, and takes a ban to heart at once."""

from datetime import timedelta
from typing import Any

import pytest

from ritornello.kinds.ids import uuid7
from ritornello.testing.small_service import artist_id, track_id
from tests.serve.conftest import play_style

WHO = "?listener_id=listener-1"
RAIN = {
    "name": "rain",
    "title": "Rain",
    "brief": "For a wet afternoon.",
    "intent": "focus",
    "by_hand": [track_id(artist, track) for artist in range(18) for track in (2, 3)],
    "length": 12,
}


@pytest.fixture
def ask(client: Any, key: Any, living: Any, clock: Any) -> Any:
    """Ask for a path as a service key, after listener-1 played twelve tracks and an editor made a moment."""
    headers = key("service")
    play_style(client, headers, clock.at, "listener-1", 0)
    made = client.put("/v1/pools/rain", json=RAIN, headers={**key("editor"), "If-None-Match": "*"})
    assert made.status_code == 200, made.text
    clock.move(minutes=1)
    return lambda path, **more: client.get(path, headers={**headers, **more})


def cards(page: Any) -> list[str]:
    return [card["item_id"] for shelf in page["shelves"] for card in shelf["cards"]]


def test_moments_that_are_on_come_first(ask: Any) -> None:
    found = ask("/v1/moments" + WHO + "&device=mobile").json()["moments"]
    on = [each["name"] for each in found if each["is_on"]]
    assert [each["name"] for each in found][: len(on)] == on
    assert {"rain", "happy", "sad", "focus"} <= set(on)  # it is Saturday noon
    assert not {"friday-evening", "monday-morning", "falling-asleep", "commute"} & set(on)
    assert len(found) == 14


def test_a_list_stays_until_something_is_heard_and_takes_a_ban_to_heart(
    ask: Any, client: Any, key: Any, clock: Any
) -> None:
    first = ask("/v1/moments/rain" + WHO).json()
    assert (first["surface"], first["rung"], len(cards(first))) == ("moments", "personal", 12)
    assert set(cards(first)) <= set(RAIN["by_hand"])
    clock.move(hours=2)
    assert ask("/v1/moments/rain" + WHO).json() == first
    assert ask("/v1/moments/rain" + WHO + "&device=car").json() != first
    banned = artist_id(int(cards(first)[0][7:9]))
    ban = {
        "kind": "act", "event_id": str(uuid7(clock.at)), "listener_id": "listener-1", "happened_at": clock.at.isoformat(),
        "act": "ban", "about_id": banned,
    }  # fmt: skip
    assert client.post("/v1/events", json=ban, headers=key("service")).status_code == 200
    again = ask("/v1/moments/rain" + WHO).json()
    assert again["decision_id"] != first["decision_id"]
    assert len(cards(again)) == 12
    assert not [each for each in cards(again) if each.startswith(f"track:{banned[7:]}")]
    logged = ask(f"/v1/decisions/{again['decision_id']}").json()
    assert logged["shelves"][0]["objective"].startswith("sequenced(")
    why = ask(f"/v1/decisions/{again['decision_id']}/why?shelf=rain&position=0").json()
    assert why["shelf_title"] == "Rain"
    assert why["because"]
    told = ask(
        f"/v1/decisions/{first['decision_id']}/again?shelf=rain&position=0&about_id={banned}"
    )
    assert told.json()["difference"] is not None


def test_a_list_asked_for_twice_in_one_instant_is_one_list(ask: Any) -> None:
    first = ask("/v1/moments/rain" + WHO)
    again = ask("/v1/moments/rain" + WHO)
    assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.slow
def test_a_list_leaves_as_a_playlist_as_it_may_be_shown_now(ask: Any) -> None:
    shown = ask("/v1/moments/rain" + WHO).json()
    answer = ask(f"/v1/playlists/{shown['decision_id']}")
    assert answer.headers["content-type"] == "application/jspf+json"
    playlist = answer.json()["playlist"]
    assert playlist["title"].startswith("Rain for listener-1, 2026-11-21")
    assert len(playlist["track"]) == 12


@pytest.mark.slow
def test_a_stranger_gets_the_pool_and_an_expired_one_is_still_answered(
    ask: Any, client: Any, key: Any, clock: Any
) -> None:
    page = ask("/v1/moments/rain?listener_id=nobody-yet").json()
    assert page["rung"] == "segment"
    assert set(cards(page)) <= set(RAIN["by_hand"])
    ends = {**RAIN, "until_at": (clock.at + timedelta(hours=1)).isoformat()}
    headers = {**key("editor"), "If-Match": "*"}
    assert client.put("/v1/pools/rain", json=ends, headers=headers).status_code == 200
    clock.move(hours=2)
    assert len(cards(ask("/v1/moments/rain" + WHO).json())) == 12
    offered = ask("/v1/moments" + WHO).json()["moments"]
    assert "rain" not in {each["name"] for each in offered}
    missing = ask("/v1/moments/rian" + WHO)
    assert missing.status_code == 404
    assert "did you mean 'rain'" in missing.json()["detail"]


@pytest.mark.slow
def test_a_pool_without_outcomes_says_what_to_do(ask: Any, client: Any, key: Any) -> None:
    answer = client.get("/v1/pools/rain/results", headers=key("editor"))
    assert answer.status_code == 404
    assert "signals build" in answer.json()["detail"]
    assert client.get("/v1/pools/rain/results", headers=key("service")).status_code == 404

"""Everything of a listener that decides beside taste is readable, and can be put right."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from ritornello.kinds.ids import uuid7
from tests.serve.conftest import play_style

WHO = "/v1/listeners/listener-1"


@pytest.fixture
def mine(key: Any) -> dict[str, str]:
    return dict(key("listener", "listener-1"))


@pytest.fixture
def used(client: Any, mine: dict[str, str], living: Any, key: Any) -> Any:
    """Ask for what decides, of somebody of one style."""
    play_style(client, key("service"), living.now(), "listener-1", 2)

    def ask() -> dict[str, Any]:
        answer = client.get(f"{WHO}/profile", headers=mine)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return ask


@pytest.fixture
def act(client: Any, mine: dict[str, str], living: Any, clock: Any) -> Any:
    def say(what: str, about_id: str) -> None:
        clock.move(seconds=1)
        event = {
            "kind": "act",
            "event_id": uuid7(living.now()),
            "listener_id": "listener-1",
            "happened_at": living.now(),
            "act": what,
            "about_id": about_id,
        }
        answer = client.post(
            "/v1/events", json={"events": [msgspec.to_builtins(event)]}, headers=mine
        )
        assert answer.status_code == 200, answer.text

    return say


def test_what_was_said_is_told_with_the_latest_first_and_taken_back(used: Any, act: Any) -> None:
    act("love", "track:a02t1")
    act("snooze", "artist:a08")
    assert [(one["act"], one["about_id"]) for one in used()["said"]] == [
        ("snooze", "artist:a08"),
        ("love", "track:a02t1"),
    ]
    act("unsnooze", "artist:a08")
    act("unlove", "track:a02t1")
    assert used()["said"] == []


def test_plays_that_are_not_to_be_used_do_not_count(used: Any, act: Any, living: Any) -> None:
    before = used()
    assert before["n_plays"] > 0
    heard = living.readers.connection.execute(
        "SELECT item_id, n_plays FROM plays WHERE listener_id = 'listener-1' AND n_plays > 0"
    ).fetchall()
    item_id, n_plays = heard[0]
    act("exclude", item_id)
    assert used()["n_plays"] == before["n_plays"] - n_plays
    act("include", item_id)
    assert used()["n_plays"] == before["n_plays"]


def test_needs_and_segments_are_shares_of_one_whole(used: Any) -> None:
    found = used()
    assert sum(found["needs"].values()) == pytest.approx(1)
    assert sum(found["segments"].values()) == pytest.approx(1)
    assert set(found["needs"]) == {"now", "familiar", "new"}


def test_choices_of_the_beginning_are_told_and_not_me_takes_them_back(
    used: Any, act: Any, client: Any, mine: dict[str, str]
) -> None:
    assert not used()["was_asked"]
    chosen = {"chosen": ["artist:a07", "artist:a09"]}
    assert client.post(f"{WHO}/onboarding", json=chosen, headers=mine).status_code < 300
    assert [one["item_id"] for one in used()["chosen"]] == ["artist:a07", "artist:a09"]
    act("disown", "artist:a07")
    act("exclude", "artist:a09")
    assert used()["chosen"] == []


def test_the_dial_is_told_and_given_back(used: Any, client: Any, mine: dict[str, str]) -> None:
    default = used()["budget"]
    client.put(f"{WHO}/preferences", json={"exploration_budget": 0.3}, headers=mine)
    assert (used()["budget"], used()["budget_is_chosen"]) == (0.3, True)
    client.put(f"{WHO}/preferences", json={}, headers=mine)
    assert (used()["budget"], used()["budget_is_chosen"]) == (default, False)


def test_what_was_passed_over_is_counted_and_played_items_are_not(
    used: Any, client: Any, mine: dict[str, str], clock: Any
) -> None:
    page = client.get("/v1/home", headers=mine).json()
    assert UUID(page["decision_id"])
    assert used()["n_passed_over"] == 0
    clock.move(days=1)
    shown = sum(len(shelf["cards"]) for shelf in page["shelves"])
    assert 0 < used()["n_passed_over"] <= shown

"""A listener's recent listens and preferences."""

from datetime import timedelta
from typing import Any

import pytest

from tests.serve.conftest import listen

URL = "/v1/listeners/listener-1"


@pytest.fixture
def mine(key: Any) -> Any:
    return key("listener", "listener-1")


def test_listens_come_newest_first_page_by_page(client: Any, mine: Any, clock: Any) -> None:
    events = [listen(clock.at - timedelta(hours=n), item=n) for n in range(7)]
    client.post("/v1/events", json={"events": events}, headers=mine)
    first = client.get(f"{URL}/listens?n=5", headers=mine).json()
    assert [entry["item_id"] for entry in first["listens"]] == [f"track:t{n}" for n in range(5)]
    assert first["listens"][0]["item"]["title"] == "Track 00"
    rest = client.get(
        f"{URL}/listens", params={"n": 5, "before": first["next_before"]}, headers=mine
    ).json()
    assert [entry["item_id"] for entry in rest["listens"]] == ["track:t5", "track:t6"]
    assert "next_before" not in rest


def test_private_listens_and_errors_are_not_listed(client: Any, mine: Any, clock: Any) -> None:
    events = [
        listen(clock.at, item=1, private=True),
        listen(clock.at, item=2, ended_because="error"),
        listen(clock.at, item=3),
    ]
    client.post("/v1/events", json={"events": events}, headers=mine)
    found = client.get(f"{URL}/listens", headers=mine).json()["listens"]
    assert [entry["item_id"] for entry in found] == ["track:t3"]


def test_preferences_are_kept_and_checked(client: Any, mine: Any) -> None:
    assert client.get(f"{URL}/preferences", headers=mine).json() == {}
    wanted = {"time_zone": "Europe/Berlin", "allow_explicit": False, "exploration_budget": 0.3}
    assert client.put(f"{URL}/preferences", json=wanted, headers=mine).json() == wanted
    assert client.get(f"{URL}/preferences", headers=mine).json() == wanted
    for bad in ({"time_zone": "Mars/Olympus"}, {"exploration_budget": 0.9}, {"mood": "x"}):
        assert client.put(f"{URL}/preferences", json=bad, headers=mine).status_code == 422
    assert client.get(f"{URL}/preferences", headers=mine).json() == wanted


def test_a_service_key_must_say_whom(client: Any, key: Any) -> None:
    answer = client.get("/v1/home", headers=key("service"))
    assert answer.status_code == 422
    assert "listener_id" in answer.json()["detail"]


@pytest.mark.parametrize("nobody", ["a b", "<b>", "", "x" * 65, "a\n", "é ü"])
def test_what_cannot_be_a_listener_enters_no_record(
    client: Any, key: Any, service: Any, nobody: str
) -> None:
    headers = key("service")
    for path in ("/v1/home", "/v1/discover-weekly"):
        answer = client.get(path, params={"listener_id": nobody}, headers=headers)
        assert answer.status_code == 404, path
    decided = service.readers.connection.execute("SELECT count(*) FROM decisions").fetchone()
    assert decided == (0,)

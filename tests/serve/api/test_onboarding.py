"""Five choices by API: what is offered, what choosing does, what is refused, who may."""

from typing import Any

import pytest

from ritornello.testing.small_service import artist_id

URL = "/v1/listeners/listener-9/onboarding"


@pytest.fixture
def mine(key: Any, living: Any) -> Any:
    return key("listener", "listener-9")


def chosen_in(body: Any) -> set[str]:
    return {c["item_id"] for group in body["groups"] for c in group["choices"] if c["chosen"]}


def test_five_groups_are_offered_with_names(client: Any, mine: Any) -> None:
    body = client.get(URL, headers=mine).json()
    assert [len(group["choices"]) for group in body["groups"]] == [6] * 5
    assert body["groups"][0]["choices"][0]["title"].startswith("Artist ")
    assert body["was_asked"] is False
    assert chosen_in(body) == set()


def test_the_very_next_home_goes_by_a_choice_and_it_can_be_taken_back(
    client: Any, mine: Any, clock: Any
) -> None:
    before = client.get("/v1/home", headers=mine).json()
    assert before["rung"] == "segment"
    offered = client.get(URL, headers=mine).json()
    picked = [group["choices"][0]["item_id"] for group in offered["groups"][:2]]
    kept = client.post(URL, json={"chosen": picked}, headers=mine)
    assert kept.status_code == 200, kept.text
    assert chosen_in(kept.json()) == set(picked)
    assert kept.json()["was_asked"] is True
    page = client.get("/v1/home", headers=mine).json()
    assert page["rung"] == "personal", page["rung_because"]
    assert "from_chosen" in {shelf["name"] for shelf in page["shelves"]}
    clock.move(minutes=1)
    again = client.post(URL, json={"chosen": picked[:1]}, headers=mine).json()
    assert chosen_in(again) == set(picked[:1])


def test_choosing_nothing_leaves_the_question(client: Any, mine: Any) -> None:
    left = client.post(URL, json={}, headers=mine).json()
    assert left["was_asked"] is True
    assert chosen_in(left) == set()
    assert client.get("/v1/home", headers=mine).json()["rung"] == "segment"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"chosen": ["artist:nobody"]}, 404, "artist:nobody"),
        ({"chosen": ["track:t1"]}, 422, "neither an artist nor a show"),
        ({"chosen": "artist:a1"}, 422, "chosen"),
        ({"liked": []}, 422, "liked"),
        ({"chosen": [f"artist:a{n}" for n in range(101)]}, 422, "chosen"),
    ],
)
def test_what_is_no_choice_is_refused_by_name_and_nothing_is_kept(
    client: Any, mine: Any, body: Any, status: int, says: str
) -> None:
    refused = client.post(URL, json=body, headers=mine)
    assert refused.status_code == status
    assert says in refused.text
    assert client.get(URL, headers=mine).json()["was_asked"] is False


def test_others_neither_see_nor_choose(client: Any, living: Any, key: Any) -> None:
    other = key("listener", "listener-2")
    assert client.get(URL, headers=other).status_code == 404
    assert client.post(URL, json={"chosen": [artist_id(1)]}, headers=other).status_code == 404
    assert client.get(URL).status_code == 401
    assert client.get(URL, headers=key("editor")).status_code == 403
    assert client.post(URL, json={}, headers=key("service")).status_code == 200


def test_the_order_of_shelves_is_in_the_log_before_the_page_leaves(client: Any, mine: Any) -> None:
    page = client.get("/v1/home?device=car", headers=mine).json()
    logged = client.get(f"/v1/decisions/{page['decision_id']}", headers=mine).json()
    order = logged["shelf_order"]
    assert order["segment"].endswith("/road")
    assert len(order["propensities"]) == len(order["names"]) == len(logged["shelves"])

"""Items, merges and rulings over HTTP."""

from typing import Any

import pytest

from ritornello.testing.small_service import artist_id
from tests.serve.conftest import listen


@pytest.fixture
def editor(key: Any) -> Any:
    return key("editor")


def test_an_item_is_read_with_its_tag(client: Any, editor: Any) -> None:
    answer = client.get("/v1/items/track:t1", headers=editor)
    assert answer.json()["title"] == "Track 01"
    tag = {**editor, "If-None-Match": answer.headers["etag"]}
    again = client.get("/v1/items/track:t1", headers=tag)
    assert (again.status_code, again.content) == (304, b"")


def test_what_an_editor_writes_replaces_and_what_they_leave_out_stays(
    client: Any, editor: Any
) -> None:
    stated = {"kind": "track", "item_id": "track:t1", "title": "New name", "explicit": True}
    answer = client.put("/v1/items/track:t1", json=stated, headers=editor)
    assert answer.status_code == 200
    found = client.get("/v1/items/track:t1", headers=editor).json()
    assert (found["title"], found["explicit"]) == ("New name", True)
    assert found["artist_name"] == "Artist 0001"
    elsewhere = client.put("/v1/items/track:t2", json=stated, headers=editor)
    assert elsewhere.status_code == 422


def test_many_items_go_in_all_or_none(client: Any, editor: Any) -> None:
    good = {"kind": "track", "item_id": "track:new", "title": "New"}
    bad = {"kind": "track", "item_id": "nonsense", "title": "New"}
    assert client.post("/v1/items", json=[good, bad], headers=editor).status_code == 422
    assert client.get("/v1/items/track:new", headers=editor).status_code == 404
    assert client.post("/v1/items", json=[good], headers=editor).json() == {"n_items": 1}
    assert client.get("/v1/items/track:new", headers=editor).status_code == 200
    assert client.post("/v1/items", json=[], headers=editor).status_code == 422


def test_an_item_just_written_can_be_played(client: Any, editor: Any, key: Any, clock: Any) -> None:
    headers = key("service")
    client.post("/v1/events", json=listen(clock.at), headers=headers)
    new = [{"kind": "track", "item_id": "track:new", "title": "New"}]
    client.post("/v1/items", json=new, headers=editor)
    clock.move(minutes=1)
    played = listen(clock.at, item_id="track:new")
    assert client.post("/v1/events", json=played, headers=headers).status_code == 200


def test_a_merge_is_followed_and_taken_back(client: Any, editor: Any) -> None:
    merge = {"from_id": "track:t1", "into_id": "track:t2"}
    assert client.post("/v1/merges", json=merge, headers=editor).status_code == 204
    assert client.get("/v1/items/track:t1", headers=editor).json()["item_id"] == "track:t2"
    circle = {"from_id": "track:t2", "into_id": "track:t1"}
    assert client.post("/v1/merges", json=circle, headers=editor).status_code == 422
    assert client.delete("/v1/merges/track:t1", headers=editor).status_code == 204
    assert client.get("/v1/items/track:t1", headers=editor).json()["item_id"] == "track:t1"
    assert client.delete("/v1/merges/track:t1", headers=editor).status_code == 404


def test_a_block_holds_on_the_next_page_and_ends_when_withdrawn(
    client: Any, editor: Any, key: Any, living: Any
) -> None:
    headers, url = key("service"), "/v1/home?listener_id=nobody"

    def artists() -> set[str]:
        page = client.get(url, headers=headers).json()
        cards = [card for shelf in page["shelves"] for card in shelf["cards"]]
        return {"artist:a" + card["artist_name"][-2:] for card in cards}

    blocked = min(artists() & {artist_id(n) for n in range(60)})
    wanted = {"verdict": "block", "about_id": blocked, "reason": "a dispute"}
    ruling = client.post("/v1/rulings", json=wanted, headers=editor).json()
    assert ruling["by_role"] == "editor"
    assert blocked not in artists()
    assert [r["ruling_id"] for r in client.get("/v1/rulings", headers=editor).json()] == [
        ruling["ruling_id"]
    ]
    gone = client.delete(f"/v1/rulings/{ruling['ruling_id']}", headers=editor)
    assert gone.status_code == 204
    assert blocked in artists()


def test_a_pin_without_a_place_is_refused(client: Any, editor: Any) -> None:
    wanted = {"verdict": "pin", "about_id": "track:t1", "reason": "new"}
    assert client.post("/v1/rulings", json=wanted, headers=editor).status_code == 422

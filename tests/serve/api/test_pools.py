"""Editors' pools over HTTP: read with a tag, changed on what was read, undone, refused by name."""

from typing import Any

import pytest

MINE = {
    "name": "rain",
    "title": "Rain",
    "brief": "For a wet afternoon.",
    "intent": "background",
    "by_hand": ["track:t1", "track:t2", "track:t3"],
    "length": 3,
}
UNTIL = "2027-01-01T00:00:00Z"


@pytest.fixture
def editor(key: Any) -> Any:
    return key("editor")


@pytest.fixture
def made(client: Any, editor: Any) -> Any:
    """Headers that name the version of a pool that was just made."""
    answer = client.put("/v1/pools/rain", json=MINE, headers={**editor, "If-None-Match": "*"})
    assert answer.status_code == 200, answer.text
    return {**editor, "If-Match": answer.headers["etag"]}


def test_every_pool_is_listed_and_read_with_its_tag(client: Any, editor: Any, made: Any) -> None:
    listed = client.get("/v1/pools", headers=editor).json()["pools"]
    assert {"rain", "falling-asleep", "commute"} < {each["name"] for each in listed}
    answer = client.get("/v1/pools/rain", headers=editor)
    assert answer.headers["etag"] == made["If-Match"]
    assert answer.json()["pool"]["by_hand"] == MINE["by_hand"]
    tag = {**editor, "If-None-Match": answer.headers["etag"]}
    assert client.get("/v1/pools/rain", headers=tag).status_code == 304
    assert client.get("/v1/pools/nowhere", headers=editor).status_code == 404


def test_a_change_needs_the_version_it_was_made_on(client: Any, editor: Any, made: Any) -> None:
    louder = {**MINE, "title": "Heavy rain"}
    assert client.put("/v1/pools/rain", json=louder, headers=editor).status_code == 428
    again = {**editor, "If-None-Match": "*"}
    assert client.put("/v1/pools/rain", json=louder, headers=again).status_code == 412
    assert client.put("/v1/pools/rain", json=louder, headers=made).status_code == 200
    answer = client.put("/v1/pools/rain", json=MINE, headers=made)
    assert answer.status_code == 412
    assert "read it again" in answer.json()["detail"]


def test_one_thing_is_changed_and_taken_back_and_undone(
    client: Any, editor: Any, made: Any
) -> None:
    def send(method: str, path: str, body: Any = None) -> Any:
        tag = client.get("/v1/pools/rain", headers=editor).headers["etag"]
        headers = {**editor, "If-Match": tag}
        answer = client.request(method, f"/v1/pools/rain/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["pool"]

    pin = {"item_id": "track:t2", "position": 0, "reason": "It opens well."}
    assert send("POST", "pins", pin)["pins"] == [pin]
    boost = {"about_id": "artist:a1", "factor": 2.0, "reason": "On tour.", "until_at": UNTIL}
    assert send("POST", "boosts", boost)["boosts"] == [boost]
    assert send("POST", "blocks", {"about_id": "track:t3"})["blocks"] == ["track:t3"]
    assert send("POST", "must-include", {"about_id": "track:t1"})["must_include"] == ["track:t1"]
    assert "must_include" not in send("DELETE", "must-include/track:t1")
    assert "blocks" not in send("DELETE", "blocks/track:t3")
    assert "boosts" not in send("DELETE", "boosts/artist:a1")
    assert "pins" not in send("DELETE", "pins/track:t2")
    assert send("POST", "undo")["pins"] == [pin]
    assert send("POST", "undo")["boosts"] == [boost]
    assert send("POST", "undo?version=1") == MINE
    versions = client.get("/v1/pools/rain/versions", headers=editor).json()["versions"]
    assert [each["version"] for each in versions] == list(range(12, 0, -1))
    assert {each["by_role"] for each in versions} == {"editor"}


def test_a_shipped_pool_is_changed_withdrawn_and_brought_back(client: Any, editor: Any) -> None:
    here = "/v1/pools/happy"

    def tagged() -> Any:
        answer = client.get(here, headers=editor)
        return {**editor, "If-Match": answer.headers["etag"]}

    shipped = client.get(here, headers=editor).json()
    body = {**shipped["pool"], "by_hand": ["track:t1"], "title": "Glad"}
    headers = tagged()
    assert client.put(here, json=body, headers=headers).json()["version"] == 1
    gone = client.delete(here, headers=tagged())
    assert (gone.status_code, gone.json()["version"]) == (200, 2)
    assert client.get(here, headers=editor).status_code == 404
    back = client.post(f"{here}/undo", headers={**editor, "If-Match": "*"})
    assert back.json()["pool"]["title"] == "Glad"
    first = client.post(f"{here}/undo", headers={**editor, "If-Match": "*"})
    assert first.json()["pool"] == shipped["pool"]
    none = client.post(f"{here}/undo", headers={**editor, "If-Match": "*"})
    assert none.status_code == 404


def two_pins_at_one_place() -> list[dict[str, Any]]:
    return [{"item_id": each, "position": 0, "reason": "So."} for each in MINE["by_hand"][:2]]


REFUSED = [
    ({"by_hand": ["track:nowhere"]}, "empty-pool", "no item of the catalogue"),
    ({"by_hand": [], "eligible": [{"genres": ["nope"]}]}, "empty-pool", "nothing in the"),
    ({"blocks": MINE["by_hand"]}, "empty-pool", "is empty"),
    ({"until_at": "2020-01-01T00:00:00Z"}, "expired-pool", "ended 2020-01-01"),
    ({"must_include": ["track:t1"], "blocks": ["track:t1"]}, "contradictory-pins", "blocked"),
    ({"pins": two_pins_at_one_place()}, "contradictory-pins", "and so is track:t1"),
    ({"intent": "slepe"}, "bad-value", "did you mean 'sleep'"),
    ({"weekday": ["monday"]}, "bad-value", "did you mean 'weekdays'"),
    ({"weekdays": ["moonday"]}, "bad-value", "did you mean 'monday'"),
    ({"by_hand": []}, "bad-value", "nothing is eligible"),
    ({"name": "other"}, "bad-value", "named 'other'"),
    ({"length": 0}, "bad-value", "$.length"),
]


def test_what_cannot_be_meant_is_refused_by_name(client: Any, editor: Any) -> None:
    headers = {**editor, "If-None-Match": "*"}
    for wrong, named, said in REFUSED:
        answer = client.put("/v1/pools/rain", json={**MINE, **wrong}, headers=headers)
        assert answer.status_code == 422, answer.text
        assert answer.json()["type"].endswith(named), answer.json()
        assert said in answer.json()["detail"]
    assert client.get("/v1/pools/rain", headers=editor).status_code == 404


def test_a_draft_is_checked_without_being_kept(client: Any, editor: Any) -> None:
    draft = {**MINE, "must_include": ["track:nowhere"]}
    found = client.post("/v1/pools/check", json=draft, headers=editor).json()
    assert found["n_eligible"] == 3
    assert sorted(found["examples"]) == MINE["by_hand"]
    assert [fault["rule"] for fault in found["doubts"]] == ["unknown_item"]
    empty = {**MINE, "by_hand": ["track:nowhere"]}
    assert "empty" in client.post("/v1/pools/check", json=empty, headers=editor).json()["refused"]
    assert client.get("/v1/pools/rain", headers=editor).status_code == 404


def test_only_editors_change_pools(client: Any, key: Any, made: Any) -> None:
    for held in (key("listener", "listener-1"), key("scientist")):
        headers = {**held, "If-Match": made["If-Match"]}
        assert client.put("/v1/pools/rain", json=MINE, headers=headers).status_code == 403
    assert client.get("/v1/pools", headers=key("listener", "listener-1")).status_code == 403
    assert client.get("/v1/pools", headers=key("scientist")).status_code == 200


@pytest.mark.slow
def test_anybodys_list_is_previewed_and_nothing_is_written_down(
    client: Any, editor: Any, living: Any
) -> None:
    draft = {**MINE, "by_hand": [f"track:a0{n}t2" for n in range(9)]}
    asked = {"listener_id": "listener-1", "at": "2026-11-21T22:00:00Z"}
    answer = client.post("/v1/pools/preview", json=draft, headers=editor, params=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["n_eligible"], found["n_open"], found["is_offered"]) == (9, 9, True)
    assert len(found["page"]["shelves"][0]["cards"]) == 3
    again = client.get("/v1/decisions/" + found["page"]["decision_id"], headers=editor)
    assert again.status_code in {403, 404}
    shipped = client.get("/v1/pools/monday-morning/preview", headers=editor, params=asked)
    assert shipped.json()["is_offered"] is False

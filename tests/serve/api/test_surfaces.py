"""Home, Weekly and why over HTTP: committed before they leave, obedient at once, never broken."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from msgspec.structs import replace

from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.ids import uuid7
from ritornello.store.decisions import read_decision
from ritornello.surfaces import home as home_surface
from ritornello.testing.small_service import artist_id
from tests.serve.conftest import play_style

WHO = "?listener_id=listener-1"


@pytest.fixture
def ask(client: Any, key: Any, living: Any, clock: Any) -> Any:
    """Ask for a path as a service key, after listener-1 played twelve tracks of style 0."""
    headers = key("service")
    play_style(client, headers, clock.at, "listener-1", 0)
    return lambda path, **more: client.get(path, headers={**headers, **more})


@pytest.fixture
def act(client: Any, key: Any, clock: Any) -> Any:
    headers = key("service")

    def say(word: str, about_id: str) -> None:
        clock.move(seconds=1)
        event = {
            "kind": "act",
            "event_id": str(uuid7(clock.at)),
            "listener_id": "listener-1",
            "happened_at": clock.at.isoformat(),
            "act": word,
            "about_id": about_id,
        }
        assert client.post("/v1/events", json=event, headers=headers).status_code == 200

    return say


def shown(page: Any) -> list[str]:
    return [card["item_id"] for shelf in page["shelves"] for card in shelf["cards"]]


def artist_of(item_id: str) -> str:
    return "artist:" + item_id.removeprefix("track:").partition("t")[0]


def test_home_is_personal_and_in_the_log_before_it_leaves(ask: Any, service: Any) -> None:
    page = ask("/v1/home" + WHO).json()
    assert page["rung"] == "personal"
    assert {"made_for_you", "new_for_you"} <= {shelf["name"] for shelf in page["shelves"]}
    logged = read_decision(service.readers.connection, service.home, UUID(page["decision_id"]))
    assert logged is not None
    assert [slot.item_id for slot in logged.slots] == shown(page)
    assert len(set(shown(page))) == len(shown(page))


def test_what_cannot_be_written_down_is_not_shown(ask: Any, service: Any, monkeypatch: Any) -> None:
    failed: Future[Any] = Future()
    failed.set_exception(StorageUnavailable("disk full"))
    monkeypatch.setattr(service.writer, "decide", lambda _: failed)
    answer = ask("/v1/home" + WHO)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "shelves" not in answer.json()


def test_a_ban_is_obeyed_everywhere_at_once(ask: Any, act: Any, client: Any, key: Any) -> None:
    weekly = ask("/v1/discover-weekly" + WHO).json()
    home = ask("/v1/home" + WHO).json()
    for item_id in (shown(weekly)[0], shown(home)[0]):
        act("ban", artist_of(item_id))
    banned = {artist_of(shown(weekly)[0]), artist_of(shown(home)[0])}
    mine = key("listener", "listener-1")
    playlist = client.get("/1/user/listener-1/playlists/createdfor", headers=mine).json()
    playlist_id = playlist["playlists"][0]["playlist"]["identifier"].rsplit("/", 1)[1]
    tracks = client.get(f"/1/playlist/{playlist_id}", headers=mine).json()["playlist"]["track"]
    assert not banned & {
        "artist:a" + track["creator"].removeprefix("Artist 00") for track in tracks
    }
    for path in ("/v1/home", "/v1/discover-weekly"):
        assert not banned & {artist_of(item_id) for item_id in shown(ask(path + WHO).json())}
    act("unban", artist_of(shown(weekly)[0]))
    assert shown(weekly)[0] in shown(ask("/v1/discover-weekly" + WHO).json())


def test_a_weekly_stays_as_it_is_and_says_so(ask: Any, clock: Any, client: Any, key: Any) -> None:
    first = ask("/v1/discover-weekly" + WHO)
    assert first.json()["period"] == "2026-W47"
    tag = first.headers["etag"]
    assert ask("/v1/discover-weekly" + WHO, **{"If-None-Match": tag}).status_code == 304
    clock.move(hours=20)
    assert ask("/v1/discover-weekly" + WHO).json() == first.json()
    clock.move(days=1)
    second = ask("/v1/discover-weekly" + WHO)
    assert second.json()["period"] == "2026-W48"
    assert ask("/v1/discover-weekly" + WHO + "&week=2026-W47").json() == first.json()
    assert ask("/v1/discover-weekly" + WHO + "&week=2026-W40").status_code == 404
    mine = key("listener", "listener-1")
    found = client.get("/1/user/listener-1/playlists/createdfor", headers=mine).json()
    titles = [entry["playlist"]["title"] for entry in found["playlists"]]
    assert [title[-14:] for title in titles] == ["2026-11-23 Mon", "2026-11-16 Mon"]


def test_nobody_has_a_weekly_before_five_plays(client: Any, key: Any, living: Any) -> None:
    answer = client.get("/v1/discover-weekly?listener_id=nobody", headers=key("service"))
    assert answer.status_code == 404


def test_what_a_correction_changed_is_counted_in_two_decisions(ask: Any, act: Any) -> None:
    page = ask("/v1/home" + WHO).json()
    shelf = next(shelf for shelf in page["shelves"] if shelf["name"] == "made_for_you")
    about_id = next(
        reason["about_id"]
        for card in shelf["cards"]
        for reason in card["reasons"]
        if reason["kind"] == "because_you_played"
    )
    asked = f"shelf=made_for_you&position=0&about_id={about_id}"
    url = f"/v1/decisions/{page['decision_id']}/again?{asked}"
    before = ask(url).json()["difference"]
    assert before["cited_before"] == before["cited_after"]
    assert before["place_before"] == before["place_after"]
    assert before["n_gone"] == 0
    act("exclude", about_id)
    after = ask(url).json()["difference"]
    assert after["cited_before"] == before["cited_before"]
    assert after["cited_before"]["n_citing"] > 0
    assert (after["cited_after"]["n_citing"], after["cited_after"]["share"]) == (0, 0.0)


def test_why_says_what_the_decision_says(ask: Any, client: Any, key: Any) -> None:
    page = ask("/v1/home" + WHO).json()
    shelf = next(shelf for shelf in page["shelves"] if shelf["name"] == "made_for_you")
    url = f"/v1/decisions/{page['decision_id']}/why?shelf=made_for_you&position="
    evident = 0
    for card in shelf["cards"]:
        why = ask(f"{url}{card['position']}").json()
        assert why["item"]["item_id"] == card["item_id"]
        assert [because["reason"] for because in why["because"]] == card["reasons"]
        for because in why["because"]:
            if because["reason"]["kind"] == "because_you_played":
                evident += 1
                assert because["sentence"].startswith("Because you played")
                assert because["about"]["title"] in because["sentence"]
    assert evident
    assert ask(url + "99").status_code == 404
    mine, theirs = key("listener", "listener-1"), key("listener", "listener-2")
    assert client.get(url + "0", headers=mine).status_code == 200
    absent = f"/v1/decisions/{UUID(int=7)}/why?shelf=made_for_you&position=0"
    for url_ in (url + "0", absent):
        assert client.get(url_, headers=theirs).status_code == 404


def test_a_play_moves_the_scores_of_its_neighbours(
    ask: Any, client: Any, key: Any, clock: Any
) -> None:
    headers = key("service")
    play_style(client, headers, clock.at, "twin", 0)
    fresh = ask("/v1/home" + WHO).json()["decision_id"]
    before = scores(client, headers, fresh)
    clock.move(seconds=1)
    play_style(client, headers, clock.at, "listener-1", 1)
    after = scores(client, headers, ask("/v1/home" + WHO).json()["decision_id"])
    twin = scores(client, headers, ask("/v1/home?listener_id=twin").json()["decision_id"])
    assert before == pytest.approx(twin, rel=1e-5)
    style = {item_id: int(artist_of(item_id)[8:]) % 6 for item_id in after}
    assert sum(style[item_id] == 1 for item_id in after) > sum(
        int(artist_of(item_id)[8:]) % 6 == 1 for item_id in twin
    )


def scores(client: Any, headers: Any, decision_id: str) -> dict[str, float]:
    """Return item → score on *made for you*, from the decision's own record."""
    decision = client.get(f"/v1/decisions/{decision_id}", headers=headers).json()
    shelf = next(s for s in decision["shelves"] if s["name"] == "made_for_you")
    return {candidate["item_id"]: candidate["weight"] for candidate in shelf["shortlist"]}


@pytest.mark.parametrize("trouble", ["raises", "nan", "wrong length", "no model"])
def test_a_broken_model_lowers_the_rung_and_never_errs(
    ask: Any, living: Any, model: Any, monkeypatch: Any, trouble: str
) -> None:
    class Broken:
        name = "blend"

        def score(self, taste: Any) -> Any:
            if trouble == "raises":
                raise MemoryError("no memory")
            n = len(model.vocabulary) - (trouble == "wrong length")
            return np.full(n, np.nan, dtype=np.float32)

    broken = replace(model, version="broken")
    broken.__dict__["blend"] = Broken()
    monkeypatch.setattr(living.bundles, "bundle", None if trouble == "no model" else broken)
    answer = ask("/v1/home" + WHO)
    page = answer.json()
    assert answer.status_code == 200
    assert page["rung"] != "personal"
    assert page["rung_because"].startswith("personal: ")
    assert len(shown(page)) == len(set(shown(page))) >= 12


class TestDeadline:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"home_deadline_ms": 30}

    def test_a_slow_model_is_left_behind(self, ask: Any, monkeypatch: Any) -> None:
        released = threading.Event()
        personal = home_surface.personal

        def slow(*arguments: Any) -> Any:
            released.wait(60)
            return personal(*arguments)

        monkeypatch.setattr(home_surface, "personal", slow)
        page = ask("/v1/home" + WHO).json()
        released.set()
        assert page["rung"] != "personal"
        assert "took longer than 30 ms" in page["rung_because"]


@pytest.mark.slow
def test_models_switch_under_load_without_a_failure(
    client: Any, ask: Any, living: Any, model: Any
) -> None:
    versions = [replace(model, version=f"v{n}") for n in range(2)]
    stopping = threading.Event()

    def switch() -> None:
        while not stopping.is_set():
            for bundle in versions:
                living.bundles.bundle = bundle

    living.bundles.bundle = versions[0]
    switcher = threading.Thread(target=switch)
    switcher.start()
    try:
        with ThreadPoolExecutor(4) as asking:
            answers = list(asking.map(lambda _: ask("/v1/home" + WHO), range(40)))
    finally:
        stopping.set()
        switcher.join()
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        decision = ask(f"/v1/decisions/{answer.json()['decision_id']}").json()
        assert decision["rung"] in ("personal", "last_good")
        if decision["rung"] == "personal":
            assert decision["model_version"] in ("v0", "v1")


def test_banned_artists_never_stand_on_any_page(ask: Any, act: Any) -> None:
    banned = [artist_id(n) for n in range(0, 60, 7)]
    for about_id in banned:
        act("ban", about_id)
    for _ in range(3):
        page = ask("/v1/home" + WHO).json()
        assert not set(banned) & {artist_of(item_id) for item_id in shown(page)}

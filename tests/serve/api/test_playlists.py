"""Any list over HTTP in the form a player asks for, to whom it belongs, as the rules have it now."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from ritornello.kinds.ids import uuid7
from tests.serve.conftest import play_style

WHO = "?listener_id=listener-1"
NS = "{http://xspf.org/ns/0/}"


@pytest.fixture
def ask(client: Any, key: Any, living: Any, clock: Any) -> Any:
    """Ask for a path as a service key, after listener-1 played twelve tracks of style 0."""
    headers = key("service")
    play_style(client, headers, clock.at, "listener-1", 0)
    return lambda path, **more: client.get(path, headers={**headers, **more})


def page(ask: Any, path: str) -> Any:
    return ask(path + WHO).json()


def cards(page: Any, *shelves: str) -> list[str]:
    return [
        card["title"]
        for shelf in page["shelves"]
        if not shelves or shelf["name"] in shelves
        for card in shelf["cards"]
    ]


def titles(answer: Any) -> list[str]:
    return [track["title"] for track in answer.json()["playlist"]["track"]]


def test_one_list_in_three_forms(ask: Any) -> None:
    weekly = page(ask, "/v1/discover-weekly")
    url = f"/v1/playlists/{weekly['decision_id']}"
    jspf = ask(url)
    assert jspf.headers["content-type"] == "application/jspf+json"
    assert titles(jspf) == cards(weekly)
    assert jspf.headers["content-disposition"].endswith('.jspf"')
    by_accept, by_name = ask(url, Accept="application/xspf+xml"), ask(url + "?form=xspf")
    assert by_accept.content == by_name.content
    assert by_accept.headers["content-type"] == "application/xspf+xml"
    found = [element.text for element in ET.fromstring(by_name.content).iter(f"{NS}title")]
    assert found[1:] == cards(weekly)
    m3u8 = ask(url + "?form=m3u8")
    assert m3u8.headers["content-type"].startswith("audio/mpegurl")
    assert m3u8.content.startswith(b"#EXTM3U\n#PLAYLIST:Weekly Exploration")
    assert m3u8.text.count("# no location known: ") == len(cards(weekly))


def test_a_page_of_home_goes_out_whole_or_by_the_shelf(ask: Any) -> None:
    home = page(ask, "/v1/home")
    url = f"/v1/playlists/{home['decision_id']}"
    assert titles(ask(url)) == cards(home)
    assert titles(ask(url + "?shelf=new_for_you")) == cards(home, "new_for_you")
    unknown = ask(url + "?shelf=new_for_yo")
    assert unknown.status_code in (400, 404, 422)
    assert "did you mean 'new_for_you'" in unknown.json()["detail"]


def test_the_mixes_of_a_day_have_playlists_of_their_own(
    ask: Any, client: Any, key: Any, clock: Any
) -> None:
    for style in range(3):
        at = clock.at - timedelta(days=style)
        play_style(client, key("service"), at, "listener-1", style)
    mixes = page(ask, "/v1/daily-mix")
    whole = UUID(mixes["decision_id"])
    assert mixes["shelves"]
    for number, shelf in enumerate(mixes["shelves"], start=1):
        one = ask(f"/v1/playlists/{UUID(int=whole.int ^ number)}")
        assert titles(one) == cards(mixes, shelf["name"])
        assert titles(ask(f"/v1/playlists/{whole}?shelf={shelf['name']}")) == titles(one)


def test_a_ban_is_obeyed_in_what_goes_out(ask: Any, client: Any, key: Any, clock: Any) -> None:
    for path in ("/v1/home", "/v1/discover-weekly"):
        shown = page(ask, path)
        url = f"/v1/playlists/{shown['decision_id']}"
        item_id = shown["shelves"][-1]["cards"][0]["item_id"]
        clock.move(seconds=1)
        act = {
            "kind": "act",
            "event_id": str(uuid7(clock.at)),
            "listener_id": "listener-1",
            "happened_at": clock.at.isoformat(),
            "act": "ban",
            "about_id": item_id,
        }
        before = titles(ask(url))
        assert client.post("/v1/events", json=act, headers=key("service")).status_code == 200
        assert len(titles(ask(url))) < len(before)


def test_it_is_nobody_elses(ask: Any, client: Any, key: Any) -> None:
    for path in ("/v1/home", "/v1/discover-weekly"):
        decision_id = page(ask, path)["decision_id"]
        for url in (f"/v1/playlists/{decision_id}", f"/1/playlist/{decision_id}/xspf"):
            assert client.get(url, headers=key("listener", "listener-2")).status_code == 404
            assert client.get(url).status_code == 401
        url = f"/v1/playlists/{decision_id}"
        assert client.get(url, headers=key("listener", "listener-1")).status_code == 200


def test_what_is_asked_amiss_is_told(ask: Any) -> None:
    weekly = page(ask, "/v1/discover-weekly")
    told = ask(f"/v1/playlists/{weekly['decision_id']}?form=pls")
    assert told.status_code in (400, 404, 422)
    assert "there are jspf, m3u8, xspf" in told.json()["detail"]
    assert ask("/v1/playlists/01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72").status_code == 404
    assert ask("/v1/playlists/none").status_code == 404


def test_the_listenbrainz_face_has_xspf_too(ask: Any, client: Any, key: Any) -> None:
    weekly = page(ask, "/v1/discover-weekly")
    mine = key("listener", "listener-1")
    answer = client.get(f"/1/playlist/{weekly['decision_id']}/xspf", headers=mine)
    assert answer.headers["content-type"] == "application/xspf+xml"
    assert len(ET.fromstring(answer.content).findall(f".//{NS}track")) == len(cards(weekly))
    missing = client.get("/1/playlist/none/xspf", headers=mine)
    assert (missing.status_code, missing.json()["code"]) == (404, 404)

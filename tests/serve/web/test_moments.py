"""Moments as a listener meets them without scripts: cards of those on now, the page of one, and its export."""

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from ritornello.serve.service import Service
from ritornello.serve.web import covers, moment_cards
from ritornello.store.decisions import unpack
from ritornello.surfaces import pools
from ritornello.testing import small_service
from tests.serve.conftest import play_style

Browser = TestClient[Any]
HOSTILE = '"><script>alert(1)</script>'
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 16) Mobi"}


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def decisions(service: Service) -> list[Any]:
    rows = service.readers.connection.execute("SELECT body FROM decisions ORDER BY seq")
    found = [unpack(body) for (body,) in rows]
    return [each for each in found if each.surface == "moments"]


@pytest.fixture
def listener(signed_in: Browser, living: Service, key: Any, clock: Any) -> Browser:
    """Listener-1, who has played twelve tracks of one style, at noon on a Saturday."""
    play_style(signed_in, key("service"), clock.now(), "listener-1", 1)
    return signed_in


@pytest.fixture
def lively(monkeypatch: pytest.MonkeyPatch) -> pools.Pool:
    """One pool for everything by hand, in place of those shipped."""
    ids = [small_service.track_id(artist, 0) for artist in range(24)]
    pool = pools.made_of(
        {
            "name": "lively",
            "title": "Lively <b>days</b>",
            "brief": "What moves. And what does not stop.",
            "intent": "party",
            "owner": "party editor",
            "by_hand": ids,
            "pins": [{"item_id": ids[9], "position": 2, "reason": "It turns here"}],
            "length": 8,
            "spacing": 0,
        },
        "test",
    )
    at_night = {"name": "night", "title": "Night", "hours": ["22-03"], "pins": []}
    on_phones = {"name": "way", "title": "On the way", "devices": ["mobile"], "pins": []}
    values = {key: getattr(pool, key) for key in ("brief", "intent", "by_hand", "length")}
    others = [pools.made_of({**values, **more}, "test") for more in (at_night, on_phones)]
    found = {each.name: each for each in (pool, *others)}
    monkeypatch.setattr("ritornello.surfaces.pool_store.shipped", lambda: found)
    return pool


def test_what_is_on_stands_on_home_and_among_ones_lists(
    listener: Browser, lively: pools.Pool
) -> None:
    for path in ("/", "/lists"):
        page = listener.get(path).text
        assert "For this moment" in page
        assert 'href="/moments/lively"' in page
        assert "What moves" in page
        assert "/moments/night" not in page
        assert "/moments/way" not in page
    assert 'href="/moments/way"' in listener.get("/", headers=PHONE).text
    every = listener.get("/moments").text
    on, _, waiting = every.partition("At other times")
    assert "/moments/lively" in on
    assert "/moments/lively" not in waiting
    assert "22–03" in waiting
    assert "On a phone" in waiting


def test_a_moment_is_a_list_with_all_that_lists_have(
    listener: Browser, lively: pools.Pool, living: Service
) -> None:
    page = listener.get("/moments/lively").text
    said = words(page)
    (decided,) = decisions(living)
    assert 'data-surface="moments"' in page
    assert "for listener-1, by the party editor" in said
    assert "Lively <b>days</b>" in said
    assert "<b>days" not in page
    assert "8 tracks by 8 artists" in said
    assert page.count('class="row"') == 8
    assert page.count(f"/why/{decided.decision_id}/lively/") == 8
    assert page.count('aria-label="Love ') == 8
    assert page.count("is not for me") >= 8
    assert 'action="/dial"' in page
    assert "It turns here" in said
    assert "changes with what you play, else tomorrow" in said
    assert decided.slots[2].item_id == lively.pins[0].item_id
    assert decided.shelves[0].name == "lively"


def test_its_tracks_can_be_taken_along_and_each_says_why(
    listener: Browser, lively: pools.Pool
) -> None:
    page = listener.get("/moments/lively").text
    for ending in ("jspf", "xspf", "m3u8"):
        link = re.search(rf'href="(/lists/[^"]+\.{ending})"', page)
        assert link is not None
        assert listener.get(link[1]).status_code == 200
    why = re.search(r'href="(/why/[^"]+/lively/2)"', page)
    assert why is not None
    assert "It turns here" in words(listener.get(why[1]).text)


def test_the_same_list_stands_until_something_is_heard(
    listener: Browser, lively: pools.Pool, living: Service, csrf: str, clock: Any
) -> None:
    rows = re.findall(r'data-item="([^"]+)"', listener.get("/moments/lively").text)
    clock.move(seconds=1)
    assert re.findall(r'data-item="([^"]+)"', listener.get("/moments/lively").text) == rows
    assert len(decisions(living)) == 1
    banned = {"csrf_token": csrf, "act": "hate", "about_id": rows[0], "back": "/moments/lively"}
    assert listener.post("/acts", data=banned).status_code == 303
    assert rows[0] not in listener.get("/moments/lively").text.partition("</ol>")[0]
    assert len(decisions(living)) == 2


def test_the_dial_is_the_lists_to_obey(
    listener: Browser, lively: pools.Pool, living: Service, csrf: str
) -> None:
    turned = {"csrf_token": csrf, "exploration_budget": "0", "back": "/moments/lively"}
    answer = listener.post("/dial", data=turned)
    assert answer.headers["location"].startswith("/moments/lively")
    assert "No place is a try" in listener.get("/moments/lively").text
    assert decisions(living)[-1].shelves[0].budget == 0


def test_a_moment_out_of_its_time_opens_and_says_so(listener: Browser, lively: pools.Pool) -> None:
    assert "its time is 22–03; you opened it now" in words(listener.get("/moments/night").text)
    answer = listener.get("/moments/nigth")
    assert answer.status_code == 404
    assert "did you mean 'night'" in html.unescape(answer.text)


def test_nobody_known_meets_no_moment_and_a_newcomer_meets_what_many_play(
    client: Browser, csrf: str, key: Any, living: Service, lively: pools.Pool
) -> None:
    assert client.get("/moments").status_code == 303
    assert client.get("/moments/lively").status_code == 303
    secret = key("listener", "listener-9")["Authorization"].split()[1]
    client.post("/sign-in", data={"csrf_token": csrf, "key": secret})
    page = client.get("/moments/lively").text
    assert page.count('class="row"') == 8
    assert "because little is known of you yet" in page


@pytest.mark.parametrize(
    ("brief", "line"),
    [
        ("Quiet. Still.", "Quiet"),
        ("No stop", "No stop"),
        ("3.5 minutes of rain.", "3.5 minutes of rain"),
    ],
)
def test_a_card_says_the_first_sentence(brief: str, line: str) -> None:
    assert moment_cards.first_sentence(brief) == line


def test_a_cover_is_the_moments_own_calm_or_steep_and_the_same_everywhere() -> None:
    drawn = {pool.name: covers.moment(pool.name, pool.arc) for pool in pools.shipped().values()}
    assert len(set(drawn.values())) == len(drawn)
    assert drawn["gym"] == covers.moment("gym", pools.load("gym").arc)
    assert drawn["falling-asleep"].count("<path") < drawn["gym"].count("<path")
    for svg in drawn.values():
        assert len(svg) < 2500
        assert not re.search(r"style|script|href|nan", svg)
    assert covers.moment(HOSTILE) == covers.moment(HOSTILE)
    assert "alert" not in covers.moment(HOSTILE)


@given(arc=st.lists(st.floats(-5, 5), max_size=24), name=st.text(max_size=40))
def test_any_arc_can_be_drawn(arc: list[float], name: str) -> None:
    assert covers.moment(name, arc).endswith("</g></svg>")

"""The search page without a browser: everything works as links and forms, and shows hostile text as text."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from ritornello.catalog import items, transcripts
from ritornello.kinds.items import Artist, Episode, Show, Track
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.serve.service import Service
from ritornello.serve.web.found import pieces_of
from ritornello.serve.web.search import address, earlier, standing_of
from ritornello.surfaces.search import passage_building
from ritornello.surfaces.search.chips import parse
from ritornello.surfaces.search.standing import Standing

pytestmark = pytest.mark.slow

EVIL = '<script>alert("x")</script>'
EPISODE = "episode:e1"


@pytest.fixture
def page(signed_in: Any, service: Service) -> Callable[..., str]:
    """Read a page as listener-1, of a catalogue with a mood, a hostile title and an episode that has words."""
    show = Show(item_id="show:s", title="The Show")
    episode = Episode(
        item_id=EPISODE, title="One", show_id="show:s", show_title="The Show", duration_ms=600_000
    )
    said = [
        Segment(text="Welcome.", start_ms=0, speaker="Voice 1"),
        Segment(text=f"The lighthouse {EVIL} was dark.", start_ms=65_000, end_ms=80_000),
    ]
    artist = Artist(item_id="artist:quay", title="The Quay")
    calm = [
        Track(item_id=f"track:c{n}", title=f"Calm Water {n}", artist_ids=("artist:quay",),
              artist_name="The Quay", moods=("calm",), duration_ms=200_000)
        for n in range(3)
    ]  # fmt: skip
    evil = Track(item_id="track:evil", title=EVIL, artist_name=EVIL, duration_ms=1000)
    changes = [
        *items.changes([show, episode, artist, *calm, evil]),
        *transcripts.changes(EPISODE, said),
        *transcripts.chapter_changes(EPISODE, [Chapter(title="The dark", start_ms=60_000)]),
    ]
    service.writer.append([], changes=changes).result()
    passage_building.build(service.home, service.readers.connection, np.random.default_rng(1))
    service.names.refresh()
    service.spoken.refresh()
    service.meant.refresh()

    def read(path: str, status: int = 200) -> str:
        answer = signed_in.get(path)
        assert answer.status_code == status, answer.text[:2000]
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert EVIL not in answer.text
        return unescape(answer.text)

    return read


def links(html: str, beginning: str) -> list[str]:
    return re.findall(rf'href="({re.escape(beginning)}[^"]*)"', html)


def test_the_rail_leads_to_search_and_a_beginning_says_how_to_ask(page: Any) -> None:
    html = page("/search")
    assert re.search(r'href="/search"[^>]*aria-current="page"', html)
    assert "Ask as you would ask a person" in html
    assert '<form class="ask" method="get" action="/search" role="search"' in html


def test_what_is_found_stands_in_groups_with_why_and_play(page: Any) -> None:
    html = page("/search?q=The+Quay")
    assert "Top result" in html
    assert 'href="/item/artist:quay"' in html
    assert re.search(r'href="/why/[0-9a-f-]{36}/top/0"', html)
    assert "How these were chosen" in html
    (why,) = set(re.findall(r'href="(/why/[0-9a-f-]{36}/top/0)"', html))
    assert "You asked for" in page(why)


def test_a_chip_is_a_link_that_takes_itself_away_and_undo_brings_it_back(page: Any) -> None:
    html = page("/search?q=calm+songs")
    assert "Take away: calm" in html
    taken = next(
        link
        for link in links(html, "/search?")
        if "was=" in link and "mood" not in link.split("was=")[0]
    )
    without = page(taken)
    assert "Take away: calm" not in without
    (undo,) = re.findall(r'href="([^"]*)"><svg[^>]*>(?:(?!</a>).)*Undo</a>', without)
    assert "Take away: calm" in page(undo)


def test_a_turn_is_a_plain_form(page: Any) -> None:
    begun = page("/search?q=songs")
    fields = dict(re.findall(r'name="(words|refines|shown)" value="([^"]*)"', begun))
    html = page(
        f"/search?say=calm&chip=kind%3Atrack&refines={fields['refines']}&shown={fields['shown']}"
    )
    assert "Take away: calm" in html
    assert "Take away: tracks" in html


def test_recent_searches_are_shown_and_forgotten_by_a_form(
    page: Any, signed_in: Any, csrf: str
) -> None:
    page("/search?q=The+Quay")
    html = page("/search")
    assert "You searched for" in html
    assert 'aria-label="Forget “The Quay”"' in html
    said = {"csrf_token": csrf, "text": "The Quay"}
    assert signed_in.post("/search/forget", data=said).status_code == 303
    assert "You searched for" not in page("/search")
    assert signed_in.post("/search/forget", data={"text": "x"}).status_code == 403


def test_as_one_types_a_part_of_the_page_comes_and_nothing_is_written(
    page: Any, service: Service
) -> None:
    html = page("/search/typed?q=the+qu")
    assert "<html" not in html
    assert 'data-typed="the qu"' in html
    assert 'href="/item/artist:quay"' in html
    assert "/why/" not in html
    assert "Ask as you would" in page("/search/typed?q=")
    conn = service.readers.connection
    assert conn.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_a_place_in_an_episode_plays_from_there_with_its_words_marked(page: Any) -> None:
    html = page("/search?q=when+was+the+lighthouse+dark")
    assert "<mark>lighthouse</mark>" in html
    (start,) = set(re.findall(r'data-item="episode:e1"[^>]*data-start="(\d+)"', html))
    assert 60_000 <= int(start) <= 65_000
    assert 'data-start="' in html


def test_an_episode_shows_its_words_and_finds_in_them(page: Any) -> None:
    html = page(f"/episode/{EPISODE}")
    assert "The dark" in html
    assert "Welcome." in html
    assert "Voice 1" in html
    found = page(f"/episode/{EPISODE}?q=lighthouse")
    assert "1 place where it is said" in found
    assert "<mark>lighthouse</mark>" in found
    assert "Nobody says that here" in page(f"/episode/{EPISODE}?q=zeppelin")
    here = page(f"/episode/{EPISODE}?at=66000")
    assert 'id="at"' in here
    page("/episode/track:t1", 404)
    page("/episode/episode:nobody", 404)


def test_what_is_not_found_says_so_and_offers_ways_on(page: Any) -> None:
    html = page("/search?q=zzzzqqqq&chip=mood%3Acalm&chip=nonsense")
    assert "Nothing like that" in html or "result" in html
    assert "Nothing like that" in page("/search?q=zzzzqqqqxxxx")


@pytest.mark.parametrize(
    "asked",
    ["q=" + "a" * 9_000, "q=%F0%9F%8E%B5", "q=%00%1b", "q=%22unbalanced+(", "words=x&was=%25&was=" + "y" * 500,
     "chip=&chip=%3A&chip=" + "z" * 900, "say=undo", "say=" + "b" * 5_000, "q=" + EVIL],
)  # fmt: skip
def test_whatever_stands_in_the_address_is_a_page(page: Any, asked: str) -> None:
    page(f"/search?{asked}")
    page(f"/search/typed?{asked}")


def test_a_settled_search_is_reported_once_under_its_own_id(
    page: Any, signed_in: Any, csrf: str, service: Service
) -> None:
    typed = {
        "event_id": "01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72",
        "happened_at": service.now().isoformat(),
        "text": "the qu",
    }
    for _ in range(2):
        answer = signed_in.post(
            "/report", json={"queries": [typed]}, headers={"X-CSRF-Token": csrf}
        )
        assert answer.status_code == 204, answer.text
    assert "the qu" in page("/search")


def test_an_address_is_a_state_and_back() -> None:
    calm = Standing().then("rain", [parse("mood:calm")]).then("rain", [parse("-version:live")])
    told = parse_qs(urlsplit(address(calm)).query)
    again = standing_of(told["words"][0], told["chip"], told["was"])
    assert (again.words, list(map(str, again.chips))) == ("rain", ["-version:live"])
    assert again.undone().chips[0].value == "calm"
    assert earlier(Standing().then("a", [])) == []


def test_words_that_were_asked_for_are_told_apart() -> None:
    assert pieces_of("rain", [(0, 4)]) == (("rain", True),)
    assert pieces_of("of rain", []) == (("of rain", False),)
    assert pieces_of("aaa", [(0, 2), (1, 3), (2, 2)]) == (("aa", True), ("a", False))


def test_a_list_that_nobody_has_is_no_page(signed_in: Any) -> None:
    assert signed_in.get("/lists/01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72").status_code == 404
    assert signed_in.get("/lists/nonsense").status_code == 404

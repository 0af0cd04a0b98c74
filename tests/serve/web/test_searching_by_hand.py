"""The search page in a browser: found from the first letter, walked by arrows, played from the place, and gone on with."""

from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from ritornello.catalog import transcripts
from ritornello.surfaces.search import passage_building

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def talking(site: Any) -> Any:
    """The small simulated service, with what is said in its podcasts."""
    writer = site.service.writer
    for said in site.world.speeches:
        words = transcripts.changes(said.episode_id, said.segments)
        parts = transcripts.chapter_changes(said.episode_id, said.chapters)
        writer.append([], changes=[*words, *parts]).result()
    service = site.service
    passage_building.build(service.home, service.readers.connection, np.random.default_rng(1))
    service.spoken.refresh()
    service.names.refresh()
    service.meant.refresh()
    return site


def test_it_finds_as_one_types_and_arrows_walk_what_is_found(visit: Any, talking: Any) -> None:
    page = visit("listener-20", "/search")
    field = page.get_by_label("What would you like to hear?")
    field.press_sequentially("artist 0007", delay=20)
    expect(page.locator(".top-hit .title")).to_have_text("Artist 0007")
    expect(page.locator("#live-region")).to_contain_text("results")
    field.press("ArrowDown")
    expect(page.locator("#results .title:focus, #results .suggested a:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="How these were chosen")).to_be_visible()
    expect(page.locator(".top-hit .title")).to_have_text("Artist 0007")


def test_what_is_opened_while_typing_is_remembered(
    visit: Any, talking: Any, eventually: Any
) -> None:
    page = visit("listener-21", "/search")
    page.get_by_label("What would you like to hear?").press_sequentially("artist 0008", delay=20)
    page.locator(".top-hit .title").click()
    expect(page.locator("#panel")).to_be_visible()
    page.goto("/you")
    conn = talking.service.readers.connection
    sql = "SELECT count(*) FROM recent_searches WHERE listener_id = 'listener-21'"
    eventually(page, lambda: conn.execute(sql).fetchone() == (1,))
    page.goto("/search")
    expect(page.locator(".recents")).to_contain_text("artist 0008")
    page.get_by_role("button", name="Forget “artist 0008”").click()
    expect(page.locator(".recents")).to_have_count(0)


def test_a_place_in_an_episode_plays_from_there(visit: Any, talking: Any) -> None:
    said = talking.world.speeches[0]
    words = said.segments[60].text.rstrip(".?")
    page = visit("listener-22", f"/episode/{said.episode_id}?q={words}")
    place = page.locator(".passage").first
    expect(place.locator("mark").first).to_be_visible()
    start_ms = int(place.get_attribute("data-start") or 0)
    place.locator("[data-play]").click()
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator('[data-player="at"]')).not_to_have_text("0:00")
    at = page.locator('[data-player="at"]').inner_text()
    minutes = [int(part) for part in at.split(":")]
    assert sum(part * 60**n for n, part in enumerate(reversed(minutes))) * 1000 >= start_ms - 1000


def test_chips_and_turns_are_links_and_forms_without_a_script(visit: Any, talking: Any) -> None:
    page = visit("listener-23", "/search", java_script_enabled=False)
    page.get_by_label("What would you like to hear?").fill("calm songs")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Take away: calm")).to_be_visible()
    page.get_by_role("link", name="Take away: calm").click()
    expect(page.get_by_role("link", name="Take away: calm")).to_have_count(0)
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("link", name="Take away: calm")).to_be_visible()
    page.get_by_label("Go on from here").last.fill("nothing I have heard")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("link", name="Take away: not heard before")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_something_is_found(visit: Any, talking: Any, scheme: str) -> None:
    said = talking.world.speeches[0].segments[40].text
    for path in (f"/search?q={said}", f"/episode/{talking.world.speeches[0].episode_id}"):
        page = visit("listener-24", path, color_scheme=scheme, bypass_csp=True)
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in {"serious", "critical", "moderate"}]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in serious] == []

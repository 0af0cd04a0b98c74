"""Radio in the browser: it begins from any card, goes on by itself, and hears of every skip first."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.serve.web.test_reacting import stored

pytestmark = pytest.mark.web

Wait = Callable[[Page, Callable[[], bool]], None]
STATION = re.compile(r"/radio/[0-9a-f-]{36}$")


def test_radio_begins_from_a_card_and_a_skip_is_known_before_the_next_track(
    visit: Any, site: Any, eventually: Wait
) -> None:
    page = visit("listener-8")
    page.locator(".card .title").nth(2).click()
    page.locator("#panel").get_by_role("button", name="Radio from here").click()
    expect(page.locator("#main h1")).to_contain_text("Radio from")
    expect(page).to_have_url(STATION)
    expect(page.locator("#panel")).not_to_be_visible()
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    first = page.locator('[data-player="title"]').text_content()
    for n in (1, 2):
        page.wait_for_timeout(300)
        before = page.locator('[data-player="title"]').text_content()
        page.locator('[data-player="skip"]').click()
        eventually(page, lambda n=n: len(stored(site, "listener-8", "listen")) == n)
        expect(page.locator('[data-player="title"]')).not_to_have_text(before)
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    listens = stored(site, "listener-8", "listen")
    assert {listen["surface"] for listen in listens} == {"radio"}
    assert {listen["context"]["kind"] for listen in listens} == {"radio"}
    assert {listen["slot"]["shelf"] for listen in listens} == {"radio"}
    assert len({listen["decision_id"] for listen in listens}) == 2
    expect(page.locator("#live .before")).to_contain_text(first)


def test_where_a_list_ends_radio_goes_on_unless_one_said_no(visit: Any, eventually: Wait) -> None:
    page = visit("listener-9", "/weekly")
    last = page.locator("[data-row] [data-slot]").last
    last.scroll_into_view_if_needed()
    last.locator("[data-play]").click()
    page.locator('[data-player="endless"]').click()
    page.locator('[data-player="skip"]').click()
    expect(page.locator("#player")).to_have_attribute("data-state", "resting")
    last.locator("[data-play]").click()
    page.locator('[data-player="endless"]').click()
    title = page.locator('[data-player="title"]').text_content()
    page.locator('[data-player="skip"]').click()
    expect(page.locator('[data-player="title"]')).not_to_have_text(title)
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    expect(page.locator("#notice")).to_contain_text("goes on from there")


def test_radio_goes_on_by_plain_forms(visit: Any) -> None:
    page = visit("listener-10", "/radio", java_script_enabled=False)
    page.get_by_role("button", name="Your radio for falling asleep").click()
    expect(page).to_have_url(STATION)
    expect(page.locator("h1")).to_have_text("Your radio, for sleep")
    expect(page.get_by_text("For falling asleep")).to_be_visible()
    first = page.locator(".row .title").text_content()
    page.get_by_role("button", name="Next track").click()
    expect(page.locator(".row .title")).not_to_have_text(first)
    expect(page.locator(".before")).to_contain_text(first)
    page.goto("/radio")
    expect(page.get_by_role("link", name="Your radio")).to_have_count(1)

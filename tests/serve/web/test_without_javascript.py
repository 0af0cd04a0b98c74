"""The pages read, navigate, love and ban where no script runs."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.web


def test_home_reads_and_leads_on(visit: Any) -> None:
    page = visit("listener-40", java_script_enabled=False)
    expect(page.locator("h1")).to_contain_text("Good")
    assert page.locator(".card .title").count() > 20
    expect(page.locator("[data-play]").first).to_be_hidden()
    page.get_by_role("link", name="Discover Weekly").first.click()
    expect(page.locator("h1")).to_have_text("Discover Weekly")
    page.locator(".row .title").first.click()
    expect(page.get_by_role("heading", name="What you can say")).to_be_visible()


def test_why_is_a_page_of_its_own(visit: Any) -> None:
    page = visit("listener-40", java_script_enabled=False)
    page.locator(".card .why").nth(3).click()
    expect(page.locator(".sentence")).to_be_visible()
    expect(page.get_by_text("How sure")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_an_artist_is_banned_and_let_back_by_plain_forms(visit: Any) -> None:
    page = visit("listener-41", java_script_enabled=False)
    card = page.locator('[data-row="jump_back_in"] [data-slot]').first
    by = card.get_attribute("data-by")
    card.locator(".why").click()
    page.get_by_role("button", name=f"Never play {by}").click()
    expect(page.locator("#notice")).to_contain_text(f"You will not meet {by} again.")
    page.goto("/")
    expect(page.locator(f'[data-by="{by}"]')).to_have_count(0)
    page.goto("/you")
    page.get_by_role("button", name=f"Undo: Never again, {by}").click()
    expect(page.locator("#notice")).to_contain_text(f"{by} may come back.")
    page.goto("/")
    assert page.locator(f'[data-by="{by}"]').count() > 0


def test_love_is_a_plain_button_of_the_weekly(visit: Any) -> None:
    page = visit("listener-42", "/weekly", java_script_enabled=False)
    page.get_by_role("button", name="Love").first.click()
    expect(page.locator("#notice")).to_contain_text("You love")
    expect(page.locator(".row .love").first).to_have_attribute("aria-pressed", "true")

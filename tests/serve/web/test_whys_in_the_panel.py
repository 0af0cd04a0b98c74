"""The why panel in a browser: one answers a reason in it, sees what changed, takes it back, and closes it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.web

CITING = '[data-row="made_for_you"] .why'


def open_citing(page: Any) -> Any:
    """Open the panel on a slot of ``made_for_you`` that cites something; return the button that declines it."""
    for link in page.locator(CITING).all():
        link.click()
        expect(page.locator("#panel .sentence")).to_be_visible()
        button = page.locator("#panel button[value=exclude]").first
        if button.count():
            return button
        page.locator("#panel [data-close]").click()
    raise AssertionError("no slot cites anything")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reason_is_declined_and_the_panel_says_what_changed(visit: Any, scheme: str) -> None:
    page = visit("listener-41" if scheme == "light" else "listener-42")
    page.emulate_media(color_scheme=scheme)
    open_citing(page).click()
    changed = page.locator("#panel .changed")
    expect(changed).to_contain_text("Nothing is recommended because of")
    expect(changed).to_contain_text("now it is of none")
    expect(page.locator("#panel")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    changed.get_by_role("button", name="Undo").click()
    expect(changed).to_contain_text("may lead to recommendations again")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_less_like_this_leaves_home_when_the_panel_closes(visit: Any, eventually: Any) -> None:
    page = visit("listener-43")
    link = page.locator(CITING).first
    by = page.locator('[data-row="made_for_you"] [data-slot]').first.get_attribute("data-by")
    link.click()
    page.locator("#panel").get_by_role("button", name="Less like this").click()
    expect(page.locator("#panel .changed")).to_contain_text(f"{by} rests for 30 days")
    page.keyboard.press("Escape")
    eventually(page, lambda: page.locator(f'#live [data-by="{by}"]').count() == 0)

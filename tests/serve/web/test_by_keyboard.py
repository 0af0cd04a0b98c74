"""The pages with nothing but a keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.web


def focused(page: Page) -> dict[str, Any]:
    """Return what has focus: its element's data and the slot it is in."""
    found: dict[str, Any] = page.evaluate(
        """() => {
            const e = document.activeElement, slot = e.closest('[data-slot]');
            return {id: e.id, name: e.getAttribute('aria-label') ?? e.textContent.trim(),
                    play: 'play' in e.dataset, why: e.classList.contains('why'),
                    shelf: slot?.dataset.shelf, position: slot ? Number(slot.dataset.position) : null};
        }"""
    )
    return found


def press(page: Page, *keys: str) -> dict[str, Any]:
    for key in keys:
        page.keyboard.press(key)
    return focused(page)


LONG = (
    "jump_back_in",
    "made_for_you",
    "because_you_played",
    "because_you_played_2",
    "new_for_you",
    "popular_now",
)
"""Shelves with more than four cards; their order is drawn."""


def test_the_first_tab_offers_to_skip_to_the_content(visit: Any) -> None:
    page = visit("listener-20")
    assert press(page, "Tab")["name"] == "Skip to what is here"
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(page)["id"] == "main"


def test_every_control_one_meets_shows_its_focus(visit: Any) -> None:
    page = visit("listener-20")
    for _ in range(24):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", focused(page)


def test_arrows_move_along_a_shelf_and_between_shelves(visit: Any) -> None:
    page = visit("listener-20")
    shelves = page.locator("[data-row]:has([data-play])").evaluate_all(
        "rows => rows.map(row => row.dataset.row)"
    )
    above = next(
        i for i, shelf in enumerate(shelves[:-1]) if shelf in LONG and shelves[i + 1] in LONG
    )
    page.locator(f'[data-row="{shelves[above]}"] [data-play]').first.focus()
    assert press(page, "ArrowRight", "ArrowRight")["position"] == 2
    there = press(page, "ArrowDown")
    assert (there["shelf"], there["position"], there["play"]) == (shelves[above + 1], 0, True)
    assert press(page, "End")["position"] > 3
    expect(page.locator(":focus")).to_be_in_viewport()
    back = press(page, "ArrowUp")
    assert (back["shelf"], back["position"]) == (shelves[above], 2)
    assert press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")["position"] == 0


def test_tab_walks_one_card_and_then_leaves_its_shelf(visit: Any) -> None:
    page = visit("listener-20")
    page.locator('[data-row="jump_back_in"] [data-play]').first.focus()
    met = [press(page, "Tab") for _ in range(5)]
    assert {m["position"] for m in met if m["shelf"] == "jump_back_in"} == {0}
    assert met[-1]["shelf"] != "jump_back_in"


def test_play_pause_skip_why_and_back_without_a_mouse(visit: Any) -> None:
    page = visit("listener-21")
    page.locator('[data-row="made_for_you"] [data-play]').first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    press(page, "Tab", "Space")
    expect(page.locator("#player")).to_have_attribute("data-state", "resting")
    page.keyboard.press("Space")
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    title = page.locator('[data-player="title"]').text_content()
    page.keyboard.press("n")
    expect(page.locator('[data-player="title"]')).not_to_have_text(str(title))
    page.wait_for_timeout(900)
    assert focused(page)["shelf"] == "made_for_you", "a page that moved kept the place"
    page.keyboard.press("w")
    expect(page.locator("#panel")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('#panel') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert focused(page)["shelf"] == "made_for_you"


def test_an_artist_is_banned_by_keyboard_alone(visit: Any) -> None:
    page = visit("listener-22")
    page.locator('[data-row="jump_back_in"] [data-play]').first.focus()
    by = page.locator('[data-row="jump_back_in"] [data-slot]').first.get_attribute("data-by")
    page.keyboard.press("w")
    expect(page.locator("#panel")).to_be_visible()
    for _ in range(20):
        if press(page, "Tab")["name"] == f"Never play {by}":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("You will not meet")
    expect(page.locator(f'#live [data-by="{by}"]')).to_have_count(0)
    assert focused(page)["shelf"] == "jump_back_in"


def test_letters_do_nothing_outside_what_plays(visit: Any) -> None:
    page = visit("listener-21", "/you")
    page.locator("#zone").focus()
    page.keyboard.type("n w l")
    expect(page.locator("#zone")).to_have_value("n w l")
    expect(page.locator("#panel")).to_be_hidden()

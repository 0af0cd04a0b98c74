"""What one does changes what one sees: play, skip, love, ban, undo, and honesty where it failed."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ritornello.kinds.errors import StorageUnavailable
from ritornello.serve import answers

pytestmark = pytest.mark.web

Wait = Callable[[Page, Callable[[], bool]], None]
JUMP = '[data-row="jump_back_in"]'


def stored(site: Any, listener_id: str, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of a listener's events that the pages sent, oldest first."""
    import msgspec

    rows = site.service.readers.connection.execute(
        "SELECT body FROM events WHERE listener_id = ? AND kind = ? ORDER BY seq",
        (listener_id, kind),
    )
    events = [msgspec.json.decode(body) for (body,) in rows]
    return [event for event in events if event.get("client") == "ritornello-web"]


def first_items(page: Page, row: str) -> list[str]:
    return page.locator(f"{row} [data-slot]").evaluate_all("all => all.map(e => e.dataset.item)")


def test_a_skip_is_a_listen_of_the_slot_it_came_from_and_home_moves(
    visit: Any, site: Any, eventually: Wait
) -> None:
    page = visit("listener-4")
    card = page.locator('[data-row="new_for_you"] [data-slot]').nth(1)
    card.scroll_into_view_if_needed()
    said = card.evaluate("e => ({...e.dataset})")
    card.hover()
    card.locator("[data-play]").click()
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator('[data-player="title"]')).to_have_text(said["title"])
    page.wait_for_timeout(600)
    page.locator('[data-player="skip"]').click()
    eventually(page, lambda: len(stored(site, "listener-4", "listen")) == 1)
    (listen,) = stored(site, "listener-4", "listen")
    assert listen["item_id"] == said["item"]
    assert listen["decision_id"] == said["decision"]
    assert listen["slot"] == {"shelf": "new_for_you", "position": int(said["position"])}
    assert (listen["began_because"], listen["ended_because"]) == ("clicked", "skipped_forward")
    assert listen["attribution"] == "stated"
    assert listen["surface"] == "home"
    assert 5_000 < listen["ms_played"] < 60_000, "the clock of a simulated home runs 20 times"
    eventually(page, lambda: page.locator("#live [data-new]").count() > 0)
    assert (
        page.locator("#live [data-slot]").first.get_attribute("data-decision") != said["decision"]
    )


def test_a_play_to_the_end_is_finished_and_the_next_one_begins_by_itself(
    visit: Any, site: Any, eventually: Wait
) -> None:
    page = visit("listener-5")
    cards = page.locator('[data-row="made_for_you"] [data-slot]')
    page.evaluate(
        "for (const e of document.querySelectorAll('[data-slot]')) e.dataset.duration = '12000'"
    )
    first, second = (cards.nth(n).get_attribute("data-item") for n in (0, 1))
    cards.nth(0).locator("[data-play]").click()
    eventually(page, lambda: len(stored(site, "listener-5", "listen")) >= 2)
    one, two = stored(site, "listener-5", "listen")[:2]
    assert (one["item_id"], one["ended_because"], one["ms_played"]) == (first, "finished", 12_000)
    assert (two["item_id"], two["began_because"]) == (second, "autoplay")


def test_a_banned_artist_leaves_home_at_once_and_undo_lets_them_back(
    visit: Any, site: Any, eventually: Wait
) -> None:
    page = visit("listener-6")
    card = page.locator(f"{JUMP} [data-slot]").first
    item_id, by = card.get_attribute("data-item"), card.get_attribute("data-by")
    card.locator(".why").click()
    expect(page.locator("#panel")).to_be_visible()
    page.get_by_role("button", name=f"Never play {by}").click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("#notice")).to_contain_text(f"You will not meet {by} again.")
    eventually(page, lambda: page.locator(f'#live [data-by="{by}"]').count() == 0)
    (act,) = stored(site, "listener-6", "act")
    assert (act["act"], act["slot"]["shelf"]) == ("ban", "jump_back_in")
    page.locator("#notice").get_by_role("button").click()
    eventually(page, lambda: item_id in first_items(page, JUMP))


def test_not_for_me_takes_one_item_off_home(visit: Any, eventually: Wait) -> None:
    page = visit("listener-7")
    card = page.locator(f"{JUMP} [data-slot]").first
    item_id = card.get_attribute("data-item")
    card.locator(".title").click()
    page.get_by_role("button", name="is not for me").click()
    eventually(page, lambda: item_id not in first_items(page, "#live"))


def test_love_shows_before_it_is_stored_and_stays(visit: Any, site: Any, eventually: Wait) -> None:
    page = visit("listener-8")
    page.locator(f"{JUMP} .why").first.click()
    love = page.locator("#panel .love")
    pressed = love.get_attribute("aria-pressed")
    assert pressed == "false"
    love.click()
    expect(love).to_have_attribute("aria-pressed", "true")
    eventually(page, lambda: [a["act"] for a in stored(site, "listener-8", "act")] == ["love"])
    page.goto("/you")
    expect(page.get_by_text("You love it").first).to_be_visible()


def test_what_could_not_be_saved_is_taken_back_and_said(
    visit: Any, monkeypatch: pytest.MonkeyPatch, browser: Any, site: Any
) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("the disk is full")

    page = browser.new_context(base_url=site.url).new_page()
    page.context.add_cookies(
        [{"name": "ritornello_listener", "value": "listener-9", "url": site.url}]
    )
    page.goto("/")
    page.locator(f"{JUMP} .why").nth(1).click()
    love = page.locator("#panel .love")
    expect(love).to_have_attribute("aria-pressed", "false")
    monkeypatch.setattr(answers, "record", full)
    love.click()
    expect(page.locator("#notice")).to_contain_text("That was not saved")
    expect(love).to_have_attribute("aria-pressed", "false")
    page.context.close()


def test_a_listen_that_could_not_be_sent_is_sent_again_and_counts_once(
    browser: Any, site: Any, eventually: Wait
) -> None:
    context = browser.new_context(base_url=site.url)
    context.add_cookies([{"name": "ritornello_listener", "value": "listener-10", "url": site.url}])
    page = context.new_page()
    page.goto("/")
    context.route("**/report", lambda route: route.abort())
    page.locator("[data-play]").first.click()
    page.locator('[data-player="skip"]').click()
    expect(page.locator("#notice")).to_contain_text("not saved yet")
    assert stored(site, "listener-10", "listen") == []
    context.unroute("**/report")
    eventually(page, lambda: len(stored(site, "listener-10", "listen")) == 1)
    context.close()


def test_only_what_was_in_view_for_a_second_counts_as_seen(
    visit: Any, site: Any, eventually: Wait
) -> None:
    page = visit("listener-11", viewport={"width": 820, "height": 700})
    page.locator("[data-slot]").first.scroll_into_view_if_needed()
    in_view = page.evaluate(
        """() => [...document.querySelectorAll('[data-slot]')].filter(e => {
            const box = e.getBoundingClientRect();
            const w = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
            const h = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
            return w > 0 && h > 0 && w * h >= 0.5 * box.width * box.height;
        }).map(e => `${e.dataset.shelf} ${e.dataset.position}`)"""
    )
    page.wait_for_timeout(1300)
    page.goto("/you")
    eventually(page, lambda: len(stored(site, "listener-11", "impression")) > 0)
    seen = stored(site, "listener-11", "impression")
    slots = [f"{s['slot']['shelf']} {s['slot']['position']}" for s in seen]
    assert sorted(slots) == sorted(in_view)
    assert all(s["visible_ms"] >= 1000 for s in seen)


def test_a_page_left_at_once_was_not_seen(visit: Any, site: Any) -> None:
    page = visit("listener-12")
    page.goto("/you")
    page.wait_for_timeout(500)
    assert stored(site, "listener-12", "impression") == []


def test_the_button_of_what_plays_pauses_it_and_goes_on(visit: Any, site: Any) -> None:
    page = visit("listener-14")
    card = page.locator("[data-slot]").first
    named = f"{card.get_attribute('data-title')} by {card.get_attribute('data-by')}"
    card.get_by_role("button", name=f"Play {named}").click()
    card.get_by_role("button", name=f"Pause {named}").click()
    expect(page.locator("#player")).to_have_attribute("data-state", "resting")
    page.locator('[data-player="toggle"]').click()
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    assert stored(site, "listener-14", "listen") == [], "a pause ends nothing"


def test_what_one_played_stays_ones_own_when_somebody_else_is_picked(
    visit: Any, site: Any, eventually: Wait
) -> None:
    page = visit("listener-15")
    page.locator("[data-play]").first.click()
    page.wait_for_timeout(1200)
    page.get_by_role("link", name="Be somebody else").click()
    page.locator(".choose button:not([value='listener-15'])").first.click()
    expect(page.locator("h1")).to_contain_text("Good")
    eventually(page, lambda: len(stored(site, "listener-15", "listen")) == 1)
    (listen,) = stored(site, "listener-15", "listen")
    assert listen["ended_because"] == "stopped"
    assert len(stored(site, "listener-15", "impression")) > 3


def test_music_goes_on_while_one_walks_to_another_page(visit: Any) -> None:
    page = visit("listener-13")
    page.locator("[data-play]").first.click()
    playing = page.locator('[data-player="title"]').text_content()
    page.get_by_role("link", name="You", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You")
    assert page.url.endswith("/you")
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    expect(page.locator('[data-player="title"]')).to_have_text(str(playing))
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Good")
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")

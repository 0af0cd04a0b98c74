"""Pages anybody can read: named for screen readers, still while they load, and wholly our own."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.web

PAGES = (
    "/", "/weekly", "/you", "/sign-in", "/lists", "/mixes", "/history", "/history/corrections",
    "/search", "/search?q=artist+0001", "/taste", "/taste/why?about=genre:pop", "/visits", "/import", "/export", "/leave", "/choose",
)  # fmt: skip
WIDTHS = (320, 390, 820, 1440)
SCHEMES = ("light", "dark")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical", "moderate")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Any, path: str, scheme: str) -> None:
    page = visit("listener-30", path, color_scheme=scheme, bypass_csp=True)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_the_panel_nor_in_a_player_that_plays(visit: Any, scheme: str) -> None:
    page = visit("listener-30", color_scheme=scheme, bypass_csp=True)
    page.locator("[data-play]").first.click()
    expect(page.locator("#player")).to_be_visible()
    assert violations(page) == []
    page.locator(".why").first.click()
    expect(page.locator("#panel")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_but_shelves(visit: Any, path: str, width: int) -> None:
    page = visit("listener-30", path, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_what_one_touches_is_large_enough(visit: Any, path: str, width: int) -> None:
    page = visit("listener-30", path, viewport={"width": width, "height": 900})
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, input, nav a, .why, .more, .filled')]
            .filter(e => e.offsetParent && e.type !== 'hidden' && e.type !== 'checkbox')
            .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
            .filter(([, box]) => box.width < 44 || box.height < 44)"""
    )
    assert small == []


def test_nothing_shifts_while_home_loads_plays_and_is_swapped(visit: Any) -> None:
    page = visit("listener-31")
    page.evaluate(
        """() => { window.shifted = 0; new PerformanceObserver(list => {
            for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value;
        }).observe({type: 'layout-shift', buffered: true}); }"""
    )
    page.wait_for_timeout(500)
    page.locator("[data-play]").first.click()
    page.locator('[data-player="skip"]').click()
    page.wait_for_timeout(1500)
    assert page.evaluate("window.shifted") < 0.01


def test_every_request_stays_on_this_site(visit: Any, site: Any) -> None:
    page = visit(None, "/sign-in")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".choose button").first.click()
    expect(page.locator("h1")).to_contain_text("Good")
    for path in PAGES:
        page.goto(path)
    page.goto("/")
    page.locator(".why").first.click()
    expect(page.locator("#panel")).to_be_visible()
    assert len(asked) > 20
    assert {url.split("/")[2] for url in asked} == {site.url.split("/")[2]}


def test_the_policy_lets_no_foreign_script_or_style_run(browser: Any, site: Any) -> None:
    page = browser.new_context(base_url=site.url).new_page()
    page.goto("/sign-in")
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = 1';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<p id="odd" style="color: red">odd</p>');
        }"""
    )
    assert page.evaluate("window.ran ?? 0") == 0
    assert (
        page.evaluate("getComputedStyle(document.getElementById('odd')).color") != "rgb(255, 0, 0)"
    )
    page.context.close()


def test_those_who_want_no_motion_get_none(visit: Any) -> None:
    page = visit("listener-30", reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
            const s = getComputedStyle(e);
            return s.transitionDuration.split(', ').some(d => parseFloat(d) > 0)
                || parseFloat(s.animationDuration) > 0;
        }).length"""
    )
    assert moving == 0


def test_what_plays_and_what_changed_is_said_aloud(visit: Any) -> None:
    page = visit("listener-33")
    slot = page.locator("[data-slot]").first
    named = f"{slot.get_attribute('data-title')} by {slot.get_attribute('data-by')}"
    page.get_by_role("button", name=f"Play {named}").first.click()
    expect(page.locator("[aria-live=polite]#live-region")).to_have_text(f"Playing {named}")
    slot.locator(".why").click()
    page.get_by_role("button", name="is not for me").click()
    expect(page.locator("[role=status]#notice")).to_contain_text("You will not meet")
    expect(page.locator("#live-region")).to_contain_text("The page has changed")


def test_every_page_of_a_simulated_service_says_so(visit: Any) -> None:
    page = visit("listener-30")
    item = page.locator(".title").first.get_attribute("href")
    why = page.locator(".why").first.get_attribute("href")
    for path in (*PAGES, str(item), str(why)):
        page.goto(path)
        expect(page.get_by_text("A simulated service.")).to_be_visible()

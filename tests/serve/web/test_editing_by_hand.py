"""The editors' and the moments' pages in a real browser: readable by anybody, whole on a phone, by keyboard and by pointer."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ritornello.store import keys
from tests.serve.web.conftest import serving
from tests.serve.web.test_reading import violations

pytestmark = pytest.mark.web

EDIT = ("/edit", "/edit/new", *(f"/edit/pools/happy{tab}" for tab in (
    "", "/items", "/items?q=track+00", "/preview?listener=listener-20", "/results", "/history",
)))  # fmt: skip
LISTEN = ("/moments", "/moments/happy", "/moments/falling-asleep")
MINE = """name = "{name}"
title = "By hand {name}"
brief = "For a test."
intent = "party"
length = 6
[[eligible]]
energy = [0.0, 1.0]
"""


@pytest.fixture(scope="module")
def edited(filled: Any) -> Iterator[Any]:
    with serving(*filled, simulated=True) as opened:
        yield opened


@pytest.fixture
def editor(visit: Any, edited: Any) -> Callable[..., Page]:
    """Open a page with an editor's key."""

    def enter(path: str, role: str = "editor", **context: Any) -> Page:
        now = datetime.now(UTC)
        made = edited.service.writer.run(lambda conn: keys.create(conn, now, role))
        page = visit(None, "/sign-in", base=edited.url, **context)
        page.get_by_label("Key").fill(made.result()[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(path)
        return page

    return enter


@pytest.fixture
def dropped(editor: Any, tmp_path: Path) -> Callable[..., Page]:
    """Take a small pool of one's own in, from its file."""

    def take(name: str, **context: Any) -> Page:
        file = tmp_path / f"{name}.toml"
        file.write_text(MINE.format(name=name))
        page = editor("/edit", **context)
        page.locator("#file").set_input_files(file)
        if context.get("java_script_enabled") is False:
            page.get_by_role("button", name="Take it in").click()
        page.wait_for_url(f"**/edit/pools/{name}?kept=*")
        return page

    return take


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_of_them(
    editor: Any, visit: Any, edited: Any, scheme: str
) -> None:
    seen = {"color_scheme": scheme, "bypass_csp": True}
    theirs = editor("/edit", **seen)
    ours = visit("listener-30", "/moments", base=edited.url, **seen)
    for page, paths in ((theirs, EDIT), (ours, LISTEN)):
        for path in paths:
            page.goto(path)
            page.evaluate(
                "document.querySelectorAll('details').forEach(each => { each.open = true; })"
            )
            assert violations(page) == [], path


@pytest.mark.parametrize("width", [320, 390, 820, 1440])
def test_nothing_scrolls_sideways_and_all_is_large_enough_to_touch(
    editor: Any, visit: Any, edited: Any, width: int
) -> None:
    seen = {"viewport": {"width": width, "height": 800}}
    theirs = editor("/edit", **seen)
    ours = visit("listener-30", "/moments", base=edited.url, **seen)
    for page, paths in ((theirs, EDIT), (ours, LISTEN)):
        for path in paths:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            small = page.evaluate(
                """() => [...document.querySelectorAll(
                    'button, input, select, textarea, summary, nav a, .why, .more, .filled')]
                    .filter(e => e.checkVisibility() && !e.closest('.unseen, .made, .doubts')
                        && !['hidden', 'checkbox', 'file', 'range'].includes(e.type))
                    .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
                    .filter(([, box]) => box.width < 44 || box.height < 43.9)"""
            )
            assert small == [], path


def test_what_is_typed_is_counted_as_one_types(dropped: Any) -> None:
    page = dropped("counted")
    total = page.locator("#found-total")
    before = total.text_content()
    page.locator("#eligible-0-energy input").last.fill("0.3")
    expect(total).not_to_have_text(str(before))
    expect(page.locator("#live-region")).to_have_text(re.compile(r"^\d+ items? by \d+ artists?$"))
    page.get_by_label("Places").fill("999")
    expect(total).to_have_text("Not yet a pool")
    expect(page.locator("#found")).to_contain_text("whole number of at most 100")
    page.get_by_label("Places").fill("6")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".once")).to_contain_text("Version 2 is in force")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    expect(page.locator(".version")).to_have_count(3)


def test_a_pool_is_made_with_nothing_but_a_keyboard(editor: Any) -> None:
    page = editor("/edit")
    page.get_by_role("link", name="New moment").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("New moment")
    for label, typed in (("Name", "by-keys"), ("Title", "By keys"), ("Brief", "Typed.")):
        page.get_by_label(label, exact=True).focus()
        page.keyboard.type(typed)
    page.locator("#eligible-0-energy input").first.focus()
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(page.locator(".once")).to_contain_text("Version 1 is in force")
    assert page.url.endswith("/edit/pools/by-keys?kept=1")


def order(page: Page) -> list[str]:
    found: list[str] = page.locator("[data-order] .title").all_text_contents()
    return found


def include(page: Page, n: int) -> list[str]:
    page.get_by_role("link", name="Items", exact=True).click()
    for place in range(n):
        page.get_by_role("button", name=re.compile("must stand on every list")).first.click()
        expect(page.locator("[data-order] .hand-row")).to_have_count(place + 1)
    return order(page)


def test_what_must_be_included_is_ordered_by_keyboard(dropped: Any) -> None:
    page = dropped("by-arrows")
    first, second, third = include(page, 3)
    page.get_by_role("button", name=f"Move {first} by").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-order] .title").first).to_have_text(second)
    assert order(page) == [second, first, third]


def test_what_must_be_included_is_dragged_by_pointer(dropped: Any) -> None:
    page = dropped("by-pointer")
    first, second, third = include(page, 3)
    row = page.locator("[data-order] .hand-row")
    grip, target = row.nth(0).locator(".number"), row.nth(2)
    grip.scroll_into_view_if_needed()
    begin, end = grip.bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + 8, begin["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + end["height"] / 2 - 20, steps=4)
    page.mouse.move(end["x"] + 20, end["y"] + end["height"] / 2, steps=4)
    page.mouse.up()
    expect(page.locator(".once")).to_contain_text("in another order")
    assert order(page) == [second, third, first]


def test_everything_works_where_no_script_runs(dropped: Any) -> None:
    page = dropped("plain", java_script_enabled=False)
    page.get_by_label("Title", exact=True).fill("Plainer")
    page.get_by_role("button", name="See what it finds").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Plainer")
    expect(page.locator("#found-total")).to_contain_text("items by")
    page.get_by_role("button", name="Keep").last.click()
    expect(page.locator(".once")).to_contain_text("Version 2 is in force")
    page.get_by_role("link", name="Items", exact=True).click()
    page.get_by_label("A title, an artist or a show").fill("track 0001")
    page.get_by_role("button", name="Find").click()
    row = page.locator(".found-items .hand-row").first
    row.locator("summary").click()
    row.get_by_label("Why").fill("It opens well")
    row.get_by_role("button", name="Pin").click()
    expect(page.locator("#pins-title")).to_contain_text("1")
    page.get_by_role("link", name="Preview").click()
    page.get_by_label("As whom").fill("listener-20")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".previewed .hand-row").first).to_contain_text("It opens well")
    page.get_by_role("link", name="History").click()
    page.get_by_role("button", name="Undo the latest change").click()
    expect(page.locator(".version")).to_have_count(4)


def test_a_moment_plays_and_its_card_leads_to_it(visit: Any, edited: Any) -> None:
    page = visit("listener-31", "/", base=edited.url)
    card = page.locator(".moments-now .list-card").first
    title = card.locator(".title").text_content()
    card.locator(".title").click()
    expect(page.locator("h1")).to_have_text(str(title))
    page.get_by_role("button", name="Play", exact=True).first.click()
    expect(page.locator("#player")).to_have_attribute("data-state", "playing")
    page.locator(".row .why").first.click()
    expect(page.locator("#panel")).to_be_visible()

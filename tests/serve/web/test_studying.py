"""The pages of signals anybody can read: named for screen readers, within a phone's width, by keyboard alone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ritornello.signals.building import open_tables
from ritornello.store import keys, lake
from ritornello.store.home import Home
from tests.serve.web.conftest import serving
from tests.serve.web.test_reading import violations

pytestmark = pytest.mark.web

STUDY = ("/signals", "/signals/success", "/signals/measures")


@pytest.fixture(scope="module")
def studied(built: Home) -> Iterator[Any]:
    with serving(built, None, simulated=True) as opened:
        yield opened


@pytest.fixture
def signed_in(visit: Any, studied: Any) -> Callable[..., Page]:
    """Open a page with a key of a role."""

    def enter(role: str, path: str, listener_id: str | None = None, **context: Any) -> Page:
        now = datetime.now(UTC)
        made = studied.service.writer.run(
            lambda conn: keys.create(conn, now, role, listener_id=listener_id)
        )
        page = visit(None, "/sign-in", base=studied.url, **context)
        page.get_by_label("Key").fill(made.result()[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(path)
        return page

    return enter


@pytest.fixture(scope="module")
def longest(built: Home) -> tuple[str, str]:
    with lake.open_lake(built) as duck:
        open_tables(duck, built, ("visits",))
        sql = "SELECT listener_id, visit_id FROM visits ORDER BY n_plays DESC, visit_id LIMIT 1"
        return duck.execute(sql).fetchall()[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    signed_in: Any, longest: Any, scheme: str
) -> None:
    phone = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme, "bypass_csp": True}
    who, visit_id = longest
    scientist = signed_in("scientist", "/signals", **phone)
    listener = signed_in("listener", "/visits", who, **phone)
    pages = [(scientist, path) for path in (*STUDY, f"/signals/visit?id={visit_id}")]
    pages += [(listener, path) for path in ("/visits", f"/visits/{visit_id}", "/taste")]
    for page, path in pages:
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_visit_is_opened_with_nothing_but_a_keyboard(signed_in: Any, longest: Any) -> None:
    page = signed_in("scientist", "/signals")
    page.get_by_label("Id of a visit").focus()
    page.keyboard.type(longest[1])
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("day")
    expect(page.locator(".event").first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_way_between_the_pages_of_signals_says_where_one_is(signed_in: Any) -> None:
    page = signed_in("editor", "/signals")
    for name, title in (
        ("Success", "What counts"),
        ("Measures", "Measures"),
        ("Signals", "read as"),
    ):
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page.locator("h1")).to_contain_text(title)
        expect(page.locator('nav a[aria-current="page"]')).to_have_text(name)

"""Leaderboards anybody can read: named for screen readers, within a phone's width, sorted by keyboard alone."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ritornello.cli.wiring import make_home
from ritornello.store import keys
from tests.serve.web.conftest import serving
from tests.serve.web.test_leaderboards import fill
from tests.serve.web.test_reading import violations

pytestmark = pytest.mark.web


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    home = make_home(tmp_path_factory.mktemp("judged") / "home")
    ids = fill(home)
    with serving(home, None) as opened:
        yield opened, ids


@pytest.fixture
def signed_in(visit: Any, judged: Any) -> Callable[..., Page]:
    """Open a page with a scientist's key."""

    def enter(path: str, **context: Any) -> Page:
        site, now = judged[0], datetime.now(UTC)
        made = site.service.writer.run(lambda conn: keys.create(conn, now, "scientist"))
        page = visit(None, "/sign-in", base=site.url, **context)
        page.get_by_label("Key").fill(made.result()[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        page.goto(path)
        return page

    return enter


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    signed_in: Any, judged: Any, scheme: str
) -> None:
    phone = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme, "bypass_csp": True}
    ids = judged[1]
    page = signed_in("/studies", **phone)
    for name in ("collections", "runs"):
        path = f"/studies/{name}/{ids['collection' if name == 'collections' else 'good']}"
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        if folder := os.environ.get("RITORNELLO_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-390.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-1280.png", full_page=True)
            page.set_viewport_size({"width": 390, "height": 800})


def test_a_leaderboard_is_sorted_with_nothing_but_a_keyboard(signed_in: Any, judged: Any) -> None:
    page = signed_in(f"/studies/collections/{judged[1]['collection']}")
    first = page.locator("table.board tbody th").first
    expect(first).to_contain_text("good")
    page.get_by_role("link", name="nDCG@5").focus()
    page.keyboard.press("Enter")
    expect(first).to_contain_text("poor")
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("link", name="good").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("good")

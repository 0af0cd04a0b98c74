"""Why it is here, as pages: every reason, what one can say to it, and what saying it changed."""

import re
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import TestClient

from ritornello.serve.service import Service
from ritornello.store.decisions import read_decision
from tests.serve.conftest import play_style

Browser = TestClient[Any]


@pytest.fixture
def shown(signed_in: Browser, key: Any, living: Service) -> str:
    """Home of a listener of one style."""
    play_style(signed_in, key("service"), living.now(), "listener-1", 2)
    return str(signed_in.get("/").text)


def decisions(service: Service) -> list[Any]:
    rows = service.readers.connection.execute("SELECT decision_id FROM decisions ORDER BY seq")
    conn = service.readers.connection
    return [read_decision(conn, service.home, UUID(bytes=one)) for (one,) in rows.fetchall()]


def evidence(html: str) -> list[str]:
    """The ids whose use can be declined on a page."""
    return re.findall(
        r'name="about_id" value="([^"]+)">\s*<button class="quiet" name="act" value="exclude"', html
    )


def citing(browser: Browser, html: str) -> tuple[str, str, str]:
    """The first slot of ``made_for_you`` that cites something: its path, its page, what it cites."""
    for path in re.findall(r'href="(/why/[^"]+/made_for_you/\d+)"', html):
        page = browser.get(path).text
        if found := evidence(page):
            return path, page, found[0]
    raise AssertionError("no slot cites anything")


def answer(browser: Browser, csrf: str, path: str, act: str, about_id: str) -> str:
    fields = {"csrf_token": csrf, "act": act, "about_id": about_id}
    return str(browser.post(path, data=fields, follow_redirects=True).text)


def changed(html: str) -> str:
    found = re.search(r'<section class="changed".*?</section>', html, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def test_every_slot_of_home_says_why(signed_in: Browser, shown: str, living: Service) -> None:
    paths = set(re.findall(r'href="(/why/[^"]+)"', shown))
    (decision,) = [one for one in decisions(living) if one.surface == "home"]
    assert len(paths) == len(decision.slots)
    assert all(slot.reasons for slot in decision.slots)
    for path in sorted(paths)[:8]:
        page = signed_in.get(path).text
        assert 'class="sentence"' in page
        assert "It stood here as part of" not in page


def test_evidence_that_is_declined_is_gone_from_the_next_page_and_said_so(
    signed_in: Browser, csrf: str, shown: str, clock: Any
) -> None:
    path, _, about_id = citing(signed_in, shown)
    page = answer(signed_in, csrf, path, "exclude", about_id)
    told = changed(page)
    assert "Nothing is recommended because of" in told
    assert re.search(r"was among the reasons of [1-9]\d* of \d+ items; now it is of none", told)
    again = signed_in.get("/").text
    for other in re.findall(r'href="(/why/[^"]+)"', again)[:12]:
        assert about_id not in evidence(signed_in.get(other).text)
    clock.move(seconds=1)
    back = answer(signed_in, csrf, path, "include", about_id)
    assert re.search(r"now it is of [1-9]\d* of", changed(back))


def test_less_like_this_rests_who_made_it_for_thirty_days(
    signed_in: Browser, csrf: str, shown: str
) -> None:
    path, page, _ = citing(signed_in, shown)
    artist = re.search(
        r'value="(artist:[^"]+)">\s*<button class="quiet" name="act" value="snooze"', page
    )
    assert artist is not None
    told = changed(answer(signed_in, csrf, path, "snooze", artist[1]))
    assert "rests for 30 days" in told
    assert "This one would not stand here any more" in told
    by = re.search(r'data-by="([^"]+)"', page)
    assert by is not None
    assert f'data-by="{by[1]}"' not in signed_in.get("/").text
    assert f"Wake {by[1]}" in signed_in.get(path).text


def test_not_me_takes_the_evidence_out_of_everything(
    signed_in: Browser, csrf: str, shown: str
) -> None:
    path, _, about_id = citing(signed_in, shown)
    told = changed(answer(signed_in, csrf, path, "disown", about_id))
    assert "It no longer counts as yours." in told
    for other in re.findall(r'href="(/why/[^"]+)"', signed_in.get("/").text)[:12]:
        assert about_id not in evidence(signed_in.get(other).text)


def test_a_week_s_list_stays_and_the_next_one_is_told_of(
    signed_in: Browser, csrf: str, shown: str
) -> None:
    weekly = signed_in.get("/weekly").text
    for path in re.findall(r'href="(/why/[^"]+)"', weekly):
        if found := evidence(signed_in.get(path).text):
            break
    told = changed(answer(signed_in, csrf, path, "exclude", found[0]))
    assert "of the next ones, made now, it is among those of none" in told
    assert "These stay as they are for their time." in told


def test_what_nobody_may_say_from_here_is_refused(
    signed_in: Browser, csrf: str, shown: str
) -> None:
    path, _, about_id = citing(signed_in, shown)
    fields = {"csrf_token": "wrong", "act": "exclude", "about_id": about_id}
    assert signed_in.post(path, data=fields).status_code in (403, 422)
    assert "changed" not in signed_in.get(f"{path}?said=nonsense&about={about_id}").text
    assert signed_in.get(f"{path}?said=exclude&about=track:none").status_code == 200

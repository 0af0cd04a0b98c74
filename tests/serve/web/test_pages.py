"""What the pages answer, and to whom: headers, empty states, errors, plain forms."""

import hashlib
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from litestar.testing import TestClient

from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.ids import uuid7
from ritornello.kinds.settings import resolve
from ritornello.kinds.times import to_us
from ritornello.serve import answers, web
from ritornello.serve.app import create_app
from ritornello.serve.opening import open_service
from ritornello.serve.service import Service

Browser = TestClient[Any]

PAGES = (
    "/", "/weekly", "/you", "/sign-in", "/item/track:t1", "/item/artist:a1", "/lists", "/mixes",
    "/history", "/history/corrections", "/taste", "/taste/why?about=artist:a1", "/import", "/export",
    "/leave", "/choose",
)  # fmt: skip


def events(service: Service) -> list[dict[str, Any]]:
    rows = service.readers.connection.execute("SELECT body FROM events ORDER BY seq")
    return [msgspec.json.decode(body) for (body,) in rows]


def say(browser: Browser, csrf: str, act: str, about: str = "track:t1", **more: str) -> Any:
    fields = {"csrf_token": csrf, "act": act, "about_id": about, **more}
    return browser.post("/acts", data=fields)


def played(at: Any, **other: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid7(at)),
        "item_id": "track:t3",
        "started_at": at.isoformat(),
        "ended_at": at.isoformat(),
        "ms_played": 4000,
        "began_because": "clicked",
        "ended_because": "skipped_forward",
        "pace": 20,
        **other,
    }


def report(browser: Browser, csrf: str, **what: Any) -> Any:
    return browser.post("/report", json=what, headers={"X-CSRF-Token": csrf})


@pytest.mark.slow
@pytest.mark.parametrize("path", [*PAGES, "/item/track:none"])
def test_every_page_carries_the_strict_headers(signed_in: Browser, path: str) -> None:
    headers = signed_in.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_for_what_the_policy_would_refuse(signed_in: Browser, path: str) -> None:
    html = signed_in.get(path).text
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", html)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", html)


def test_assets_are_kept_for_ever_and_only_assets_are_handed_out(signed_in: Browser) -> None:
    html = signed_in.get("/").text
    paths = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    assert len(paths) == 15
    for path in paths:
        answer = signed_in.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    for path in ("/static/x/vendor/SHA256SUMS", "/static/x/../pages.py", "/static/x/none.js"):
        assert signed_in.get(path).status_code == 404


def test_what_is_vendored_is_what_was_published_and_carries_its_licence() -> None:
    vendor = Path(web.__file__).parent / "static" / "vendor"
    digest, name = (vendor / "SHA256SUMS").read_text().split()
    assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
    assert "Zero-Clause BSD" in (vendor / "htmx.LICENSE").read_text()


def test_a_cover_is_kept_for_ever_under_its_own_name(signed_in: Browser) -> None:
    one, other = (signed_in.get(f"/covers/track:t{n}.svg") for n in (1, 2))
    assert one.headers["Content-Type"].startswith("image/svg+xml")
    assert "immutable" in one.headers["Cache-Control"]
    assert one.headers["ETag"] != other.headers["ETag"]
    assert signed_in.get("/covers/track:none.svg").status_code == 404
    assert (
        signed_in.get(
            "/covers/track:t1.svg", headers={"If-None-Match": one.headers["ETag"]}
        ).status_code
        == 304
    )


def test_a_page_that_is_not_there_is_said_in_words(signed_in: Browser) -> None:
    for path in ("/item/track:none", f"/why/{uuid4()}/home/0", "/weekly?week=1999-W01"):
        answer = signed_in.get(path)
        assert answer.status_code == 404
        assert "Nothing you did before is lost" in answer.text
        assert "Traceback" not in answer.text


def test_a_script_gets_the_problem_itself(signed_in: Browser) -> None:
    answer = signed_in.get("/item/track:none", headers={"HX-Request": "true"})
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_before_the_first_weekly_the_page_says_when_it_comes(signed_in: Browser) -> None:
    text = signed_in.get("/weekly").text
    assert "The first comes after 5 plays; you have 0." in text


def test_an_empty_home_says_what_will_be_here_and_how_it_gets_here(tmp_path: Path) -> None:
    clock = {"now": lambda: datetime.now(UTC), "seconds": time.monotonic}
    home = make_home(tmp_path / "empty")
    opening = open_service(home, resolve(env={}), REDUCERS, simulated=True, **clock)
    with opening as service, TestClient(create_app(service, extra_routers=[web.router])) as browser:
        browser.cookies.set("ritornello_listener", "listener-1")
        text = browser.get("/").text
        assert "Your Home fills itself as soon as there is something to hear." in text
        assert "<code>ritornello import</code>" in text
        assert "There is nobody yet." in browser.get("/sign-in").text


def test_a_plain_form_says_love_shows_it_and_takes_it_back(
    signed_in: Browser, csrf: str, service: Service, clock: Any
) -> None:
    answer = say(signed_in, csrf, "love", back="/item/track:t1")
    assert answer.status_code == 303
    page = signed_in.get(answer.headers["location"]).text
    assert "You love Track 01." in page
    assert 'value="unlove"' in page
    clock.move(seconds=5)
    say(signed_in, csrf, "unlove")
    assert [event["act"] for event in events(service)] == ["love", "unlove"]
    assert "Nothing yet. What you love" in signed_in.get("/you").text


def test_each_mark_stands_on_your_page_and_goes_when_undone(
    signed_in: Browser, csrf: str, clock: Any
) -> None:
    for act, about in (("hate", "track:t1"), ("snooze", "track:t2"), ("ban", "artist:a3")):
        say(signed_in, csrf, act, about)
    page = signed_in.get("/you").text
    for words in ("Not for you", "Resting", "Never again", "Track 01", "Track 02", "Artist 0003"):
        assert words in page
    clock.move(seconds=5)
    for act, about in (("unhate", "track:t1"), ("unsnooze", "track:t2"), ("unban", "artist:a3")):
        say(signed_in, csrf, act, about)
    assert "Nothing yet. What you love" in signed_in.get("/you").text


def test_an_act_keeps_the_slot_it_was_said_at(
    signed_in: Browser, csrf: str, service: Service
) -> None:
    decision_id = str(uuid7(service.now()))
    slot = {"decision_id": decision_id, "shelf": "new_for_you", "position": "7", "surface": "home"}
    say(signed_in, csrf, "snooze", **slot)
    (act,) = events(service)
    assert act["slot"] == {"shelf": "new_for_you", "position": 7}
    assert (act["decision_id"], act["surface"], act["device"]) == (decision_id, "home", "web")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"act": "adore"}, 422),
        ({"about_id": "track:none"}, 404),
        ({"about_id": "../etc"}, 422),
        ({"position": "-1", "shelf": "home"}, 422),
        ({"decision_id": "no-uuid"}, 422),
        ({"surface": "s" * 200}, 422),
    ],
    ids=str,
)
def test_a_form_that_cannot_be_meant_changes_nothing(
    signed_in: Browser, csrf: str, service: Service, fields: dict[str, str], status: int
) -> None:
    answer = say(
        signed_in, csrf, fields.pop("act", "love"), fields.pop("about_id", "track:t1"), **fields
    )
    assert answer.status_code == status
    assert events(service) == []


def test_a_report_becomes_events_once(signed_in: Browser, csrf: str, service: Service) -> None:
    at = service.now()
    seen = {
        "event_id": str(uuid7(at)),
        "decision_id": str(uuid7(at)),
        "surface": "home",
        "slot": {"shelf": "made_for_you", "position": 2},
        "seen_at": at.isoformat(),
        "visible_ms": 1500,
    }
    what = {"listens": [played(at)], "impressions": [seen]}
    assert report(signed_in, csrf, **what).status_code == 204
    assert report(signed_in, csrf, **what).status_code == 204
    rows = service.readers.connection.execute(
        "SELECT kind, listener_id, happened_at_us FROM events"
    )
    assert sorted(rows) == [(kind, "listener-1", to_us(at)) for kind in ("impression", "listen")]
    listen = next(event for event in events(service) if event["kind"] == "listen")
    assert "attribution" not in listen, "a play that names no decision is attributed to none"
    assert listen["extra"] == {"simulated_clock": 20.0}
    assert "skipped" in signed_in.get("/you").text


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"ms_played": -1}, 422),
        ({"item_id": "track:none"}, 404),
        ({"ended_because": "bored"}, 422),
        ({"ended_at": "2027-01-01T00:00:00Z"}, 422),
        ({"ended_at": "yesterday"}, 422),
        ({"listener_id": "somebody-else"}, 422),
    ],
    ids=str,
)
def test_a_report_that_cannot_be_meant_stores_nothing(
    signed_in: Browser, csrf: str, service: Service, other: dict[str, Any], status: int
) -> None:
    answer = report(signed_in, csrf, listens=[played(service.now(), **other)])
    assert answer.status_code == status
    assert events(service) == []


def test_a_report_is_bounded(signed_in: Browser, csrf: str, service: Service) -> None:
    many = [played(service.now()) for _ in range(501)]
    assert report(signed_in, csrf, listens=many).status_code == 422
    assert (
        signed_in.post("/report", content=b"{", headers={"X-CSRF-Token": csrf}).status_code == 400
    )


def test_choices_are_kept_and_checked(signed_in: Browser, csrf: str, service: Service) -> None:
    form = {"csrf_token": csrf, "exploration_budget": "0.35", "time_zone": "Asia/Tokyo"}
    answer = signed_in.post("/preferences", data=form)
    assert answer.status_code == 303
    page = signed_in.get(answer.headers["location"]).text
    assert "Kept. Your next Home goes by it." in page
    assert 'value="Asia/Tokyo"' in page
    assert "It is 35 % now." in page
    assert not re.search(r'name="allow_explicit"[^>]*checked', page)
    for wrong in ({"time_zone": "Mars/Olympus"}, {"exploration_budget": "0.9"}):
        assert signed_in.post("/preferences", data=form | wrong).status_code == 422
    assert 'value="Asia/Tokyo"' in signed_in.get("/you").text


def test_a_full_disk_is_said_and_asks_to_come_back(
    signed_in: Browser, csrf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("the disk is full; nothing was stored")

    monkeypatch.setattr(answers, "record", full)
    answer = say(signed_in, csrf, "love")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "the disk is full" in answer.text


def test_one_listener_cannot_ask_why_another_was_shown_something(
    signed_in: Browser, key: Any, csrf: str
) -> None:
    why = re.search(r'href="(/why/[^"]+)"', signed_in.get("/").text)
    assert why is not None
    assert signed_in.get(why[1]).status_code == 200
    other = key("listener", "listener-2")["Authorization"].split()[1]
    signed_in.post("/sign-in", data={"csrf_token": csrf, "key": other})
    assert signed_in.get(why[1]).status_code == 404

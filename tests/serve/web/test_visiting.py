"""A simulated home on loopback: a first visit sees a living Home, and whom it is can be changed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from litestar.testing import TestClient

from ritornello.catalog import items
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid7
from ritornello.kinds.settings import resolve
from ritornello.serve.opening import open_service
from ritornello.serve.service import Service
from ritornello.store.home import Home
from tests.serve.conftest import toy_catalogue

Browser = TestClient[Any]
COOKIE = "ritornello_listener"


@pytest.fixture
def on_loopback() -> bool:
    return True


@pytest.fixture
def service(
    home: Home, clock: Any, settings: dict[str, Any], on_loopback: bool
) -> Iterator[Service]:
    """A simulated service where listener-2 played last, and listener-1 an hour before."""
    make_home(home.path)
    opening = open_service(
        home,
        resolve(env={}, flags=settings),
        REDUCERS,
        now=clock.now,
        seconds=clock.seconds,
        simulated=True,
        on_loopback=on_loopback,
    )
    with opening as opened:
        listens = []
        for n in (1, 2):
            at = clock.now() - timedelta(hours=3 - n)
            listens.append(
                Listen(
                    event_id=uuid7(at),
                    listener_id=f"listener-{n}",
                    happened_at=at,
                    started_at=at,
                    item_id="track:t1",
                    ms_played=200_000,
                )
            )
        opened.writer.append(listens, changes=items.changes(toy_catalogue())).result()
        yield opened


def test_a_first_visit_sees_the_home_of_whoever_was_active_last(client: Browser) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "you are looking as listener-2" in answer.text
    assert "Track" in answer.text
    assert client.cookies[COOKIE] == "listener-2"
    assert "set-cookie" not in client.get("/").headers
    assert client.get("/you").status_code == 200


def test_the_cookie_of_a_first_visit_is_kept_from_scripts_and_other_sites(client: Browser) -> None:
    made = client.get("/").headers.get_list("set-cookie")
    (kept,) = [cookie for cookie in made if cookie.startswith(COOKIE)]
    for word in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert word in kept


def test_a_scientist_signs_in_with_a_key_and_may_be_a_listener_again(
    client: Browser, csrf: str, key: Any
) -> None:
    secret = key("scientist")["Authorization"].split()[1]
    answer = client.post("/sign-in", data={"csrf_token": csrf, "key": secret})
    assert answer.headers["location"] == "/signals"
    assert client.get("/you").headers["location"] == "/signals"
    client.post("/sign-in", data={"csrf_token": csrf, "listener_id": "listener-1"})
    assert "you are looking as listener-1" in client.get("/you").text
    assert client.get("/signals").status_code == 403


def test_a_visitor_can_be_somebody_else_and_stays_so(client: Browser, csrf: str) -> None:
    assert '<a href="/sign-in">Be somebody else</a>' in client.get("/").text
    assert "Who would you like to be?" in client.get("/sign-in").text
    client.post("/sign-in", data={"csrf_token": csrf, "listener_id": "listener-1"})
    assert client.cookies[COOKIE] == "listener-1"
    assert "you are looking as listener-1" in client.get("/").text


def test_a_session_of_another_home_keeps_nobody_out(client: Browser, csrf: str) -> None:
    """Cookies know no ports: another home at this address may have left its own."""
    client.cookies.set("ritornello_session", "of-another-home")
    client.post("/sign-in", data={"csrf_token": csrf, "listener_id": "listener-1"})
    assert "you are looking as listener-1" in client.get("/").text


@pytest.mark.parametrize("path", ["/weekly", "/you", "/item/track:t1"])
def test_other_pages_still_ask_a_stranger_who_they_are(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["location"] == f"/sign-in?back={quote(path)}"


@pytest.mark.parametrize("use", ["image", "iframe", "empty"])
def test_what_is_no_page_somebody_opened_lets_nobody_in(client: Browser, use: str) -> None:
    answer = client.get("/", headers={"Sec-Fetch-Dest": use, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303
    assert COOKIE not in client.cookies


def test_a_change_still_needs_a_page_of_ours(client: Browser) -> None:
    client.get("/")
    said = {"act": "love", "about_id": "track:t1"}
    assert client.post("/acts", data=said).status_code == 403


class TestBeyondLoopback:
    @pytest.fixture
    def on_loopback(self) -> bool:
        return False

    def test_a_stranger_signs_in_first(self, client: Browser) -> None:
        assert client.get("/").headers["location"] == "/sign-in?back=/"
        assert COOKIE not in client.cookies


class TestTooManySignIns:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"login_limit_per_minute": 2}

    def test_a_browser_is_shown_a_page_and_a_script_the_problem(
        self, client: Browser, csrf: str
    ) -> None:
        form = {"csrf_token": csrf, "listener_id": "listener-1"}
        assert [client.post("/sign-in", data=form).status_code for _ in range(2)] == [303, 303]
        refused = client.post("/sign-in", data=form)
        assert refused.status_code == 429
        assert refused.headers["content-type"].startswith("text/html")
        assert int(refused.headers["retry-after"]) > 0
        assert "<h1>Too many requests</h1>" in refused.text
        assert "come back in" in refused.text
        plain = client.post("/sign-in", data=form, headers={"Accept": "application/json"})
        assert plain.status_code == 429
        assert plain.json()["type"] == "urn:ritornello:problem:too-many-requests"

"""Who gets in, what the cookies are, and that nobody else's page can change anything here."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from litestar.testing import TestClient

from ritornello.serve import web
from ritornello.serve.service import Service
from ritornello.serve.web.signing_in import token_of, within
from ritornello.store import keys

Browser = TestClient[Any]

CHANGES = sorted(route.path for route in web.router.routes if "POST" in route.methods)
FIELDS = {
    "confirm": "listener-1",
    "from_hour": "22",
    "until_hour": "6",
    "act": "love",
    "about_id": "track:t1",
    "exploration_budget": "0.2",
    "back": "/",
}
PLACES = {
    "uuid": "01a1fdfa-4600-44e6-89b9-2d9d6ac2ab72",
    "str": "gym",
    "int": "0",
}


def secret_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].split()[1]


def test_a_stranger_is_led_to_sign_in_and_back(client: Browser, csrf: str, key: Any) -> None:
    answer = client.get("/weekly")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?back=/weekly")
    form = {"csrf_token": csrf, "key": secret_of(key("listener", "ada")), "back": "/weekly"}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/weekly")
    assert client.get("/you").status_code == 200


def test_a_services_key_opens_no_pages(client: Browser, csrf: str, key: Any) -> None:
    answer = client.post("/sign-in", data={"csrf_token": csrf, "key": secret_of(key("service"))})
    assert answer.status_code == 401
    assert "opens no pages" in answer.text
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(("role", "begin"), [("editor", "/edit"), ("scientist", "/signals")])
def test_who_edits_or_studies_begins_at_their_pages_and_reaches_no_listeners(
    client: Browser, csrf: str, key: Any, role: str, begin: str
) -> None:
    form = {"csrf_token": csrf, "key": secret_of(key(role))}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, begin)
    assert client.get(begin).status_code == 200
    for path in ("/", "/you", "/history", "/visits", "/visits/listener-1/1763712000000000"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, begin), path


def test_a_wrong_key_opens_nothing(client: Browser, csrf: str) -> None:
    answer = client.post("/sign-in", data={"csrf_token": csrf, "key": "rit_0_nothing"})
    assert answer.status_code == 401
    assert "ritornello_session" not in client.cookies


def test_cookies_are_kept_from_scripts_and_from_other_sites(
    client: Browser, csrf: str, key: Any
) -> None:
    form = {"csrf_token": csrf, "key": secret_of(key("listener", "ada"))}
    made = client.post("/sign-in", data=form).headers["set-cookie"]
    for word in ("ritornello_session=", "HttpOnly", "SameSite=strict", "Path=/"):
        assert word in made


def test_the_cookie_is_no_key_and_neither_is_ever_shown(
    client: Browser, csrf: str, key: Any, service: Service
) -> None:
    secret = secret_of(key("listener", "ada"))
    client.post("/sign-in", data={"csrf_token": csrf, "key": secret})
    session = client.cookies["ritornello_session"]
    assert secret not in session
    form_secret = client.cookies["ritornello_form"]
    for path in ("/", "/weekly", "/you", "/sign-in", "/item/track:t1", "/item/track:none"):
        answer = client.get(path)
        shown = answer.text + str(answer.headers)
        assert not any(hidden in shown for hidden in (secret, session, form_secret)), path
    assert session.encode() not in service.home.database.read_bytes()


def test_signing_out_ends_the_session_itself(signed_in: Browser, csrf: str, clock: Any) -> None:
    session = signed_in.cookies["ritornello_session"]
    answer = signed_in.post("/sign-out", data={"csrf_token": csrf})
    assert answer.headers["location"] == "/sign-in"
    clock.move(seconds=1)
    signed_in.cookies.set("ritornello_session", session)
    assert signed_in.get("/you").status_code == 303


def test_a_session_dies_with_its_key_within_a_second(
    signed_in: Browser, service: Service, clock: Any
) -> None:
    assert signed_in.get("/you").status_code == 200
    (made,) = keys.known(service.readers.connection)
    service.writer.run(lambda conn: keys.revoke(conn, service.now(), made.key_id)).result()
    clock.move(seconds=0.9)
    assert signed_in.get("/you").status_code == 303


def test_a_session_does_not_last_for_ever(signed_in: Browser, clock: Any) -> None:
    clock.move(days=31)
    assert signed_in.get("/you").status_code == 303


def test_nobody_picks_a_listener_where_the_service_is_not_simulated(
    client: Browser, csrf: str
) -> None:
    answer = client.post("/sign-in", data={"csrf_token": csrf, "listener_id": "listener-1"})
    assert answer.status_code == 401
    client.cookies.set("ritornello_listener", "listener-1")
    assert client.get("/you").status_code == 303


def test_every_change_is_a_route_of_this_list() -> None:
    assert CHANGES == [
        "/acts", "/choose", "/dial", "/edit/file", "/edit/found", "/edit/new", "/edit/pools/{name:str}",
        "/edit/pools/{name:str}/acts", "/edit/pools/{name:str}/undo",
        "/edit/pools/{name:str}/withdraw", "/export", "/history/hours", "/import",
        "/import/{job_id:uuid}/stop", "/leave", "/preferences", "/radio", "/radio/next",
        "/radio/{station_id:uuid}/next", "/report", "/search/forget", "/sign-in", "/sign-out",
        "/why/{decision_id:uuid}/{shelf:str}/{position:int}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "forgery",
    [
        {},
        {"token": ""},
        {"token": "0" * 64},
        {"token": token_of("")},
        {"token": token_of("somebody else's")},
        {"token": "right", "site": "cross-site"},
        {"token": "right", "site": "same-site"},
        {"token": "right", "no_cookie": "yes"},
    ],
    ids=str,
)
def test_a_change_no_page_of_ours_asked_for_is_refused(
    signed_in: Browser, csrf: str, key: Any, service: Service, forgery: dict[str, str]
) -> None:
    headers = {"Sec-Fetch-Site": forgery.get("site", "same-origin")}
    token = csrf if forgery.get("token") == "right" else forgery.get("token")
    fields, editors = dict(FIELDS), key("editor")
    if token is not None:
        headers["X-CSRF-Token"] = fields["csrf_token"] = token
    if "no_cookie" in forgery:
        signed_in.cookies.delete("ritornello_form")

    def written() -> list[tuple[int]]:
        counts = (f"SELECT count(*) FROM {table}" for table in ("events", "pools", "decisions"))
        return [service.readers.connection.execute(count).fetchone() for count in counts]

    before = written()
    for path in CHANGES:
        there = re.sub(r"{\w+:(\w+)}", lambda part: PLACES[part[1]], path)
        by = editors if path.startswith("/edit") else {}
        answer = signed_in.post(there, data=fields, headers={**headers, **by})
        assert answer.status_code == 403, path
        assert "nothing was changed" in answer.text, path
    assert written() == before
    assert signed_in.get("/you").status_code == 200


def test_a_session_cookie_buys_nothing_on_the_api(signed_in: Browser) -> None:
    assert signed_in.get("/you").status_code == 200
    assert signed_in.get("/v1/home").status_code == 401


@example("//[")
@example("/\t/elsewhere.example")
@given(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            ["//", "/\\", "\\\\", "https:", "/\t/", "javascript:", "/%2f/", "///"]
        ).flatmap(lambda start: st.text(max_size=20).map(lambda rest: start + rest)),
    )
)
def test_one_comes_back_to_this_site_and_to_no_other(path: str) -> None:
    back = within(path)
    assert back.startswith("/")
    assert not back.startswith(("//", "/\\"))
    assert not any(character in back for character in "\r\n\t")


@pytest.mark.parametrize(
    "back", ["/\u2028é", "/weekly?week=2026-W47", "https://elsewhere.example", "//["]
)
def test_a_form_leads_back_whatever_it_was_told(signed_in: Browser, csrf: str, back: str) -> None:
    form = {"csrf_token": csrf, "act": "love", "about_id": "track:t1", "back": back}
    answer = signed_in.post("/acts", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/")

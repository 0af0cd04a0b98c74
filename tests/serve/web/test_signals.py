"""What listening was read as, as a browser without scripts meets it: one's visits, and what scientists study."""

import html
import re
from typing import Any

import pytest
from litestar.testing import TestClient

from ritornello.serve.service import Service
from ritornello.serve.study import TooLong
from ritornello.signals.building import open_tables
from ritornello.store import keys, lake
from ritornello.store.home import Home

Browser = TestClient[Any]
STUDY = ("/signals", "/signals/success", "/signals/measures")


def sign_in(client: Browser, csrf: str, secret: dict[str, str]) -> Browser:
    given = {"csrf_token": csrf, "key": secret["Authorization"].split()[1]}
    assert client.post("/sign-in", data=given).status_code == 303
    return client


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


class TestBuilt:
    @pytest.fixture
    def home(self, built: Home) -> Home:
        return built

    @pytest.fixture
    def busiest(self, built: Home) -> tuple[str, str, int]:
        """The visit with the most plays: its listener, its id, and how many listens it has."""
        with lake.open_lake(built) as duck:
            open_tables(duck, built, ("visits",))
            sql = "SELECT listener_id, visit_id, n_listens FROM visits ORDER BY n_plays DESC, visit_id LIMIT 1"
            return duck.execute(sql).fetchall()[0]

    def test_visits_lead_to_what_each_was_read_as(
        self, client: Browser, csrf: str, key: Any, busiest: Any
    ) -> None:
        who, visit_id, n_listens = busiest
        mine = sign_in(client, csrf, key("listener", who))
        assert f'href="/visits/{visit_id}"' in mine.get("/visits").text
        page = mine.get(f"/visits/{visit_id}").text
        assert page.count('class="read read-') >= n_listens
        assert page.count('href="/history/') == n_listens
        assert "Stood in" in page
        assert "by the rules" in page
        assert f"ritornello signals explain {visit_id}" in page
        assert 'href="/visits"' in mine.get("/you").text

    def test_earlier_visits_follow_the_latest(
        self, client: Browser, csrf: str, key: Any, busiest: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ritornello.serve.web.visits.N_VISITS", 2)
        mine, path, seen = sign_in(client, csrf, key("listener", busiest[0])), "/visits", []
        for _ in range(50):
            page = mine.get(path).text
            seen += re.findall(r'<a href="/visits/([^"]+)"', page)
            earlier = re.search(r'href="([^"]+)" rel="next"', page)
            if earlier is None:
                break
            path = earlier[1]
        with lake.open_lake(mine.app.state.service.home) as duck:
            open_tables(duck, mine.app.state.service.home, ("visits",))
            sql = "SELECT visit_id FROM visits WHERE listener_id = ? ORDER BY started_at_us DESC"
            assert seen == [row[0] for row in duck.execute(sql, [busiest[0]]).fetchall()]

    def test_a_visit_of_somebody_else_is_not_there(
        self, client: Browser, csrf: str, key: Any, busiest: Any
    ) -> None:
        mine = sign_in(client, csrf, key("listener", f"{busiest[0]}0"))
        answer = mine.get(f"/visits/{busiest[1]}")
        assert answer.status_code == 404
        assert "of yours" in words(answer.text)
        assert mine.get("/signals").status_code == 403

    def test_a_scientist_reads_tables_success_measures_and_any_visit(
        self, client: Browser, csrf: str, key: Any, busiest: Any
    ) -> None:
        who, visit_id, _ = busiest
        scientist = sign_in(client, csrf, key("scientist"))
        tables = scientist.get("/signals").text
        assert "encounters" in words(tables)
        assert 'action="/signals/visit"' in tables
        assert "Nothing the population does has moved" in tables
        success = words(scientist.get("/signals/success").text)
        assert "Declared by people" in success
        assert "They said: never again." in success
        assert "return@7d" in scientist.get("/signals/measures").text
        page = scientist.get("/signals/visit", params={"id": f" {visit_id} "}).text
        assert who in words(page)
        assert 'href="/history/' not in page
        answer = scientist.get("/signals/visit", params={"id": f"{who}/1"})
        assert answer.status_code == 404
        assert "the nearest of" in words(answer.text)

    def test_an_editor_reads_and_opens_no_visit(
        self, client: Browser, csrf: str, key: Any, busiest: Any
    ) -> None:
        editor = sign_in(client, csrf, key("editor"))
        for path in STUDY:
            assert editor.get(path).status_code == 200
        assert "/signals/visit" not in editor.get("/signals").text
        assert editor.get("/signals/visit", params={"id": busiest[1]}).status_code == 403


def test_nothing_built_is_said_with_what_to_run(client: Browser, csrf: str, key: Any) -> None:
    mine = sign_in(client, csrf, key("listener", "listener-1"))
    assert "ritornello signals build" in mine.get("/visits").text
    assert mine.get("/taste").status_code == 200
    mine.post("/sign-out", data={"csrf_token": csrf})
    scientist = sign_in(client, csrf, key("scientist"))
    for path in ("/signals", "/signals/measures"):
        answer = scientist.get(path)
        assert answer.status_code == 200
        assert "ritornello signals build" in answer.text
    assert "They said: never again." in words(scientist.get("/signals/success").text)


def test_a_stranger_is_led_to_sign_in_and_back_to_the_signals(
    client: Browser, csrf: str, key: Any
) -> None:
    answer = client.get("/signals/success")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?back=/signals/success",
    )
    form = {"csrf_token": csrf, "key": key("scientist")["Authorization"].split()[1]}
    answer = client.post("/sign-in", data=form | {"back": "/signals/success"})
    assert answer.headers["location"] == "/signals/success"


def test_a_revoked_key_closes_the_signals_too(
    client: Browser, csrf: str, key: Any, service: Service, clock: Any
) -> None:
    sign_in(client, csrf, key("scientist"))
    (made,) = keys.known(service.readers.connection)
    service.writer.run(lambda conn: keys.revoke(conn, service.now(), made.key_id)).result()
    clock.move(seconds=0.9)
    assert client.get("/signals").status_code == 303


def test_what_is_not_yet_worked_out_is_said_and_keeps_no_page_waiting(
    client: Browser, csrf: str, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(*_: Any, **__: Any) -> None:
        raise TooLong("it takes longer than the server gives it")

    for name in ("alarms", "measures"):
        monkeypatch.setattr(f"ritornello.serve.meanings.{name}", late)
    scientist = sign_in(client, csrf, key("scientist"))
    assert scientist.get("/signals").status_code == 200
    assert "takes longer" in scientist.get("/signals/measures").text

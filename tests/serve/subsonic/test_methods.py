"""OpenSubsonic as clients speak it: connect, say who one is, be told what is wrong, in three forms."""

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

WHO = "listener-1"
SALTED = {"u": WHO, "t": "8df00f57a1816c0631666756007ec775", "s": "f5613d33ba3ba977"}


@pytest.fixture
def secret(key: Any) -> str:
    return key("listener", WHO)["Authorization"].split()[1]


@pytest.fixture
def ask(client: Any, secret: str) -> Any:
    """Ask a method as a client of listener-1 does; return what stands in the envelope."""

    def call(method: str, *, post: bool = False, **said: str) -> dict[str, Any]:
        said = {"u": WHO, "p": secret, "f": "json", "v": "1.16.1", "c": "test", **said}
        path = f"/rest/{method}"
        answer = client.post(path, data=said) if post else client.get(path, params=said)
        assert answer.status_code == 200, answer.text
        return answer.json()["subsonic-response"]

    return call


def failure(answer: Any) -> tuple[int, int]:
    content = answer.json()["subsonic-response"]
    assert content["status"] == "failed"
    return answer.status_code, content["error"]["code"]


def test_a_client_connects_by_query_and_by_form(ask: Any) -> None:
    for method, post in (("ping", False), ("ping.view", False), ("ping.view", True)):
        content = ask(method, post=post)
        assert content.pop("serverVersion")
        assert content == {
            "status": "ok",
            "version": "1.16.1",
            "type": "ritornello",
            "openSubsonic": True,
        }


def test_a_client_learns_what_is_there(ask: Any, client: Any) -> None:
    answer = client.get("/rest/getOpenSubsonicExtensions?f=json").json()["subsonic-response"]
    named = {each["name"] for each in answer["openSubsonicExtensions"]}
    assert named == {"apiKeyAuthentication", "formPost"}
    assert ask("getLicense")["license"] == {"valid": True}
    assert ask("getMusicFolders")["musicFolders"] == {"musicFolder": [{"id": 1, "name": "Music"}]}
    assert ask("tokenInfo")["tokenInfo"] == {"username": WHO}


def test_the_key_is_password_in_hexadecimal_or_key_alone(client: Any, secret: str) -> None:
    for said in (
        {"u": WHO, "p": f"enc:{secret.encode().hex()}"},
        {"apiKey": secret},
    ):
        answer = client.get("/rest/ping", params={**said, "f": "json"}).json()
        assert answer["subsonic-response"]["status"] == "ok"


def test_a_service_key_acts_for_the_user_it_names(client: Any, key: Any) -> None:
    service_key = key("service")["Authorization"].split()[1]
    said = {"u": "listener-7", "p": service_key, "f": "json"}
    answer = client.get("/rest/tokenInfo", params=said).json()["subsonic-response"]
    assert answer["tokenInfo"] == {"username": "listener-7"}
    assert failure(client.get(f"/rest/ping?f=json&apiKey={service_key}")) == (200, 50)


REFUSED: tuple[tuple[dict[str, str], int], ...] = (
    ({}, 10),
    ({"u": WHO}, 10),
    ({"p": "secret"}, 10),
    ({"u": WHO, "p": "wrong"}, 40),
    ({"u": WHO, "p": "enc:zz"}, 40),
    ({"u": WHO, "p": "enc:ff"}, 40),
    ({"u": "listener-2", "p": "SECRET"}, 40),
    ({"u": "<b>", "p": "SECRET"}, 40),
    (SALTED, 41),
    ({**SALTED, "p": "SECRET"}, 43),
    ({"u": WHO, "apiKey": "SECRET"}, 43),
    ({"apiKey": "SECRET", "p": "SECRET"}, 43),
    ({"apiKey": "wrong"}, 44),
)


def test_whoever_is_not_known_is_told_by_code(client: Any, secret: str) -> None:
    for sent, code in REFUSED:
        said = {name: value.replace("SECRET", secret) for name, value in sent.items()}
        answer = client.get("/rest/ping.view", params={**said, "f": "json"})
        assert failure(answer) == (200, code), sent
        assert secret not in answer.text


def test_a_scientists_key_does_not_reach_it(client: Any, key: Any) -> None:
    secret = key("scientist")["Authorization"].split()[1]
    assert failure(client.get(f"/rest/ping?f=json&u={WHO}&p={secret}")) == (200, 50)


def test_a_method_that_is_not_here_says_so(client: Any, secret: str) -> None:
    answer = client.get(f"/rest/jukeboxControl.view?f=json&apiKey={secret}")
    assert failure(answer) == (404, 0)


def test_xml_is_the_form_unless_told_otherwise(client: Any, secret: str) -> None:
    answer = client.get(f"/rest/getMusicFolders?apiKey={secret}")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    space = {"s": "http://subsonic.org/restapi"}
    assert root.attrib["status"] == "ok"
    assert root.attrib["openSubsonic"] == "true"
    folder = root.find("s:musicFolders/s:musicFolder", space)
    assert folder is not None
    assert folder.attrib == {"id": "1", "name": "Music"}
    extensions = ET.fromstring(client.get("/rest/getOpenSubsonicExtensions").content)
    found = extensions.findall("s:openSubsonicExtensions", space)
    assert [each.attrib["name"] for each in found] == ["apiKeyAuthentication", "formPost"]
    assert [each.find("s:versions", space).text for each in found] == ["1", "1"]


def test_an_error_comes_in_the_form_that_was_asked_for(client: Any) -> None:
    root = ET.fromstring(client.get("/rest/ping").content)
    assert root.attrib["status"] == "failed"
    assert root[0].attrib["code"] == "10"
    posted = client.post("/rest/ping.view", data={"f": "json"})
    assert failure(posted) == (200, 10)


def test_a_script_loads_it_under_a_name_and_nothing_but_a_name(client: Any, secret: str) -> None:
    said = {"apiKey": secret, "f": "jsonp", "callback": "app.on_answer"}
    answer = client.get("/rest/ping", params=said)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text.startswith("app.on_answer({")
    assert json.loads(answer.text.removeprefix("app.on_answer(").removesuffix(");"))
    evil = client.get("/rest/ping", params={**said, "callback": "alert(1)//"})
    assert evil.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("settings", [{"rate_limit_per_minute": 3}])
def test_a_key_that_asks_too_often_is_told_to_wait(client: Any, secret: str) -> None:
    answers = [client.get(f"/rest/ping?f=json&apiKey={secret}") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert answers[-1].json()["subsonic-response"]["error"]["code"] == 0


def test_a_form_without_end_is_not_read(client: Any) -> None:
    large = client.post("/rest/ping?f=json", data={"u": "a" * 100_000})
    assert failure(large) == (413, 0)
    many = client.get("/rest/ping?f=json&" + "&".join(f"a{n}=1" for n in range(500)))
    assert failure(many) == (200, 10)


@pytest.mark.data
def test_what_real_clients_sent_is_understood(client: Any, shared: Path, key: Any) -> None:
    """Their salted tokens are told apart from a missing password: they are to send the key itself."""
    lines = (shared / "reference" / "golden-client-requests.jsonl").read_text("utf-8").splitlines()
    sent = [each for each in map(json.loads, lines) if each["protocol"] == "opensubsonic"]
    assert sent, os.fspath(shared)
    for request in sent:
        answer = client.request(
            request["method"],
            request["path"],
            params=request["query"],
            content=request["body_text"],
            headers=request["headers"],
        )
        if "Extensions" in request["path"]:
            assert answer.status_code == 200
            if "f=json" in request["body_text"]:
                assert answer.json()["subsonic-response"]["status"] == "ok"
        elif request["path"].startswith("/rest/ping"):
            assert failure(answer) == (200, 41)

"""What real clients really sent: the thirteen ListenBrainz requests, byte for byte where it counts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

N_GOLDEN = 13
pytestmark = pytest.mark.compat


@pytest.fixture
def at() -> Callable[[], datetime]:
    """Some of the requests are of November 2026; the server's clock is just after them."""
    return lambda: datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def golden(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "reference/golden-client-requests.jsonl").read_text().splitlines()
    requests = [json.loads(line) for line in lines]
    return [request for request in requests if request["protocol"] == "listenbrainz-1"]


def ask(running: SimpleNamespace, request: dict[str, Any]) -> httpx.Response:
    """Send a recorded request; the recorded token stands for the listener's own."""
    headers = {
        name: value.replace("Token good", f"Token {running.token}")
        for name, value in request["headers"].items()
    }
    body = json.dumps(request["body_json"]).encode() if "body_json" in request else None
    url = running.url + request["path"]
    with httpx.Client(headers={}) as client:
        built = client.build_request(
            request["method"], url, params=request["query"], content=body, headers=headers
        )
        return client.send(built)


def test_all_thirteen_are_answered_as_recorded(
    running: SimpleNamespace, golden: list[dict[str, Any]]
) -> None:
    assert len(golden) == N_GOLDEN
    for request in golden:
        answer = ask(running, request)
        assert answer.status_code == request["expect_status"], request["id"]
        assert answer.headers["access-control-allow-origin"] == "*", request["id"]
        if "authorization" in request["headers"] and "bad" not in request["id"]:
            assert int(answer.headers["x-ratelimit-remaining"]) > 0, request["id"]


def test_what_they_sent_is_what_was_meant(
    running: SimpleNamespace, golden: list[dict[str, Any]]
) -> None:
    by_id = {request["id"]: request for request in golden}
    bad, good = (ask(running, by_id[f"lb-token-{which}"]).json() for which in ("bad", "good"))
    assert bad == {"code": 200, "message": "Token invalid.", "valid": False}
    assert (good["valid"], good["user_name"]) == (True, "ada")

    for name in ("lb-single", "lb-import-duplicate", "lb-playing-now", "lb-supysonic-float"):
        assert ask(running, by_id[name]).json() == {"status": "ok"}
    listens = ask(running, by_id["lb-get-listens"]).json()["payload"]["listens"]
    assert [listen["track_metadata"]["track_name"] for listen in listens] == ["Song 2", "T"]
    assert listens[0]["listened_at"] == 1795226897
    kept = listens[1]["track_metadata"]["additional_info"]
    assert (kept["tags"], kept["listening_from"]) == (["x"], "mpd")

    playing = ask(running, by_id["lb-get-playing-now"]).json()["payload"]
    assert playing["playing_now"] is True
    assert playing["listens"][0]["track_metadata"]["track_name"] == "T"
    assert "listened_at" not in playing["listens"][0]

    ask(running, by_id["lb-feedback-love"])
    said = running.service.readers.connection.execute(
        "SELECT about_id, value FROM marks WHERE listener_id = 'ada'"
    ).fetchall()
    assert [value for _, value in said] == [1]

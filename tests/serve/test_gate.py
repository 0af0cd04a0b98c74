"""Credentials in every form that counts, where they count, and no longer than they live."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from ritornello.serve.gate import Gate
from ritornello.store import keys


@pytest.fixture
def token(key: Any) -> str:
    return str(key("listener", "listener-1")["Authorization"].removeprefix("Bearer "))


@pytest.mark.parametrize(
    "headers",
    [
        lambda t: {"Authorization": f"Bearer {t}"},
        lambda t: {"authorization": f"bearer   {t} "},
        lambda t: {"X-API-Key": t},
    ],
)
def test_a_key_is_read_from_either_header(client: Any, token: str, headers: Any) -> None:
    url = "/v1/listeners/listener-1/preferences"
    assert client.get(url, headers=headers(token)).status_code == 200


@pytest.mark.parametrize(
    "presented",
    ["", "Bearer", "Bearer ", "Bearer rit_x_y", "Basic abc", "rit_000000000000_x", "Bearer \xff"],
)
def test_anything_else_is_nobody(client: Any, presented: str) -> None:
    answer = client.get("/v1/home", headers={"Authorization": presented.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_in_the_query_counts_on_the_listenbrainz_face_only(client: Any, token: str) -> None:
    assert client.get(f"/1/user/listener-1/listens?token={token}").status_code == 200
    assert client.get(f"/v1/home?token={token}").status_code == 401


def test_a_cookie_does_not_count_on_the_api(client: Any, token: str) -> None:
    client.cookies.set("ritornello_session", token)
    client.cookies.set("ritornello_listener", "listener-1")
    assert client.get("/v1/home").status_code == 401
    assert client.get("/1/user/listener-1/listens").status_code == 401


def test_a_revoked_key_dies_within_a_second(
    client: Any, token: str, service: Any, clock: Any
) -> None:
    headers = {"X-API-Key": token}
    url = "/v1/listeners/listener-1/preferences"
    assert client.get(url, headers=headers).status_code == 200
    key_id = token.split("_")[1]
    service.writer.run(lambda conn: keys.revoke(conn, clock.at, key_id)).result()
    clock.move(seconds=0.9)
    assert client.get(url, headers=headers).status_code == 401


def test_no_secret_is_kept_anywhere(client: Any, key: Any, service: Any, caplog: Any) -> None:
    made = client.post("/v1/keys", json={"role": "editor"}, headers=key("service")).json()
    secret = made["key"].split("_", 2)[2]
    client.get("/v1/home", headers={"X-API-Key": made["key"]})
    assert client.get("/v1/rulings", headers={"X-API-Key": made["key"]}).status_code == 200
    service.writer.close()
    stored = b"".join(f.read_bytes() for f in service.home.path.rglob("*") if f.is_file())
    assert secret.encode() not in stored
    assert secret not in caplog.text
    assert secret not in service.metrics.page().decode()


def test_too_many_at_once_are_turned_away_at_once(client: Any, key: Any, service: Any) -> None:
    headers = key("service")
    for _ in range(512):
        service.ceiling.enter()
    answer = client.get("/v1/keys", headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    service.ceiling.leave()
    assert client.get("/v1/keys", headers=headers).status_code == 200
    assert service.ceiling.n == 511


def test_cancelled_requests_are_counted_out(service: Any) -> None:
    async def forever(*_: Any) -> None:
        await asyncio.sleep(3600)

    async def drive() -> None:
        handler = SimpleNamespace(opt={"roles": frozenset({"anonymous"})})
        scope: Any = {
            "type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"",
            "route_handler": handler,
        }  # fmt: skip
        task = asyncio.create_task(Gate(forever, service)(scope, forever, forever))
        await asyncio.sleep(0)
        assert service.ceiling.n == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(drive())
    assert service.ceiling.n == 0


def test_cors_is_open_on_the_listenbrainz_face_only(client: Any) -> None:
    asked = client.options("/1/submit-listens")
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["access-control-allow-headers"] == "Authorization, Content-Type"
    assert "access-control-allow-origin" not in client.options("/v1/events").headers

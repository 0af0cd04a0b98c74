"""From the tombstone on, every face refuses who left and shows nothing of them."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ritornello.kinds.events import Listen
from ritornello.serve.service import Service
from ritornello.store import erasure
from tests.serve.conftest import listen

WHO = "listener-1"


@pytest.fixture
def leave(service: Service) -> Callable[[], object]:
    now = service.now()
    return lambda: service.writer.run(lambda conn: erasure.begin(conn, WHO, now)).result()


@pytest.mark.parametrize("client", ["express", "framework"], indirect=True)
def test_events_are_refused_one_by_one(client: Any, key: Any, clock: Any, leave: Any) -> None:
    headers = key("service")
    mine, other = listen(clock.at), {**listen(clock.at), "listener_id": "listener-2"}
    assert client.post("/v1/events", json=mine, headers=headers).status_code == 200
    leave()
    answer = client.post("/v1/events", json={"events": [mine, other]}, headers=headers)
    assert answer.status_code == 207
    assert [item["verdict"] for item in answer.json()["verdicts"]] == ["erased", "stored"]
    alone = client.post("/v1/events", json=mine, headers=headers)
    assert (alone.status_code, alone.json()["type"]) == (410, "urn:ritornello:problem:erased")
    assert WHO not in alone.text


def test_their_keys_die_and_nobody_is_shown_anything(
    client: Any, key: Any, clock: Any, leave: Any, living: Service
) -> None:
    own, service_key = key("listener", WHO), key("service")
    client.post("/v1/events", json=listen(clock.at), headers=service_key)
    assert client.get("/v1/home", headers=own).status_code == 200
    leave()
    token = {"Authorization": own["Authorization"].replace("Bearer", "Token")}
    payload = {
        "listen_type": "single",
        "payload": [
            {
                "listened_at": int(clock.at.timestamp()) - 500,
                "track_metadata": {"artist_name": "Artist 0001", "track_name": "Track 01"},
            }
        ],
    }
    at_once = client.post("/1/submit-listens", json=payload, headers=token)
    assert (at_once.status_code, at_once.json()["error"]) == (401, "Invalid authorization token.")
    clock.move(seconds=1)
    assert client.get("/v1/home", headers=own).status_code == 401
    asked = {"listener_id": WHO}
    assert client.get("/v1/home", params=asked, headers=service_key).status_code == 404
    conn = living.readers.connection
    assert conn.execute("SELECT count(*) FROM decisions").fetchone() == (0,)


def test_a_foreign_id_is_never_written_among_the_faults(
    client: Any, key: Any, clock: Any, service: Service
) -> None:
    stranger = {**listen(clock.at), "listener_id": "listener-77"}
    answer = client.post("/v1/events", json={"events": [stranger]}, headers=key("listener", WHO))
    assert answer.json()["verdicts"][0]["rule"] == "unknown_listener"
    said = service.readers.connection.execute("SELECT message FROM faults").fetchall()
    assert "listener-77" not in str(said)


def test_what_they_play_is_forgotten_whoever_erased_them(
    client: Any, key: Any, clock: Any, leave: Any, service: Service
) -> None:
    service.playing.say(msgspec.convert(listen(clock.at), Listen))
    path, headers = f"/1/user/{WHO}/playing-now", key("service")
    headers["Authorization"] = headers["Authorization"].replace("Bearer", "Token")
    assert client.get(path, headers=headers).json()["payload"]["count"] == 1
    leave()
    assert client.get(path, headers=headers).json()["payload"]["count"] == 0

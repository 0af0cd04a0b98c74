"""Bringing, taking along and leaving over the API; the verbs run in processes of their own."""

import json
import time
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.serve.conftest import listen

URL = "/v1/listeners/listener-1"
PATIENCE_S = 60


@pytest.fixture
def mine(key: Any) -> Any:
    return key("listener", "listener-1")


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"upload_limit_bytes": 5_000}


def settled(client: Any, address: str, headers: Any) -> Any:
    """Return how a job ended."""
    for _ in range(PATIENCE_S * 10):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, answer.text
        if answer.json()["state"] not in ("waiting", "running"):
            return answer.json()
        time.sleep(0.1)
    raise AssertionError("it never ended")


def rows(clock: Any, n: int) -> bytes:
    """A ListenBrainz export of ``n`` listens, an hour apart."""
    lines = [
        {
            "listened_at": int((clock.at - timedelta(days=40, hours=place)).timestamp()),
            "track_metadata": {"artist_name": "Far artist", "track_name": f"Far track {place}"},
        }
        for place in range(n)
    ]
    return "\n".join(map(json.dumps, lines)).encode()


@pytest.mark.slow
def test_an_export_is_brought_and_becomes_history(client: Any, mine: Any, clock: Any) -> None:
    body = rows(clock, 7)
    begun = client.post(f"{URL}/imports?name=listens.jsonl", content=body, headers=mine)
    assert begun.status_code == 202, begun.text
    assert begun.json()["name"] == "listens.jsonl"
    ended = settled(client, begun.headers["location"], mine)
    assert (ended["state"], ended["answer"]["n_kept"]) == ("done", 7), ended
    found = client.get(f"{URL}/listens?q=far", headers=mine).json()["listens"]
    assert len(found) == 7
    assert {entry["source"] for entry in found} == {"listenbrainz"}
    portrait = client.get(f"{URL}/portrait", headers=mine).json()
    assert portrait["artists"][0]["name"] == "Far artist"
    assert portrait["n_plays"] == 7


@pytest.mark.slow
def test_what_is_no_export_is_said_by_the_job(client: Any, mine: Any) -> None:
    begun = client.post(f"{URL}/imports", content=b"nothing of the kind", headers=mine)
    ended = settled(client, begun.headers["location"], mine)
    assert ended["state"] == "failed"
    assert ended["error"]


@pytest.mark.parametrize(("content", "status"), [(b"", 422), (b"x" * 5_001, 413)])
def test_an_upload_is_counted(
    client: Any, mine: Any, service: Any, content: bytes, status: int
) -> None:
    answer = client.post(f"{URL}/imports", content=content, headers=mine)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert not [f for f in service.home.belongings.rglob("*") if f.is_file()]


def test_a_packed_upload_is_counted_unpacked(client: Any, mine: Any) -> None:
    import gzip

    packed = gzip.compress(b"x" * 100_000)
    headers = mine | {"Content-Encoding": "gzip"}
    assert len(packed) < 5_000
    answer = client.post(f"{URL}/imports", content=packed, headers=headers)
    assert answer.status_code == 413


def test_a_job_of_somebody_else_is_absent(client: Any, mine: Any, key: Any, service: Any) -> None:
    job = service.jobs.open("listener-2", "import", file="upload")
    assert client.get(f"{URL}/imports/{job.job_id}", headers=mine).status_code == 404
    theirs = key("listener", "listener-2")
    answer = client.get(f"/v1/listeners/listener-2/imports/{job.job_id}", headers=theirs)
    assert answer.json()["state"] == "waiting"


@pytest.mark.slow
def test_a_copy_holds_what_the_log_holds(client: Any, mine: Any, clock: Any) -> None:
    events = [listen(clock.at - timedelta(hours=n), item=n) for n in range(4)]
    client.post("/v1/events", json={"events": events}, headers=mine)
    answer = client.get(f"{URL}/export", headers=mine)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        (name,) = [name for name in archive.namelist() if Path(name).name == "events.jsonl"]
        told = [json.loads(line)["event_id"] for line in archive.read(name).splitlines()]
    assert sorted(told) == sorted(str(event["event_id"]) for event in events)


@pytest.mark.slow
def test_who_leaves_is_gone_at_once_and_erased_soon(
    client: Any, mine: Any, key: Any, clock: Any, service: Any
) -> None:
    client.post("/v1/events", json=listen(clock.at), headers=mine)
    answer = client.delete(URL, headers=mine)
    assert answer.status_code == 202
    assert "listener-1" not in answer.text + answer.headers["location"]
    clock.move(seconds=1)
    assert client.get(f"{URL}/listens", headers=mine).status_code == 401
    ended = settled(client, answer.headers["location"], {})
    assert ended["state"] == "done", ended
    assert ended["answer"]["certificates"][0]["n_removed"]
    again = client.post("/v1/events", json=listen(clock.at), headers=key("service"))
    assert again.status_code != 200 or again.json()["verdicts"][0]["verdict"] == "erased"


def test_corrections_are_listed_while_they_stand(client: Any, mine: Any, clock: Any) -> None:
    client.post("/v1/events", json=listen(clock.at - timedelta(hours=1)), headers=mine)
    act = listen(clock.at)
    for name in ("item_id", "started_at", "ms_played"):
        del act[name]
    said = {**act, "kind": "act", "act": "exclude", "about_id": "artist:a0"}
    assert client.post("/v1/events", json=said, headers=mine).status_code == 200
    (found,) = client.get(f"{URL}/corrections", headers=mine).json()["corrections"]
    assert (found["act"], found["about_id"]) == ("exclude", "artist:a0")
    assert found["item"]["title"] == "Artist 0000"
    assert client.get(f"{URL}/portrait", headers=mine).json()["artists"] == []


@pytest.mark.parametrize("only", ["skipped", "left_out"])
def test_the_history_is_filtered(client: Any, mine: Any, clock: Any, only: str) -> None:
    skip = listen(clock.at, item=1, ms_played=5_000, ended_because="skipped_forward")
    client.post("/v1/events", json={"events": [listen(clock.at, item=2), skip]}, headers=mine)
    found = client.get(f"{URL}/listens?only={only}", headers=mine).json()["listens"]
    assert [entry["item_id"] for entry in found] == (["track:t1"] if only == "skipped" else [])

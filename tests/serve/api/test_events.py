"""``POST /v1/events``: verdicts item by item, first truth stands, nothing bad makes a 5xx."""

import math
from collections import Counter
from concurrent.futures import Future
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from ritornello.kinds.errors import Overloaded, StorageUnavailable
from ritornello.kinds.events import EVENT_KINDS
from ritornello.testing.records import records
from tests.serve.conftest import listen

pytestmark = pytest.mark.parametrize("client", ["express", "framework"], indirect=True)


@pytest.fixture
def send(client: Any, key: Any) -> Any:
    headers = key("service")
    return lambda stated, **more: client.post(
        "/v1/events", json=stated, headers={**headers, **more}
    )


def verdicts(answer: Any) -> list[str]:
    return [item["verdict"] for item in answer.json()["verdicts"]]


def test_one_event_and_the_same_again(send: Any, clock: Any) -> None:
    stated = listen(clock.at)
    first, again = send(stated), send(stated)
    assert (first.status_code, verdicts(first)) == (200, ["stored"])
    assert first.json()["verdicts"][0]["event_id"] == stated["event_id"]
    assert (again.status_code, verdicts(again)) == (200, ["duplicate"])


def test_another_body_under_the_same_id_is_a_conflict(send: Any, clock: Any) -> None:
    stated = listen(clock.at)
    send(stated)
    answer = send({**stated, "ms_played": 5})
    assert answer.status_code == answer.json()["status"] == 409
    batch = send({"events": [{**stated, "ms_played": 5}, listen(clock.at)]})
    assert (batch.status_code, verdicts(batch)) == (207, ["conflict", "stored"])


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"ms_played": "long"}, "ms_played", "wrong_type"),
        ({"happened_at": "1970-01-01T00:00:00Z"}, "happened_at", "too_old"),
        ({"happened_at": "2031-01-01T00:00:00Z"}, "happened_at", "future_time"),
        ({"item_id": "track:unheard-of"}, "item_id", "unknown_item"),
        ({"ip": "192.0.2.1"}, "ip", "unknown_field"),
        ({"kind": "purchase"}, "kind", "unknown_kind"),
        ({"listener_id": None}, "listener_id", "wrong_type"),
        ({"surface": "x" * 129}, "surface", "wrong_length"),
    ],
)
def test_a_single_bad_event_is_422_and_named(
    send: Any, clock: Any, change: Any, field: str, rule: str
) -> None:
    answer = send({**listen(clock.at), **change})
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], fault["rule"]) == (field, rule)


@pytest.mark.parametrize("body", [b"", b"null", b"{", b"\xff\xfe", b"[" * 10_000, b'"x"', b"12"])
def test_what_is_no_event_is_a_client_error(client: Any, key: Any, body: bytes) -> None:
    answer = client.post("/v1/events", content=body, headers=key("service"))
    assert 400 <= answer.status_code < 500 or answer.status_code == 207
    assert b"Traceback" not in answer.content


def test_a_batch_keeps_the_good_and_names_the_bad(send: Any, clock: Any, client: Any) -> None:
    events = [listen(clock.at, item=n) for n in range(5)]
    events[1]["ms_played"] = -1
    events[3]["happened_at"] = "2031-01-01T00:00:00Z"
    answer = send({"events": events})
    assert answer.status_code == 207
    assert verdicts(answer) == ["stored", "fault", "stored", "fault", "stored"]
    assert [item.get("rule") for item in answer.json()["verdicts"]] == [
        None, "out_of_range", None, "future_time", None,
    ]  # fmt: skip


def test_faults_are_kept_and_counted(send: Any, clock: Any, client: Any, key: Any) -> None:
    send({"events": [{**listen(clock.at), "ms_played": -1}, listen(clock.at)]})
    page = client.get("/v1/faults?source=events", headers=key("scientist")).json()
    assert page["n_by_rule"] == {"out_of_range": 1}
    assert [fault["field"] for fault in page["faults"]] == ["ms_played"]
    metrics = client.get("/metrics", headers=key("scientist")).text
    assert 'ritornello_faults_total{rule="out_of_range"} 1.0' in metrics
    assert 'ritornello_listens_received_total{intake="events"} 1.0' in metrics
    assert "listener-1" not in metrics


def test_a_listeners_key_reports_for_nobody_else(client: Any, key: Any, clock: Any) -> None:
    mine = key("listener", "listener-1")
    theirs = listen(clock.at, "listener-2")
    alone = client.post("/v1/events", json=theirs, headers=mine)
    assert alone.status_code == 404
    batch = client.post("/v1/events", json={"events": [listen(clock.at), theirs]}, headers=mine)
    assert verdicts(batch) == ["stored", "fault"]
    assert batch.json()["verdicts"][1]["rule"] == "unknown_listener"


@pytest.mark.parametrize(
    ("error", "retry"), [(StorageUnavailable("disk full"), "5"), (Overloaded("full"), "1")]
)
def test_a_failing_disk_is_503_and_nothing_is_acknowledged(
    send: Any, clock: Any, service: Any, monkeypatch: Any, *, error: Exception, retry: str
) -> None:
    failed: Future[Any] = Future()
    failed.set_exception(error)
    monkeypatch.setattr(service.writer, "append", lambda *_, **__: failed)
    answer = send(listen(clock.at))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, retry)
    assert "stored" not in answer.json().get("verdicts", [])


ANY_EVENT = st.one_of([records(kind) for kind in EVENT_KINDS.values()])
BAD = st.sampled_from(
    [None, 3, "x", [], {}, {"kind": "listen"}, {"kind": "nothing"}, math.inf, {"": {}}]
)


@trying(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANY_EVENT | BAD, min_size=1, max_size=12))
def test_any_batch_is_answered_item_by_item(send: Any, items: list[Any]) -> None:
    stated = [
        msgspec.json.decode(msgspec.json.encode(item)) if item is not math.inf else 1e308
        for item in items
    ]
    answer = send({"events": stated})
    assert answer.status_code in (200, 207)
    assert len(answer.json()["verdicts"]) == len(items)
    for item, verdict in zip(items, answer.json()["verdicts"], strict=True):
        if not isinstance(item, msgspec.Struct):
            assert verdict["verdict"] == "fault"
            assert verdict["rule"]
        elif verdict["verdict"] != "fault":
            assert verdict["event_id"] == str(item.event_id)


@trying(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_retries_in_any_order_store_each_event_once(
    send: Any, service: Any, clock: Any, data: Any
) -> None:
    clock.move(minutes=1)
    events = [listen(clock.at, item=n) for n in range(6)]
    order = data.draw(st.lists(st.sampled_from(events), min_size=6, max_size=30))
    counted: Counter[str] = Counter()
    while order:
        n = data.draw(st.integers(1, len(order)))
        sent, order = order[:n], order[n:]
        for stated, verdict in zip(sent, verdicts(send({"events": sent})), strict=True):
            counted[stated["event_id"]] += verdict == "stored"
            assert verdict in ("stored", "duplicate")
    assert set(counted.values()) == {1}
    stored = service.readers.connection.execute("SELECT event_id FROM events").fetchall()
    ids = {str(UUID(bytes=event_id)) for (event_id,) in stored}
    assert len(ids) == len(stored)
    assert counted.keys() <= ids

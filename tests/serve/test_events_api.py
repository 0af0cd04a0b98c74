"""The native event API: verdicts, conflicts, faults, and who may report for whom."""

from typing import Any

from tests.serve.conftest import listen


def test_single(client: Any, key: Any, clock: Any) -> None:
    r = client.post("/v1/events", json=listen(clock.at), headers=key("service"))
    print(r.status_code, r.text, r.headers)
    assert r.status_code == 200

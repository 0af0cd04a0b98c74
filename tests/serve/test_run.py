"""The server refuses to be open to strangers, and closes in order."""

from typing import Any

import pytest

from ritornello.kinds.errors import NotAllowed
from ritornello.serve.run import check_keys, is_loopback
from ritornello.store import keys


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.0.2.7", False), ("nowhere.invalid", False),
    ],
)  # fmt: skip
def test_loopback_is_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


class TestOnAnOpenAddress:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"host": "0.0.0.0"}

    def test_no_key_no_server(self, service: Any) -> None:
        with pytest.raises(NotAllowed, match=r"no key exists, and 0\.0\.0\.0 .* keys create"):
            check_keys(service)

    def test_a_revoked_key_does_not_count(self, service: Any, clock: Any) -> None:
        def make_and_revoke(conn: Any) -> None:
            key_id, _ = keys.create(conn, clock.at, "service")
            keys.revoke(conn, clock.at, key_id)

        service.writer.run(make_and_revoke).result()
        with pytest.raises(NotAllowed):
            check_keys(service)
        service.writer.run(lambda conn: keys.create(conn, clock.at, "service")).result()
        check_keys(service)

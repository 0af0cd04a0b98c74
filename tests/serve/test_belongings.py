"""Who may fill the disk or erase somebody without a key: whoever sits at the machine, nobody else."""

from types import SimpleNamespace
from typing import Any

import pytest

from ritornello.kinds.errors import NotAllowed
from ritornello.serve.access import Caller, visiting
from ritornello.serve.belongings import must_sit_here

VISITOR = visiting("listener-1")
HOLDER = Caller("listener", "0123456789ab", "listener-1")


def asked(user: Caller, host: str | None, **headers: str) -> Any:
    client = None if host is None else SimpleNamespace(host=host)
    return SimpleNamespace(user=user, client=client, headers=headers)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_a_visitor_at_the_machine_may(host: str) -> None:
    must_sit_here(asked(VISITOR, host))


@pytest.mark.parametrize("host", ["192.0.2.7", "10.0.0.2", "2001:db8::1", "testclient", "", None])
def test_a_visitor_from_elsewhere_may_not(host: str | None) -> None:
    with pytest.raises(NotAllowed):
        must_sit_here(asked(VISITOR, host))


@pytest.mark.parametrize("name", ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"])
def test_a_visitor_through_a_proxy_may_not(name: str) -> None:
    with pytest.raises(NotAllowed):
        must_sit_here(asked(VISITOR, "127.0.0.1", **{name: "192.0.2.7"}))


def test_who_holds_a_key_may_from_anywhere() -> None:
    must_sit_here(asked(HOLDER, "192.0.2.7", **{"x-forwarded-for": "192.0.2.8"}))

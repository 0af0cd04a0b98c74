"""A user's listens, whether they lie in the log or in the lake."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid7
from ritornello.serve.service import Service
from ritornello.store.seal import Sealed, seal

N_LISTENS = 120
Times = list[int]
Page = Callable[..., Times]


@pytest.fixture
def played(service: Service) -> Times:
    """Play more than a page of listens; return when, newest first."""
    times = [service.now() - timedelta(minutes=n) for n in range(N_LISTENS)]
    service.writer.append(
        [
            Listen(
                event_id=uuid7(at),
                listener_id="ada",
                happened_at=at,
                started_at=at,
                item_id="track:t1",
                ms_played=200_000,
            )
            for at in times
        ]
    ).result()
    return [int(at.timestamp()) for at in times]


@pytest.fixture
def page(client: TestClient[Any], key: Any) -> Page:
    headers = key("listener", "ada")

    def ask(**asked: int) -> Times:
        answer = client.get("/1/user/ada/listens", params=asked, headers=headers)
        assert answer.status_code == 200
        return [listen["listened_at"] for listen in answer.json()["payload"]["listens"]]

    return ask


def sealed(service: Service) -> Sealed:
    return seal(service.home, service.now())


def test_older_pages_are_the_same_before_and_after_sealing(
    service: Service, played: Times, page: Page
) -> None:
    assert page(count=1000) == played
    assert page(max_ts=played[99], count=10) == played[100:110]
    assert sealed(service).n_events == N_LISTENS
    assert page(count=1000) == played
    assert page(max_ts=played[99], count=10) == played[100:110]
    assert page(min_ts=played[-1], count=5) == played[-6:-1]

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.last_good import remember
from ritornello.testing.small_service import fill, small_service


@pytest.fixture(scope="session")
def service():
    return small_service(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
def ladder():
    """A ladder of its own, whose clock stands still."""
    return Ladder(lambda: 0.0)


@pytest.fixture
def listener(service):
    """Somebody of style 0 who played twelve times."""
    return service.listener(6)


@pytest.fixture
def store(service, tmp_path):
    """A home on disk with the small catalogue in it: a writer and a connection."""
    home = Home(tmp_path / "home").create()
    conn = connect(home)
    fill(conn)
    with Writer(home, [remember], now=lambda: service.now) as writer:
        yield SimpleNamespace(home=home, conn=conn, writer=writer)
    conn.close()

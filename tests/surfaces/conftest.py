from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces import radio
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.last_good import remember
from ritornello.surfaces.recipes import load
from ritornello.surfaces.stations import begin
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


@pytest.fixture
def somebody(service):
    """Who played twelve tracks of style 0, the last two days ago."""
    return service.listener(6, at=service.now - timedelta(days=2))


@pytest.fixture
def asking(service):
    """Ask a new station of radio for its first tracks."""

    def ask(profile, *, seed="", aired=(), n=1, budget=0.1, intent="", stock=None, at=service.now):
        profile = msgspec.structs.replace(profile, at=at)
        situation = service.situation(profile, "radio", budget=budget, stock=stock)
        station = begin(
            situation, seed, intent=intent, decision=lambda _: None, purpose=lambda _: ""
        )
        return radio.asked(situation, station, load("radio"), aired, n)

    return ask

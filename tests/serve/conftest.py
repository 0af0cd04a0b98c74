"""A service over a temporary home with clocks a test can turn, and a client that holds keys."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from ritornello.catalog import items
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.ids import uuid7
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.settings import resolve
from ritornello.models import bundle
from ritornello.serve.app import create_app
from ritornello.serve.express import Express
from ritornello.serve.opening import open_service
from ritornello.serve.service import Service
from ritornello.signals.building import build
from ritornello.store import artefacts, keys
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.testing import small_service
from ritornello.testing.lakes import Size, fill

N_ARTISTS = 6
N_TRACKS = 30


class Clock:
    """A wall clock and a stopwatch that move only when told."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.ran_s = 0.0

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.ran_s

    def move(self, **step: float) -> None:
        self.at += timedelta(**step)
        self.ran_s += timedelta(**step).total_seconds()


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings a test wants other than they are by default."""
    return {}


@pytest.fixture
def service(home: Home, clock: Clock, settings: dict[str, Any]) -> Iterator[Service]:
    chosen = resolve(env={}, flags={"home_deadline_ms": 10_000, **settings})
    make_home(home.path)
    with open_service(home, chosen, REDUCERS, now=clock.now, seconds=clock.seconds) as opened:
        opened.writer.append([], changes=items.changes(toy_catalogue())).result()
        yield opened


@pytest.fixture
def key(service: Service) -> Callable[..., dict[str, str]]:
    """Make a key and return the header that carries it."""

    def make(role: keys.Role, listener_id: str | None = None) -> dict[str, str]:
        now = service.now()
        job = service.writer.run(lambda c: keys.create(c, now, role, listener_id=listener_id))
        return {"Authorization": f"Bearer {job.result()[1]}"}

    return make


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with three days of all that happens, and the tables of signals; no test changes what was built."""
    home = make_home(tmp_path_factory.mktemp("built") / "home")
    until = datetime(2026, 11, 21, tzinfo=UTC)
    fill(home, Size(n_visits=60, n_listeners=9, n_tracks=60, n_days=3), seed=1, until=until)
    with closing(DuckEngine(home)) as engine:
        build(home, engine, now=until)
    return home


@pytest.fixture(params=["express"])
def client(request: pytest.FixtureRequest, service: Service) -> Iterator[TestClient[Any]]:
    """A client of what is served; tests of the express lane also try what stands behind it."""
    app = create_app(service)
    with TestClient(app, raise_server_exceptions=False) as opened:
        if request.param == "express":
            opened.app = Express(app, service)
        yield opened


@pytest.fixture(scope="session")
def model() -> bundle.Bundle:
    """Models trained on listeners of six styles; see ``testing.small_service``."""
    return small_service.small_service(datetime(2026, 11, 21, 12, tzinfo=UTC)).bundle


@pytest.fixture
def living(service: Service, model: bundle.Bundle) -> Service:
    """The service with the small catalogue and its models in force."""
    service.writer.append([], changes=items.changes(small_service.catalogue())).result()
    artefacts.switch(service.home, bundle.save(service.home, model))
    service.bundles.refresh()
    return service


def toy_catalogue() -> list[Track | Artist]:
    """Thirty tracks by six artists; every other track has a MusicBrainz id."""
    artists = [Artist(item_id=f"artist:a{n}", title=f"Artist {n:04d}") for n in range(N_ARTISTS)]
    tracks = [
        Track(
            item_id=f"track:t{n}",
            title=f"Track {n:02d}",
            artist_ids=(f"artist:a{n % N_ARTISTS}",),
            artist_name=f"Artist {n % N_ARTISTS:04d}",
            duration_ms=180_000,
            mbid=f"00000000-0000-4000-8000-{n:012d}" if n % 2 == 0 else None,
        )
        for n in range(N_TRACKS)
    ]
    return [*artists, *tracks]


def names_of(client: TestClient[Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield method, path and handler of every route of the client's application."""
    for route in client.app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                yield method, route.path_format, handler


def play_style(client: Any, headers: Any, at: datetime, listener_id: str, style: int) -> None:
    """Report twelve plays of one style of the small service, an hour apart."""
    heard = small_service.history(np.random.default_rng(style), style, 12)
    events = [
        listen(at - timedelta(hours=n + 1), listener_id, item_id=item_id)
        for n, item_id in enumerate(heard)
    ]
    answer = client.post("/v1/events", json={"events": events}, headers=headers)
    assert answer.status_code == 200, answer.text


def listen(at: datetime, listener_id: str = "listener-1", item: int = 0, **more: Any) -> Any:
    """A listen as JSON-ready builtins, three minutes that ended at ``at``."""
    stated = {
        "kind": "listen",
        "event_id": uuid7(at),
        "listener_id": listener_id,
        "item_id": f"track:t{item}",
        "happened_at": at,
        "started_at": at - timedelta(minutes=3),
        "ms_played": 180_000,
        **more,
    }
    return msgspec.to_builtins(stated)

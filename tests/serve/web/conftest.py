"""A small simulated service, served for real on loopback, and a browser to visit it with."""

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest
import uvicorn
from litestar.testing import TestClient
from playwright.sync_api import Browser, Page, sync_playwright

from ritornello.catalog import items
from ritornello.cli.wiring import REDUCERS, make_home, reading, writing
from ritornello.kinds.settings import resolve
from ritornello.models import bundle, extract, training
from ritornello.serve import web
from ritornello.serve.access import LISTENER_COOKIE
from ritornello.serve.app import create_app
from ritornello.serve.opening import open_service
from ritornello.serve.service import Service
from ritornello.store import artefacts, lake
from ritornello.store.home import Home
from ritornello.worlds.toy import Size, World, make_toy

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SMALL = Size(n_artists=60, n_tracks=480, n_shows=4, n_episodes=8, n_listeners=60, n_weeks=6)
PATIENCE_MS = 8000


class Site(msgspec.Struct, frozen=True):
    """A service that answers at ``url``, and the world it was filled with."""

    url: str
    service: Service
    world: World


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, World]:
    """A home with six simulated weeks and a model trained on them."""
    home = make_home(tmp_path_factory.mktemp("web") / "home")
    now = datetime.now(UTC)
    world = make_toy(now, np.random.default_rng(7), SMALL)
    with writing(home) as writer:
        writer.append(list(world.events()), changes=items.changes(world.items)).result()
    train(home, now)
    return home, world


def train(home: Home, now: datetime) -> None:
    with reading(home) as conn, lake.open_lake(home) as duck:
        lake.relation(duck, home, "listen")
        interactions = extract.read_interactions(duck, "listen", conn, now=now)
        made = training.train(
            interactions,
            training.TrainingConfig(),
            np.random.default_rng(7),
            trained_at=now,
            genres=extract.read_genres(conn, interactions.vocabulary),
        )
    artefacts.switch(home, bundle.save(home, made))


@contextmanager
def serving(home: Home, world: World, **opening: Any) -> Iterator[Site]:
    """Serve a home from a thread, on a free port of loopback."""
    with open_service(
        home,
        resolve(env={}, flags={"login_limit_per_minute": 1000, "rate_limit_per_minute": 100_000}),
        REDUCERS,
        now=lambda: datetime.now(UTC),
        seconds=time.monotonic,
        **opening,
    ) as service:
        app = create_app(service, extra_routers=[web.router])
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on")
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}", service, world)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def site(filled: tuple[Home, World]) -> Iterator[Site]:
    """The small simulated service, open to visitors."""
    with serving(*filled, simulated=True) as opened:
        yield opened


@pytest.fixture
def client(service: Service) -> Iterator[TestClient[Any]]:
    """A browser without a screen, at a service that is nobody's yet."""
    app = create_app(service, extra_routers=[web.router])
    with TestClient(app, raise_server_exceptions=False) as opened:
        opened.headers["Accept"] = "text/html"
        opened.follow_redirects = False
        yield opened


@pytest.fixture
def csrf(client: TestClient[Any]) -> str:
    """The token that this browser's forms carry."""
    return re.search(r'name="csrf" content="(\w+)"', client.get("/sign-in").text)[1]


@pytest.fixture
def signed_in(client: TestClient[Any], csrf: str, key: Any) -> TestClient[Any]:
    """The same browser, signed in as listener-1."""
    secret = key("listener", "listener-1")["Authorization"].split()[1]
    answer = client.post("/sign-in", data={"csrf_token": csrf, "key": secret})
    assert answer.status_code == 303
    return client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, closed with its module: while it lives, no other test may run an event loop."""
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Open a page as one of the listeners; any error on its console fails the test."""
    contexts, troubles = [], []

    def open_page(listener_id: str | None, path: str = "/", **context: Any) -> Page:
        base = context.pop("base", site.url)
        opened = browser.new_context(base_url=base, **context)
        contexts.append(opened)
        if listener_id is not None:
            opened.add_cookies([{"name": LISTENER_COOKIE, "value": listener_id, "url": base}])
        page = opened.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
        page.goto(path)
        return page

    yield open_page
    for opened in contexts:
        opened.close()
    assert not troubles


@pytest.fixture
def eventually() -> Callable[[Page, Callable[[], bool]], None]:
    """Wait until something holds, or fail."""

    def wait(page: Page, holds: Callable[[], bool]) -> None:
        for _ in range(PATIENCE_MS // 50):
            if holds():
                return
            page.wait_for_timeout(50)
        raise AssertionError("it never came to hold")

    return wait

"""A real server on a real port, for clients that bring their own HTTP."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn

from ritornello.catalog import items
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.settings import resolve
from ritornello.serve.app import create_app
from ritornello.serve.opening import open_service
from ritornello.store import keys

N_ARTISTS, N_EACH = 60, 3


def mbid(artist: int, track: int) -> str:
    return f"00000000-0000-4000-8000-{artist:08d}{track:04d}"


def catalogue() -> Iterator[Track | Artist]:
    """Sixty artists with three tracks each; the last track of each has no MusicBrainz id."""
    for a in range(N_ARTISTS):
        yield Artist(item_id=f"artist:a{a}", title=f"Artist {a:04d}")
        for t in range(N_EACH):
            yield Track(
                item_id=f"track:a{a}t{t}",
                title=f"Track {a:02d}-{t}",
                artist_ids=(f"artist:a{a}",),
                artist_name=f"Artist {a:04d}",
                mbid=mbid(a, t) if t < N_EACH - 1 else None,
                duration_ms=200_000,
            )


@pytest.fixture
def at() -> Callable[[], datetime]:
    """The server's clock."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def running(tmp_path: Path, at: Callable[[], datetime]) -> Iterator[SimpleNamespace]:
    """A served home with a listener's token: ``url``, ``token``, ``service``."""
    home = make_home(tmp_path / "home")
    opened = open_service(home, resolve(env={}), REDUCERS, now=at, seconds=time.monotonic)
    with opened as service:
        service.writer.append([], changes=items.changes(catalogue())).result()
        job = service.writer.run(
            lambda conn: keys.create(conn, at(), "listener", listener_id="ada")
        )
        _, token = job.result()
        config = uvicorn.Config(create_app(service), port=0, log_config=None, lifespan="on")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.005)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield SimpleNamespace(url=f"http://127.0.0.1:{port}", token=token, service=service)
        finally:
            server.should_exit = True
            thread.join()

"""The server killed at random under load: what it acknowledged is there, once."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from ritornello.catalog import items
from ritornello.cli.wiring import REDUCERS, make_home, reading
from ritornello.kinds.items import Track
from ritornello.store import keys, manifest
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.testing.kills import N_ITEMS, HttpConnection, kill_at_random

N_KILLS = 25
EVERY = {"SEAL": "1", "TRAIN": "0", "BUILD": "0"}


def home_with_key(folder: Path) -> tuple[Home, str]:
    """Make a home that knows the tracks the clients play, and a key for them."""
    home, now = make_home(folder), datetime.now(UTC)
    tracks = [Track(item_id=f"track:{n}", title=f"Track {n:03d}") for n in range(N_ITEMS)]
    with Writer(home, REDUCERS, now=lambda: now) as writer:
        writer.append([], changes=items.changes(tracks)).result()
        _, key = writer.run(lambda conn: keys.create(conn, now, "service")).result()
    return home, key


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Home, port: int) -> subprocess.Popen[bytes]:
    """Start the server, sealing every second, so that it is killed while sealing too."""
    words = ["serve", "--world", "none", "--home", str(home.path), "--port", str(port)]
    every = {f"RITORNELLO_{what}_EVERY_S": seconds for what, seconds in EVERY.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "ritornello", *words],
        env=os.environ | every,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.alone
def test_nothing_acknowledged_over_http_is_lost_or_doubled():
    """P1: 500 events a second and more from eight clients, killed 25 times, sealing meanwhile."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home, key = home_with_key(Path(folder) / "home")
        port = free_port()
        report = kill_at_random(
            home,
            partial(start, home, port),
            partial(HttpConnection, port, key),
            Random(20261116),
            n_kills=N_KILLS,
            alive_s=(0.2, 2.5),
        )
        with reading(home) as conn:
            n_sealed = sum(entry.n_rows for entry in manifest.entries(conn, "listen"))
    assert report.n_kills == N_KILLS
    assert (report.n_lost, report.n_doubled, report.n_uncounted) == (0, 0, 0)
    assert (report.integrity, report.unexpected) == ("ok", "")
    assert report.n_acknowledged > 100 * N_KILLS
    assert n_sealed > 0

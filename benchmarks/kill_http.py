"""Kill the server 200 times at random under load over HTTP, also while it seals.

python benchmarks/kill_http.py --on 2026-11-21

Eight clients post listens and journal each acknowledgement with fsync; nothing they were promised may
be lost or doubled, and the server must answer again within five seconds.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

import msgspec

import server
from machine import facts, sentence
from ritornello.cli.wiring import reading
from ritornello.kinds.items import Track
from ritornello.store import manifest
from ritornello.store.home import Home
from ritornello.testing.kills import N_ITEMS, HttpConnection, kill_at_random

SEAL_EVERY_S = 1
ALIVE_S = (0.2, 4.0)


def start(home: Home, port: int) -> subprocess.Popen[bytes]:
    """Start the server; it is killed while sealing too, for it seals every second."""
    return server.launch(home, port, "--seal-every-s", str(SEAL_EVERY_S))


def served_home(folder: Path) -> tuple[Home, str, Callable[[], subprocess.Popen[bytes]], int]:
    """Make a home that knows the tracks the clients play."""
    tracks = [Track(item_id=f"track:{n}", title=f"Track {n:03d}") for n in range(N_ITEMS)]
    home, key = server.new_home(folder / "home", tracks)
    port = server.free_port()
    return home, key, partial(start, home, port), port


def sealed(home: Home) -> int:
    """Return how many listens lie in the lake."""
    with reading(home) as conn:
        return sum(entry.n_rows for entry in manifest.entries(conn, "listen"))


def main() -> None:
    """Kill, compare, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--kills", type=int, default=200)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, key, started, port = served_home(Path(folder))
        report = kill_at_random(
            home,
            started,
            partial(HttpConnection, port, key),
            Random(20261116),
            n_kills=given.kills,
            alive_s=ALIVE_S,
        )
        n_sealed = sealed(home)
        machine = facts(given.on, Path(folder))
    figures = msgspec.structs.asdict(report) | {"n_sealed": n_sealed}
    print(json.dumps({"benchmark": "kill_http", "machine": machine, **figures}))
    print(
        f"{report.n_kills} kills under {report.events_per_s:,.0f} events/s over HTTP: "
        f"{report.n_acknowledged:,} acknowledged, {report.n_lost} lost, {report.n_doubled} doubled, "
        f"{report.n_uncounted} missing from state, {n_sealed:,} sealed meanwhile, slowest recovery {report.slowest_recovery_s} s"
    )
    print(sentence(machine))


if __name__ == "__main__":
    main()

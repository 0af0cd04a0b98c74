"""A server process for a benchmark: its home, its key, its start and its end.

Run as a script it is the server itself::

    python benchmarks/server.py HOME PORT [--commit-delay-ms 4]
"""

import argparse
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ritornello.catalog import items
from ritornello.cli.wiring import REDUCERS, make_home, now
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.kinds.settings import Value, resolve
from ritornello.store import keys, log
from ritornello.store.home import Home

HOST = "127.0.0.1"
STARTED_WITHIN_S = 60
PER_ARTIST = 10


def numbered_catalogue(n_tracks: int) -> Iterator[Track | Artist]:
    """Yield numbered tracks, ten by each numbered artist."""
    for n in range(0, n_tracks, PER_ARTIST):
        artist_id, name = f"artist:a{n // PER_ARTIST}", f"Artist {n // PER_ARTIST:05d}"
        yield Artist(item_id=artist_id, title=name)
        for t in range(n, min(n + PER_ARTIST, n_tracks)):
            yield Track(
                item_id=f"track:t{t}",
                title=f"Track {t:06d}",
                artist_ids=(artist_id,),
                artist_name=name,
                duration_ms=200_000,
            )


def new_home(path: Path, catalogue: Iterable[AnyItem]) -> tuple[Home, str]:
    """Make a home with a catalogue and a service key; return both."""
    home = make_home(path)
    with log.Writer(home, REDUCERS, now=now) as writer:
        found = list(catalogue)
        for start in range(0, len(found), 5_000):
            writer.append([], changes=items.changes(found[start : start + 5_000])).result()
        _, key = writer.run(lambda conn: keys.create(conn, now(), "service")).result()
    return home, key


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def launch(
    home: Home, port: int, *options: str, cores: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a server on a home; pinned to ``cores`` if any are named."""
    pinned = ["taskset", "-c", ",".join(map(str, cores))] if cores else []
    words = [*pinned, sys.executable, __file__, str(home.path), str(port), *options]
    return subprocess.Popen(words)


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until ``/health`` answers 200.

    Raises
    ------
    RuntimeError : the server ended, or said nothing for a minute.
    """
    began = time.monotonic()
    while time.monotonic() - began < STARTED_WITHIN_S:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"no answer on port {port} within {STARTED_WITHIN_S} s")


@contextmanager
def serving(home: Home, *options: str, cores: Sequence[int] = ()) -> Iterator[tuple[int, int]]:
    """Serve a home for the length of the block; yield ``(port, process id)``."""
    port = free_port()
    process = launch(home, port, *options, cores=cores)
    try:
        wait_until_it_answers(port, process)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def rss_mb(pid: int) -> float:
    """Return a process's resident memory in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Be the server."""
    asked = argparse.ArgumentParser()
    asked.add_argument("home", type=Path)
    asked.add_argument("port", type=int)
    asked.add_argument("--commit-delay-ms", type=float, default=0.0)
    asked.add_argument("--seal-every-s", type=int, default=0)
    asked.add_argument("--learn-every-s", type=int, default=2)
    given = asked.parse_args()
    if given.commit_delay_ms:
        _delay_commits(given.commit_delay_ms / 1000)
    from ritornello.serve.run import serve

    every: dict[str, Value | None] = {
        "seal_every_s": given.seal_every_s,
        "train_every_s": 0,
        "build_every_s": 0,
        "index_every_s": 0,
        "learn_every_s": given.learn_every_s,
    }
    settings = resolve(env={}, flags={"port": given.port, **every})
    serve(Home(given.home), settings, REDUCERS)


def _delay_commits(delay_s: float) -> None:
    """Make every commit of the writer take longer, as a slower disk would."""
    committed = log.transaction

    @contextmanager
    def slow_transaction(conn):
        with committed(conn):
            yield
            time.sleep(delay_s)

    log.transaction = slow_transaction


if __name__ == "__main__":
    main()

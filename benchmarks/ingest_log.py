"""How many events a second the writer makes durable, without HTTP.

Threads in this process append requests of one size and wait for each answer, as connections of a
server would. The reducers are those of the listener's state, so each listen costs its real upserts.

    python benchmarks/ingest_log.py --on 2026-11-21
"""

import argparse
import json
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from machine import facts, sentence
from ritornello.kinds.events import Context, Listen
from ritornello.kinds.ids import uuid7
from ritornello.listeners.reducers import REDUCERS
from ritornello.store import log
from ritornello.store.database import connect, create_tables, schema, transaction
from ritornello.store.home import Home
from ritornello.store.log import Writer

ROOMS = ("ritornello.catalog", "ritornello.listeners")
N_LISTENERS, N_ITEMS = 20_000, 100_000
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def listens(n: int, rng: Random, *, random_ids: bool = False) -> Iterator[Listen]:
    """Yield ``n`` listens of about 300 bytes, one every 100 ms."""
    for i in range(n):
        at = BEGAN + timedelta(milliseconds=100 * i)
        yield Listen(
            event_id=UUID(int=rng.getrandbits(128)) if random_ids else uuid7(at),
            listener_id=f"listener-{rng.randrange(N_LISTENERS)}",
            item_id=f"track:{rng.randrange(N_ITEMS):016d}",
            happened_at=at,
            started_at=at - timedelta(seconds=200),
            ms_played=200_000,
            ended_because="finished",
            surface="home",
            device="mobile",
            client="bench",
            context=Context(kind="playlist", id="playlist:0421"),
        )


def measure(
    size: int, n_threads: int, seconds: float, *, random_ids: bool = False, before: int = 0
) -> dict[str, float]:
    """Return events a second and latencies of requests of ``size`` from ``n_threads`` threads."""
    rng = Random(20261116)
    budget = int(seconds * 90_000) + n_threads * size
    with tempfile.TemporaryDirectory() as folder:
        home = Home(folder).create()
        conn = connect(home)
        create_tables(conn, [schema(room) for room in ROOMS])
        conn.close()
        events = list(listens(before + budget, rng, random_ids=random_ids))
        with Writer(home, REDUCERS, now=lambda: datetime.now(UTC)) as writer:
            for start in range(0, before, 5000):
                writer.append(events[start : min(start + 5000, before)]).result()
            return _load(writer, events[before:], size, n_threads, seconds)


def slow_commits(commit_ms: float) -> None:
    """Make every commit of this process take ``commit_ms`` longer, as a slower disk would."""

    @contextmanager
    def slow(conn: sqlite3.Connection) -> Iterator[None]:
        with transaction(conn):
            yield
            time.sleep(commit_ms / 1000)

    log.transaction = slow


def _load(
    writer: Writer, events: list[Listen], size: int, n_threads: int, seconds: float
) -> dict[str, float]:
    requests = iter([events[i : i + size] for i in range(0, len(events) - size + 1, size)])
    lock = threading.Lock()
    took: list[float] = []
    began = time.perf_counter()

    def client() -> None:
        while time.perf_counter() - began < seconds:
            with lock:
                request = next(requests, None)
            if request is None:
                return
            sent = time.perf_counter()
            writer.append(request).result()
            took.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=client) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    took.sort()
    return {
        "size": size,
        "threads": n_threads,
        "events_per_s": round(len(took) * size / elapsed),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[len(took) * 99 // 100] * 1000, 2),
    }


def main() -> None:
    """Measure requests of 1, 20 and 200 events and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--before", type=int, default=0, help="events stored before measuring")
    parser.add_argument("--random-ids", action="store_true")
    parser.add_argument("--commit-ms", type=float, default=0, help="added to every commit")
    options = parser.parse_args()
    if options.commit_ms:
        slow_commits(options.commit_ms)
    machine = facts(options.on, Path(tempfile.gettempdir()))
    runs = [
        measure(size, 64, options.seconds, random_ids=options.random_ids, before=options.before)
        for size in (1, 20, 200)
    ]
    given = vars(options) | {"on": machine["on"]}
    print(json.dumps({"benchmark": "ingest_log", "given": given, "machine": machine, "runs": runs}))
    for run in runs:
        print(
            f"{run['events_per_s']:>8,} events/s at {run['size']} a request, 64 threads, "
            f"p50 {run['p50_ms']} ms, p99 {run['p99_ms']} ms"
        )
    print(sentence(machine))


if __name__ == "__main__":
    main()

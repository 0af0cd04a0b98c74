"""Home through HTTP while everything else goes on: ten minutes, open loop, one core for the server.

taskset -c 1 python benchmarks/serving.py --on 2026-11-21 --histogram docs/serving_histogram.json

100,000 items, 100,000 listeners with history. 50 Homes and 50 further requests a second (Weekly, why,
recent listens in equal parts) come when they are due, whatever is still under way, and a latency
counts from when a request was due. Meanwhile 500 events a second are stored, one training and one
Weekly build run in processes of their own, beside the client on the second core.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import uvloop

import server
from machine import facts, sentence
from ritornello.cli.wiring import writing
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid7
from ritornello.serve.children import run_child
from ritornello.store.home import Home

HOMES_A_S, OTHERS_A_S, EVENTS_A_S, EVENTS_A_REQUEST = 50, 50, 500, 5
N_WEEKLY_READERS = 1_000
N_STYLES = 40
SERVER_CORE, OTHER_CORE = 0, 1
BESIDE_AFTER_S = 20.0
EDGES_MS = np.geomspace(0.5, 5_000, 81)
_encode = msgspec.json.Encoder().encode


class Wire:
    """Keep-alive connections to the server, as many as are in use at once."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request on the longest idle connection, or a new one; return status and body."""
        if self._idle:
            reader, writer = self._idle.popleft()
        else:
            reader, writer = await asyncio.open_connection(server.HOST, self._port)
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {server.HOST}\r\n"
            f"Authorization: Bearer {self._key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:])
            for line in answered.split(b"\r\n")
            if line[:15].lower() == b"content-length:"
        )
        content = await reader.readexactly(length)
        self._idle.append((reader, writer))
        return int(answered[9:12]), content


class Load:
    """What is asked of the server, and how long each answer took from when it was due."""

    def __init__(self, wire: Wire, n_items: int, n_listeners: int) -> None:
        self.took_ms: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.rungs: Counter[str] = Counter()
        self.n_events = 0
        self._wire = wire
        self._n_items = n_items
        self._n_listeners = n_listeners
        self._chance = Random(20261116)
        self._decided: deque[tuple[str, str]] = deque(maxlen=2_000)

    async def home(self, due_s: float) -> None:
        """Ask for somebody's Home."""
        listener = f"listener-{self._chance.randrange(self._n_listeners)}"
        content = await self._ask("home", due_s, f"/v1/home?listener_id={listener}")
        if content:
            page = json.loads(content)
            self.rungs[page["rung"]] += 1
            self._decided.append((page["decision_id"], page["shelves"][0]["name"]))

    async def other(self, due_s: float) -> None:
        """Ask for a Weekly, a why or recent listens, each a third of the time."""
        what = self._chance.choice(("weekly", "why", "listens"))
        if what == "weekly" or (what == "why" and not self._decided):
            reader = self._chance.randrange(N_WEEKLY_READERS)
            await self._ask(what, due_s, f"/v1/discover-weekly?listener_id=listener-{reader}")
        elif what == "why":
            decision_id, shelf = self._chance.choice(self._decided)
            await self._ask(
                what, due_s, f"/v1/decisions/{decision_id}/why?shelf={shelf}&position=0"
            )
        else:
            listener = self._chance.randrange(self._n_listeners)
            await self._ask(what, due_s, f"/v1/listeners/listener-{listener}/listens")

    async def ingest(self, due_s: float) -> None:
        """Report a few listens."""
        at = datetime.now(UTC)
        events = [
            played(self._chance, at, self._n_items, self._n_listeners)
            for _ in range(EVENTS_A_REQUEST)
        ]
        body = _encode({"events": events})
        if await self._ask("events", due_s, "/v1/events", body):
            self.n_events += len(events)

    async def _ask(self, what: str, due_s: float, path: str, body: bytes = b"") -> bytes | None:
        try:
            status, content = await self._wire.ask("POST" if body else "GET", path, body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors[f"{what}: {type(error).__name__}"] += 1
            return None
        self.took_ms[what].append((time.perf_counter() - due_s) * 1000)
        if status != 200:
            self.errors[f"{what}: {status}"] += 1
            return None
        return content


def played(chance: Random, at: datetime, n_items: int, n_listeners: int) -> Listen:
    """Return a listen that ended at ``at``; a listener keeps to a style four times in five."""
    listener = chance.randrange(n_listeners)
    style = listener % N_STYLES if chance.random() < 0.8 else chance.randrange(N_STYLES)
    popular = int(chance.paretovariate(1.1)) % (n_items // N_STYLES)
    return Listen(
        event_id=uuid7(at),
        listener_id=f"listener-{listener}",
        item_id=f"track:t{(popular * N_STYLES + style) % n_items}",
        happened_at=at,
        started_at=at - timedelta(seconds=200),
        ms_played=190_000,
        duration_ms=200_000,
        ended_because="finished",
        client="benchmark",
    )


def filled_home(path: Path, n_items: int, n_listeners: int, n_plays: int) -> tuple[Home, str]:
    """Make a home whose listeners have played ``n_plays`` times each, and train on it."""
    home, key = server.new_home(path, server.numbered_catalogue(n_items))
    chance, n_all = Random(7), n_listeners * n_plays
    began = datetime.now(UTC) - timedelta(days=60)
    step = timedelta(days=60) / (n_all + 1)
    with writing(home) as writer:
        for start in range(0, n_all, 5_000):
            events = [
                msgspec.structs.replace(
                    played(chance, began + step * n, n_items, n_listeners),
                    listener_id=f"listener-{n % n_listeners}",
                )
                for n in range(start, min(start + 5_000, n_all))
            ]
            writer.append(events).result()
    for verb in ("seal", "train"):
        subprocess.run(ritornello(verb, home), check=True, stdout=subprocess.DEVNULL)
    return home, key


def ritornello(verb: str, home: Home) -> list[str]:
    """Return the words that run a verb in a process of its own, on the second core."""
    pinned = ["taskset", "-c", str(OTHER_CORE)]
    return [*pinned, sys.executable, "-m", "ritornello", verb, "--home", str(home.path)]


async def at_rate(
    job: Callable[[float], Awaitable[None]], per_s: float, until_s: float, chance: Random
) -> None:
    """Start a job whenever one is due, as a Poisson process, whatever is still under way."""
    under_way: set[asyncio.Task[None]] = set()
    due_s = time.perf_counter()
    while due_s < until_s:
        due_s += chance.expovariate(per_s)
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        task = asyncio.ensure_future(job(due_s))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


async def drive(
    port: int, pid: int, key: str, home: Home, given: argparse.Namespace
) -> dict[str, Any]:
    """Load the server for ``given.seconds`` and return what was seen."""
    wire = Wire(port, key)
    for n in range(N_WEEKLY_READERS):
        await wire.ask("GET", f"/v1/discover-weekly?listener_id=listener-{n}")
    load = Load(wire, given.items, given.listeners)
    until_s = time.perf_counter() + given.seconds
    rss_mb = 0.0
    beside = asyncio.ensure_future(run_beside(home))
    loads = asyncio.gather(
        at_rate(load.home, HOMES_A_S, until_s, Random(1)),
        at_rate(load.other, OTHERS_A_S, until_s, Random(2)),
        at_rate(load.ingest, EVENTS_A_S / EVENTS_A_REQUEST, until_s, Random(3)),
    )
    while not loads.done():
        rss_mb = max(rss_mb, server.rss_mb(pid))
        await asyncio.wait([loads], timeout=1)
    await loads
    beside.cancel()
    ended = await asyncio.gather(beside, return_exceptions=True)
    return {
        "seconds": given.seconds,
        "latency_ms": {what: quantiles(took) for what, took in load.took_ms.items()},
        "errors": dict(load.errors),
        "rungs": dict(load.rungs),
        "events_per_s": round(load.n_events / given.seconds, 1),
        "server_rss_mb": round(rss_mb),
        "beside": ended[0] if isinstance(ended[0], dict) else "still running at the end",
        "histogram": {what: histogram(took) for what, took in load.took_ms.items()},
    }


async def run_beside(home: Home) -> dict[str, Any]:
    """Train once and build the Weeklies once; return how each ended and how long it took."""
    await asyncio.sleep(BESIDE_AFTER_S)
    found = {}
    for verb in ("train", "build"):
        began = time.perf_counter()
        ended = await run_child((verb, "--home", str(home.path)))
        found[verb] = {"ended": ended, "took_s": round(time.perf_counter() - began, 1)}
    return found


def quantiles(took_ms: list[float]) -> dict[str, float]:
    """Return count, median, 99th and 99.9th percentile and maximum."""
    p50, p99, p999 = np.percentile(took_ms, [50, 99, 99.9]).round(2).tolist()
    return {"n": len(took_ms), "p50": p50, "p99": p99, "p999": p999, "max": round(max(took_ms), 2)}


def histogram(took_ms: list[float]) -> list[list[float]]:
    """Return ``[upper edge in ms, count]`` of every bucket that is not empty."""
    places = np.searchsorted(EDGES_MS, took_ms)
    counts = np.bincount(places, minlength=len(EDGES_MS) + 1)
    edges = [*EDGES_MS.round(3).tolist(), float(np.ceil(max(took_ms)))]
    return [[edge, int(n)] for edge, n in zip(edges, counts, strict=True) if n]


def lines(figures: dict[str, Any]) -> Iterator[str]:
    """Yield what a person reads."""
    for what, found in figures["latency_ms"].items():
        yield f"{what}: p50 {found['p50']} ms, p99 {found['p99']} ms, max {found['max']} ms"
    errors = sum(figures["errors"].values())
    yield f"{errors} errors, server at most {figures['server_rss_mb']} MiB"


def main() -> None:
    """Fill, serve, load, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--items", type=int, default=100_000)
    asked.add_argument("--listeners", type=int, default=100_000)
    asked.add_argument("--plays", type=int, default=12, help="of each listener, beforehand")
    asked.add_argument("--seconds", type=float, default=600.0)
    asked.add_argument("--histogram", type=Path, help="where to write the histogram")
    asked.add_argument("--folder", type=Path, help="keep the filled home here, or use it again")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        kept_key = folder / "key"
        if kept_key.exists():
            home, key = Home(folder / "home"), kept_key.read_text()
        else:
            folder.mkdir(parents=True, exist_ok=True)
            home, key = filled_home(folder / "home", given.items, given.listeners, given.plays)
            kept_key.write_text(key)
        with server.serving(home, cores=[SERVER_CORE]) as (port, pid):
            figures = uvloop.run(drive(port, pid, key, home, given))
        machine = facts(given.on, folder)
    seen = figures.pop("histogram")
    if given.histogram:
        given.histogram.write_text(json.dumps({"machine": machine, "ms": seen}, indent=1))
    print(json.dumps({"benchmark": "serving", "machine": machine, **figures}))
    print("\n".join(lines(figures)))
    print(sentence(machine))


if __name__ == "__main__":
    main()

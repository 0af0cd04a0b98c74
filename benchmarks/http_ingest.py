"""Events a second over HTTP, durable when acknowledged, the client included on the same cores.

python benchmarks/http_ingest.py --on 2026-11-21                  # 1 and 20 events a request
    python benchmarks/http_ingest.py --on … --ids random --prefill 1000000
    python benchmarks/http_ingest.py --on … --commit-delay-ms 4

The client is one process of its own with raw connections, so that it costs as little as possible;
bodies are made before the clock starts. Every answer is checked: all events must be stored.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import numpy as np
import uvloop

import server
from machine import facts, sentence
from ritornello.kinds.events import Context, Listen
from ritornello.kinds.ids import uuid7

N_LISTENERS = 10_000
N_TRACKS = 10_000
WARM_UP = 200
_encode = msgspec.json.Encoder().encode


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends a request when the one before is answered."""

    def __init__(self, requests: Sequence[bytes], took_s: list[float]) -> None:
        self._requests = iter(requests)
        self._took_s = took_s
        self._received = b""
        self.n_stored = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Send the first request."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer in; when it is whole, check it and send the next request."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._took_s.append(time.perf_counter() - self._sent_at)
        self._received = b""
        if b" 200 " not in head[:16]:
            self._fail(RuntimeError((head + body)[:500].decode()))
            return
        self.n_stored += body.count(b'"stored"')
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for a server that has gone."""
        self._fail(exc or RuntimeError("the server closed the connection"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def requests(n_events: int, a_request: int, key: str, *, ids: str, began: datetime) -> list[bytes]:
    """Return ready-made requests of ``a_request`` listens each, all different."""
    chance = random.Random(7)
    bodies, batch = [], []
    for n in range(n_events):
        at = began + timedelta(milliseconds=n // 20)
        batch.append(_listen(at, uuid7(at) if ids == "ordered" else uuid4(), chance))
        if len(batch) == a_request:
            bodies.append(_encode(batch[0] if a_request == 1 else {"events": batch}))
            batch = []
    return [_request(body, key) for body in bodies]


def run(port: int, made: list[bytes], n_connections: int) -> tuple[float, list[float], int]:
    """Send all requests over ``n_connections``; return seconds, latencies and events stored."""

    async def drive() -> tuple[float, list[float], int]:
        loop, took_s = asyncio.get_running_loop(), list[float]()
        shares = [made[n::n_connections] for n in range(n_connections)]
        began = time.perf_counter()
        connections = [
            (await loop.create_connection(lambda s=s: Connection(s, took_s), server.HOST, port))[1]
            for s in shares
        ]
        await asyncio.gather(*(connection.done for connection in connections))
        return (
            time.perf_counter() - began,
            took_s,
            sum(connection.n_stored for connection in connections),
        )

    return uvloop.run(drive())


def client(
    port: int, key: str, n_events: int, *, a_request: int, n_connections: int, ids: str
) -> dict[str, float]:
    """Drive one arrangement and return what was reached; runs in a process of its own."""
    began = datetime.now(UTC) - timedelta(days=1)
    warm_up = requests(WARM_UP * a_request, a_request, key, ids=ids, began=began)
    run(port, warm_up, n_connections)
    made = requests(n_events, a_request, key, ids=ids, began=began + timedelta(hours=1))
    took_s, latencies_s, n_stored = run(port, made, n_connections)
    if n_stored != len(made) * a_request:
        raise RuntimeError(f"{n_stored} of {len(made) * a_request} events were stored")
    p50, p99 = np.percentile(np.array(latencies_s) * 1000, [50, 99])
    return {
        "events_a_request": a_request,
        "connections": n_connections,
        "events_per_s": round(n_stored / took_s),
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
    }


def main() -> None:
    """Measure and print one line of JSON an arrangement."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--events", type=int, default=60_000, help="at one a request; ×5 at more")
    asked.add_argument("--connections", type=int, default=64)
    asked.add_argument("--ids", choices=("ordered", "random"), default="ordered")
    asked.add_argument("--prefill", type=int, default=0, help="events in the log beforehand")
    asked.add_argument("--commit-delay-ms", type=float, default=0.0)
    asked.add_argument("--sizes", type=int, nargs="+", default=[1, 20])
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        catalogue = server.numbered_catalogue(N_TRACKS)
        home, key = server.new_home(Path(folder) / "home", catalogue)
        machine = facts(given.on, home.path)
        delay = ("--commit-delay-ms", str(given.commit_delay_ms))
        with server.serving(home, *delay) as (port, pid):
            if given.prefill:
                _in_own_process(
                    port, key, given.prefill, a_request=500, n_connections=4, ids=given.ids
                )
            for size in given.sizes:
                n_events = given.events * (5 if size > 1 else 1)
                reached = _in_own_process(
                    port,
                    key,
                    n_events,
                    a_request=size,
                    n_connections=given.connections,
                    ids=given.ids,
                )
                reached |= {
                    "ids": given.ids,
                    "events_before": given.prefill,
                    "commit_delay_ms": given.commit_delay_ms,
                    "server_rss_mb": round(server.rss_mb(pid)),
                }
                print(json.dumps({"benchmark": "http_ingest", "machine": machine, **reached}))
                print(
                    f"{reached['events_per_s']:,} events/s at {size} a request over "
                    f"{given.connections} connections, p99 {reached['p99_ms']} ms",
                    flush=True,
                )
    print(sentence(machine))


def _in_own_process(*arguments: object, **options: object) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(client, arguments, options)


def _listen(at: datetime, event_id: UUID, chance: random.Random) -> Listen:
    return Listen(
        event_id=event_id,
        listener_id=f"listener-{chance.randrange(N_LISTENERS)}",
        item_id=f"track:t{chance.randrange(N_TRACKS)}",
        happened_at=at,
        started_at=at - timedelta(seconds=200),
        ms_played=chance.randrange(5_000, 200_000),
        surface="home",
        device="mobile",
        client="benchmark",
        ended_because="finished",
        context=Context("shelf", "made_for_you"),
    )


def _request(body: bytes, key: str) -> bytes:
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: {server.HOST}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _length(head: bytes) -> int:
    """Return the ``Content-Length`` of a response head."""
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


if __name__ == "__main__":
    main()

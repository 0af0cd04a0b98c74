"""Kill a storing process again and again, and count what it had promised and lost.

Clients post listens, and journal with ``fsync`` every id that was acknowledged. The process is
killed at random instants; what was not acknowledged is posted again after the restart. In the end
every journaled id must be there, once, and so must be what the reducers made of it.

The process under test is whatever ``start`` starts and ``connect`` reaches: the small socket server
of :func:`serve` here through a :class:`StoreConnection`, or the server through an
:class:`HttpConnection`.
"""

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Any, Protocol

import msgspec

from ritornello.kinds.errors import Conflict
from ritornello.kinds.events import AnyEvent, Listen
from ritornello.kinds.ids import uuid7
from ritornello.listeners.reducers import REDUCERS
from ritornello.store import lake
from ritornello.store.database import connect as open_database
from ritornello.store.database import create_tables, schema
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.seal import seal

SCHEMAS = ("ritornello.catalog", "ritornello.listeners")
N_LISTENERS, N_ITEMS = 50, 200


class Report(msgspec.Struct, frozen=True):
    """What a series of kills left behind."""

    n_acknowledged: int
    n_stored: int
    n_lost: int
    n_doubled: int
    n_uncounted: int
    integrity: str
    n_kills: int = 0
    events_per_s: float = 0.0
    slowest_recovery_s: float = 0.0
    unexpected: str = ""


class Connection(Protocol):
    """How a client reaches the process under test."""

    def post(self, events: list[Listen]) -> list[str]:
        """Return a verdict an event; raise ``OSError`` or ``ValueError`` when nobody answers."""

    def close(self) -> None:
        """Give the connection up."""


class _Client(threading.Thread):
    """Posts batches one after the other; a batch is given up only when it was acknowledged."""

    def __init__(
        self, connect: Callable[[], Connection], journal: Path, rng: Random, size: int
    ) -> None:
        super().__init__(daemon=True)
        self._connect = connect
        self._journal = journal
        self._rng = rng
        self._size = size
        self.stopping = False
        self.acknowledged_at: deque[float] = deque()
        self.errors: list[str] = []

    def run(self) -> None:
        """Post until told to stop and nothing is left unanswered."""
        connection: Connection | None = None
        batch: list[Listen] = []
        with self._journal.open("ab") as journal:
            while not (self.stopping and not batch):
                batch = batch or list(_listens(self._size, self._rng))
                try:
                    connection = connection or self._connect()
                    verdicts = connection.post(batch)
                except (OSError, ValueError):
                    if connection is not None:
                        connection.close()
                    connection = None
                    time.sleep(0.01)
                    continue
                self.errors += [v for v in verdicts if v not in ("stored", "duplicate")]
                journal.writelines(event.event_id.bytes for event in batch)
                journal.flush()
                os.fsync(journal.fileno())
                self.acknowledged_at.append(time.monotonic())
                batch = []
        if connection is not None:
            connection.close()


def kill_at_random(
    home: Home,
    start: Callable[[], subprocess.Popen[bytes]],
    connect: Callable[[], Connection],
    rng: Random,
    *,
    n_kills: int,
    n_clients: int = 8,
    batch: int = 5,
    alive_s: tuple[float, float] = (0.05, 0.8),
) -> Report:
    """Start, kill at a random instant, start again; compare journals with lake and log at the end.

    Parameters
    ----------
    start : starts the process under test on ``home``.
    connect : opens a client's connection; raises ``OSError`` while nobody listens.
    alive_s : how long the process lives after its first acknowledgement, between these bounds.
    """
    journals = [home.path.parent / f"acknowledged-{i}" for i in range(n_clients)]
    clients = [_Client(connect, j, Random(rng.random()), batch) for j in journals]
    slowest, busy_s = 0.0, 0.0
    for i in range(n_kills + 1):
        _leave_an_orphan(home, i)
        began = time.monotonic()
        process = start()
        if i == 0:
            for client in clients:
                client.start()
        recovery_s = _first_acknowledgement(clients, began)
        slowest = max(slowest, recovery_s if i else 0.0)
        time.sleep(rng.uniform(*alive_s))
        busy_s += time.monotonic() - began - recovery_s
        if i < n_kills:
            process.send_signal(signal.SIGKILL)
            process.wait()
    for client in clients:
        client.stopping = True
    for client in clients:
        client.join()
    process.terminate()
    process.wait()
    errors = [error for client in clients for error in client.errors]
    return msgspec.structs.replace(
        _compare(home, journals),
        n_kills=n_kills,
        events_per_s=round(sum(len(c.acknowledged_at) for c in clients) * batch / busy_s, 1),
        slowest_recovery_s=round(slowest, 2),
        unexpected="; ".join(errors[:3]),
    )


def _first_acknowledgement(clients: list[_Client], since: float) -> float:
    """Wait until somebody is acknowledged again; return how long that took."""
    while time.monotonic() - since < 60:
        if any(c.acknowledged_at and c.acknowledged_at[-1] > since for c in clients):
            return time.monotonic() - since
        time.sleep(0.005)
    raise TimeoutError("the process under test acknowledged nothing for a minute")


def _compare(home: Home, journals: list[Path]) -> Report:
    """Count what the journals promise against what lake, log and state hold."""
    acknowledged = {
        data[i : i + 16].hex()
        for data in (journal.read_bytes() for journal in journals)
        for i in range(0, len(data), 16)
    }
    with lake.open_lake(home) as duck:
        lake.relation(duck, home, "listen")
        rows = duck.execute("SELECT replace(event_id, '-', ''), count(*) FROM listen GROUP BY 1")
        stored: dict[str, int] = dict(rows.fetchall())
    conn = open_database(home, read_only=True)
    (integrity,) = conn.execute("PRAGMA integrity_check").fetchone()
    (n_counted,) = conn.execute("SELECT sum(n_plays + n_skips) FROM plays").fetchone()
    conn.close()
    return Report(
        n_acknowledged=len(acknowledged),
        n_stored=len(stored),
        n_lost=len(acknowledged - stored.keys()),
        n_doubled=sum(n - 1 for n in stored.values()),
        n_uncounted=abs(len(stored) - n_counted),
        integrity=integrity,
    )


def _leave_an_orphan(home: Home, number: int) -> None:
    """Leave what a crash between writing a file and naming it would have left."""
    folder = home.lake / "listen" / "dt=2026-11-01"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number:012d}-orphan.parquet").write_bytes(b"PAR1 torn")


def _listens(n: int, rng: Random) -> Iterator[Listen]:
    for _ in range(n):
        now = datetime.now(UTC)
        yield Listen(
            event_id=uuid7(now),
            listener_id=f"listener-{rng.randrange(N_LISTENERS)}",
            item_id=f"track:{rng.randrange(N_ITEMS)}",
            happened_at=now,
            started_at=now - timedelta(milliseconds=200_000),
            ms_played=200_000,
            ended_because="finished",
        )


def start_store(home: Home, address: Path) -> subprocess.Popen[bytes]:
    """Start :func:`serve` in a process of its own."""
    address.unlink(missing_ok=True)
    command = [sys.executable, "-m", "ritornello.testing.kills", str(home.path), str(address)]
    return subprocess.Popen(command)


class StoreConnection:
    """A connection to :func:`serve`: a line of JSON a batch, a line of verdicts back."""

    def __init__(self, address: Path) -> None:
        self._socket = socket(AF_UNIX, SOCK_STREAM)
        try:
            self._socket.connect(str(address))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")

    def post(self, events: list[Listen]) -> list[str]:
        """Return a verdict an event."""
        self._socket.sendall(msgspec.json.encode(events) + b"\n")
        return msgspec.json.decode(self._lines.readline(), type=list[str])

    def close(self) -> None:
        """Give the connection up."""
        self._lines.close()
        self._socket.close()


class HttpConnection:
    """A connection to the server on this machine: a request a batch."""

    def __init__(self, port: int, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._connection.connect()

    def post(self, events: list[Listen]) -> list[str]:
        """Return a verdict an event; raise ``OSError`` where nothing was promised."""
        body = msgspec.json.encode({"events": events})
        try:
            self._connection.request("POST", "/v1/events", body, self._headers)
            response = self._connection.getresponse()
            content = response.read()
        except HTTPException as error:
            raise ConnectionError(str(error)) from error
        if response.status == 503:
            raise ConnectionError("the server asked to come back later")
        if response.status not in (200, 207):
            return [f"{response.status}: {content.decode()}"]
        return [item["verdict"] for item in msgspec.json.decode(content)["verdicts"]]

    def close(self) -> None:
        """Give the connection up."""
        self._connection.close()


def serve(home: Home, address: Path, seal_every_s: float = 0.1) -> None:
    """Store what comes through a local socket, a line a batch, and seal all the while."""
    conn = open_database(home)
    create_tables(conn, [schema(room) for room in SCHEMAS])
    conn.close()
    writer = Writer(home, REDUCERS, now=lambda: datetime.now(UTC))

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                events = msgspec.json.decode(line, type=list[AnyEvent])
                verdicts: list[Any] = writer.append(events).result()
                self.wfile.write(msgspec.json.encode(verdicts) + b"\n")

    def keep_sealing() -> None:
        while True:
            time.sleep(seal_every_s)
            try:
                seal(home, datetime.now(UTC), chunk_rows=500)
            except Conflict:
                continue

    threading.Thread(target=keep_sealing, daemon=True).start()
    with socketserver.ThreadingUnixStreamServer(str(address), Handler) as server:
        server.daemon_threads = True
        server.serve_forever()


if __name__ == "__main__":
    serve(Home(sys.argv[1]), Path(sys.argv[2]))

"""The writer: one thread that commits in groups and answers each item after the commit.

Whatever is queued when the thread looks goes into one transaction: events with their ids and what
the reducers make of them, decisions, and any other change. What fails by its own fault fails alone;
when the disk fails, nothing of the group is acknowledged, and the next group tries again.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Self, TypeVar

from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import Overloaded, StorageUnavailable
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.times import to_us
from ritornello.store import decisions as decided
from ritornello.store.appending import Reducer, Verdict, append, append_each, screen
from ritornello.store.database import (
    Change,
    connect,
    execute_rows,
    is_storage_error,
    savepoint,
    transaction,
)
from ritornello.store.home import Home
from ritornello.store.rows import Row, row_of
from ritornello.store.tombstones import Tombstones

T = TypeVar("T")

IDLE_S = 0.5
CHANGES_A_CHECKPOINT = 50_000
ROWS_A_GROUP = 10_000


@dataclass(slots=True)
class _Append:
    rows: Sequence[Row]
    events: Sequence[AnyEvent]
    changes: list[Change]
    future: "Future[list[Verdict]]" = field(default_factory=Future)

    @property
    def size(self) -> int:
        return len(self.rows)


@dataclass(slots=True)
class _Decide:
    decisions: Sequence[Decision]
    bodies: list[bytes]
    future: "Future[list[bool]]" = field(default_factory=Future)

    @property
    def size(self) -> int:
        return len(self.bodies)


@dataclass(slots=True)
class _Run:
    job: Callable[[sqlite3.Connection], Any]
    future: "Future[Any]" = field(default_factory=Future)
    size: int = 1


_Job = _Append | _Decide | _Run


class Writer:
    """The one way to change a home; safe to call from any thread.

    Parameters
    ----------
    reducers : what stored events and decisions change beside the log, in the same transaction.
    now : the clock that says when an event was received.
    queue_limit : items that may wait; above it a call fails with :class:`Overloaded`. One call may
        always wait alone, however large.
    rows_a_group : items after which a transaction takes in no more. Small where another process
        serves: it waits for the lock of each.
    """

    def __init__(
        self,
        home: Home,
        reducers: Sequence[Reducer],
        *,
        now: Callable[[], datetime],
        queue_limit: int = 20_000,
        rows_a_group: int = ROWS_A_GROUP,
    ) -> None:
        self._home = home
        self._reducers = tuple(reducers)
        self._now = now
        self._queue_limit = queue_limit
        self._rows_a_group = rows_a_group
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._n_waiting = 0
        self._closed = False
        self._conn: sqlite3.Connection | None = self._open()
        self._unchecked = 0
        self._left = Tombstones()
        self._thread = threading.Thread(target=self._work, name="ritornello-writer", daemon=True)
        self._thread.start()

    def append(
        self,
        events: Sequence[AnyEvent],
        *,
        rows: Sequence[Row] | None = None,
        changes: Iterable[Change] = (),
    ) -> "Future[list[Verdict]]":
        """Store events and, in the same transaction, ``changes``; answer each event in order.

        ``stored`` is durable; ``duplicate`` was stored before with the same body, ``conflict`` with
        another (the first stands); ``fault`` could not be stored and is kept among the faults;
        ``erased`` is of a listener who left, and nothing of it is kept. ``rows`` are the events as
        ``rows.row_of`` makes them, where another process has.
        """
        if rows is None:
            received_at_us = to_us(self._now())
            rows = [row_of(event, received_at_us) for event in events]
        return self._submit(_Append(rows, events, list(changes)))

    def decide(self, decisions: Sequence[Decision]) -> "Future[list[bool]]":
        """Store decisions; answer for each whether it was stored.

        It was not where an earlier one stands, or where its listener has left.
        """
        return self._submit(_Decide(decisions, [decided.pack(d) for d in decisions]))

    def run(self, job: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run any other change in a savepoint of the group's transaction; answer what it returns.

        The job must be quick, must not commit, and holds every other writer up meanwhile.
        """
        return self._submit(_Run(job))

    def close(self) -> None:
        """Write what is queued, checkpoint, and stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        """Return the writer, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _submit(self, job: _Job) -> "Future[Any]":
        with self._lock:
            if self._closed:
                raise StorageUnavailable("the writer is closed; nothing was stored")
            if self._n_waiting and self._n_waiting + job.size > self._queue_limit:
                message = f"{self._n_waiting} items wait to be written; nothing was stored: retry"
                raise Overloaded(message)
            self._n_waiting += job.size
            self._queue.put(job)
        return job.future

    def _open(self) -> sqlite3.Connection:
        conn = connect(self._home)
        conn.execute("PRAGMA wal_autocheckpoint = 0")
        return conn

    def _work(self) -> None:
        """Take, commit, answer; checkpoint when idle or when the log beside the file grows."""
        going = True
        while going:
            try:
                first = self._queue.get(timeout=IDLE_S)
            except queue.Empty:
                self._checkpoint()
                continue
            going = first is not None
            group = [] if first is None else [first]
            n_rows = sum(job.size for job in group)
            while going and n_rows < self._rows_a_group and not self._queue.empty():
                job = self._queue.get()
                going = job is not None
                if job is not None:
                    group.append(job)
                    n_rows += job.size
            self._commit(group, n_rows)
        self._checkpoint()
        if self._conn is not None:
            self._conn.close()

    def _commit(self, group: list[_Job], n_rows: int) -> None:
        """Write a group in one transaction, then answer each job."""
        live = [job for job in group if job.future.set_running_or_notify_cancel()]
        try:
            conn = self._conn = self._conn or self._open()
            before = conn.total_changes
            with transaction(conn):
                outcomes = self._write(conn, live)
            self._unchecked += conn.total_changes - before
        except (sqlite3.Error, OSError) as error:
            outcomes = [(job, _unavailable(error)) for job in live]
            self._reopen()
        with self._lock:
            self._n_waiting -= n_rows
        for job, outcome in outcomes:
            if isinstance(outcome, Exception):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)
        if self._unchecked >= CHANGES_A_CHECKPOINT:
            self._checkpoint()

    def _reopen(self) -> None:
        """Let the next group open the file afresh: after an I/O error a connection is not trusted."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _write(self, conn: sqlite3.Connection, jobs: list[_Job]) -> list[tuple[_Job, Any]]:
        """Return each job with its result, or with the exception that is its own fault."""
        self._left.refresh(conn)
        appends = [job for job in jobs if isinstance(job, _Append)]
        decides = [job for job in jobs if isinstance(job, _Decide)]
        runs = [job for job in jobs if isinstance(job, _Run)]
        outcomes: list[tuple[_Job, Any]] = []
        if appends:
            outcomes += self._append_all(conn, appends)
        outcomes += [(job, _alone(conn, partial(self._decide, job))) for job in decides]
        outcomes += [(job, _alone(conn, job.job)) for job in runs]
        return outcomes

    def _append_all(self, conn: sqlite3.Connection, jobs: list[_Append]) -> list[tuple[_Job, Any]]:
        """Append all at once; should that fail, job by job, so that each fails only by itself."""

        def together(conn: sqlite3.Connection) -> list[Verdict]:
            for job in jobs:
                for sql, changed in job.changes:
                    execute_rows(conn, sql, changed)
            rows: list[Row] = [row for job in jobs for row in job.rows]
            events = [event for job in jobs for event in job.events]
            return self._screened(append, conn, rows, events)

        verdicts = _alone(conn, together)
        if isinstance(verdicts, Exception):
            return [(job, _alone(conn, partial(self._append, job))) for job in jobs]
        answers = iter(verdicts)
        return [(job, [next(answers) for _ in job.rows]) for job in jobs]

    def _append(self, job: _Append, conn: sqlite3.Connection) -> list[Verdict]:
        for sql, rows in job.changes:
            execute_rows(conn, sql, rows)
        return self._screened(append_each, conn, job.rows, job.events)

    def _screened(
        self,
        store: Callable[..., list[Verdict]],
        conn: sqlite3.Connection,
        rows: Sequence[Row],
        events: Sequence[AnyEvent],
    ) -> list[Verdict]:
        """Append what is not of listeners who have left."""

        def let_in(rows: Sequence[Row], events: Sequence[AnyEvent]) -> list[Verdict]:
            return store(conn, self._home, rows, events, self._reducers)

        return screen(self._left, rows, events, let_in)

    def _decide(self, job: _Decide, conn: sqlite3.Connection) -> list[bool]:
        return decided.store(conn, job.decisions, job.bodies, self._reducers, self._left)

    def _checkpoint(self) -> None:
        """Move the WAL into the file: only ever between commits, never inside one."""
        if self._unchecked and self._conn is not None:
            try:
                self._conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error:
                return  # a reader or a full disk is in the way; the WAL keeps everything
            self._unchecked = 0


def _unavailable(cause: Exception) -> StorageUnavailable:
    error = StorageUnavailable(f"nothing was stored: {cause}")
    error.__cause__ = cause
    return error


def _alone(conn: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T | Exception:
    """Run a job in its own savepoint; return its result or the exception that is its own fault."""
    try:
        with savepoint(conn):
            return job(conn)
    except Exception as error:  # jobs are others' code; the group must outlive them
        if is_storage_error(error):
            raise
        return error

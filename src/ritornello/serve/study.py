"""The lake read beside serving: one question at a time, in one thread, within its time.

A question gets a DuckDB of one thread and little memory, so that the cores stay with those who listen; what takes
longer than :data:`MOST_S` is interrupted. It opens the lake's Parquet, never the database's file. What a question says
is worth keeping is kept until a build, or somebody leaving, changes what it would say.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, TypeVar, cast

import duckdb
import msgspec

from ritornello.kinds.errors import Overloaded
from ritornello.store import lake, tombstones
from ritornello.store.database import Readers
from ritornello.store.home import Home

T = TypeVar("T")

MOST_S = 10.0
MOST_WAITING = 16
MOST_KEPT = 512
MEMORY = "1GB"
KNOCK_S = 0.05
_BUILT = "SELECT max(sealed_at_us), count(*), sum(n_rows) FROM manifest WHERE kind GLOB 'signals/*'"


ADVICE = (
    "it takes longer than the server gives it; `ritornello signals` and `ritornello listener show` "
    "take their time"
)
_TOO_LONG = object()


class TooLong(Overloaded):
    """Raised where a question took longer than the server gives it."""


class Desk(msgspec.Struct, frozen=True):
    """What a question works with; ``kept`` is its thread's alone."""

    duck: duckdb.DuckDBPyConnection
    home: Home
    kept: dict[str, Any]

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` gives, made once for what is built now; what took too long is not tried again."""
        if name not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            try:
                self.kept[name] = make()
            except duckdb.InterruptException:
                self.kept[name] = _TOO_LONG
                raise
        if self.kept[name] is _TOO_LONG:
            raise TooLong(ADVICE)
        return cast("T", self.kept[name])


Question = Callable[[Desk], T]


class Study:
    """Answers questions over a home's lake, in the order they come.

    Parameters
    ----------
    readers : gives its thread a connection of its own.
    most_s : seconds a question may take.
    """

    def __init__(self, home: Home, readers: Readers, *, most_s: float = MOST_S) -> None:
        self._home = home
        self._readers = readers
        self._most_s = most_s
        self._pool = ThreadPoolExecutor(1, "study")
        self._asked = 0
        self._kept: dict[str, Any] = {}
        self._kept_of = ""

    async def ask(self, question: Question[T], *, patience_s: float | None = None) -> T:
        """Return the answer to a question.

        Parameters
        ----------
        patience_s : seconds to wait, its turn included; twice what a question may take where not given. What is
            under way then goes on, and what it keeps is there for the next who asks.

        Raises
        ------
        Overloaded : too many wait. TooLong : it took longer than it may, or than the patience.
        """
        if self._asked >= MOST_WAITING:
            raise Overloaded("too many questions about what was built wait; ask again in a moment")
        self._asked += 1
        asked = self._pool.submit(self._answer, question)
        patience_s = 2 * self._most_s if patience_s is None else patience_s
        waiting = asyncio.wrap_future(asked)
        waiting.add_done_callback(self._over)
        await asyncio.wait((waiting,), timeout=patience_s)
        if not waiting.done():
            asked.cancel()
            raise TooLong(f"not answered within {patience_s:g} s; ask again in a moment")
        return waiting.result()

    def close(self) -> None:
        """Wait for the question under way and answer no other."""
        self._pool.shutdown(cancel_futures=True)

    def _over(self, answered: "asyncio.Future[Any]") -> None:
        """Count a question out; what it raised is known, also where nobody waits for it any more."""
        self._asked -= 1
        if not answered.cancelled():
            answered.exception()

    def _answer(self, question: Question[T]) -> T:
        built = version(self._readers.connection)
        if built != self._kept_of:
            self._kept.clear()
            self._kept_of = built
        with closing(lake.open_lake(self._home)) as duck, within(duck, self._most_s):
            duck.execute("SET threads = 1")
            duck.execute(f"SET memory_limit = '{MEMORY}'")
            return question(Desk(duck, self._home, self._kept))


def version(conn: sqlite3.Connection) -> str:
    """Return what is another after every build that made something, and after every listener who leaves."""
    return f"{conn.execute(_BUILT).fetchone()} {tombstones.version(conn)}"


@contextmanager
def within(duck: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt whatever a connection runs after so long, until the block ends.

    Raises
    ------
    TooLong : it was interrupted.
    """
    over = threading.Event()

    def watch() -> None:
        if not over.wait(seconds):
            while not over.wait(KNOCK_S):
                duck.interrupt()

    watching = threading.Thread(target=watch, name="study-watch", daemon=True)
    watching.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise TooLong(ADVICE) from error
    finally:
        over.set()
        watching.join()

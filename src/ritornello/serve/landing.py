"""From the writer's thread to the event loop, one wake-up a group of commits.

``asyncio.wrap_future`` wakes the loop once a future. The writer resolves hundreds at a time, so here
the first to land wakes the loop and the rest are found waiting.
"""

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Landing:
    """Where the futures of other threads land for one event loop."""

    def __init__(self) -> None:
        self._landed: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._awaited = False

    async def of(self, future: "Future[T]") -> T:
        """Wait for a future another thread resolves; return its result or raise its exception."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def land(done: "Future[T]") -> None:
            self._landed.append((waiting, done))
            if not self._awaited:
                self._awaited = True
                loop.call_soon_threadsafe(self._deliver)

        future.add_done_callback(land)
        return await waiting

    def _deliver(self) -> None:
        """Hand out all that has landed; one whose waiter has gone is dropped."""
        self._awaited = False  # before the first look: what lands from now on wakes the loop again
        while self._landed:
            waiting, done = self._landed.popleft()
            if waiting.done():
                continue
            error = done.exception()
            if error is None:
                waiting.set_result(done.result())
            else:
                waiting.set_exception(error)

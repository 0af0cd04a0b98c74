"""Futures of another thread land on the loop: all of them, once, whoever waits."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from ritornello.serve.landing import Landing


def test_every_result_lands_however_many_are_resolved_at_once() -> None:
    async def main() -> list[int]:
        landing, futures = Landing(), [Future[int]() for _ in range(2_000)]

        def resolve() -> None:
            for n, future in enumerate(futures):
                future.set_result(n)

        thread = threading.Thread(target=resolve)
        thread.start()
        found = await asyncio.gather(*(landing.of(future) for future in futures))
        thread.join()
        return found

    assert asyncio.run(main()) == list(range(2_000))


def test_an_exception_lands_as_itself() -> None:
    async def main() -> Any:
        future: Future[int] = Future()
        future.set_exception(OSError("the disk is full"))
        return await Landing().of(future)

    with pytest.raises(OSError, match="full"):
        asyncio.run(main())


def test_one_who_has_gone_holds_nobody_up() -> None:
    async def main() -> int:
        landing, gone, here = Landing(), Future[int](), Future[int]()
        waiting = asyncio.create_task(landing.of(gone))
        await asyncio.sleep(0)
        waiting.cancel()
        gone.set_result(1)
        here.set_result(2)
        return await landing.of(here)

    assert asyncio.run(main()) == 2

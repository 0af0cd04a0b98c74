"""One at a time for each listener, all listeners at once."""

import asyncio
import gc

import pytest

from ritornello.serve.turns import Turns


def test_one_listener_waits_for_themselves_and_for_nobody_else():
    turns, said = Turns(), []

    async def ask(who: str, n: int) -> None:
        async with turns.of(who):
            said.append(f"{who}{n} begins")
            await asyncio.sleep(0)
            said.append(f"{who}{n} ends")

    async def all_at_once() -> None:
        await asyncio.gather(ask("a", 1), ask("a", 2), ask("b", 1))

    asyncio.run(all_at_once())
    of_a = [line for line in said if line[0] == "a"]
    assert of_a == ["a1 begins", "a1 ends", "a2 begins", "a2 ends"]
    assert said.index("b1 begins") < said.index("a1 ends")


@pytest.mark.slow
def test_nobody_is_remembered_who_asks_no_more():
    turns = Turns()
    lock = turns.of("a")
    assert turns.of("a") is lock
    del lock
    gc.collect()
    assert not turns._locks

"""Questions over the lake: one at a time, never longer than they may, kept only while they are true."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ritornello.cli.wiring import make_home
from ritornello.kinds.errors import BadValue, Overloaded
from ritornello.serve.study import MOST_WAITING, Desk, Study, TooLong
from ritornello.store.database import Readers, connect
from ritornello.store.home import Home

FOR_EVER = "SELECT count(*) FROM range(100000000000) AS a, range(100000000000) AS b WHERE a.range * b.range = 7"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home")


@pytest.fixture
def study(home: Home) -> Iterator[Study]:
    readers = Readers(home)
    opened = Study(home, readers, most_s=0.2)
    yield opened
    opened.close()
    readers.close()


def one(desk: Desk) -> int:
    return int(desk.duck.execute("SELECT 1").fetchall()[0][0])


def for_ever(desk: Desk) -> Any:
    return desk.duck.execute(FOR_EVER).fetchall()


def test_a_question_is_answered_off_the_loop_with_one_thread_of_duckdb(study: Study) -> None:
    def asked(desk: Desk) -> tuple[str, int]:
        ((threads,),) = desk.duck.execute("SELECT current_setting('threads')").fetchall()
        return threading.current_thread().name, int(threads)

    name, threads = asyncio.run(study.ask(asked))
    assert name.startswith("study")
    assert threads == 1


def test_what_takes_too_long_is_interrupted_and_the_next_is_answered(study: Study) -> None:
    async def ask() -> int:
        with pytest.raises(TooLong, match="take their time"):
            await study.ask(for_ever, patience_s=60)
        return await study.ask(one)

    assert asyncio.run(ask()) == 1


def test_impatience_ends_the_waiting_and_keeps_what_was_found(study: Study) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(desk: Desk) -> int:
        def make() -> int:
            began.set()
            may_end.wait(10)
            return 7

        return desk.once("slow", make)

    async def ask() -> int:
        with pytest.raises(TooLong):
            await study.ask(slow, patience_s=0.05)
        assert began.wait(10)
        may_end.set()
        began.clear()
        return await study.ask(slow, patience_s=10)

    assert asyncio.run(ask()) == 7
    assert not began.is_set()


def test_only_so_many_wait(study: Study) -> None:
    may_end = threading.Event()

    async def ask() -> list[Any]:
        waiting = [
            asyncio.ensure_future(study.ask(lambda _: may_end.wait(10), patience_s=10))
            for _ in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="wait"):
            await study.ask(one)
        may_end.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(ask()) == [True] * MOST_WAITING
    assert asyncio.run(study.ask(one)) == 1


def test_what_was_kept_goes_with_a_build_and_with_who_leaves(study: Study, home: Home) -> None:
    made: list[int] = []

    def ask() -> int:
        return asyncio.run(
            study.ask(lambda desk: desk.once("n", lambda: made.append(1) or len(made)))
        )

    assert [ask(), ask()] == [1, 1]
    conn = connect(home)
    conn.execute("INSERT INTO manifest VALUES ('a', 'signals/visits', '2026-11-21', 3, 9, '', 5)")
    assert [ask(), ask()] == [2, 2]
    conn.execute("INSERT INTO manifest VALUES ('b', 'listen', '2026-11-21', 3, 9, '', 6)")
    assert ask() == 2
    conn.close()


def test_what_took_too_long_is_not_tried_again_but_what_was_wrong_is(study: Study) -> None:
    tried: list[str] = []

    def long(desk: Desk) -> Any:
        return desk.once("long", lambda: tried.append("long") or for_ever(desk))

    def wrong(desk: Desk) -> Any:
        def make() -> None:
            tried.append("wrong")
            raise BadValue("no")

        return desk.once("wrong", make)

    for _ in range(2):
        with pytest.raises(TooLong):
            asyncio.run(study.ask(long, patience_s=60))
        with pytest.raises(BadValue):
            asyncio.run(study.ask(wrong))
    assert sorted(tried) == ["long", "wrong", "wrong"]

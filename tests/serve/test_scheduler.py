"""What is due when, what follows, and that nothing is left running."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ritornello.kinds.settings import resolve
from ritornello.serve import scheduler
from ritornello.serve.children import run_child
from ritornello.serve.scheduler import Task, running, tasks


def due(**flags: Any) -> dict[str, Task]:
    chosen = resolve(env={}, flags=flags)
    found = tasks(Path("shelf"), chosen, trained_ago_s=None, adopt=lambda: None)
    return {task.name: task for task in found}


def test_tasks_follow_the_settings() -> None:
    assert due()["seal"].words == ("seal", "--home", "shelf")
    assert due()["train"].first_in_s == 0
    assert due(seal_every_s=0, build_every_s=0).keys() == {"train", "index", "learn", "relearn"}


def test_a_model_of_yesterday_waits_for_the_rest_of_its_day() -> None:
    chosen = resolve(env={}, flags={"train_every_s": 1000})
    for ago_s, in_s in ((300.0, 700.0), (5000.0, 0.0)):
        found = tasks(Path("shelf"), chosen, trained_ago_s=ago_s, adopt=lambda: None)
        (train,) = [task for task in found if task.name == "train"]
        assert train.first_in_s == in_s


def drive(task: Task, ends: Sequence[int], caplog: Any) -> list[tuple[str, ...]]:
    """Run a task until its endings are used up."""
    started: list[tuple[str, ...]] = []
    used_up = asyncio.Event()
    caplog.set_level("INFO")

    async def start(words: Sequence[str]) -> int:
        if len(started) == len(ends):
            used_up.set()
            await asyncio.sleep(3600)
        started.append(tuple(words))
        return ends[len(started) - 1]

    async def main() -> None:
        async with running([task], start):
            await used_up.wait()

    asyncio.run(main())
    return started


def test_a_task_is_done_again_and_success_is_followed_up(caplog: Any) -> None:
    adopted: list[int] = []
    task = Task("train", ("train",), 0.001, 0.0, lambda: adopted.append(1))
    assert drive(task, [0, 1, 0], caplog) == [("train",)] * 3
    assert len(adopted) == 2
    assert "train ended with 1" in caplog.text


def test_what_failed_does_not_wait_a_day(caplog: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(scheduler, "RETRY_S", 0.001)
    task = Task("train", ("train",), 86_400.0, 0.0)
    assert len(drive(task, [1, 1], caplog)) == 2


def test_a_program_that_cannot_start_is_tried_again(caplog: Any) -> None:
    tries: list[int] = []
    twice = asyncio.Event()

    async def start(words: Sequence[str]) -> int:
        tries.append(1)
        if len(tries) == 2:
            twice.set()
        raise FileNotFoundError(2, "No such file or directory")

    async def main() -> None:
        async with running([Task("seal", ("seal",), 0.001, 0.0)], start):
            await twice.wait()

    asyncio.run(main())
    assert "seal did not start" in caplog.text


@pytest.mark.slow
def test_a_child_ends_with_its_server(monkeypatch: Any, tmp_path: Path) -> None:
    sleeper = tmp_path / "ritornello.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    children: list[Any] = []
    started = asyncio.Event()
    create = asyncio.create_subprocess_exec

    async def remember(*words: str, **more: Any) -> Any:
        children.append(await create(*words, **more))
        started.set()
        return children[-1]

    monkeypatch.setattr(scheduler.asyncio, "create_subprocess_exec", remember)

    async def main() -> None:
        async with running([Task("seal", ("seal",), 60.0, 0.0)]):
            await started.wait()

    asyncio.run(main())
    assert children[0].returncode == -15


def test_a_child_speaks_through_its_exit_code(monkeypatch: Any, tmp_path: Path) -> None:
    (tmp_path / "ritornello.py").write_text("import sys; sys.exit(len(sys.argv))")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert sys.executable
    assert asyncio.run(run_child(["seal", "--home", "x"])) == 4

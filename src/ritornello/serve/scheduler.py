"""What is due, and the child process that does it: seal, train, index, build, learn.

Each runs in a process of its own (``serve.children``). A task that fails (training, while nothing was
played yet) is tried again within a quarter of an hour; the log says that it failed and never about
whom.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from ritornello.kinds.settings import Settings
from ritornello.serve.children import run_child

logger = logging.getLogger("ritornello.scheduler")

RETRY_S = 900.0

Start = Callable[[Sequence[str]], Awaitable[int]]


class Task(msgspec.Struct, frozen=True):
    """Something to do every so often: the command's words, and what follows its success."""

    name: str
    words: tuple[str, ...]
    every_s: float
    first_in_s: float
    then: Callable[[], object] | None = None


def tasks(
    home: Path,
    settings: Settings,
    *,
    trained_ago_s: float | None,
    adopt: Callable[[], object],
    is_indexed: bool = True,
) -> list[Task]:
    """Return what a server does beside serving, by its settings; an interval of 0 means never.

    Parameters
    ----------
    trained_ago_s : age of the model in force, ``None`` if there is none: then training is due now.
    adopt : takes up what a training wrote.
    is_indexed : no where there is no index of the catalogue yet: then making one is due now.
    """
    train_every_s = settings["train_every_s"]
    train_in_s = 0.0 if trained_ago_s is None else max(0.0, train_every_s - trained_ago_s)
    where, relearn_every_s = ("--home", str(home)), settings["relearn_every_s"]
    index_every_s = settings["index_every_s"]
    every = [
        Task("seal", ("seal", *where), settings["seal_every_s"], settings["seal_every_s"]),
        Task("train", ("train", *where), train_every_s, train_in_s, adopt),
        Task("index", ("index", *where), index_every_s, index_every_s if is_indexed else 0.0),
        Task("build", ("build", *where), settings["build_every_s"], 0.0),
        Task(
            "learn",
            ("policies", "learn", "--beside", str(os.getpid()), *where),
            settings["learn_every_s"],
            0.0,
        ),
        Task("relearn", ("policies", "rebuild", *where), relearn_every_s, RETRY_S),
    ]
    return [task for task in every if task.every_s > 0]


@asynccontextmanager
async def running(due: Sequence[Task], start: Start | None = None) -> AsyncIterator[None]:
    """Keep tasks running while the block lasts; end their processes when it ends."""
    loops = [asyncio.create_task(_repeat(task, start or run_child)) for task in due]
    try:
        yield
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def _repeat(task: Task, start: Start) -> None:
    """Do a task when it is due, for ever; a run that outlasts the interval delays the next."""
    loop = asyncio.get_running_loop()
    due = loop.time() + task.first_in_s
    while True:
        await asyncio.sleep(max(0.0, due - loop.time()))
        began = loop.time()
        done = await _do(task, start)
        due = began + (task.every_s if done else min(task.every_s, RETRY_S))
        if done:
            logger.info("%s done in %.1f s", task.name, loop.time() - began)
            if task.then is not None:
                task.then()


async def _do(task: Task, start: Start) -> bool:
    """Run a task's process once; say whether it did what it should."""
    try:
        ended = await start(task.words)
    except OSError as error:
        logger.warning("%s did not start: %s", task.name, error.strerror)
        return False
    if ended != 0:
        logger.warning("%s ended with %d", task.name, ended)
    return ended == 0

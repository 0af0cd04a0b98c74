"""A verb of ours in a process of its own: ``python -m ritornello …``, never through a shell.

Whatever computes long runs like this, so that no request waits for it. Cancelled, it is asked to end
and made to after ten seconds; every verb goes on where it was stopped when it is run again.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

import msgspec

GRACE_S = 10.0
NICENESS = 10
"""Whoever waits for a page goes before whoever computes."""


class Ended(msgspec.Struct, frozen=True):
    """How a verb ended: its status, what it answered, and the line in which it said what is wrong."""

    status: int
    answer: bytes = b""
    error: str = ""


async def run_child(words: Sequence[str]) -> int:
    """Run a verb whose answer nobody reads; return its status. It may draw on our terminal."""
    child = await _started(words, stdin=None, stdout=DEVNULL, stderr=None)
    try:
        return await child.wait()
    except asyncio.CancelledError:
        await _end(child)
        raise


async def ask_child(words: Sequence[str]) -> Ended:
    """Run a verb and return what it answered, or the last line of what it complained."""
    child = await _started(words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        said, complained = await child.communicate()
    except asyncio.CancelledError:
        await _end(child)
        raise
    lines = complained.decode(errors="replace").strip().splitlines()
    return Ended(child.returncode or 0, said, lines[-1] if lines else "")


async def _started(
    words: Sequence[str], *, stdin: int | None, stdout: int, stderr: int | None
) -> Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ritornello", *words, stdin=stdin, stdout=stdout, stderr=stderr
    )
    with suppress(ProcessLookupError):  # it may have ended already
        os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
    return child


async def _end(child: Process) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), GRACE_S)
    except TimeoutError:
        child.kill()
        await child.wait()

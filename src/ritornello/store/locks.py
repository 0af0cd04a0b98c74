"""Locks between processes: held by a file, and gone with the process that holds them."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ritornello.kinds.errors import Conflict
from ritornello.store.home import make_folder

PAUSE_S = 0.1


@contextmanager
def held(file: Path, work: str, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the lock a file stands for, for the length of the block.

    Parameters
    ----------
    work : what the lock is for, such as ``training``; the error says it.
    patience_s : how long to wait for it.

    Raises
    ------
    Conflict : another process or thread holds it, and held it for as long as that.
    """
    make_folder(file.parent)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _taken(descriptor):
            if patience_s <= 0:
                raise Conflict(f"another {work} is at work in {file.parent}; try later")
            time.sleep(PAUSE_S)
            patience_s -= PAUSE_S
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

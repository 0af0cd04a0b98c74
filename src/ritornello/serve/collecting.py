"""Garbage collection that leaves out what stays: a catalogue of 500,000 items is no garbage, and looking takes 0.17 s.

Python's full collection looks at every object there is, and nobody is answered meanwhile. What survived one is therefore
frozen: the next looks only at what came since. Frozen objects still go when nobody holds them any more; only circles of
them would stay, so once an hour a full collection looks at all again.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

OLDEST = 2
LOOK_AT_ALL_S = 3_600.0


@contextmanager
def collecting_what_is_new(seconds: Callable[[], float]) -> Iterator[None]:
    """Freeze what survives full collections while the block runs; afterwards all is collected as before.

    Right for a process that loads much and keeps it. It misleads where much is held in circles and dropped: those stay for
    up to an hour.

    Parameters
    ----------
    seconds : a clock that never goes back.
    """
    looked_at_s = seconds()

    def settle(phase: Literal["start", "stop"], told: dict[str, int]) -> None:
        nonlocal looked_at_s
        if told["generation"] != OLDEST:
            return
        if phase == "stop":
            gc.freeze()
        elif (now_s := seconds()) >= looked_at_s + LOOK_AT_ALL_S:
            looked_at_s = now_s
            gc.unfreeze()

    gc.callbacks.append(settle)
    try:
        yield
    finally:
        gc.callbacks.remove(settle)
        gc.unfreeze()

"""Loops that are compiled when they are first called, and kept compiled where a folder can be written.

A compiled loop releases the interpreter lock. The first call ever takes seconds; later processes read
what it left beside the module, or in the user's cache. Importing this module loads numba (half a second
and 57 MB), so only what trains, judges or builds lists does.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile a function of arrays and numbers at its first call."""
    try:
        return cast("Loop", njit(cache=True, nogil=True)(loop))
    except RuntimeError:  # numba finds no folder to keep it in: compiled anew by every process
        return cast("Loop", njit(nogil=True)(loop))

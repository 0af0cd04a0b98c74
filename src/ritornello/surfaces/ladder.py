"""Five rungs, tried from the top: a missing, slow or broken model lowers the rung, never the answer.

    personal → last_good → segment → popular → editorial

Each rung has a circuit breaker (Nygard, Release It!, 2007): after repeated failure or lateness it is
left out for a while, then tried once; one success closes it again.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

import msgspec

from ritornello.kinds.decisions import RUNGS, Rung
from ritornello.kinds.errors import Error

T = TypeVar("T")
Attempt = Callable[[], T]


class NoAnswer(Error):
    """A rung that is sound but has nothing for this listener: no failure of its breaker."""


class Breaker:
    """Opens after ``n_failures`` in a row, half-opens after ``rest_s``, closes on a success.

    Half-open, it lets one try through at a time. Safe to share between threads.
    """

    def __init__(self, *, n_failures: int = 5, rest_s: float = 30.0) -> None:
        self._n_failures = n_failures
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._failed = 0
        self._tried_s = 0.0

    def allows(self, at_s: float) -> bool:
        """Say whether the rung may be tried now; saying yes to an open one is its one try."""
        with self._lock:
            if self._failed < self._n_failures:
                return True
            if at_s - self._tried_s < self._rest_s:
                return False
            self._tried_s = at_s
            return True

    def record(self, *, good: bool, at_s: float) -> None:
        """Take in how a try ended."""
        with self._lock:
            self._failed = 0 if good else self._failed + 1
            self._tried_s = at_s


class Ladder:
    """What climbing needs beside the rungs: breakers, a clock in seconds, a deadline.

    Parameters
    ----------
    seconds : monotonic clock.
    deadline_s : time each rung has; a later answer counts as a failure.
    thinkers : where rungs run, so that a late one is left behind; without it a rung runs in the
        calling thread, its answer is used however late, and lateness only teaches the breaker.
    """

    def __init__(
        self,
        seconds: Callable[[], float],
        *,
        deadline_s: float = 0.3,
        thinkers: Executor | None = None,
        breakers: Mapping[Rung, Breaker] | None = None,
    ) -> None:
        self._seconds = seconds
        self._deadline_s = deadline_s
        self._thinkers = thinkers
        self._breakers = breakers or {rung: Breaker() for rung in RUNGS}

    def answer(self, steps: "Sequence[tuple[Rung, Attempt[T]]]") -> "Climbed[T]":
        """Return the first rung's answer that comes, and why no higher one did.

        The last step is taken whatever its breaker says and as long as it takes: an answer there
        must be.
        """
        because: list[str] = []
        *upper, (last, final) = steps
        for rung, attempt in upper:
            breaker, began_s = self._breakers[rung], self._seconds()
            if not breaker.allows(began_s):
                because.append(f"{rung}: resting after repeated failure")
                continue
            try:
                found = self._run(attempt)
            except NoAnswer as reason:
                breaker.record(good=True, at_s=self._seconds())
                because.append(f"{rung}: {reason}")
            except TimeoutError:
                breaker.record(good=False, at_s=self._seconds())
                because.append(f"{rung}: took longer than {self._deadline_s * 1000:.0f} ms")
            except Exception as error:  # noqa: BLE001 - whatever breaks a rung, a lower one answers
                breaker.record(good=False, at_s=self._seconds())
                because.append(f"{rung}: {type(error).__name__}: {_brief(error)}")
            else:
                ended_s = self._seconds()
                breaker.record(good=ended_s - began_s <= self._deadline_s, at_s=ended_s)
                return Climbed(found, rung, "; ".join(because))
        return Climbed(final(), last, "; ".join(because))

    def _run(self, attempt: Attempt[T]) -> T:
        if self._thinkers is None:
            return attempt()
        thought = self._thinkers.submit(attempt)
        try:
            return thought.result(self._deadline_s)
        finally:
            thought.cancel()


class Climbed(msgspec.Struct, Generic[T], frozen=True):
    """An answer, its rung, and why no higher rung gave it (empty for the first)."""

    answer: T
    rung: Rung
    because: str


def _brief(error: Exception) -> str:
    """Return the first line of a message, cut to a readable length."""
    return (str(error).splitlines() or [""])[0][:120]

"""Five rungs, tried from the top: a missing, slow or broken model lowers the rung, never the answer.

    personal → last_good → segment → popular → editorial

Each rung has a circuit breaker (Nygard, Release It!, 2007): after repeated failure or lateness it is
left out for a while, then tried once; one success closes it again.

A late rung cannot be stopped, only left behind in its thread. Until it ends it is not asked again, so that it
can never take all threads; and until it ends threads take turns 20 times as often, because one that
computes in Python gives the interpreter away only when its turn is over, and everybody else waits for that
at each call that let go of it. Code that keeps the interpreter within one long call of C cannot be left behind.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Generic, TypeVar

import msgspec

from ritornello.kinds.decisions import RUNGS, Rung
from ritornello.kinds.errors import Error

T = TypeVar("T")
Attempt = Callable[[], T]


TURNS = 20
"""How much more often threads take turns while a late rung runs on."""


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


class LeftBehind:
    """Thoughts nobody waits for any more, by rung; while there are some, threads take turns more often.

    Safe to share between threads. The turns are those of the whole process (``sys.setswitchinterval``).
    """

    _lock = threading.Lock()
    _n_in_process = 0
    _usual_s = 0.0

    def __init__(self) -> None:
        self._running: Counter[Rung] = Counter()

    def add(self, rung: Rung, thought: "Future[T]") -> None:
        """Leave a thought behind that is still running."""
        with LeftBehind._lock:
            self._running[rung] += 1
            if not LeftBehind._n_in_process:
                LeftBehind._usual_s = sys.getswitchinterval()
                sys.setswitchinterval(LeftBehind._usual_s / TURNS)
            LeftBehind._n_in_process += 1
        thought.add_done_callback(lambda _: self._ended(rung))

    def holds(self, rung: Rung) -> bool:
        """Say whether a thought of this rung is still running."""
        return self._running[rung] > 0

    def _ended(self, rung: Rung) -> None:
        with LeftBehind._lock:
            self._running[rung] -= 1
            LeftBehind._n_in_process -= 1
            if not LeftBehind._n_in_process:
                sys.setswitchinterval(LeftBehind._usual_s)


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
        self._left_behind = LeftBehind()

    def answer(self, steps: "Sequence[tuple[Rung, Attempt[T]]]") -> "Climbed[T]":
        """Return the first rung's answer that comes, and why no higher one did.

        The last step is taken whatever its breaker says and as long as it takes: an answer there
        must be.
        """
        because: list[str] = []
        *upper, (last, final) = steps
        for rung, attempt in upper:
            breaker, began_s = self._breakers[rung], self._seconds()
            if self._left_behind.holds(rung):
                because.append(f"{rung}: still at an earlier request")
                continue
            if not breaker.allows(began_s):
                because.append(f"{rung}: resting after repeated failure")
                continue
            try:
                found = self._run(rung, attempt)
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

    def _run(self, rung: Rung, attempt: Attempt[T]) -> T:
        """Return what an attempt answers in time.

        Raises
        ------
        TimeoutError : it did not; where it had begun, it runs on behind.
        """
        if self._thinkers is None:
            return attempt()
        thought = self._thinkers.submit(attempt)
        try:
            return thought.result(self._deadline_s)
        except TimeoutError:
            if not thought.cancel():
                self._left_behind.add(rung, thought)
            raise


class Climbed(msgspec.Struct, Generic[T], frozen=True):
    """An answer, its rung, and why no higher rung gave it (empty for the first)."""

    answer: T
    rung: Rung
    because: str


def _brief(error: Exception) -> str:
    """Return the first line of a message, cut to a readable length."""
    return (str(error).splitlines() or [""])[0][:120]

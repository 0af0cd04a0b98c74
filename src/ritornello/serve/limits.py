"""How much is too much: token buckets by key and by address, and a ceiling on requests at once.

A bucket of rate *r* a minute holds at most *r* tokens and fills evenly; each request takes one. A
burst therefore passes at most *r*, and a steady caller exactly *r* a minute (the "leaky bucket as a
meter" of Turner, IEEE Communications Magazine, 1986). Buckets live in memory: a restart fills them.
"""

from collections.abc import Callable
from math import ceil

import msgspec

from ritornello.serve.problems import Problem

MAX_NAMES = 50_000
MAX_IN_FLIGHT = 512
RETRY_BUSY_S = 1


class Allowance(msgspec.Struct, frozen=True):
    """What a bucket answered: the rate, whole tokens left, seconds until one more (or all)."""

    granted: bool
    limit: int
    remaining: int
    reset_in_s: int

    def headers(self, now_s: float) -> dict[str, str]:
        """Return the ``X-RateLimit-*`` headers ListenBrainz clients read; ``now_s`` is Unix time."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset-In": str(self.reset_in_s),
            "X-RateLimit-Reset": str(int(now_s) + self.reset_in_s),
        }

    def refusal(self, now_s: float) -> Problem:
        """Return the 429 that says when to come back."""
        return Problem(
            429,
            "too-many-requests",
            f"more than {self.limit} requests a minute; come back in {self.reset_in_s} s",
            headers={"Retry-After": str(self.reset_in_s), **self.headers(now_s)},
        )


class Buckets:
    """Token buckets by name, the least recently used forgotten beyond ``max_names``.

    Parameters
    ----------
    seconds : a clock that never goes back, in seconds.

    Examples
    --------
    >>> buckets = Buckets(lambda: 0.0)
    >>> [buckets.take("key-1", 2).granted for _ in range(3)]
    [True, True, False]
    """

    def __init__(self, seconds: Callable[[], float], *, max_names: int = MAX_NAMES) -> None:
        self._seconds = seconds
        self._max_names = max_names
        self._filled: dict[str, tuple[float, float]] = {}

    def take(self, name: str, per_minute: int) -> Allowance:
        """Take one token from ``name``'s bucket, if it holds one."""
        at = self._seconds()
        tokens, since = self._filled.pop(name, (float(per_minute), at))
        tokens = min(float(per_minute), tokens + (at - since) * per_minute / 60)
        granted = tokens >= 1
        tokens -= granted
        self._filled[name] = (tokens, at)
        if len(self._filled) > self._max_names:
            del self._filled[next(iter(self._filled))]
        wanted = 1.0 if tokens < 1 else float(per_minute)
        reset_in_s = max(1, ceil((wanted - tokens) * 60 / per_minute))
        return Allowance(granted, per_minute, int(tokens), reset_in_s)


class Ceiling:
    """How many requests may be under way at once; beyond it the answer is 503 at once."""

    def __init__(self, most: int = MAX_IN_FLIGHT) -> None:
        self._most = most
        self.n = 0

    def enter(self) -> None:
        """Count one more.

        Raises
        ------
        Problem : 503 with ``Retry-After``; nothing was read, nothing was stored.
        """
        if self.n >= self._most:
            raise Problem(
                503,
                "busy",
                f"{self.n} requests are under way already; nothing of this one was read",
                headers={"Retry-After": str(RETRY_BUSY_S)},
            )
        self.n += 1

    def leave(self) -> None:
        """Count one less."""
        self.n -= 1

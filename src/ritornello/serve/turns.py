"""One at a time for each listener: who asks twice at once is answered twice, one after the other.

A radio that answered both at once would offer both the same track.
"""

import asyncio
from weakref import WeakValueDictionary

from ritornello.kinds.ids import ListenerId


class Turns:
    """Locks by listener, kept only while somebody holds or awaits one; for one event loop."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[ListenerId, asyncio.Lock] = WeakValueDictionary()

    def of(self, listener_id: ListenerId) -> asyncio.Lock:
        """Return the lock that orders what this listener asks for."""
        lock = self._locks.get(listener_id)
        if lock is None:
            lock = self._locks[listener_id] = asyncio.Lock()
        return lock

"""What each listener plays at this moment: a statement about now, kept in memory and never logged."""

from collections.abc import Callable

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import ListenerId

DEFAULT_S = 600.0
SLACK_S = 30.0
MAX_LISTENERS = 100_000


class PlayingNow:
    """The latest statement of each listener, until the track would have ended.

    Parameters
    ----------
    seconds : a clock that never goes back, in seconds.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._playing: dict[ListenerId, tuple[Listen, float]] = {}

    def say(self, listen: Listen) -> None:
        """Take in what a listener plays; it stands for its duration, or ten minutes if unknown."""
        duration_ms = listen.duration_ms
        lasts_s = DEFAULT_S if duration_ms is None else duration_ms / 1000 + SLACK_S
        self._playing.pop(listen.listener_id, None)
        self._playing[listen.listener_id] = (listen, self._seconds() + lasts_s)
        if len(self._playing) > MAX_LISTENERS:
            del self._playing[next(iter(self._playing))]

    def hush(self, listener_id: ListenerId) -> None:
        """Forget what a listener plays."""
        self._playing.pop(listener_id, None)

    def of(self, listener_id: ListenerId) -> Listen | None:
        """Return what a listener plays now."""
        found = self._playing.get(listener_id)
        if found is None or found[1] <= self._seconds():
            self._playing.pop(listener_id, None)
            return None
        return found[0]

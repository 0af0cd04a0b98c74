"""The reading of one listen: a play, a skip, a glance, or nothing at all.

A skip needs its reason and its length: a crossfaded full play ends early and is no skip, an error
says nothing about taste, an unknown length is neither zero nor a skip.
"""

from typing import Literal

from ritornello.kinds.events import Listen

Reading = Literal["play", "skip", "glance", "nothing"]

PLAY_FROM_SHARE = 0.5
PLAY_FROM_MS = 240_000
GLANCE_BELOW_MS = 30_000


def read(listen: Listen) -> Reading:
    """Say what one listen was.

    - ``nothing``: private, or ended by an error; it never reaches taste.
    - ``skip``: ended by the forward or back button before half the item and before four minutes;
      where the item's length is unknown, before 30 seconds; where the time played is unknown too,
      the button alone decides.
    - ``glance``: ended otherwise within 30 seconds and before half the item.
    - ``play``: everything else, also a play of unknown length, which is how most players report.

    Half the item or four minutes is what scrobblers count as a play (Audioscrobbler 1.2). Right for
    music; it misleads for sleep and for episodes, where stopping early can be success.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from ritornello.kinds.ids import uuid8
    >>> at = datetime(2026, 11, 16, tzinfo=UTC)
    >>> read(Listen(event_id=uuid8(at, "x"), listener_id="ada", happened_at=at, started_at=at,
    ...             item_id="track:a", ms_played=9_000, duration_ms=200_000,
    ...             ended_because="skipped_forward"))
    'skip'
    """
    if listen.private or listen.ended_because == "error":
        return "nothing"
    by_button = listen.ended_because in {"skipped_forward", "skipped_back"}
    if listen.ms_played is None:
        return "skip" if by_button else "play"
    if listen.duration_ms:
        enough = listen.ms_played >= min(PLAY_FROM_SHARE * listen.duration_ms, PLAY_FROM_MS)
    else:
        enough = listen.ms_played >= GLANCE_BELOW_MS
    if enough:
        return "play"
    if by_button:
        return "skip"
    return "glance" if listen.ms_played < GLANCE_BELOW_MS else "play"

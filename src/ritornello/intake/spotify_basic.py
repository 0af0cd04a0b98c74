"""Spotify's account data: what was played in the last year, to the minute.

Files ``StreamingHistory_music_*.json`` and ``StreamingHistory_podcast_*.json``, in older exports
``StreamingHistory0.json`` and so on, each an array of rows; a file of another name is recognised by
what it holds.

``endTime`` is the minute, in UTC, in which a play ended; it is read as the minute's beginning, so a
start is up to a minute early. Neither skips nor Spotify's URIs are told. The same plays come again
in the Extended Streaming History; which two are one is judged elsewhere, by what both say.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from ritornello.catalog.items import Resolver
from ritornello.intake import member_arrays
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk
from ritornello.intake.events import AHEAD
from ritornello.intake.refusal import Refused
from ritornello.intake.spotify import FOUNDED_AT
from ritornello.intake.spotify_items import Heard, Named
from ritornello.kinds.events import Listen, Milliseconds
from ritornello.kinds.ids import uuid8_of
from ritornello.kinds.items import Title

SOURCE = "spotify_basic"

_NAMES = re.compile(r"(?i)(?:^|/)streaminghistory(?:_(?:music|podcast|audiobook)_)?\d*\.json$")
_MARKS = ("endTime", "msPlayed")
_MILLISECOND = timedelta(milliseconds=1)


class Play(msgspec.Struct, gc=False, rename="camel"):
    """What is decoded of a row; ``podcast_name`` and ``episode_name`` are those of a podcast."""

    end_time: str
    ms_played: Milliseconds
    artist_name: Title | None = None
    track_name: Title | None = None
    podcast_name: Title | None = None
    episode_name: Title | None = None


def holds(member: Member) -> bool:
    """Whether a member is one of this export's files, by its name or else by how it begins."""
    return bool(_NAMES.search(member.name)) or member_arrays.begins_with(member, _MARKS)


def read(
    members: Sequence[Member],
    *,
    listener_id: str,
    now: datetime,
    resolver: Resolver,
    after: int = 0,
) -> Iterator[Chunk]:
    """Read the export's files among ``members``; others are passed over.

    Parameters
    ----------
    listener_id : whose history it is.
    now : nothing may have ended after it.
    resolver : finds the item a name means.
    after : position (row number, counted over all files in order) up to which all is stored.
    """
    ours = [member for member in members if holds(member)]
    listens = _Listens(listener_id, now, resolver)
    return member_arrays.gathered(ours, Play, listens.of, listens.fresh, source=SOURCE, after=after)


class _Listens:
    """Turns rows into listens, and gathers the items they name."""

    def __init__(self, listener_id: str, now: datetime, resolver: Resolver) -> None:
        self._listener_id = listener_id
        self._latest_at = now + AHEAD
        self._named = Named(resolver, listener_id, SOURCE)
        self.fresh = self._named.fresh

    def of(self, play: Play) -> Listen:
        """Return the listen a row tells of.

        Raises
        ------
        Refused : a time or a name that cannot be meant.
        """
        ended_at = self._instant(play.end_time)
        started_at = ended_at - play.ms_played * _MILLISECOND
        heard = self._heard(play)
        return Listen(
            event_id=uuid8_of(started_at, heard.fingerprint),
            listener_id=self._listener_id,
            happened_at=ended_at,
            item_id=heard.item_id,
            started_at=started_at,
            ms_played=play.ms_played,
            duration_ms=heard.duration_ms,
            client="spotify",
            source=SOURCE,
        )

    def _instant(self, stated: str) -> datetime:
        try:
            at = datetime.fromisoformat(stated)
        except ValueError as error:
            raise Refused("endTime", "not_a_time", f"{stated[:40]!r} is no time") from error
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        if at > self._latest_at:
            raise Refused("endTime", "future_time", f"{stated[:40]!r} is in the future")
        if at < FOUNDED_AT:
            raise Refused("endTime", "too_old", f"{stated[:40]!r} is before Spotify existed")
        return at.astimezone(UTC)

    def _heard(self, play: Play) -> Heard:
        if play.track_name is not None:
            return self._named.track(play.track_name, play.artist_name)
        if play.podcast_name is not None:
            return self._named.episode(play.episode_name, play.podcast_name)
        raise Refused("trackName", "empty", "neither track nor episode is named")

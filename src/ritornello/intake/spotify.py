"""Spotify's Extended Streaming History: every play of an account's life, to the millisecond.

Files ``Streaming_History_Audio_*.json`` and ``…_Video_*.json``, in older exports ``endsong_*.json``,
each an array of rows; a file of another name is recognised by what it holds.

- ``ts`` is when a play ended. It began ``ms_played`` earlier. After a log-out or a crash ``ts`` says
  when the account was next seen, so there the device's own ``offline_timestamp``, the start of the
  play in seconds or in milliseconds, is believed where it is sensible.
- A play was skipped if ``skipped`` is true or it ended by the forward or back button. Short skips
  are kept: they are the only dislike most people ever state. ``skipped`` is often null.
- Music becomes tracks, a podcast a show and its episodes, an audiobook a show (the book) and its
  episodes (the chapters). How long an item is, is not in the export: it is known only where the
  catalogue knows it.
- Address, user agent, user name, country and city are not decoded at all. Private sessions are left
  out, counted under the rule ``private_session``, or on demand kept as private listens, which reach
  no taste and no model.

The id of a listen is made of its start, the listener and the item's Spotify URI, else its names, so
the same row in two exports is one event.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec

from ritornello.catalog.items import Resolver
from ritornello.intake import member_arrays
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk
from ritornello.intake.events import AHEAD
from ritornello.intake.refusal import Refused
from ritornello.intake.spotify_items import Heard, Named
from ritornello.kinds.events import (
    BeganBecause,
    Device,
    EndedBecause,
    Listen,
    Milliseconds,
)
from ritornello.kinds.ids import uuid8_of
from ritornello.kinds.items import Title
from ritornello.kinds.times import EPOCH

SOURCE = "spotify"
FOUNDED_AT = datetime(2006, 4, 1, tzinfo=UTC)

_NAMES = re.compile(r"(?i)(?:^|/)(?:streaming_history_(?:audio|video)|endsong)[^/]*\.json$")
_MARKS = ("ts", "ms_played")
_MILLISECOND = timedelta(milliseconds=1)
_FOUNDED_MS = (FOUNDED_AT - EPOCH) // _MILLISECOND
_FIRST_IN_MS = 10**11
"""Seconds beyond this lie in the year 5138, milliseconds below it in 1973."""

BEGAN: dict[str | None, BeganBecause] = {
    "trackdone": "autoplay",
    "clickrow": "clicked",
    "click-row": "clicked",
    "clickside": "clicked",
    "playbtn": "clicked",
    "popup": "clicked",
    "uriopen": "clicked",
    "fwdbtn": "skipped_into",
    "nextbtn": "skipped_into",
    "backbtn": "skipped_into",
    "appload": "resumed",
    "switched-to-audio": "resumed",
    "switched-to-video": "resumed",
    "remote": "remote",
    "trackerror": "autoplay",
}
ENDED: dict[str | None, EndedBecause] = {
    "trackdone": "finished",
    "fwdbtn": "skipped_forward",
    "nextbtn": "skipped_forward",
    "backbtn": "skipped_back",
    "endplay": "stopped",
    "logout": "stopped",
    "remote": "stopped",
    "unexpected-exit": "stopped",
    "unexpected-exit-while-paused": "stopped",
    "appload": "stopped",
    "clickrow": "replaced",
    "click-row": "replaced",
    "clickside": "replaced",
    "playbtn": "replaced",
    "popup": "replaced",
    "uriopen": "replaced",
    "switched-to-audio": "replaced",
    "switched-to-video": "replaced",
    "trackerror": "error",
}
_ENDED_BEFORE_TS = frozenset({"logout", "unexpected-exit", "unexpected-exit-while-paused"})
_SETTLED = frozenset({"skipped_forward", "skipped_back", "error"})
DEVICES: tuple[tuple[Device, str], ...] = (
    ("wearable", r"watch|garmin|wear ?os|fitbit"),
    ("car", r"\bcar\b|carplay|automotive|android_auto|tesla"),
    ("tv", r"tv|roku|playstation|\bps[345]\b|xbox|tizen|chromecast(?!.*audio)"),
    ("speaker", r"sonos|amazon|echo|alexa|google|cast|speaker|homepod|bose|denon|libratone"),
    ("web", r"web_?player"),
    ("mobile", r"ios|iphone|ipad|android|windows phone|blackberry|symbian"),
    ("desktop", r"windows|os ?x|mac ?os|linux|desktop"),
)
"""The first pattern found in ``platform``, in any case, says what kind of device it was."""


class Play(
    msgspec.Struct,
    gc=False,
    rename={
        "track": "master_metadata_track_name",
        "artist": "master_metadata_album_artist_name",
        "album": "master_metadata_album_album_name",
        "track_uri": "spotify_track_uri",
        "episode": "episode_name",
        "show": "episode_show_name",
        "episode_uri": "spotify_episode_uri",
        "book": "audiobook_title",
        "book_uri": "audiobook_uri",
        "chapter": "audiobook_chapter_title",
        "chapter_uri": "audiobook_chapter_uri",
    },
):
    """What is decoded of a row. What is not named here never leaves the file."""

    ts: str
    ms_played: Milliseconds
    platform: str | None = None
    track: Title | None = None
    artist: Title | None = None
    album: Title | None = None
    track_uri: str | None = None
    episode: Title | None = None
    show: Title | None = None
    episode_uri: str | None = None
    book: Title | None = None
    book_uri: str | None = None
    chapter: Title | None = None
    chapter_uri: str | None = None
    reason_start: str | None = None
    reason_end: str | None = None
    shuffle: bool | None = None
    skipped: bool | None = None
    offline: bool | None = None
    offline_timestamp: Annotated[int, msgspec.Meta(ge=0)] | None = None
    incognito_mode: bool | None = None


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
    with_incognito: bool = False,
) -> Iterator[Chunk]:
    """Read the export's files among ``members``; others are passed over.

    Parameters
    ----------
    listener_id : whose history it is.
    now : nothing may have ended after it.
    resolver : finds the item a name or a Spotify URI means.
    after : position (row number, counted over all files in order) up to which all is stored.
    with_incognito : keep private sessions, as private listens.
    """
    ours = [member for member in members if holds(member)]
    listens = _Listens(listener_id, now, resolver, with_incognito=with_incognito)
    return member_arrays.gathered(ours, Play, listens.of, listens.fresh, source=SOURCE, after=after)


class _Listens:
    """Turns rows into listens, and gathers the items they name."""

    def __init__(
        self, listener_id: str, now: datetime, resolver: Resolver, *, with_incognito: bool
    ) -> None:
        self._listener_id = listener_id
        self._latest_at = now + AHEAD
        self._named = Named(resolver, listener_id, SOURCE)
        self._with_incognito = with_incognito
        self.fresh = self._named.fresh

    def of(self, play: Play) -> Listen:
        """Return the listen a row tells of.

        Raises
        ------
        Refused : a time or a name that cannot be meant; a private session that is not asked for.
        """
        private = play.incognito_mode is True
        if private and not self._with_incognito:
            message = "a private session; asked for, such listens are kept as private ones"
            raise Refused("incognito_mode", "private_session", message)
        ms_played = play.ms_played
        started_at = self._started_at(play)
        heard = self._heard(play)
        ended = ENDED.get(play.reason_end, "unknown")
        if play.skipped and ended not in _SETTLED:
            ended = "skipped_forward"
        return Listen(
            event_id=uuid8_of(started_at, heard.fingerprint),
            listener_id=self._listener_id,
            happened_at=started_at + ms_played * _MILLISECOND,
            item_id=heard.item_id,
            started_at=started_at,
            ms_played=ms_played,
            duration_ms=heard.duration_ms,
            began_because=BEGAN.get(play.reason_start, "unknown"),
            ended_because=ended,
            device=_device(play.platform),
            client=SOURCE,
            source=SOURCE,
            shuffle=play.shuffle,
            offline=play.offline,
            private=private,
        )

    def _started_at(self, play: Play) -> datetime:
        ended_at = _instant(play.ts)
        if ended_at > self._latest_at:
            raise Refused("ts", "future_time", f"{play.ts[:40]!r} is in the future")
        if ended_at < FOUNDED_AT:
            raise Refused("ts", "too_old", f"{play.ts[:40]!r} is before Spotify existed")
        if play.reason_end in _ENDED_BEFORE_TS and play.offline_timestamp:
            stated = play.offline_timestamp
            ms = stated if stated >= _FIRST_IN_MS else stated * 1000
            if _FOUNDED_MS <= ms <= (ended_at - EPOCH) // _MILLISECOND:
                return EPOCH + ms * _MILLISECOND
        return ended_at - play.ms_played * _MILLISECOND

    def _heard(self, play: Play) -> Heard:
        if play.track is not None:
            return self._named.track(play.track, play.artist, play.album, play.track_uri)
        if play.episode is not None or play.episode_uri is not None:
            return self._named.episode(play.episode, play.show, play.episode_uri)
        if play.book is not None:
            return self._named.episode(play.chapter, play.book, play.chapter_uri, play.book_uri)
        raise Refused("master_metadata_track_name", "empty", "neither track nor episode is named")


def _instant(stated: str) -> datetime:
    """Return a time as the export writes it; the oldest ones say ``UTC`` in words."""
    try:
        at = datetime.fromisoformat(stated)
        if at.tzinfo is UTC:
            return at
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        if stated.endswith(" UTC"):
            return _instant(f"{stated[:-4]}Z")
        raise Refused("ts", "not_a_time", f"{stated[:40]!r} is no time") from error


@lru_cache(maxsize=1024)
def _device(platform: str | None) -> Device:
    words = (platform or "")[:200].lower()
    return next((kind for kind, pattern in DEVICES if re.search(pattern, words)), "unknown")

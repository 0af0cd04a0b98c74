"""What can be heard: tracks and episodes, and the artists, albums and shows they belong to.

Attributes are free (``extra``) beside the few that rules and models read. A title from outside is
hostile text: it is kept as it came, cut to a length, and escaped wherever it is shown.
"""

from datetime import date
from typing import Annotated, Any

import msgspec

from ritornello.kinds.ids import ItemId

Title = Annotated[str, msgspec.Meta(max_length=1000)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Mbid = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\n)"),
]
Isrc = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$(?!\n)")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
LONGEST_MS = 31 * 86_400_000
"""Nothing that is heard lasts longer than a month."""
Uri = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class Item(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """What everything addressable carries; ``genres``, ``tags`` and ``moods`` are free words.

    ``identifiers`` are the URIs others know it by, such as ``spotify:track:…``.
    """

    item_id: ItemId
    title: Title
    mbid: Mbid | None = None
    genres: tuple[Word, ...] = ()
    tags: tuple[Word, ...] = ()
    moods: tuple[Word, ...] = ()
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None
    released_on: date | None = None
    identifiers: tuple[Uri, ...] = ()
    extra: dict[str, Any] | None = None


class Playable(Item, frozen=True, kw_only=True, omit_defaults=True):
    """Something one can press play on; ``regions`` empty means everywhere.

    ``location`` is where a player finds the audio: an address, or a path below its own library.
    """

    duration_ms: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MS)] | None = None
    explicit: bool = False
    available: bool = True
    regions: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$(?!\n)")], ...] = ()
    energy: Share | None = None
    location: Uri | None = None


class Track(Playable, frozen=True, kw_only=True, tag="track"):
    """A recording. ``artist_name`` is the credit as printed, ``artist_ids`` who that is."""

    artist_ids: tuple[ItemId, ...] = ()
    artist_name: Title = ""
    album_id: ItemId | None = None
    album_title: Title | None = None
    isrc: Isrc | None = None
    bpm: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None


class Episode(Playable, frozen=True, kw_only=True, tag="episode"):
    """One part of a show."""

    show_id: ItemId
    show_title: Title = ""
    season: int | None = None
    number: int | None = None
    description: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


class Artist(Item, frozen=True, kw_only=True, tag="artist"):
    """Who made it; ``title`` is the name."""


class Album(Item, frozen=True, kw_only=True, tag="album"):
    """A release."""

    artist_ids: tuple[ItemId, ...] = ()
    artist_name: Title = ""


class Show(Item, frozen=True, kw_only=True, tag="show"):
    """A podcast or programme."""

    author: Title = ""
    explicit: bool = False
    description: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None


AnyItem = Track | Episode | Artist | Album | Show
ITEM_KINDS: dict[str, type[Item]] = {
    "track": Track,
    "episode": Episode,
    "artist": Artist,
    "album": Album,
    "show": Show,
}
PLAYABLE_KINDS = ("track", "episode")

"""A list as every player can take it: who made it, for whom, and by what each place is found.

A place is found by where its audio lies (``location``), by MusicBrainz, by ISRC, or by any URI
others know it by. What is known is written, nothing is invented. Titles come from outside: a line
end or a mark that turns the direction of writing could pass for something else in another program,
so a text is one line of visible characters wherever it is written out.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

import msgspec

from ritornello.catalog import identity
from ritornello.kinds.decisions import Decision
from ritornello.kinds.items import AnyItem, Episode, Playable, Track

MUSICBRAINZ = "https://musicbrainz.org/"

_JOINERS = "\u200c\u200d"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_LINE_ENDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_IN_URIS = "%!#$&'()*+,/:;=?@[]~"


class Playlist(msgspec.Struct, frozen=True, kw_only=True):
    """A list of items for one listener; ``source_patch`` is the name players know its kind by."""

    playlist_id: UUID
    title: str
    listener: str
    made_at: datetime
    item_ids: tuple[str, ...]
    annotation: str = ""
    source_patch: str | None = None
    expires_at: datetime | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a list, in words and by what it is found; ``identifiers`` are URIs."""

    item: Playable
    title: str
    creator: str
    album: str
    duration_ms: int | None
    location: str | None
    identifiers: tuple[str, ...]


def of_decision(
    decision: Decision, *, title: str, source_patch: str | None = None, annotation: str = ""
) -> Playlist:
    """Return a decision's slots, in the order shown, as a playlist with the decision's id."""
    return Playlist(
        playlist_id=decision.decision_id,
        title=title,
        listener=decision.listener_id,
        made_at=decision.made_at,
        item_ids=tuple(slot.item_id for slot in decision.slots),
        annotation=annotation,
        source_patch=source_patch,
        expires_at=decision.expires_at,
    )


def entries(playlist: Playlist, items: Mapping[str, AnyItem]) -> list[Entry]:
    """Return the places of a playlist; an item that is not among ``items`` is left out."""
    known = (items.get(item_id) for item_id in playlist.item_ids)
    return [_entry(item) for item in known if isinstance(item, Playable)]


def _entry(item: Playable) -> Entry:
    creator, album = "", ""
    if isinstance(item, Episode):
        creator = album = item.show_title
    elif isinstance(item, Track):
        creator, album = item.artist_name, item.album_title or ""
    is_one_line = item.location is not None and not _LINE_ENDS.search(item.location)
    return Entry(
        item=item,
        title=one_line(item.title),
        creator=one_line(creator),
        album=one_line(album),
        duration_ms=item.duration_ms,
        location=item.location if is_one_line else None,
        identifiers=_identifiers(item),
    )


def _identifiers(item: Playable) -> tuple[str, ...]:
    """Return the URIs of an item, the one that names the recording best first."""
    own = identity.urn(item.item_id)
    if isinstance(item, Track) and item.mbid:
        own = f"{MUSICBRAINZ}recording/{item.mbid}"
    isrc = [f"urn:isrc:{item.isrc}"] if isinstance(item, Track) and item.isrc else []
    others = (quote(uri, safe=_IN_URIS) for uri in item.identifiers)
    return tuple(dict.fromkeys((own, *isrc, *others)))


def one_line(text: str) -> str:
    r"""Return a text as one line of characters that every form may hold.

    Control characters, marks of direction and half surrogates go; what joins letters or emoji stays.

    Examples
    --------
    >>> one_line("Night\nDrive \u202egnp.exe")
    'Night Drive gnp.exe'
    """
    return "".join(c for c in " ".join(text.split()) if c in _JOINERS or not _is_hidden(c))


def _is_hidden(character: str) -> bool:
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return is_noncharacter or unicodedata.category(character) in ("Cc", "Cf", "Cs")


def as_uri(location: str) -> str:
    """Return an address as it is, and a path as the relative URI it is.

    Examples
    --------
    >>> as_uri("Artist 0421: Live/07 100%.flac"), as_uri("https://example.org/a%20b")
    ('Artist%200421%3A%20Live/07%20100%25.flac', 'https://example.org/a%20b')
    """
    return quote(location, safe=_IN_URIS if _ADDRESS.match(location) else "/")


def as_path(location: str) -> str:
    """Return a path as it is, and an address of a file as its path; other addresses stay.

    Examples
    --------
    >>> as_path("file:///music/07%20A.flac"), as_path("https://example.org/a%20b")
    ('/music/07 A.flac', 'https://example.org/a%20b')
    """
    if location.startswith("file://"):
        return unquote(urlsplit(location).path)
    return location

"""A pool from a file an editor drops: TOML as pools are written, or a playlist as JSPF whose tracks become eligible by hand."""

import re
import sqlite3
from pathlib import PurePath
from typing import NamedTuple

import msgspec

from ritornello.catalog import identity, items
from ritornello.intake.playlists import MUSICBRAINZ
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import ItemId
from ritornello.surfaces import pools
from ritornello.surfaces.pools import Pool

WITHOUT_BRIEF = "From a playlist."


class FromFile(NamedTuple):
    """The pool a file holds, and how many tracks of a playlist the catalogue does not know."""

    pool: Pool
    n_lost: int = 0


class _Track(msgspec.Struct):
    """What of a track of a JSPF playlist may name an item."""

    title: str = ""
    creator: str = ""
    identifier: list[str] | str = ""


class _List(msgspec.Struct):
    """What of a JSPF playlist a pool takes."""

    track: list[_Track] = []
    title: str = ""
    annotation: str = ""


class _Jspf(msgspec.Struct):
    """A JSPF document (the JSON of XSPF, Xiph.Org)."""

    playlist: _List


def read(conn: sqlite3.Connection, name: str, content: bytes) -> FromFile:
    """Return the pool a file spells.

    Parameters
    ----------
    name : the file's; ``.toml`` tells the one form from the other.

    Raises
    ------
    BadValue : it is neither, or no pool; the message names file and key. No track of a playlist is known here.
    """
    stem, ending = PurePath(name).stem, PurePath(name).suffix.lower()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"{name} is not text in UTF-8") from error
    if ending == ".toml":
        return FromFile(pools.read(text, name))
    try:
        playlist = msgspec.json.decode(text, type=_Jspf).playlist
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadValue(
            f"{name} is neither a pool as TOML nor a playlist as JSPF: {error}"
        ) from error
    return _of_playlist(conn, stem, playlist)


def _of_playlist(conn: sqlite3.Connection, stem: str, playlist: _List) -> FromFile:
    resolver = items.Resolver(conn)
    named = [_item_of(track, resolver) for track in playlist.track]
    known = items.get_many(conn, [item_id for item_id in named if item_id])
    found = list(dict.fromkeys(item_id for item_id in named if item_id in known))
    if not found:
        raise BadValue(f"the catalogue knows none of the {len(named)} tracks of {stem!r}")
    values = {
        "name": "-".join(re.findall(r"[a-z0-9]+", stem.lower()))[:40].strip("-") or "playlist",
        "title": playlist.title.strip()[:128] or stem,
        "brief": playlist.annotation.strip()[:1000] or WITHOUT_BRIEF,
        "intent": "unknown",
        "by_hand": found,
    }
    return FromFile(pools.made_of(values, stem), len(named) - sum(each in known for each in named))


def _item_of(track: _Track, resolver: items.Resolver) -> ItemId | None:
    """Return the item a track of a playlist means: by our own address, a recording's, or its name."""
    uris = [track.identifier] if isinstance(track.identifier, str) else track.identifier
    own = next((uri for uri in uris if uri.startswith(identity.URN_PREFIX)), None)
    if own is not None:
        return identity.from_urn(own)
    recording = f"{MUSICBRAINZ}recording/"
    mbid = next((uri.removeprefix(recording) for uri in uris if uri.startswith(recording)), None)
    if mbid is None and not track.title:
        return None
    return resolver.track(artist=track.creator, title=track.title, mbid=mbid)

"""A pool as a file: TOML as pools are written, a playlist as JSPF whose tracks become eligible by hand, or both.

A JSPF that lies beside a TOML of the same name gives that pool its tracks; alone it is a pool by itself.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import msgspec

from ritornello.catalog import identity, items
from ritornello.intake.playlists import MUSICBRAINZ
from ritornello.kinds.errors import BadValue, NotFound
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


def load(conn: sqlite3.Connection, file: Path) -> FromFile:
    """Return the pool of a file, with the tracks of the JSPF beside it where there is one.

    Raises
    ------
    NotFound : there is no such file. BadValue : see :func:`read`.
    """
    if not file.is_file():
        raise NotFound(f"no file {file}")
    beside, content = file.with_suffix(".jspf"), file.read_bytes()
    if file.suffix.lower() != ".toml" or not beside.is_file():
        return read(conn, file.name, content)
    listed = read(conn, beside.name, beside.read_bytes())
    pool = pools.read(_text(file.name, content), file.name, listed.pool.by_hand)
    return FromFile(pool, listed.n_lost)


def read(conn: sqlite3.Connection, name: str, content: bytes) -> FromFile:
    """Return the pool a file's content spells.

    Parameters
    ----------
    name : the file's; ``.toml`` tells the one form from the other.

    Raises
    ------
    BadValue : it is neither, or no pool; the message names file and key. No track of a playlist is known here.
    """
    stem, ending = PurePath(name).stem, PurePath(name).suffix.lower()
    text = _text(name, content)
    if ending == ".toml":
        return FromFile(pools.read(text, name))
    try:
        playlist = msgspec.json.decode(text, type=_Jspf).playlist
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadValue(
            f"{name} is neither a pool as TOML nor a playlist as JSPF: {error}"
        ) from error
    return _of_playlist(conn, stem, playlist)


def write(pool: Pool) -> str:
    """Return a pool as the TOML that :func:`read` reads back.

    Examples
    --------
    >>> print(write(pools.load("lullaby")).splitlines()[0])
    name = "lullaby"
    """
    values: dict[str, Any] = msgspec.to_builtins(pool, builtin_types=(datetime,))
    tables = {name: rows for name, rows in values.items() if _is_of_tables(rows)}
    lines = [f"{name} = {_toml(each)}" for name, each in values.items() if name not in tables]
    for name, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{name}]]", *(f"{key} = {_toml(each)}" for key, each in row.items())]
    return "\n".join(lines) + "\n"


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"{name} is not text in UTF-8") from error


def _is_of_tables(value: Any) -> bool:
    return isinstance(value, Sequence) and bool(value) and isinstance(value[0], Mapping)


def _toml(value: Any) -> str:
    """Return a text, a number, a flag, an instant or a list of them as TOML."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


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

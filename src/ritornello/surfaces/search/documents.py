"""What is searched of everything that has a name: a document an item, and what changed since a mark.

A document is text alone, folded. Items that are named, playable where they would play, and not merged into another have
one; the editors' moments have one as ``playlist:NAME``. Listeners' own lists have none: an index names no listener.
"""

import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ritornello.kinds.ids import kind_of
from ritornello.surfaces import pool_store
from ritornello.surfaces.pools import Pool
from ritornello.surfaces.search.sounds import respelt
from ritornello.surfaces.search.spelling import fold, forms

KINDS = ("track", "artist", "album", "show", "episode", "playlist")
N_WORDS_SAID = 60
"""So many words of what a feed says of a show or an episode are searched."""
PAGE = 10_000
"""So many items are read at a time."""

_ITEMS = """
SELECT changed_seq, body FROM items WHERE changed_seq > ? ORDER BY changed_seq LIMIT ?
"""
_MERGED = "SELECT from_id, into_id FROM aliases WHERE from_id <> into_id"
_MERGES = "SELECT changed_seq, from_id, into_id FROM aliases WHERE changed_seq > ?"
_BODIES = "SELECT body FROM json_each(?) AS asked JOIN items ON item_id = asked.value"
_POOLS = "SELECT count(*) FROM pools"
_POOL_NAMES = "SELECT DISTINCT name FROM pools"


class Document(NamedTuple):
    """What is searched of one thing, folded.

    ``names`` begins with the name itself and goes on with its other forms, the first of them as English would spell what a
    title sounds like in the language the catalogue says, ``credit`` is who made it, ``words`` what else
    it is known by: the album or the show, other forms of the credit, the first words of a description.
    """

    item_id: str
    kind: str
    names: tuple[str, ...]
    credit: str = ""
    words: str = ""


class Mark(msgspec.Struct, frozen=True):
    """How far a catalogue was read: the last change of items and aliases, and how often moments changed."""

    items: int = 0
    aliases: int = 0
    pools: int = -1


class Changes(NamedTuple):
    """What changed since a mark: documents, new or in place of earlier ones, ids that have none, and the new mark."""

    documents: list[Document]
    gone: list[str]
    mark: Mark


class Searched(msgspec.Struct, gc=False):
    """The few fields of an item that are searched; all else is skipped."""

    item_id: str
    title: str = ""
    artist_name: str = ""
    show_title: str = ""
    author: str = ""
    album_title: str | None = None
    description: str | None = None
    language: str | None = None
    available: bool = True


_decoder = msgspec.json.Decoder(Searched)


def of(item: Searched) -> Document | None:
    """Return the document of an item (any record with the fields of :class:`Searched`), if it has one.

    Examples
    --------
    >>> of(Searched("track:a1", "The Song (Live)", artist_name="Artist 0421"))
    Document(item_id='track:a1', kind='track', names=('the song live', 'the song', 'song live', 'song'), credit='artist 0421', words='')
    """
    name = fold(item.title)
    if not name or not item.available:
        return None
    made_by = item.artist_name or item.show_title or item.author
    credit, *written = _of_credit(made_by) if made_by else ("",)
    if item.album_title:
        written.append(_of_credit(item.album_title)[0])
    if item.description:
        written.append(" ".join(fold(item.description[:1000]).split()[:N_WORDS_SAID]))
    return Document(
        item.item_id,
        kind_of(item.item_id),
        tuple(dict.fromkeys((name, *_as_said(item), *forms(item.title)))),
        credit,
        " ".join(written),
    )


def of_pool(pool: Pool) -> Document:
    """Return the document of a moment: its title, and what it is for in few words."""
    said = " ".join(fold(f"{pool.name} {pool.intent} {pool.brief}").split()[:N_WORDS_SAID])
    names = (fold(pool.title), *forms(pool.title))
    return Document(f"playlist:{pool.name}", "playlist", names, words=said)


def read(conn: sqlite3.Connection, after: Mark, limit: int = PAGE) -> Changes:
    """Read what changed in the catalogue after a mark, at most ``limit`` items of it.

    What is merged into another, has no name or is not available is gone; what was unmerged is back. Reading goes on where
    the returned mark stands, and is through when it no longer moves.
    """
    rows = conn.execute(_ITEMS, (after.items, limit)).fetchall()
    merges = conn.execute(_MERGES, (after.aliases,)).fetchall()
    merged = dict(conn.execute(_MERGED).fetchall()) if rows or merges else {}
    found = [_decoder.decode(body) for _, body in rows]
    back = [from_id for _, from_id, into_id in merges if from_id == into_id]
    found += [_decoder.decode(body) for body in _bodies(conn, back)]
    documents: dict[str, Document] = {}
    gone = {from_id: None for _, from_id, into_id in merges if from_id != into_id}
    for item in found:
        document = None if item.item_id in merged else of(item)
        if document is None:
            gone[item.item_id] = None
        else:
            documents[item.item_id] = document
    of_pools = _pools(conn, after.pools)
    mark = Mark(
        items=rows[-1][0] if rows else after.items,
        aliases=max((seq for seq, _, _ in merges), default=after.aliases),
        pools=of_pools.mark.pools,
    )
    return Changes([*documents.values(), *of_pools.documents], [*gone, *of_pools.gone], mark)


def _pools(conn: sqlite3.Connection, after: int) -> Changes:
    """Read all moments again where one of them changed; they are few."""
    (n_changes,) = conn.execute(_POOLS).fetchone()
    mark = Mark(pools=n_changes)
    if n_changes == after:
        return Changes([], [], mark)
    in_force = pool_store.in_force(conn)
    documents = [of_pool(version.stands) for version in in_force.values()]
    gone = [f"playlist:{n}" for (n,) in conn.execute(_POOL_NAMES) if n not in in_force]
    return Changes(documents, gone, mark)


def _bodies(conn: sqlite3.Connection, item_ids: Iterable[str]) -> list[str]:
    asked = msgspec.json.encode(list(item_ids)).decode()
    return [body for (body,) in conn.execute(_BODIES, (asked,))]


def _as_said(item: Searched) -> Iterable[str]:
    """Yield how a name is written by whoever heard it in its own language, where that is not as it is."""
    said = respelt(item.title, item.language)
    if said != item.title:
        yield fold(said)


@lru_cache(maxsize=65_536)
def _of_credit(name: str) -> tuple[str, ...]:
    """Fold what many items share, with its other forms."""
    return (fold(name), *forms(name))

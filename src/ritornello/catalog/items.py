"""The table of items: upsert, look up, and find the item a scrobble means.

``changes`` writes SQL instead of writing rows, because the row must change in the transaction
that stores the event it came with (``store.log.Writer``). What is known is never lost: an upsert
fills in what was missing, and only an explicit import overrides.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ritornello.catalog import identity
from ritornello.kinds.errors import NotFound
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import AnyItem, Track
from ritornello.store.database import Change

# A merge patch (RFC 7396) replaces what both bodies have and adds what only the patch has. Patched
# with the new and then again with the old, a body is filled in and keeps the order of its keys, so
# that what changes nothing writes nothing. A nameless body gives way in either direction.
_UPSERT = """
INSERT INTO items (item_id, kind, body, changed_seq)
VALUES (?, ?, ?, 1 + (SELECT coalesce(max(changed_seq), 0) FROM items))
ON CONFLICT (item_id) DO UPDATE SET body = {merged}, changed_seq = excluded.changed_seq
WHERE items.body <> {merged}
"""
_FILLED = """CASE
    WHEN json_extract(items.body, '$.title') = ''
    THEN json_patch(json_remove(items.body, '$.available'), excluded.body)
    ELSE json_patch(
        json_patch(items.body, json_remove(excluded.body, '$.available', '$.explicit')), items.body
    ) END"""
_OVERRIDDEN = """CASE
    WHEN json_extract(excluded.body, '$.title') = ''
    THEN json_patch(
        json_patch(items.body, json_remove(excluded.body, '$.available')), items.body
    )
    ELSE json_patch(json_remove(items.body, {forgotten}), excluded.body) END"""
_FILL = _UPSERT.format(merged=_FILLED)
_OVERRIDE = _UPSERT.format(merged=_OVERRIDDEN.format(forgotten="'$.available', '$.explicit'"))
_UPDATE = _UPSERT.format(merged=_OVERRIDDEN.format(forgotten="'$.explicit'"))
_IDENTIFY = "INSERT OR IGNORE INTO identifiers (scheme, value, item_id) VALUES (?, ?, ?)"

_BY_IDENTIFIER = """
SELECT item_id FROM identifiers
WHERE scheme = ? AND value = ? AND item_id GLOB ? || ':*' ORDER BY item_id LIMIT 1
"""
_KNOWN_BY = f"""
SELECT asked.item_id, json_extract(body, '$.duration_ms')
FROM (SELECT coalesce(({_BY_IDENTIFIER}), ?) AS item_id) AS asked
LEFT JOIN items ON items.item_id = asked.item_id
"""
_BODY = """
SELECT asked.value, body
FROM json_each(?) AS asked
LEFT JOIN aliases ON from_id = asked.value
JOIN items ON item_id = coalesce(into_id, asked.value)
"""

_encode = msgspec.json.Encoder(order="deterministic").encode
_decoder = msgspec.json.Decoder(AnyItem)


def identify(rows: Iterable[tuple[str, str, str]]) -> list[Change]:
    """Return the changes that let ``(scheme, value, item_id)`` find its item."""
    found = list(rows)
    return [(_IDENTIFY, found)] if found else []


def changes(
    items: Iterable[AnyItem], *, override: bool = False, keeps_available: bool = False
) -> list[Change]:
    """Return the upserts of ``items`` and of the identifiers they carry.

    Writing the same items twice changes nothing and wakes no reader.

    Parameters
    ----------
    items : in any order; of two with one id the second adds to the first.
    override : let what is new replace what is known (an import the owner asked for). What the
        new item leaves out stays either way. Otherwise only gaps are filled, and neither
        ``available`` nor ``explicit`` changes on an item that has a name.
    keeps_available : what overrides is nobody who could take an item out of the catalogue or back
        in, as a podcast's feed: whether one may play it stays as it is.
    """
    rows: list[tuple[Any, ...]] = []
    identifiers: list[tuple[str, str, str]] = []
    for item in items:
        kind = kind_of(item.item_id)
        rows.append((item.item_id, kind, _encode(_without_nulls(item)).decode()))
        if item.mbid is not None:
            identifiers.append(("mbid", item.mbid, item.item_id))
        if isinstance(item, Track) and item.isrc is not None:
            identifiers.append(("isrc", item.isrc, item.item_id))
        identifiers += [(uri.partition(":")[0], uri, item.item_id) for uri in item.identifiers]
    if not rows:
        return []
    overriding = _UPDATE if keeps_available else _OVERRIDE
    return [(overriding if override else _FILL, rows), *identify(identifiers)]


def get(conn: sqlite3.Connection, item_id: str) -> AnyItem:
    """Return the item an id stands for today, aliases followed.

    Raises
    ------
    NotFound : nothing answers to that id.
    """
    found = get_many(conn, (item_id,))
    if item_id not in found:
        raise NotFound(f"no item {item_id!r} in the catalogue")
    return found[item_id]


def get_many(conn: sqlite3.Connection, item_ids: Sequence[str]) -> dict[str, AnyItem]:
    """Return the items of those ids that are known, keyed by the id asked for."""
    asked = msgspec.json.encode(list(item_ids)).decode()
    return {key: _decoder.decode(body) for key, body in conn.execute(_BODY, (asked,))}


def count(conn: sqlite3.Connection) -> int:
    """Return how many items the catalogue knows."""
    (n_items,) = conn.execute("SELECT count(*) FROM items").fetchone()
    return int(n_items)


def by_identifier(conn: sqlite3.Connection, scheme: str, value: str) -> list[str]:
    """Return the ids of the items an ``mbid``, ``isrc``, ``msid`` or a URI names, in order."""
    rows = conn.execute(
        "SELECT item_id FROM identifiers WHERE scheme = ? AND value = ? ORDER BY item_id",
        (scheme, value),
    )
    return [item_id for (item_id,) in rows]


def resolve(
    conn: sqlite3.Connection, *, mbid: str | None = None, artist: str = "", title: str = ""
) -> str:
    """Return the id of the track a scrobble means; see :class:`Resolver`."""
    return Resolver(conn).track(artist=artist, title=title, mbid=mbid)


class Resolver:
    """Find the item a name and perhaps a MusicBrainz id mean, remembering its own answers.

    In order: the item that carries the MusicBrainz id; else the id made of the text; but if the
    text's item carries another MusicBrainz id, an id made of the MusicBrainz id, for two
    recordings may share artist and title. Without a title only the MusicBrainz id speaks.

    Answers do not follow aliases: an event keeps the identity it was submitted with. One
    resolver serves one batch, so that the rows of a batch agree before any is stored.
    """

    def __init__(self, conn: sqlite3.Connection | None = None) -> None:
        self._conn = conn
        self._item_of: dict[tuple[str, str], str | None] = {}
        self._mbid_of: dict[str, str | None] = {}

    def track(self, *, artist: str = "", title: str = "", mbid: str | None = None) -> str:
        """Return the id of a recording."""
        return self._resolve("track", mbid, identity.track_id(artist, title) if title else None)

    def artist(self, *, name: str, mbid: str | None = None) -> str:
        """Return the id of an artist."""
        return self._resolve("artist", mbid, identity.artist_id(name))

    def album(self, *, artist: str, title: str, mbid: str | None = None) -> str:
        """Return the id of a release."""
        return self._resolve("album", mbid, identity.album_id(artist, title))

    def by_identifier(self, scheme: str, value: str, kind: str = "track") -> str | None:
        """Return the item of a kind that somebody else's identifier was given out for."""
        if self._conn is None:
            return None
        row = self._conn.execute(_BY_IDENTIFIER, (scheme, value, kind)).fetchone()
        return None if row is None else str(row[0])

    def known_by(self, uri: str | None, item_id: str) -> tuple[str, int | None]:
        """Return the item of its kind that a URI was given out for, else ``item_id``; its length.

        The length is ``None`` where the catalogue does not know it.
        """
        if self._conn is None:
            return item_id, None
        scheme = (uri or "").partition(":")[0]
        asked = (scheme, uri, kind_of(item_id), item_id)
        found, duration_ms = self._conn.execute(_KNOWN_BY, asked).fetchone()
        return found, duration_ms

    def _resolve(self, kind: str, mbid: str | None, text_id: str | None) -> str:
        if mbid is None:
            if text_id is None:
                raise NotFound(f"a {kind} without a name and without a MusicBrainz id")
            return text_id
        key = (kind, mbid)
        item_id = self._item_of.get(key) or self.by_identifier("mbid", mbid, kind)
        if item_id is None:
            free = text_id is not None and self._mbid_of_text(text_id) in (None, mbid)
            item_id = text_id if free and text_id else identity.mbid_id(kind, mbid)
        self._item_of[key] = item_id
        self._mbid_of[item_id] = self._mbid_of.get(item_id) or mbid
        return item_id

    def _mbid_of_text(self, item_id: str) -> str | None:
        if item_id not in self._mbid_of and self._conn is not None:
            row = self._conn.execute(
                "SELECT json_extract(body, '$.mbid') FROM items WHERE item_id = ?", (item_id,)
            ).fetchone()
            self._mbid_of[item_id] = None if row is None else row[0]
        return self._mbid_of.get(item_id)


def nameless(mbid: str) -> Track:
    """Return the track of which only the MusicBrainz id is known: not playable until named."""
    return Track(item_id=identity.mbid_id("track", mbid), title="", mbid=mbid, available=False)


def _without_nulls(item: AnyItem) -> AnyItem:
    """Drop nulls from the free attributes: a null says nothing, and would delete in a patch."""
    if item.extra is None:
        return item
    return msgspec.structs.replace(item, extra=_dropped(item.extra) or None)


def _dropped(value: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _dropped(inner) if isinstance(inner, dict) else inner
        for key, inner in value.items()
        if inner is not None
    }

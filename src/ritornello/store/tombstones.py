"""Who has left: a keyed hash of each listener who was erased, and what follows from it for a writer.

The key is the home's own secret, so that the hash says nothing outside it. While an erasure is under
way the row also holds the listener's id (``leaving_id``); no byte of it stays behind. From the
transaction that lays a tombstone on, a writer refuses that listener's events and decisions, and no
row of theirs enters any table with a ``listener_id``, whichever job or import brings it.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from ritornello.kinds.errors import Conflict, NotFound
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import to_us

HASH_BYTES = 16
MOST_REMEMBERED = 100_000
FED = "fed_by_reducers"
_VERSION = "SELECT value FROM meta WHERE name = 'tombstones_version'"
_KEY = "SELECT value FROM meta WHERE name = 'tombstones_secret'"
_TABLES = """
    SELECT t.name FROM main.sqlite_master AS t, pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND c.name = 'listener_id' ORDER BY t.name"""


class Tombstones:
    """The tombstones of a home as one writer sees them, up to date in each of its transactions."""

    def __init__(self) -> None:
        self._version = "0"
        self._hashes: frozenset[bytes] = frozenset()
        self._seed = hashlib.blake2b(digest_size=HASH_BYTES)
        self._stay: set[ListenerId] = set()

    def __bool__(self) -> bool:
        """Whether anybody ever left."""
        return bool(self._hashes)

    def refresh(self, conn: sqlite3.Connection) -> None:
        """Look for new ones, laid by any process; one point read where there are none.

        The connection is a writer's: where somebody has left, it gains triggers that drop whatever a
        job writes of them.
        """
        (version,) = conn.execute(_VERSION).fetchone()
        if version != self._version:
            self._hashes = frozenset(
                each for (each,) in conn.execute("SELECT listener_hash FROM tombstones")
            )
            self._seed = _seed(conn)
            self._stay.clear()
            self._version = version
        if self._hashes:
            self._guard(conn)

    def covers(self, listener_id: ListenerId) -> bool:
        """Whether a listener has left."""
        if not self._hashes or listener_id in self._stay:
            return False
        if _hashed(self._seed, listener_id) in self._hashes:
            return True
        if len(self._stay) >= MOST_REMEMBERED:
            self._stay.clear()
        self._stay.add(listener_id)
        return False

    def _guard(self, conn: sqlite3.Connection) -> None:
        """Keep rows of who has left out of every table that anything but a reducer fills."""
        if conn.execute("SELECT 1 FROM temp.sqlite_master WHERE type = 'trigger'").fetchone():
            return
        conn.create_function("has_left", 1, self.covers)
        for table in set(tables(conn)) - {"events", "decisions", *_fed(conn)}:
            conn.execute(
                f"CREATE TEMP TRIGGER {table}_of_who_left BEFORE INSERT ON main.{table} "
                "WHEN NEW.listener_id IS NOT NULL AND has_left(NEW.listener_id) "
                "BEGIN SELECT RAISE(IGNORE); END"
            )


def lay(conn: sqlite3.Connection, listener_id: ListenerId, now: datetime) -> bytes:
    """Lay a listener's tombstone, or take up the one that lies there; return the hash."""
    listener_hash = hash_of(conn, listener_id)
    conn.execute(
        "INSERT INTO tombstones (listener_hash, laid_at_us, leaving_id) VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET leaving_id = excluded.leaving_id, done = '[]', "
        "laid_at_us = iif(erased_at_us IS NULL, laid_at_us, excluded.laid_at_us), "
        "counts = iif(erased_at_us IS NULL, counts, '{}'), erased_at_us = NULL",
        (listener_hash, to_us(now), listener_id),
    )
    _bump(conn)
    return listener_hash


def count(conn: sqlite3.Connection, listener_hash: bytes, removed: Mapping[str, int]) -> None:
    """Add to what was removed of a listener who is leaving, in the transaction that removes it."""
    key = (listener_hash,)
    (before,) = conn.execute(
        "SELECT counts FROM tombstones WHERE listener_hash = ?", key
    ).fetchone()
    counts = Counter(msgspec.json.decode(before, type=dict[str, int]))
    counts.update(removed)
    conn.execute(
        "UPDATE tombstones SET counts = ? WHERE listener_hash = ?",
        (msgspec.json.encode(counts).decode(), listener_hash),
    )


def lift(conn: sqlite3.Connection, listener_id: ListenerId) -> None:
    """Let a listener begin anew; nothing comes back.

    Raises
    ------
    NotFound : they never left.
    Conflict : their erasure is still under way.
    """
    key = (hash_of(conn, listener_id),)
    row = conn.execute(
        "SELECT erased_at_us FROM tombstones WHERE listener_hash = ?", key
    ).fetchone()
    if row is None:
        raise NotFound("this listener has not left; there is nothing to readmit")
    if row[0] is None:
        raise Conflict("the erasure is not finished; run `ritornello listener erase` first")
    conn.execute("DELETE FROM tombstones WHERE listener_hash = ?", key)
    _bump(conn)


def covers(conn: sqlite3.Connection, listener_id: ListenerId) -> bool:
    """Whether a listener has left, asked of the database."""
    (version,) = conn.execute(_VERSION).fetchone()
    if version == "0":
        return False
    key = (hash_of(conn, listener_id),)
    found = conn.execute("SELECT 1 FROM tombstones WHERE listener_hash = ?", key).fetchone()
    return found is not None


def covered(conn: sqlite3.Connection, listener_ids: Iterable[ListenerId]) -> set[ListenerId]:
    """Return those of many listeners who have left."""
    hashes = {each for (each,) in conn.execute("SELECT listener_hash FROM tombstones")}
    if not hashes:
        return set()
    seed = _seed(conn)
    return {who for who in listener_ids if _hashed(seed, who) in hashes}


def refuse(conn: sqlite3.Connection, listener_id: ListenerId) -> None:
    """Make sure a listener has not left.

    Raises
    ------
    Conflict : they have.
    """
    if covers(conn, listener_id):
        message = "this listener was erased; `ritornello listener readmit` lets them begin anew"
        raise Conflict(message)


def version(conn: sqlite3.Connection) -> str:
    """Return what is another after every listener who leaves or comes back."""
    (known,) = conn.execute(_VERSION).fetchone()
    return str(known)


def leaving(conn: sqlite3.Connection) -> list[ListenerId]:
    """Return the ids of those whose records may still lie in the lake's files."""
    rows = conn.execute("SELECT leaving_id FROM tombstones WHERE leaving_id IS NOT NULL")
    return [listener_id for (listener_id,) in rows]


def tables(conn: sqlite3.Connection) -> list[str]:
    """Return every table whose rows belong to a listener."""
    return [name for (name,) in conn.execute(_TABLES)]


def hash_of(conn: sqlite3.Connection, listener_id: ListenerId) -> bytes:
    """Return the keyed hash by which a home remembers who left."""
    return _hashed(_seed(conn), listener_id)


def note_fed(conn: sqlite3.Connection, names: Iterable[str]) -> None:
    """Remember which tables are filled by reducers alone, and so only from records let in."""
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (FED, " ".join(sorted(names))),
    )


def _fed(conn: sqlite3.Connection) -> list[str]:
    row = conn.execute("SELECT value FROM meta WHERE name = ?", (FED,)).fetchone()
    return str(row[0]).split() if row else []


def _seed(conn: sqlite3.Connection) -> "hashlib.blake2b":
    (secret,) = conn.execute(_KEY).fetchone()
    return hashlib.blake2b(key=bytes.fromhex(secret), digest_size=HASH_BYTES)


def _hashed(seed: "hashlib.blake2b", listener_id: ListenerId) -> bytes:
    hashing = seed.copy()
    hashing.update(listener_id.encode())
    return hashing.digest()


def _bump(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE meta SET value = value + 1 WHERE name = 'tombstones_version'")

"""Taking along: everything known of one listener, as files a person and a machine can read.

Events stand as ``ritornello import events`` reads them, the catalogue rows they need as ``import
catalog`` does; beside them the decisions, and every row of every table that has a ``listener_id``.
Secrets are never in it, not even as hashes. All of it is one snapshot of log, lake and state, and
what was written is counted again by other means before the parcel appears.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

import duckdb
import msgspec
import zstandard

from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.events import EVENT_KINDS, AnyEvent
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant
from ritornello.store import lake, manifest, tombstones
from ritornello.store.database import connect, snapshot
from ritornello.store.home import Home
from ritornello.store.parcels import Packed, Parcel, parcel

KINDS = (*EVENT_KINDS, "decision")
ROWS_A_PART = 1_000
UUID_BYTES = 16
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
README = """\
Everything that is known of {listener_id}, written on {day} (UTC).

events.jsonl      what happened: listens, impressions, acts, queries, answers; one JSON object a line
decisions.jsonl   every answer that was given: pages and lists, with reasons and probabilities
catalogue.jsonl   the tracks, episodes, artists, albums and shows that the events speak of
tables/           what the system keeps beside: counts, choices, marks, keys (never their secrets),
                  imports, what could not be kept, and everything it derives from the events.
                  Names that end in _us are microseconds since 1970, in UTC.
manifest.json     how many rows each file has, its size and its SHA-256; and the same rows counted a
                  second time, where they rest: the two counts are equal.

To take it into another ritornello:

    ritornello import catalog catalogue.jsonl
    ritornello import events events.jsonl
"""

Items = Callable[[sqlite3.Connection, Iterable[str]], Iterator[bytes]]
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines


class Contents(msgspec.Struct, frozen=True):
    """The manifest of a parcel: ``counted_again`` are rows by kind as log, lake and tables hold them."""

    listener_id: ListenerId
    made_at: Instant
    files: tuple[Packed, ...]
    counted_again: dict[str, int]


def take_along(
    home: Home,
    listener_id: ListenerId,
    place: Path,
    *,
    now: datetime,
    items: Items,
    progress: Callable[[str, float], None] | None = None,
) -> Contents:
    """Write everything known of a listener to ``place``, a ``.zip`` or a folder.

    Parameters
    ----------
    items : yields the catalogue's lines about these item ids and what they belong to; ``catalog``
        defines it.

    Raises
    ------
    NotFound, Conflict : ``place`` cannot be written to.
    StorageUnavailable : the lake cannot be read, or what was written is not all there is.
    """
    tell = progress or _silent
    with (
        closing(connect(home, read_only=True)) as conn,
        lake.open_lake(home) as duck,
        snapshot(conn),
        parcel(place, now) as out,
    ):
        for kind in KINDS:
            lake.view(duck, conn, home, kind, only_of=[listener_id])
        counts, touched = _records(duck, out, tell)
        out.write("catalogue.jsonl", items(conn, touched))
        for table in _tables(conn):
            tell(table, 0.9)
            packed = out.write(f"tables/{table}.jsonl", _rows(conn, table, listener_id))
            counts[table] = packed.n_rows
        tell("count again", 0.95)
        again = count(conn, home, listener_id)
        if again != {name: n for name, n in counts.items() if n}:
            message = f"wrote {counts}, but there are {again}; nothing was kept: try again"
            raise StorageUnavailable(message)
        text = README.format(listener_id=listener_id, day=now.date())
        out.write("README.txt", iter([text.encode()]))
        contents = Contents(listener_id, now, tuple(out.files), again)
        out.write("manifest.json", iter([msgspec.json.format(_encode(contents))]))
    return contents


def count(conn: sqlite3.Connection, home: Home, listener_id: ListenerId) -> dict[str, int]:
    """Count what there is of a listener where it rests: by kind of record, and by table.

    What there is none of is left out.
    """
    counts = dict(
        conn.execute(
            "SELECT kind, count(*) FROM events WHERE listener_id = ? AND seq > ? GROUP BY kind",
            (listener_id, lake.sealed_through(conn, "event")),
        ).fetchall()
    )
    (counts["decision"],) = conn.execute(
        "SELECT count(*) FROM decisions WHERE listener_id = ? AND seq > ?",
        (listener_id, lake.sealed_through(conn, "decision")),
    ).fetchone()
    with lake.open_lake(home) as duck, lake.readable():
        for kind in KINDS:
            files = [home.lake / entry.path for entry in manifest.entries(conn, kind)]
            if files:
                sql = f"SELECT count(*) FROM {lake.parquet(files)} {lake.only([listener_id])}"
                counts[kind] = counts.get(kind, 0) + duck.execute(sql).fetchall()[0][0]
    for table in _tables(conn):
        sql = f"SELECT count(*) FROM {table} WHERE listener_id = ?"
        (counts[table],) = conn.execute(sql, (listener_id,)).fetchone()
    return {name: n for name, n in counts.items() if n}


def _records(
    duck: duckdb.DuckDBPyConnection, out: Parcel, tell: Callable[[str, float], None]
) -> tuple[dict[str, int], set[str]]:
    """Write events and decisions; return how many of each kind, and the items they speak of."""
    counts = dict.fromkeys(KINDS, 0)
    touched: set[str] = set()

    def events() -> Iterator[bytes]:
        for done, kind in enumerate(EVENT_KINDS):
            tell(kind, done / len(KINDS))
            ordered = f"(SELECT * FROM {kind} ORDER BY happened_at, event_id)"
            for batch in lake.events(duck, kind, ordered):
                counts[kind] += len(batch)
                touched.update(about for event in batch if (about := _about(event)))
                yield _encode_lines(batch)

    def decisions() -> Iterator[bytes]:
        tell("decision", 0.8)
        for batch in lake.decisions(duck, "(SELECT * FROM decision ORDER BY made_at)"):
            counts["decision"] += len(batch)
            touched.update(slot.item_id for decided in batch for slot in decided.slots)
            yield _encode_lines(batch)

    out.write("events.jsonl", events())
    out.write("decisions.jsonl", decisions())
    return counts, touched


def _about(event: AnyEvent) -> str | None:
    """Return the item an event speaks of, if it is one."""
    about: str | None = getattr(event, "item_id", None) or getattr(event, "about_id", None)
    return about


def _tables(conn: sqlite3.Connection) -> list[str]:
    return [name for name in tombstones.tables(conn) if name not in ("events", "decisions")]


def _rows(conn: sqlite3.Connection, table: str, listener_id: ListenerId) -> Iterator[bytes]:
    """Yield a table's rows of a listener as JSON Lines; hashes of secrets are left out."""
    names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
    shown = [name for name in names if not name.endswith("_hash")]
    columns = ", ".join(f'"{name}"' for name in shown)
    rows = conn.execute(f"SELECT {columns} FROM {table} WHERE listener_id = ?", (listener_id,))
    while part := rows.fetchmany(ROWS_A_PART):
        yield _encode_lines([dict(zip(shown, map(_plain, row), strict=True)) for row in part])


def _plain(value: object) -> object:
    """Return a column's value as JSON has it: ids as text, bodies as what they say."""
    if not isinstance(value, bytes):
        return value
    if len(value) == UUID_BYTES:
        return str(UUID(bytes=value))
    if value.startswith(ZSTD_MAGIC):
        value = zstandard.ZstdDecompressor().decompress(value)
    return msgspec.Raw(value) if value[:1] in (b"{", b"[") else value.hex()


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
    del step, share

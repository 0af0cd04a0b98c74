"""A home as it stood: log, lake, catalogue and state of the past, in a home of its own.

The future is cut off before anything is read. What a split knows is written into an empty home, and the readers,
reducers and the rebuild that serve make everything else of it: state, histories, profiles, lists, models. Nobody who is
judged ever holds the home they are judged by.

What has a time is cut by it: events and decisions, merges, rulings, pools, what was learned. What has none is bounded by
what does:

- an **item** is known from its first sight on: named by a known event or decision, or released by then. What nobody can
  date is unknown, for catalogues grow by what is played. What is said of it (title, genres) stands as today.
- a **tally** is known where its source was last imported before the split; ``tallies="known"`` assumes it of all.
- a **preference** stands as today, but a time zone is the one of the listener's last known decision, if there is one.
- **settings**, declared success and declared intents stand as today: they are what is judged.

A merge that was taken back is not known any more, and neither is what an item was called before.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, NamedTuple

import duckdb
import msgspec

from ritornello.evaluate.splits import Split
from ritornello.evaluate.warned import Warned
from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.times import to_us
from ritornello.store import lake, manifest
from ritornello.store.appending import Reducer
from ritornello.store.database import (
    connect,
    create_tables,
    execute_rows,
    snapshot,
    transaction,
)
from ritornello.store.home import Home
from ritornello.store.rebuild import rebuild

Tallies = Literal["dated", "known"]

KINDS = (*EVENT_KINDS, "decision")
_TIME = dict.fromkeys(EVENT_KINDS, "happened_at") | {"decision": "made_at"}
_ABOUT = {"listen": "item_id", "act": "about_id"}
_KNOWN = """
CREATE OR REPLACE TEMP TABLE known_{kind} AS SELECT k.* FROM {kind} AS k
LEFT JOIN ends AS e ON e.listener_id = k.listener_id
WHERE epoch_us(k.{time}) < coalesce(e.ends_us, {at_us})
"""
_NOT_HIDDEN = """
AND NOT EXISTS (
    SELECT 1 FROM hidden AS h LEFT JOIN alias AS a ON a.from_id = k.{about}
    WHERE h.listener_id = k.listener_id AND h.item_id = coalesce(a.into_id, k.{about})
)
"""
_WRITE = """
COPY (
    SELECT *, strftime({time} AT TIME ZONE 'UTC', '%Y-%m-%d') AS dt FROM known_{kind} ORDER BY dt, listener_id, {time}
) TO {folder} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (dt))
"""
_NAMED = """
SELECT item_id FROM known_listen UNION SELECT about_id FROM known_act UNION SELECT about_id FROM known_answer
UNION SELECT slot.item_id FROM (SELECT unnest(slots) AS slot FROM known_decision)
UNION SELECT each.item_id FROM (SELECT unnest(flatten(list_transform(shelves, lambda s: s.shortlist))) AS each FROM known_decision)
"""
_ZONES = "SELECT listener_id, arg_max(time_zone, made_at) FROM known_decision GROUP BY 1"
_ALIASES = """
WITH RECURSIVE led(from_id, into_id) AS (
    SELECT from_id, stated_id FROM present.aliases WHERE stated_at_us < :at_us
    UNION SELECT led.from_id, a.stated_id FROM led JOIN present.aliases AS a ON a.from_id = led.into_id
    WHERE a.stated_at_us < :at_us
)
INSERT INTO aliases (from_id, stated_id, into_id, stated_at_us, changed_seq)
SELECT a.from_id, a.stated_id, led.into_id, a.stated_at_us, a.changed_seq
FROM present.aliases AS a JOIN led ON led.from_id = a.from_id
WHERE led.into_id NOT IN (
    SELECT from_id FROM present.aliases WHERE stated_at_us < :at_us AND from_id <> stated_id
)
"""
_TALLIES = """
INSERT INTO tallies SELECT t.* FROM present.tallies AS t
WHERE NOT EXISTS (
    SELECT 1 FROM temp.hidden AS h LEFT JOIN present.aliases AS a ON a.from_id = t.item_id
    WHERE h.listener_id = t.listener_id AND h.item_id = coalesce(a.into_id, t.item_id)
) AND (:all OR (SELECT max(changed_at_us) FROM present.imports AS i WHERE i.source = t.source) < :at_us)
"""
_SEEN = """
CREATE TEMP TABLE seen AS
WITH RECURSIVE known(item_id) AS (
    SELECT item_id FROM temp.named UNION SELECT item_id FROM main.tallies
    UNION SELECT item_id FROM present.items WHERE json_extract(body, '$.released_on') <= date(:at_us / 1000000, 'unixepoch')
    UNION SELECT into_id FROM main.aliases JOIN known ON from_id = known.item_id
    UNION SELECT link.value
    FROM known JOIN present.items AS i ON i.item_id = known.item_id
    JOIN json_each(json_insert(
        coalesce(json_extract(i.body, '$.artist_ids'), '[]'),
        '$[#]', json_extract(i.body, '$.show_id'), '$[#]', json_extract(i.body, '$.album_id')
    )) AS link WHERE link.value IS NOT NULL
)
SELECT DISTINCT item_id FROM known WHERE item_id IS NOT NULL
"""
_TRUTH = {
    "items": "item_id IN (SELECT item_id FROM temp.seen)",
    "identifiers": "item_id IN (SELECT item_id FROM temp.seen)",
    "transcripts": "episode_id IN (SELECT item_id FROM temp.seen)",
    "chapters": "episode_id IN (SELECT item_id FROM temp.seen)",
    "rulings": "made_at_us < :at_us",
    "pools": "made_at_us < :at_us",
    "preferences": "true",
    "receptivities": "learned_at_us < :at_us",
}
"""What is copied of each table that is truth, or that only a learning can make again."""
_STILL_IN_FORCE = "UPDATE rulings SET withdrawn_at_us = NULL WHERE withdrawn_at_us >= ?"
_UNDATED = {
    "items": "first named after the split, or by nothing that has a time",
    "tallies": "nothing says that they were kept by then",
}
_ZONE_THEN = """
UPDATE preferences SET body = CAST(json_set(CAST(body AS TEXT), '$.time_zone', ?) AS BLOB)
WHERE listener_id = ? AND json_extract(CAST(body AS TEXT), '$.time_zone') IS NOT NULL
"""


class Rooms(NamedTuple):
    """How the rooms keep state: the tables of each, and what a stored record changes, as they serve."""

    schemas: Sequence[str]
    reducers: Sequence[Reducer]


class Whole(NamedTuple):
    """All of a home at one instant: every kind as a view on ``duck``, the tables on ``conn``."""

    home: Home
    duck: duckdb.DuckDBPyConnection
    conn: sqlite3.Connection


class Past(msgspec.Struct, frozen=True):
    """A home as a split knows it, and what had to be left out because nobody can date it."""

    home: Home
    split: Split
    warnings: tuple[Warned, ...]


@contextmanager
def whole(home: Home) -> Iterator[Whole]:
    """Open all of a home as one snapshot, without who is leaving.

    Raises
    ------
    StorageUnavailable : a file of the lake is missing or damaged.
    """
    with (
        lake.open_lake(home) as duck,
        closing(connect(home, read_only=True)) as conn,
        snapshot(conn),
    ):
        for kind in KINDS:
            lake.view(duck, conn, home, kind)
        yield Whole(home, duck, conn)


@contextmanager
def past(
    everything: Whole, split: Split, rooms: Rooms, *, tallies: Tallies = "dated"
) -> Iterator[Past]:
    """Make the home a split knows, for as long as the block lasts.

    It lies below the home's ``spill``, so that an erasure takes it along and a crash leaves nothing that stays.

    Parameters
    ----------
    tallies : ``dated`` keeps those of sources last imported before the split, ``known`` keeps all.

    Raises
    ------
    StorageUnavailable : a file cannot be read or written.
    """
    spill = everything.home.spill
    spill.mkdir(exist_ok=True)
    folder = Path(mkdtemp(prefix="as-of-", dir=spill))
    try:
        made = Home(folder).create()
        for file in everything.home.path.glob("*.toml"):
            shutil.copy(file, folder / file.name)
        cut(everything, split)
        entries = [entry for kind in KINDS for entry in _written(everything.duck, made, kind)]
        with closing(connect(made)) as conn:
            create_tables(conn, rooms.schemas)
            warnings = _furnish(conn, everything, split, entries, tallies)
        rebuild(made, rooms.schemas, rooms.reducers)
        yield Past(made, split, warnings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cut(everything: Whole, split: Split) -> None:
    """Leave ``known_listen``, ``known_act`` and so on behind: what the split knows of each kind."""
    duck = everything.duck
    split.lay(duck)
    merged = everything.conn.execute("SELECT from_id, into_id FROM aliases").fetchall()
    duck.execute("CREATE OR REPLACE TEMP TABLE alias (from_id VARCHAR, into_id VARCHAR)")
    if merged:
        duck.executemany("INSERT INTO alias VALUES (?, ?)", merged)
    for kind in KINDS:
        sql = _KNOWN.format(kind=kind, time=_TIME[kind], at_us=to_us(split.at))
        if split.hidden and kind in _ABOUT:
            sql += _NOT_HIDDEN.format(about=_ABOUT[kind])
        with lake.readable():
            duck.execute(sql)


def _written(duck: duckdb.DuckDBPyConnection, made: Home, kind: str) -> list[manifest.Entry]:
    """Write what is known of a kind into the lake of a made home, a folder a day."""
    folder = made.lake / kind
    duck.execute(_WRITE.format(kind=kind, time=_TIME[kind], folder=lake.quoted(str(folder))))
    files = sorted(folder.glob("dt=*/*.parquet"))
    return [
        manifest.Entry(
            str(file.relative_to(made.lake)),
            kind,
            file.parent.name.removeprefix("dt="),
            n_rows,
            file.stat().st_size,
            manifest.sha256_of(file),
            0,
        )
        for file, n_rows in zip(files, lake.n_rows(files), strict=True)
    ]


def _furnish(
    conn: sqlite3.Connection,
    everything: Whole,
    split: Split,
    entries: Sequence[manifest.Entry],
    tallies: Tallies,
) -> tuple[Warned, ...]:
    """Put into a made home what is no event: catalogue, merges, rulings, pools, choices, tallies."""
    duck, at = everything.duck, {"at_us": to_us(split.at), "all": tallies == "known"}
    conn.execute(
        "ATTACH ? AS present", (f"{everything.home.database.absolute().as_uri()}?mode=ro",)
    )
    named = duck.execute(_NAMED).fetchall()
    conn.execute("CREATE TEMP TABLE named (item_id TEXT)")
    conn.execute(
        "CREATE TEMP TABLE hidden (listener_id TEXT, item_id TEXT, PRIMARY KEY (listener_id, item_id))"
    )
    with transaction(conn):
        conn.executemany("INSERT INTO temp.named VALUES (?)", named)
        conn.executemany("INSERT INTO temp.hidden VALUES (?, ?)", split.hidden)
        for sql, rows in manifest.additions(entries):
            execute_rows(conn, sql, rows)
        for sql in (_ALIASES, _TALLIES, _SEEN):
            conn.execute(sql, at)
        for table, which in _TRUTH.items():
            _copy(conn, table, which, at)
        conn.execute(_STILL_IN_FORCE, (at["at_us"],))
        zones = duck.execute(_ZONES).fetchall()
        conn.executemany(_ZONE_THEN, [(zone, who) for who, zone in zones])
    return tuple(_left_out(conn, ("items",) if tallies == "known" else ("items", "tallies")))


def _copy(conn: sqlite3.Connection, table: str, which: str, at: dict[str, int | bool]) -> None:
    """Copy rows of the present into a table, column by name."""
    columns = ", ".join(f'"{row[1]}"' for row in conn.execute(f"PRAGMA main.table_info({table})"))
    conn.execute(
        f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM present.{table} WHERE {which}",
        at,
    )


def _left_out(conn: sqlite3.Connection, tables: Sequence[str]) -> Iterator[Warned]:
    """Say what was left out of catalogue and tallies because nobody can date it, where anything was."""
    for table in tables:
        n, n_kept = (
            conn.execute(f"SELECT count(*) FROM {place}.{table}").fetchone()[0]
            for place in ("present", "main")
        )
        if n > n_kept:
            text = f"{n - n_kept:,} of {n:,} {table} are left out: {_UNDATED[table]}"
            yield Warned(f"{table}_undated", text, {"n": n, "n_kept": n_kept})

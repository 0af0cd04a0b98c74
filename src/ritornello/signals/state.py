"""What stands beside the events: the catalogue, what is left out, whose clock is where.

Each is kept as a file of the lake, so that both engines read the same; when one has changed, the days
whose events mention what changed are marked, and only they are made again.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ritornello.kinds.events import EVENT_KINDS
from ritornello.signals import inputs
from ritornello.signals.shapes import KIND
from ritornello.store import deriving, lake, manifest, tombstones
from ritornello.store.home import Home

ITEM = """
SELECT ids.item_id, ids.canonical_id, items.kind,
    coalesce(artist.into_id, json_extract(items.body, '$.artist_ids[0]')) AS artist_id,
    coalesce(show.into_id, json_extract(items.body, '$.show_id')) AS show_id,
    CAST(json_extract(items.body, '$.duration_ms') AS INTEGER) AS duration_ms
FROM (
    SELECT item_id, coalesce(into_id, item_id) AS canonical_id
    FROM items LEFT JOIN aliases ON from_id = item_id
    UNION SELECT from_id, into_id FROM aliases
) AS ids
LEFT JOIN items ON items.item_id = ids.canonical_id
LEFT JOIN aliases AS artist ON artist.from_id = json_extract(items.body, '$.artist_ids[0]')
LEFT JOIN aliases AS show ON show.from_id = json_extract(items.body, '$.show_id')
"""
_MENTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "item": (("listen", "item_id"), ("act", "about_id"), (f"{KIND}shown", "item_id")),
    "left_out": (("listen", "event_id"),),
    "zone": tuple((kind, "listener_id") for kind in (*EVENT_KINDS, "decision")),
}
_KEYS = {"item": "item_id", "left_out": "event_id", "zone": "listener_id"}
NAMES = tuple(_KEYS)
ROWS_A_STRETCH = 100_000


def refresh(
    conn: sqlite3.Connection, home: Home, queries: Mapping[str, str], now: datetime
) -> dict[str, int]:
    """Write anew what has changed, and mark the days it touches; return how many days, by name.

    Parameters
    ----------
    queries : SQL over the home's database that gives the columns of ``left_out`` and of ``zone``;
        what is not named is empty. The catalogue is known here.
    """
    version = tombstones.version(conn)
    touched: dict[str, int] = {}
    for name, sql in {"item": ITEM, **queries}.items():
        with lake.open_lake(home) as duck:
            _load(duck, name, _rows(conn, name, sql))
            _compare(conn, duck, home, name)
            ((n_changed,),) = duck.execute("SELECT count(*) FROM changed").fetchall()
            if n_changed == 0:
                continue
            file = _written(duck, home, name)
            token = manifest.sha256_of(file)
            days = _days(conn, duck, home, name)
        part = deriving.Part(deriving.WHOLE, [file], None)
        notes = {name: dict.fromkeys(days, token)}
        deriving.swap(conn, home, KIND + name, [part], version=version, now=now, notes=notes)
        touched[name] = len(days)
    return touched


def keep(home: Home, name: str, rows: Sequence[tuple[Any, ...]], file: Path) -> None:
    """Write the rows of an input that is not in the lake to a file."""
    with lake.open_lake(home) as duck:
        _load(duck, name, iter([rows] if rows else []))
        lake.write(duck, "found", file)


def zones(conn: sqlite3.Connection, home: Home) -> list[str]:
    """Return the time zones listeners have said."""
    files = [home.lake / entry.path for entry in manifest.entries(conn, f"{KIND}zone")]
    with lake.open_lake(home) as duck, lake.readable():
        source = lake.exactly(duck, files, inputs.COLUMNS["zone"])
        rows = duck.execute(f"SELECT DISTINCT time_zone FROM ({source}) ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def _rows(conn: sqlite3.Connection, name: str, sql: str) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Yield the rows of a query as texts, in the order of the input's columns."""
    texts = ", ".join(f"CAST({column} AS TEXT)" for column in inputs.COLUMNS[name])
    rows = conn.execute(f"SELECT {texts} FROM ({sql})")
    while stretch := rows.fetchmany(ROWS_A_STRETCH):
        yield stretch


def _load(
    duck: duckdb.DuckDBPyConnection, name: str, stretches: Iterator[Sequence[tuple[Any, ...]]]
) -> None:
    columns = inputs.COLUMNS[name]
    shape = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    duck.execute(f"CREATE TEMP TABLE found ({shape})")
    texts = ", ".join(f"CAST({column} AS {kind})" for column, kind in columns.items())
    for rows in stretches:
        table = np.array(rows, object)
        stretch = {column: table[:, place] for place, column in enumerate(columns)}
        duck.register("stretch", stretch)
        duck.execute(f"INSERT INTO found SELECT {texts} FROM stretch")
        duck.unregister("stretch")


def _compare(
    conn: sqlite3.Connection, duck: duckdb.DuckDBPyConnection, home: Home, name: str
) -> None:
    """Lay down the rows that came or went since the last build as the table ``changed``."""
    columns = ", ".join(inputs.COLUMNS[name])
    files = [home.lake / entry.path for entry in manifest.entries(conn, KIND + name)]
    before = lake.parquet(files) if files else "found WHERE false"
    old, new = f"SELECT {columns} FROM {before}", f"SELECT {columns} FROM found"
    with lake.readable():
        duck.execute(
            f"CREATE TEMP TABLE changed AS ({new} EXCEPT {old}) UNION ALL ({old} EXCEPT {new})"
        )


def _written(duck: duckdb.DuckDBPyConnection, home: Home, name: str) -> Path:
    home.spill.mkdir(exist_ok=True)
    file = home.spill / f"{name}.parquet"
    first = "listener_id" if "listener_id" in inputs.COLUMNS[name] else _KEYS[name]
    lake.write(duck, f"found ORDER BY {first}", file)
    return file


def _days(
    conn: sqlite3.Connection, duck: duckdb.DuckDBPyConnection, home: Home, name: str
) -> set[str]:
    """Return the days whose events mention what changed."""
    days: set[str] = set()
    for kind, column in _MENTIONS[name]:
        files = {str(home.lake / e.path): e.dt for e in manifest.entries(conn, kind)}
        if files:
            paths = ", ".join(map(lake.quoted, files))
            with lake.readable():
                rows = duck.execute(
                    f"SELECT DISTINCT filename FROM read_parquet([{paths}], union_by_name = true, "
                    f"hive_partitioning = false, filename = true) "
                    f"WHERE {column} IN (SELECT {_KEYS[name]} FROM changed)"
                ).fetchall()
            days |= {files[file] for (file,) in rows}
    return days

"""Small relations laid before either engine, to run single tables of signals on by hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from ritornello.signals import inputs, tables
from ritornello.signals.shapes import shapes
from ritornello.store import lake

DAY = 86_400_000_000
HOUR = DAY // 24
MINUTE = HOUR // 60
SECOND = MINUTE // 60
Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
TABLES = {table.name: table for table in tables.read(inputs.COLUMNS)}
_STREAM = {"VARCHAR": "STRING", "INTEGER": "INT"}


class Duck:
    """DuckDB in memory, with the two methods of an engine that these tests need."""

    def __init__(self):
        self._duck = duckdb.connect(config={"threads": 1})
        self._duck.execute("SET ieee_floating_point_ops = false")

    def view(self, name, sql):
        self._duck.execute(f"DROP TABLE IF EXISTS {name}")
        self._duck.execute(f"CREATE TABLE {name} AS {sql}")

    def rows(self, sql):
        return self._duck.execute(sql).fetchall()


def made(
    engine, given: Rows, wanted: Iterable[str], laid: Mapping[str, str] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Run tables over relations; each of ``wanted`` is made of those before it and of ``given``.

    ``laid`` are relations that are given as queries.
    """
    found = {}
    for name in wanted:
        for need in TABLES[name].needs:
            if need not in found:
                query = (laid or {}).get(need) or values(need, given.get(need, ()))
                engine.view(need, query)
        engine.view(name, TABLES[name].sql)
        columns = shapes()[name]
        rows = engine.rows(f"SELECT {', '.join(columns)} FROM {name}")
        found[name] = [dict(zip(columns, row, strict=True)) for row in rows]
    return found


def values(name: str, rows: Sequence[Row]) -> str:
    """Return a query for rows of a relation; what a row leaves out is ``NULL``."""
    columns = shapes()[name]
    unknown = {column for row in rows for column in row} - set(columns)
    assert not unknown, f"{name} has no columns {unknown}"
    cast = ", ".join(
        f"CAST({column} AS {_STREAM.get(kind, kind)}) AS {column}"
        for column, kind in columns.items()
    )
    if not rows:
        empty = ", ".join(f"NULL AS {column}" for column in columns)
        return f"SELECT {cast} FROM (SELECT {empty}) AS nothing WHERE 1 = 0"
    lines = ", ".join(
        "(" + ", ".join(literal(row.get(column)) for column in columns) + ")" for row in rows
    )
    return f"SELECT {cast} FROM (VALUES {lines}) AS given ({', '.join(columns)})"


def literal(value: Any) -> str:
    """Return a value as both engines write it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE)"
    return lake.quoted(value) if isinstance(value, str) else str(value)


def cut(name: str, rows: Iterable[Row], first: int, last: int) -> list[Row]:
    """Return the rows of a relation that lie on some days; an input lies where its time is."""
    at = TABLES[name].day if name in TABLES else DAYS.get(name)
    return [row for row in rows if at is None or first * DAY <= row[at] < (last + 1) * DAY]


DAYS = {
    "shown": "made_at_us",
    "impression": "seen_at_us",
    "act": "happened_at_us",
    "query": "happened_at_us",
    "listen": "happened_at_us",
    "left_out": "started_at_us",
}


def activity_of(impressions: Iterable[Row]) -> list[Row]:
    """Return the activity that impressions are."""
    same = ("event_id", "listener_id", "device")
    return [
        {"kind": "impression", "at_us": row["seen_at_us"]} | {name: row[name] for name in same}
        for row in impressions
    ]


def in_order(rows: Iterable[Row]) -> list[tuple[Any, ...]]:
    """Return rows in an order of their own, to compare them as a whole."""
    return sorted((tuple(row.values()) for row in rows), key=repr)

"""The catalogue in and out: JSON Lines and Parquet, one item a row.

Reading answers in batches of ``(kept, faults)``, so that a catalogue of any size passes through a
little memory; a bad row is a fault with its position and its neighbours are kept. What is written
reads back equal. In Parquet every field is a column of its own, named and typed as ``kinds`` says;
``extra`` stays JSON text, because its keys are anybody's.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple

import duckdb
import msgspec

from ritornello.catalog import parquet
from ritornello.catalog.lines import Line, lines
from ritornello.kinds.columns import columns_of
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.faults import Fault, rule_of
from ritornello.kinds.items import ITEM_KINDS, AnyItem

SOURCE = "catalogue"
BATCH = 5_000
MAX_EXTRA_DEPTH = 32

_BODIES = "SELECT body FROM items ORDER BY item_id"
_ABOUT = """
SELECT body, json_extract(body, '$.artist_ids'), json_extract(body, '$.album_id'),
    json_extract(body, '$.show_id'), into_id
FROM json_each(?) AS asked
LEFT JOIN items ON item_id = asked.value LEFT JOIN aliases ON from_id = asked.value
"""
_decoder = msgspec.json.Decoder(AnyItem)
_encode = msgspec.json.Encoder().encode

Broken = tuple[str, str, str]
"""Field, rule and message of a row that could not be kept."""
_Rows = Iterator[tuple[int, float, AnyItem | Broken]]


class Batch(NamedTuple):
    """Some rows: the position of the last, the share of the file read, the kept, the faults."""

    position: int
    share: float
    kept: list[AnyItem]
    faults: list[Fault]


def read(path: Path) -> Iterator[Batch]:
    """Read a catalogue file; ``.parquet`` by its name, anything else as JSON Lines.

    Raises
    ------
    NotFound : no such file.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}")
    if path.suffix == ".parquet":
        yield from read_parquet(path)
    else:
        with path.open("rb") as file:
            yield from read_json_lines(file)


def read_json_lines(file: BinaryIO) -> Iterator[Batch]:
    """Read items from JSON Lines that can be sought in; a position is a line number, from 1."""
    n_bytes = file.seek(0, SEEK_END) or 1
    file.seek(0)
    return _batches((line.number, file.tell() / n_bytes, _decoded(line)) for line in lines(file))


def read_parquet(path: Path) -> Iterator[Batch]:
    """Read items from a Parquet file; a position is a row number, from 1."""
    return _batches(_parquet_rows(path))


def write_json_lines(conn: sqlite3.Connection, path: Path) -> int:
    """Write the catalogue as JSON Lines, ordered by id; return how many items that were."""
    n_items = 0
    with path.open("wb") as file:
        for (body,) in conn.execute(_BODIES):
            file.write(body.encode() + b"\n")
            n_items += 1
    return n_items


def lines_about(conn: sqlite3.Connection, item_ids: Iterable[str]) -> Iterator[bytes]:
    """Yield the JSON Lines of these items, of what they were merged into, and of whose they are."""
    wanted = set(item_ids)
    left = sorted(wanted)
    while left:
        asked = msgspec.json.encode(left[-BATCH:]).decode()
        del left[-BATCH:]
        for body, *belongs_to in conn.execute(_ABOUT, (asked,)):
            if body is not None:
                yield body.encode() + b"\n"
            artists, *others = belongs_to
            named = {*msgspec.json.decode(artists or "[]"), *others} - {None} - wanted
            wanted |= named
            left += sorted(named)


def write_parquet(conn: sqlite3.Connection, path: Path) -> int:
    """Write the catalogue as one zstd Parquet file, ordered by id; return how many items."""
    columns = _columns()
    with TemporaryDirectory(dir=path.parent) as folder, duckdb.connect() as duck:
        lines_file = Path(folder) / "items.jsonl"
        n_items = write_json_lines(conn, lines_file)
        rows = duck.read_json(
            str(lines_file),
            columns=columns,
            format="newline_delimited",
            maximum_object_size=1 << 24,
        )
        rows.write_parquet(str(path), compression="zstd")
    return n_items


def _batches(rows: _Rows) -> Iterator[Batch]:
    batch = Batch(0, 0.0, [], [])
    for position, share, row in rows:
        batch = Batch(position, share, batch.kept, batch.faults)
        if isinstance(row, tuple):
            field, rule, message = row
            batch.faults.append(Fault.at(SOURCE, position, rule, message, field))
        else:
            batch.kept.append(row)
        if len(batch.kept) + len(batch.faults) == BATCH:
            yield batch
            batch = Batch(position, share, [], [])
    if batch.kept or batch.faults:
        yield batch


def _decoded(line: Line) -> AnyItem | Broken:
    if not line.whole:
        return "", "too_long", f"a line of more than {len(line.text)} bytes"
    try:
        return _checked(_decoder.decode(line.text))
    except msgspec.ValidationError as error:
        return _broken(error)
    except UnicodeDecodeError as error:
        return "", "not_utf8", f"not UTF-8: {error.reason}"
    except msgspec.DecodeError as error:
        return "", "torn_line" if line.torn else "malformed_json", str(error)
    except RecursionError:
        return "", "too_deep", "nested too deeply"


def _parquet_rows(path: Path) -> _Rows:
    position = 0
    try:
        n_rows = parquet.count(path)
        for position, row in enumerate(parquet.rows(path), start=1):
            yield position, position / n_rows, _converted(row)
    except BadValue as error:
        yield position + 1, 1.0, ("", "malformed_parquet", str(error))


def _converted(row: dict[str, Any]) -> AnyItem | Broken:
    stated = {name: value for name, value in row.items() if value is not None}
    try:
        if isinstance(stated.get("extra"), str):
            stated["extra"] = msgspec.json.decode(stated["extra"])
        return _checked(msgspec.convert(stated, AnyItem))
    except msgspec.ValidationError as error:
        return _broken(error)
    except msgspec.DecodeError as error:
        return "extra", "malformed_json", str(error)
    except RecursionError:
        return "extra", "too_deep", "nested too deeply"


def _checked(item: AnyItem) -> AnyItem | Broken:
    if item.extra is not None and _depth(item.extra) > MAX_EXTRA_DEPTH:
        return "extra", "too_deep", f"extra nests deeper than {MAX_EXTRA_DEPTH}"
    return item


def _broken(error: msgspec.ValidationError) -> Broken:
    field, rule = rule_of(error)
    return field, rule, str(error)


def _depth(value: Any) -> int:
    """Return how deeply containers nest in a decoded value, without recursion."""
    deepest, left = 0, [(value, 1)]
    while left:
        inner, depth = left.pop()
        if isinstance(inner, dict | list):
            deepest = max(deepest, depth)
            parts = inner.values() if isinstance(inner, dict) else inner
            left += [(part, depth + 1) for part in parts]
    return deepest


def _columns() -> dict[str, str]:
    """Return every column an item of any kind has, and its DuckDB type."""
    columns = {"kind": "VARCHAR"}
    for record in ITEM_KINDS.values():
        columns |= {column.name: column.type for column in columns_of(record)}
    return columns | {"extra": "JSON"}

"""The rows of anybody's Parquet file, as dictionaries, a few thousand at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from ritornello.kinds.errors import BadValue

BATCH = 5_000


def names(path: Path) -> list[str]:
    """Return the names of a file's columns.

    Raises
    ------
    BadValue : it is not Parquet.
    """
    with _reading(path) as duck:
        return list(_types(duck, path))


def count(path: Path) -> int:
    """Return how many rows a file holds.

    Raises
    ------
    BadValue : it is not Parquet.
    """
    with _reading(path) as duck:
        found = duck.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        return 0 if found is None else int(found[0])


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a file's rows in order. Instants are ISO 8601 text in UTC; naive ones are taken as UTC.

    Raises
    ------
    BadValue : it is not Parquet, or breaks off; the rows before that were yielded.
    """
    with _reading(path) as duck:
        types = _types(duck, path)
        listed = ", ".join(_expression(name, type_) for name, type_ in types.items())
        duck.execute(f"SELECT {listed} FROM read_parquet(?)", [str(path)])
        while fetched := duck.fetchmany(BATCH):
            for values in fetched:
                yield dict(zip(types, values, strict=True))


@contextmanager
def _reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        with duckdb.connect() as duck:
            yield duck
    except (duckdb.Error, ValueError, OverflowError) as error:
        first_line = str(error).partition("\n")[0].replace(str(path), path.name)
        raise BadValue(f"{path.name} cannot be read as Parquet: {first_line}") from error


def _types(duck: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    described = duck.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)])
    return {row[0]: row[1] for row in described.fetchall()}


def _expression(name: str, type_: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if not type_.startswith("TIMESTAMP"):
        return quoted
    in_utc = f"make_timestamp(epoch_us({quoted}))"
    return f"strftime({in_utc}, '%Y-%m-%dT%H:%M:%S.%fZ') AS {quoted}"

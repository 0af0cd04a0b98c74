"""The rows of anybody's Parquet file, as dictionaries, a few thousand at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from ritornello.kinds.errors import BadValue

BATCH = 5_000


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a file's rows in order. Instants are integer microseconds since 1970, naive ones UTC.

    Raises
    ------
    BadValue : it is not Parquet, or breaks off; the rows before that were yielded.
    """
    try:
        with duckdb.connect() as duck:
            described = duck.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)])
            types = {row[0]: row[1] for row in described.fetchall()}
            listed = ", ".join(_expression(name, type_) for name, type_ in types.items())
            duck.execute(f"SELECT {listed} FROM read_parquet(?)", [str(path)])
            while fetched := duck.fetchmany(BATCH):
                for values in fetched:
                    yield dict(zip(types, values, strict=True))
    except (duckdb.Error, ValueError, OverflowError) as error:
        first_line = str(error).partition("\n")[0]
        raise BadValue(f"{path.name} cannot be read as Parquet: {first_line}") from error


def _expression(name: str, type_: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    return f"epoch_us({quoted}) AS {quoted}" if type_.startswith("TIMESTAMP") else quoted

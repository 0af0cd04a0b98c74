"""Which columns each table has, of which type: what DuckDB makes of its SQL over empty inputs."""

from collections.abc import Mapping
from functools import cache

import duckdb

from ritornello.signals import inputs, tables
from ritornello.signals.tables import Table

KIND = "signals/"
"""What stands before a table's name in the manifest."""


@cache
def all_tables(engine: str) -> tuple[Table, ...]:
    """Return what a build makes, in order: the inputs of decisions first, then every table."""
    return (*inputs.of_decisions(engine), *tables.read(inputs.COLUMNS))


@cache
def shapes() -> Mapping[str, Mapping[str, str]]:
    """Return the columns of every input and table with their types."""
    known = {name: dict(columns) for name, columns in inputs.COLUMNS.items()}
    with duckdb.connect() as duck:
        for name, columns in known.items():
            shape = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
            duck.execute(f"CREATE TABLE {name} ({shape})")
        for table in tables.read(inputs.COLUMNS):
            duck.execute(f"CREATE TABLE {table.name} AS {table.sql}")
            described = duck.execute(f"DESCRIBE {table.name}").fetchall()
            known[table.name] = {row[0]: row[1] for row in described}
    return known

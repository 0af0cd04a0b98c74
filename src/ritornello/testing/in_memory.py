"""The tables of signals made of relations in memory, without a home: what a planted world reads as.

Every ``signals/*.sql`` runs as it stands, over all days at once, on DuckDB.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ritornello.signals import tables
from ritornello.signals.inputs import COLUMNS
from ritornello.store.engines import plain

Columns = Mapping[str, NDArray[Any]]
_TIMES = ("happened_at_us", "seen_at_us", "made_at_us")


def make(
    relations: Mapping[str, Columns], wanted: Sequence[str]
) -> dict[str, dict[str, NDArray[Any]]]:
    """Return some tables of signals as columns: a ``NULL`` number is nan, a ``NULL`` text ``None``.

    Parameters
    ----------
    relations : inputs as numpy columns by name; an input that is missing is empty, ``observed`` is the last instant of
        what is there.
    wanted : names of tables.
    """
    duck = duckdb.connect(config={"threads": 1})
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("SET ieee_floating_point_ops = false")
    last_us = [relations[name][at].max(initial=0) for name in relations for at in _TIMES if at in relations[name]]  # fmt: skip
    observed = {"observed": {"through_us": np.array([max(last_us, default=0)])}}
    for name, columns in COLUMNS.items():
        _lay(duck, name, columns, {**observed, **relations}.get(name))
    for table in tables.with_needs(tables.read(COLUMNS), wanted):
        duck.execute(f"CREATE TABLE {table.name} AS {table.sql}")
    return {
        name: {
            column: plain(values)
            for column, values in duck.execute(f"SELECT * FROM {name}").fetchnumpy().items()
        }
        for name in wanted
    }


def _lay(
    duck: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], columns: Columns | None
) -> None:
    """Keep one input as a table; nan in a column of whole numbers is ``NULL``."""
    shape = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
    duck.execute(f"CREATE TABLE {name} ({shape})")
    if columns is None or not len(next(iter(columns.values()))):
        return
    duck.register("given", {column: columns[column] for column in types})
    asked = ", ".join(
        f'CAST(CASE WHEN isnan("{column}") THEN NULL ELSE "{column}" END AS {kind})'
        if columns[column].dtype.kind == "f"
        else f'CAST("{column}" AS {kind})'
        for column, kind in types.items()
    )
    duck.execute(f"INSERT INTO {name} SELECT {asked} FROM given")
    duck.unregister("given")

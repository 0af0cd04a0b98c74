"""Do two relations hold the same rows? Doubles to nine places, everything else exactly.

First the number of rows and the sum of their 64-bit hashes are held against each other: relations that differ have the
same by a chance of about 1 in 10¹⁹. Only where these differ are rows looked for, which takes ten times as long.
"""

from collections.abc import Mapping
from typing import Any

import duckdb


def differences(
    duck: duckdb.DuckDBPyConnection, one: str, other: str, columns: Mapping[str, str]
) -> tuple[int, list[tuple[Any, ...]]]:
    """Return how many rows ``one`` has, and some rows that are only in one of the two.

    Parameters
    ----------
    one, other : queries that may begin with ``FROM``.
    columns : the columns that are held against each other, and their types in DuckDB's words.
    """
    named = ", ".join(
        f"round({column}, 9) AS {column}" if kind == "DOUBLE" else column
        for column, kind in columns.items()
    )
    first, second = f"SELECT {named} FROM ({one})", f"SELECT {named} FROM ({other})"
    (n_rows, hashed), (n_other, hashed_other) = (
        duck.execute(
            f"SELECT count(*), sum(CAST(hash({', '.join(columns)}) AS HUGEINT)) FROM ({each})"
        ).fetchall()[0]
        for each in (first, second)
    )
    if (n_rows, hashed) == (n_other, hashed_other):
        return n_rows, []
    apart = duck.execute(
        f"(SELECT 'first', * FROM ({first} EXCEPT ALL {second}) LIMIT 3) UNION ALL "
        f"(SELECT 'second', * FROM ({second} EXCEPT ALL {first}) LIMIT 3)"
    ).fetchall()
    return n_rows, apart + [("counts", n_rows, n_other)] * (n_rows != n_other)

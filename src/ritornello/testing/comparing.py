"""Do two relations hold the same rows? Doubles to nine places, everything else exactly."""

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
    first, second = _rounded(one, columns), _rounded(other, columns)
    apart = duck.execute(
        f"(SELECT 'first', * FROM ({first} EXCEPT ALL {second}) LIMIT 3) UNION ALL "
        f"(SELECT 'second', * FROM ({second} EXCEPT ALL {first}) LIMIT 3)"
    ).fetchall()
    ((n_rows,),) = duck.execute(f"SELECT count(*) FROM ({one})").fetchall()
    ((n_other,),) = duck.execute(f"SELECT count(*) FROM ({other})").fetchall()
    return n_rows, apart + [("counts", n_rows, n_other)] * (n_rows != n_other)


def summed(
    duck: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, str]
) -> tuple[int, int]:
    """Return how many rows there are, and the sum of their 64-bit hashes.

    Right where relations are too large to be held against each other row by row: of those that are the same both are
    equal. It misleads where rows differ whose hashes add up alike, which nobody means to make here.
    """
    hashed = f"sum(CAST(hash({', '.join(columns)}) AS HUGEINT))"
    found = duck.execute(
        f"SELECT count(*), coalesce({hashed}, 0) FROM ({_rounded(relation, columns)})"
    )
    n_rows, total = found.fetchall()[0]
    return n_rows, total


def _rounded(relation: str, columns: Mapping[str, str]) -> str:
    named = ", ".join(
        f"round({column}, 9) AS {column}" if kind == "DOUBLE" else column
        for column, kind in columns.items()
    )
    return f"SELECT {named} FROM ({relation})"

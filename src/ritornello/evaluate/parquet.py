"""Columns as Parquet, and judgements and runs as anybody's Parquet: a row for each topic and item, by their ids.

Judgements have the columns ``topic_id``, ``item_id``, ``grade``; runs ``topic_id``, ``item_id``, ``score``. Others are
left unread, and the order of rows says nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate.collections import Collection
from ritornello.evaluate.content import NumberArray, Rows
from ritornello.evaluate.runs import Run, best_first
from ritornello.kinds.errors import BadValue
from ritornello.kinds.faults import Fault
from ritornello.store import lake
from ritornello.store.engines import plain

GRADE, SCORE = "grade", "score"
_IDS = {"topic_id": "VARCHAR", "item_id": "VARCHAR"}
_RULES = (
    ("", ""),
    ("missing_id", "a row without a topic_id or an item_id"),
    ("not_an_id", "an id that is empty or holds white space"),
    ("not_finite", "no finite number"),
)
_ROWS = r"""
    SELECT CAST(topic_id AS VARCHAR) AS topic_id, CAST(item_id AS VARCHAR) AS item_id,
           TRY_CAST({value} AS DOUBLE) AS value,
           CASE WHEN topic_id IS NULL OR item_id IS NULL THEN 1
                WHEN regexp_matches(CAST(topic_id AS VARCHAR), '^$|[ \t\n\v\f\r]')
                  OR regexp_matches(CAST(item_id AS VARCHAR), '^$|[ \t\n\v\f\r]') THEN 2
                WHEN NOT coalesce(isfinite(TRY_CAST({value} AS DOUBLE)), false) THEN 3
                ELSE 0 END AS rule
    FROM {source}"""


def read_judgements(path: Path) -> tuple[Rows, list[Fault]]:
    """Read judgements; a row without two ids and a finite grade is a fault.

    Raises
    ------
    BadValue : the file is not Parquet, or lacks a column.
    """
    return _read_rows(path, GRADE)


def read_run(path: Path) -> tuple[Rows, list[Fault]]:
    """Read what a system ranked; a row without two ids and a finite score is a fault.

    Raises
    ------
    BadValue : the file is not Parquet, or lacks a column.
    """
    return _read_rows(path, SCORE)


def write_judgements(collection: Collection, path: Path) -> int:
    """Write a collection's judgements; return how many."""
    return write(path, columns_of(collection), {**_IDS, GRADE: "DOUBLE"})


def write_run(run: Run, collection: Collection, path: Path) -> int:
    """Write a run, each topic's items from the best to the worst; return how many rows."""
    return write(path, columns_of_run(run, collection), {**_IDS, SCORE: "DOUBLE"})


def columns_of(collection: Collection) -> dict[str, NDArray[Any]]:
    """Return a collection's judgements, each by its ids."""
    judged = collection.judged
    ids = _ids(collection, (), judged.topics, judged.items)
    return {**ids, GRADE: np.asarray(judged.grades, np.float64)}


def columns_of_run(run: Run, collection: Collection) -> dict[str, NDArray[Any]]:
    """Return a run's rows by their ids, each topic's items from the best to the worst."""
    ranked, order = run.ranked, best_first(run, collection)
    ids = _ids(collection, run.others, ranked.topics[order], ranked.items[order])
    return {**ids, SCORE: np.asarray(ranked.scores[order], np.float64)}


def write(path: Path, columns: Mapping[str, NDArray[Any]], types: Mapping[str, str]) -> int:
    """Write columns of one length as these SQL types; return how many rows."""
    with duckdb.connect() as duck:
        duck.register("given", dict(columns))
        lake.write(duck, f"(SELECT {_cast(types)} FROM given)", path)
    return len(next(iter(columns.values())))


def read(path: Path, columns: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Read a file's columns as arrays of these SQL types, in its order.

    Raises
    ------
    BadValue : the file is not Parquet, or lacks a column.
    """
    with _reading(path) as duck:
        return fetched(duck, f"SELECT {_cast(columns)} FROM {lake.parquet([path])}")


def rows_of(
    duck: duckdb.DuckDBPyConnection, table: str, value: str, source: str
) -> tuple[Rows, list[Fault]]:
    """Read rows of ids and a value from anything that DuckDB can select from; ``source`` names it in faults."""
    found = fetched(duck, _ROWS.format(value=value, source=table))
    rules = found["rule"].astype(np.int64)
    good, bad = rules == 0, np.flatnonzero(rules)
    faults = [Fault.at(source, int(row) + 1, *_RULES[rules[row]], field=value) for row in bad]
    rows = Rows(
        found["topic_id"][good].tolist(),
        found["item_id"][good].tolist(),
        found["value"][good].astype(np.float64).tolist(),
    )
    return rows, faults


def _ids(
    collection: Collection, others: tuple[str, ...], topics: NumberArray, items: NumberArray
) -> dict[str, NDArray[Any]]:
    topic_ids = np.array([topic.topic_id for topic in collection.topics], object)
    item_ids = np.array((*collection.items, *others), object)
    return {"topic_id": topic_ids[topics], "item_id": item_ids[items]}


def _cast(types: Mapping[str, str]) -> str:
    return ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in types.items())


def fetched(duck: duckdb.DuckDBPyConnection, sql: str) -> dict[str, NDArray[Any]]:
    """Return what a query finds as arrays: a missing number is nan, a missing text ``None``."""
    return {name: plain(column) for name, column in duck.execute(sql).fetchnumpy().items()}


def _read_rows(path: Path, value: str) -> tuple[Rows, list[Fault]]:
    with _reading(path) as duck:
        return rows_of(duck, lake.parquet([path]), value, path.name)


@contextmanager
def _reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Name the file when it cannot be read.

    Raises
    ------
    BadValue : it is not Parquet, or lacks a column.
    """
    try:
        with duckdb.connect() as duck:
            yield duck
    except duckdb.Error as error:
        first_line = str(error).partition("\n")[0].replace(str(path), path.name)
        raise BadValue(f"{path.name} cannot be read: {first_line}") from error

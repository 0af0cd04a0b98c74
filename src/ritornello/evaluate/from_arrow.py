"""Data frames of a notebook as studies: whatever offers an Arrow stream (polars, pyarrow, pandas, DuckDB) is read.

The way back from :mod:`~ritornello.evaluate.arrow`. Columns are found by their names and may stand in any order; others are
left unread.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import duckdb
import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ritornello.evaluate import parquet
from ritornello.evaluate.arrow import BESIDE, IN_JSON, Columns, quoted
from ritornello.evaluate.content import NOWHERE, Rows, numbered
from ritornello.evaluate.estimates import Answer, Estimate, Unsupported
from ritornello.evaluate.logs import Log, Shortlist, checked
from ritornello.evaluate.scoring import Scored
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.kinds.faults import Fault

SOURCE = "arrow"
_WHOLE = ("n", "n_listeners")
"""What of an answer counts; a pandas column with a missing number has none that are whole."""


class Stream(Protocol):
    """Whatever offers its columns through the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule ``arrow_array_stream``."""


def judgements(source: Stream) -> tuple[Rows, list[Fault]]:
    """Read ``topic_id``, ``item_id``, ``grade``; a row without two ids and a finite grade is a fault.

    Raises
    ------
    BadValue : a column is not there.
    """
    with _given(source) as duck:
        return parquet.rows_of(duck, "given", parquet.GRADE, SOURCE)


def ranking(source: Stream) -> tuple[Rows, list[Fault]]:
    """Read ``topic_id``, ``item_id``, ``score``; a row without two ids and a finite score is a fault.

    Raises
    ------
    BadValue : a column is not there.
    """
    with _given(source) as duck:
        return parquet.rows_of(duck, "given", parquet.SCORE, SOURCE)


def scored(source: Stream, name: str, like: Scored) -> Scored:
    """Read another tool's values for the topics of ``like``: ``topic_id``, and each measure that ``like`` has.

    A topic it does not have gets nan; topics that ``like`` does not have are warned of.

    Raises
    ------
    BadValue : a column is not there.
    """
    n = len(like.topics)
    measures = [measure for measure, column in like.values.items() if len(column) == n]
    found = _read(source, {"topic_id": "VARCHAR", **dict.fromkeys(measures, "DOUBLE")})
    places = numbered(found["topic_id"].tolist(), {each: at for at, each in enumerate(like.topics)})
    known = places != NOWHERE
    values = {measure: np.full(n, np.nan) for measure in measures}
    for measure, column in values.items():
        column[places[known]] = found[measure][known]
    warnings = _strangers(int((~known).sum()), like.name)
    return replace(like, run_id="", name=name, values=values, warnings=warnings)


def log(source: Stream, name: str, features: Sequence[str] = ()) -> Log:
    """Read another's log: ``action``, ``propensity``, ``reward``; where there are, ``decision``, ``listener``, ``position``.

    Every action that was ever chosen could always have been. Without ``decision`` and ``listener`` each round stands alone.
    A row that lacks something is left out and counted.

    Parameters
    ----------
    features : columns of numbers that say what was known when it was chosen.

    Raises
    ------
    BadPropensity : one that is 0, below, or above 1. BadValue : a column is not there, or a reward outside [0, 1].
    """
    beside = [each for each in BESIDE if each in _names(source)]
    floats = ("propensity", "reward", *features)
    found, n_left_out = _whole_rows(
        _read(
            source,
            {"action": "VARCHAR", **dict.fromkeys(floats, "DOUBLE"), **dict.fromkeys(beside)},
        )
    )
    alone = np.arange(len(found["action"]))
    decision = _numbers(found["decision"]) if "decision" in beside else alone
    position = found["position"].astype(np.int64) if "position" in beside else 0 * alone
    order = np.lexsort((position, decision))
    actions, row = np.unique(found["action"].astype(np.str_), return_inverse=True)
    given = np.array([found[each] for each in floats])[:, order]
    return checked(
        Log(
            name=name,
            actions=tuple(actions.tolist()),
            shortlists=(Shortlist(np.arange(len(actions))),),
            shortlist=0 * alone,
            row=row[order],
            place=0 * alone,
            position=position[order],
            propensity=given[0],
            reward=given[1],
            decision=decision[order],
            listener=(_numbers(found["listener"]) if "listener" in beside else alone)[order],
            context=given[2:].T,
            features=tuple(features),
            left_out={"incomplete": n_left_out} if n_left_out else {},
        )
    )


def answers(source: Stream) -> list[Answer]:
    """Read what :func:`ritornello.evaluate.arrow.of_answers` wrote.

    Raises
    ------
    BadValue : a column holds what no answer has.
    """
    with _given(source) as duck:
        found = duck.execute("SELECT * FROM given")
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
    return [_answer(dict(zip(names, row, strict=True))) for row in rows]


@contextmanager
def _given(source: Stream) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB in which the source is the table ``given``.

    Raises
    ------
    BadValue : it offers no Arrow stream, or a column is not there.
    """
    if not hasattr(source, "__arrow_c_stream__"):
        raise BadValue(
            f"a {type(source).__name__} offers no Arrow stream; give a data frame of polars, "
            "pyarrow or pandas, a relation of DuckDB, or a Frame"
        )
    try:
        with duckdb.connect() as duck:
            duck.register("given", _Bare(source))
            yield duck
    except duckdb.Error as error:
        raise BadValue(f"the columns cannot be read: {str(error).partition(chr(10))[0]}") from error


class _Bare(msgspec.Struct, frozen=True):
    """A source as nothing but its stream: of a polars frame it knows, DuckDB would ask for pyarrow."""

    source: Stream

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.source.__arrow_c_stream__(requested_schema)


def _read(source: Stream, types: Mapping[str, str | None]) -> Columns:
    """Return columns as arrays of these SQL types, or as they are."""
    asked = ", ".join(
        quoted(name) if kind is None else f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}"
        for name, kind in types.items()
    )
    with _given(source) as duck:
        return parquet.fetched(duck, f"SELECT {asked} FROM given")


def _names(source: Stream) -> list[str]:
    with _given(source) as duck:
        return [row[0] for row in duck.execute("DESCRIBE given").fetchall()]


def _whole_rows(found: Columns) -> tuple[Columns, int]:
    """Return the rows that lack nothing, and how many do."""
    whole = np.ones(len(found["action"]), np.bool_)
    for column in found.values():
        text = column.dtype.kind == "O"
        whole &= [each is not None for each in column] if text else np.isfinite(column)
    return {name: column[whole] for name, column in found.items()}, int((~whole).sum())


def _numbers(column: NDArray[Any]) -> NDArray[np.int64]:
    """Return each value's place among the different ones of the column, from 0."""
    values = column.astype(np.str_) if column.dtype.kind == "O" else column
    places: NDArray[np.int64] = np.unique(values, return_inverse=True)[1]
    return places


def _strangers(n: int, name: str) -> tuple[Warned, ...]:
    text = f"{n:,} topics are not among those of {name} and do not count"
    return (Warned("topics_not_shared", text, {"n_topics": n}),) if n else ()


def _answer(row: dict[str, Any]) -> Answer:
    said = {name: value for name, value in row.items() if value is not None}
    try:
        said |= {name: msgspec.json.decode(said[name]) for name in IN_JSON if name in said}
        said |= {name: int(said[name]) for name in _WHOLE if name in said}
        if "because" in said:
            return msgspec.convert(said, Unsupported)
        return msgspec.convert(said, Estimate)
    except msgspec.MsgspecError as error:
        raise BadValue(f"no answer of an estimator: {error}") from None

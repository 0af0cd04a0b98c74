"""Studies as columns in Arrow, for any notebook's data frames; pyarrow is not needed.

``polars.DataFrame(arrow.of_scored(scored))``: whatever takes the Arrow PyCapsule interface takes a :class:`Frame`.
:mod:`~ritornello.evaluate.from_arrow` is the way back. A column means what it means in our Parquet.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate import parquet
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.estimates import Answer, Estimate, Unsupported
from ritornello.evaluate.logs import Log
from ritornello.evaluate.runs import Run
from ritornello.evaluate.scoring import Scored

Columns = dict[str, NDArray[Any]]

IN_JSON = ("above_logged", "tuned", "numbers", "warnings")
"""What of an answer has parts."""
BESIDE = ("decision", "listener", "position")
"""What a log may say of a round beside what was chosen, how likely, and what came of it."""
_SQL_TYPES = {"f": "DOUBLE", "i": "BIGINT", "u": "BIGINT", "b": "BOOLEAN", "O": "VARCHAR"}
_ANSWERS = tuple(dict.fromkeys(Estimate.__struct_fields__ + Unsupported.__struct_fields__))


class Frame(msgspec.Struct, frozen=True, eq=False):
    """Columns of one length that any data frame library takes; nan, ``None`` and what is masked arrive as missing.

    Examples
    --------
    >>> frame = Frame({"topic_id": np.array(["a", "b"], object), "score": np.array([1.0, 0.5])})
    >>> with duckdb.connect() as duck:
    ...     duck.from_arrow(frame).fetchall()
    [('a', 1.0), ('b', 0.5)]
    """

    columns: Columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the columns as an Arrow stream that may outlive the frame."""
        duck = duckdb.connect(config={"threads": 1})
        duck.register("given", self.columns)
        typed = ", ".join(
            f"CAST({quoted(name)} AS {_SQL_TYPES[column.dtype.kind]}) AS {quoted(name)}"
            for name, column in self.columns.items()
        )
        return duck.sql(f"SELECT {typed} FROM given").__arrow_c_stream__(requested_schema)


def of_collection(collection: Collection) -> Frame:
    """Return the judgements: ``topic_id``, ``item_id``, ``grade``."""
    return Frame(parquet.columns_of(collection))


def of_run(run: Run, collection: Collection) -> Frame:
    """Return a run of this collection: ``topic_id``, ``item_id``, ``score``, the best of each topic first."""
    return Frame(parquet.columns_of_run(run, collection))


def of_scored(scored: Scored) -> Frame:
    """Return a row a topic: ``topic_id``, and a column a measure under its canonical name.

    A measure of the whole run has no value a topic and no column.
    """
    n = len(scored.topics)
    values = {name: column for name, column in scored.values.items() if len(column) == n}
    return Frame({"topic_id": np.array(scored.topics, object), **values})


def of_log(log: Log) -> Frame:
    """Return a row a round: what was chosen, how likely, what came of it, where; and a column a feature."""
    features = {name: log.context[:, place] for place, name in enumerate(log.features)}
    return Frame(
        {
            "action": np.array(log.actions, object)[log.action],
            "propensity": log.propensity,
            "reward": log.reward,
            **{name: getattr(log, name) for name in BESIDE},
            **features,
        }
    )


def of_answers(answers: Sequence[Answer]) -> Frame:
    """Return a row an answer: an estimate has its numbers; a refusal ``because``, ``text`` and ``wanted``.

    ``above_logged``, ``tuned``, ``numbers`` and ``warnings`` are JSON.
    """
    return Frame(
        {
            name: _column([getattr(each, name, None) for each in answers], name in IN_JSON)
            for name in _ANSWERS
        }
    )


def quoted(name: str) -> str:
    """Return a column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _column(values: Sequence[Any], in_json: bool) -> NDArray[Any]:
    """Return values of one kind as a column; a number that is not there is masked, a text ``None``."""
    if in_json:
        texts = [each if each is None else msgspec.json.encode(each).decode() for each in values]
        return np.array(texts, object)
    known = [each for each in values if each is not None]
    if not known or isinstance(known[0], str):
        return np.array(values, object)
    filled = np.array([0 if each is None else each for each in values])
    return np.ma.array(filled, mask=[each is None for each in values])

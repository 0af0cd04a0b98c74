"""What a study is made of: rows that may count, and the id that its content gives it.

A row is a topic, an item and a number. What cannot count is kept out and said, by reason; every row is counted once:
rows in = rows kept + rows warned of.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate.warned import Warned

NumberArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

NOWHERE = -1
DIGITS = 16


class Rows(NamedTuple):
    """Rows by their ids: judgements with grades, or a run's with scores; and what their file calls them."""

    topic_ids: Sequence[str]
    item_ids: Sequence[str]
    values: Sequence[float]
    name: str = ""


class Vetted(NamedTuple):
    """Rows that may count, by topic and then by item; and what was kept out."""

    topics: NumberArray
    items: NumberArray
    values: FloatArray
    warnings: tuple[Warned, ...]


def vet(what: str, topics: NDArray[Any], items: NDArray[Any], values: NDArray[Any]) -> Vetted:
    """Keep out rows without a topic or an item, with a value that is not finite, or that stand there twice.

    Of rows that stand there twice none is kept: nobody knows which is meant.

    Parameters
    ----------
    what : what the rows are, such as ``judgements``; begins each warning's code.
    topics, items : (n,) numbers, :data:`NOWHERE` where the collection has no such topic or item.
    values : (n,) grades or scores.
    """
    topics, items = np.asarray(topics, np.int64), np.asarray(items, np.int64)
    values = np.asarray(values, np.float64)
    why_not = (
        ("for_unknown_topics", "for topics the collection does not have", topics < 0),
        ("outside_universe", "of items outside the collection's universe", items < 0),
        ("not_finite", "whose value is no finite number", ~np.isfinite(values)),
    )
    keep, warnings = np.ones(len(topics), np.bool_), []
    for code, because, broken in why_not:
        warnings += _warned(what, code, because, broken & keep)
        keep &= ~broken
    rows = np.flatnonzero(keep)
    order, twice = _by_topic_and_item(topics[rows], items[rows])
    warnings += _warned(what, "twice", "that name a topic and an item more than once", twice)
    order = rows[order[~twice]]
    return Vetted(topics[order], items[order], values[order], tuple(warnings))


def numbered(ids: Sequence[str], numbers: Mapping[str, int]) -> NumberArray:
    """Return the number of each id, :data:`NOWHERE` where it has none."""
    return np.fromiter((numbers.get(each, NOWHERE) for each in ids), np.int64, len(ids))


def as_said(warnings: Iterable[Warned]) -> list[tuple[str, str, dict[str, float]]]:
    """Return warnings as they read after they were kept: every number with a point."""
    return [(w.code, w.text, {k: float(v) for k, v in w.numbers.items()}) for w in warnings]


def id_of(facts: object, *arrays: NDArray[Any]) -> str:
    """Return the 16 hex digits that name this content for ever: of facts in JSON and of arrays, byte by byte.

    Examples
    --------
    >>> id_of({"name": "a"}, np.arange(3)) == id_of({"name": "a"}, np.arange(3))
    True
    >>> id_of({"name": "a"}, np.arange(3)) == id_of({"name": "b"}, np.arange(3))
    False
    """
    hashing = hashlib.sha256()
    for part in (msgspec.json.encode(facts, order="deterministic"), *map(_bytes, arrays)):
        hashing.update(len(part).to_bytes(8, "little"))
        hashing.update(part)
    return hashing.hexdigest()[:DIGITS]


def _bytes(array: NDArray[Any]) -> bytes:
    kind = "<f8" if array.dtype.kind == "f" else "<i8"
    return np.ascontiguousarray(array, kind).tobytes()


def _by_topic_and_item(
    topics: NumberArray, items: NumberArray
) -> tuple[NumberArray, NDArray[np.bool_]]:
    """Return the rows in order, and of each whether another has the same topic and item."""
    pairs = topics * (items.max(initial=-1) + 1) + items
    order = np.argsort(pairs)
    same = np.diff(pairs[order]) == 0
    twice = np.zeros(len(pairs), np.bool_)
    twice[1:] |= same
    twice[:-1] |= same
    return order, twice


def _warned(what: str, code: str, because: str, rows: NDArray[np.bool_]) -> list[Warned]:
    n = int(rows.sum())
    if not n:
        return []
    text = f"{what} {because}: {n:,}; none of them counts"
    return [Warned(f"{what}_{code}", text, {"n_rows": n})]

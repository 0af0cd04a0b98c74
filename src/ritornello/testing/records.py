"""Any valid record of ``kinds``, as a hypothesis strategy read off the record's own annotations.

A struct says what its fields may hold; this module believes it. So a field that is added to a
record is tested at once, with its bounds, its pattern and its absence.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from ritornello.kinds.times import EPOCH

Record = TypeVar("Record", bound=msgspec.Struct)

instants = st.datetimes(
    min_value=EPOCH.replace(tzinfo=None),
    max_value=EPOCH.replace(year=2200, tzinfo=None),
    timezones=st.just(UTC),
)
_TEXT = st.characters(codec="utf-8")
_LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(_TEXT, max_size=8)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    UUID: st.uuids(),
    date: st.dates(),
    datetime: instants,
    Any: _LEAVES | st.lists(_LEAVES, max_size=3),
}


@cache
def records(record: type[Record]) -> st.SearchStrategy[Record]:
    """Return a strategy for any valid value of a struct; optional fields are sometimes left out.

    Raises
    ------
    TypeError : a field of a type no strategy is known for.

    Examples
    --------
    >>> from ritornello.kinds.tallies import Tally
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, deadline=None, database=None)
    ... @given(records(Tally))
    ... def counts_something(tally):
    ...     assert tally.n_plays >= 1
    >>> counts_something()
    """
    hints = get_type_hints(record, include_extras=True)
    fields = msgspec.structs.fields(record)
    required = {f.name: _values(hints[f.name]) for f in fields if f.required}
    optional = {f.name: _values(hints[f.name]) for f in fields if not f.required}
    given = st.fixed_dictionaries(required, optional=optional)
    return given.map(lambda values: record(**values))


def _values(annotation: Any) -> st.SearchStrategy[Any]:
    """Return the strategy of one annotation."""
    origin = get_origin(annotation)
    if origin in _COMPOSED:
        return _COMPOSED[origin](get_args(annotation))
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return records(annotation)
    return _bounded(annotation, msgspec.Meta())


def _one_of(annotations: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return st.one_of([_values(annotation) for annotation in annotations])


_COMPOSED: dict[Any, Callable[[tuple[Any, ...]], st.SearchStrategy[Any]]] = {
    Annotated: lambda inside: _bounded(inside[0], inside[1]),
    Literal: st.sampled_from,
    Union: _one_of,
    UnionType: _one_of,
    tuple: lambda inside: st.lists(_values(inside[0]), max_size=3).map(tuple),
    dict: lambda inside: st.dictionaries(_values(inside[0]), _values(inside[1]), max_size=3),
}


def _bounded(plain: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    """Return the strategy of a text or number within its declared bounds; times have none."""
    if plain is str and meta.pattern:
        return st.from_regex(meta.pattern, fullmatch=True)
    if plain is str:
        longest = min(meta.max_length or 40, 40)
        return st.text(_TEXT, min_size=meta.min_length or 0, max_size=longest)
    if plain is int:
        low = -(2**63) if meta.ge is None else meta.ge
        return st.integers(int(low), int(2**63 - 1 if meta.le is None else meta.le))
    if plain is float:
        least = meta.ge if meta.gt is None else meta.gt
        return st.floats(least, meta.le, exclude_min=meta.gt is not None).filter(isfinite)
    if plain in _PLAIN:
        return _PLAIN[plain]
    raise TypeError(f"no strategy for {plain!r}; add it to ritornello.testing.records")

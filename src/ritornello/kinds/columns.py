"""The records of ``kinds`` as SQL columns, so that JSON and Parquet cannot drift apart.

One function reads a struct and answers: which columns, of which DuckDB type, with which default
where the JSON leaves the field out. Nested structs become ``STRUCT``; free dictionaries stay JSON
text, because their keys are anybody's.
"""

from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

_SCALARS: dict[Any, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMPTZ",
    date: "DATE",
    UUID: "VARCHAR",
}


class Column(msgspec.Struct, frozen=True):
    """A field as a column: its name, its DuckDB type, and its default (``None`` when absent)."""

    name: str
    type: str
    default: Any


@cache
def columns_of(record: type[msgspec.Struct]) -> tuple[Column, ...]:
    """Return the columns of a record in the order of its fields.

    Examples
    --------
    >>> from ritornello.kinds.events import Impression
    >>> [c.name for c in columns_of(Impression)][:3]
    ['event_id', 'listener_id', 'happened_at']
    """
    hints = get_type_hints(record, include_extras=True)
    return tuple(
        Column(field.encode_name, sql_type(hints[field.name]), _default(field))
        for field in msgspec.structs.fields(record)
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """Return what a column holds where the JSON leaves the field out; a dictionary is its text."""
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.json.encode(field.default_factory()).decode()
    return None if field.default is msgspec.NODEFAULT else field.default


def sql_type(annotation: Any) -> str:
    """Return the DuckDB type of an annotation.

    Raises
    ------
    TypeError : an annotation no column can hold.
    """
    if get_origin(annotation) is Annotated:
        return sql_type(get_args(annotation)[0])
    if get_origin(annotation) in (Literal, dict):
        return "VARCHAR"
    if get_origin(annotation) in (Union, UnionType):
        (only,) = (arg for arg in get_args(annotation) if arg is not NoneType)
        return sql_type(only)
    if get_origin(annotation) is tuple:
        return sql_type(get_args(annotation)[0]) + "[]"
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        inside = ", ".join(f'"{c.name}" {c.type}' for c in columns_of(annotation))
        return f"STRUCT({inside})"
    raise TypeError(f"no SQL column holds {annotation!r}; add it to kinds.columns")

"""Records as SQL: JSON → columns with every default filled in → JSON again.

Both directions are expressions built by recursion over a record's annotations, so that nested
structs, lists of them and the times inside survive the way into Parquet and back.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from ritornello.kinds.columns import columns_of
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import EVENT_KINDS

RECORDS: dict[str, type[msgspec.Struct]] = {**EVENT_KINDS, "decision": Decision}


@cache
def structure(kind: str) -> str:
    """Return the record's columns as ``json_transform`` wants them: a JSON object of types."""
    types = {column.name: column.type for column in columns_of(RECORDS[kind])}
    return msgspec.json.encode(types).decode()


@cache
def filled(kind: str, row: str) -> str:
    """Return the select list that reads the struct ``row`` and fills in every default."""
    return ", ".join(
        f'{_fill(f"{row}.{name}", hint, default)} AS "{name}"'
        for name, hint, default in fields_of(RECORDS[kind])
    )


@cache
def as_json(kind: str) -> str:
    """Return the expression that turns a row of the lake into its record's JSON again."""
    record = RECORDS[kind]
    fields = [f"'{name}': {_json(name, hint)}" for name, hint, _ in fields_of(record)]
    if record.__struct_config__.tag is not None:
        fields.insert(0, f"'kind': '{kind}'")
    return f"to_json({{{', '.join(fields)}}})"


def fields_of(record: type[msgspec.Struct]) -> Iterator[tuple[str, Any, Any]]:
    """Yield ``(name, annotation without None, default)`` of each field."""
    hints = get_type_hints(record, include_extras=True)
    for field in msgspec.structs.fields(record):
        default = None if field.default is msgspec.NODEFAULT else field.default
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        yield field.encode_name, bare(hints[field.name]), default


def bare(hint: Any) -> Any:
    """Strip ``Annotated`` and ``| None`` off an annotation."""
    if get_origin(hint) is Annotated:
        return bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        (only,) = (arg for arg in get_args(hint) if arg is not NoneType)
        return bare(only)
    return hint


def element(hint: Any) -> Any:
    """Return what a ``tuple[x, ...]`` holds."""
    return bare(get_args(hint)[0])


def is_struct(hint: Any) -> bool:
    """Whether an annotation is a record."""
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def is_list_of_structs(hint: Any) -> bool:
    """Whether an annotation is a tuple of records."""
    return get_origin(hint) is tuple and is_struct(element(hint))


def _fill(value: str, hint: Any, default: Any) -> str:
    """Return ``value`` with the defaults of what is nested in it, or its own default."""
    if is_struct(hint):
        fields = ", ".join(f"'{n}': {_fill(f'{value}.{n}', h, d)}" for n, h, d in fields_of(hint))
        value = f"CASE WHEN {value} IS NULL THEN NULL ELSE {{{fields}}} END"
    elif is_list_of_structs(hint):
        value = f"list_transform({value}, lambda x: {_fill('x', element(hint), None)})"
    return value if default is None else f"coalesce({value}, {_literal(default)})"


def _json(value: str, hint: Any) -> str:
    """Return ``value`` so that ``to_json`` writes it as the record's own JSON would."""
    if hint is datetime:
        return f"strftime({value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if hint is date:
        return f"strftime({value}, '%Y-%m-%d')"
    if get_origin(hint) is dict:
        return f"CAST({value} AS JSON)"
    if is_struct(hint):
        fields = ", ".join(f"'{n}': {_json(f'{value}.{n}', h)}" for n, h, _ in fields_of(hint))
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE {{{fields}}} END"
    if is_list_of_structs(hint):
        return f"list_transform({value}, lambda x: {_json('x', element(hint))})"
    return value


def _literal(default: Any) -> str:
    """Return a default as an SQL literal."""
    if isinstance(default, tuple):
        return "[]"
    if isinstance(default, dict):
        return "'{}'"
    return f"'{default}'" if isinstance(default, str) else str(default)

"""One body for equal records: the JSON the log keeps, hashes and compares.

``omit_defaults`` leaves a field out when it *is* its default, not when it equals it, and an instant
may be written in any zone. So equal records are first made identical: defaults by the default
itself, instants in UTC. A record read back from the lake then has the body it came with.
"""

import hashlib
from datetime import UTC, datetime
from functools import cache
from operator import is_
from typing import Any, Literal, NamedTuple, TypeVar, get_origin

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Event
from ritornello.store.records import element, fields_of, is_list_of_structs, is_struct

Record = TypeVar("Record", bound=msgspec.Struct)

_encode = msgspec.json.Encoder(order="deterministic").encode
_replace = msgspec.structs.replace


class _Plan(NamedTuple):
    """What of a record may need another value: words and numbers, instants, structs, lists."""

    plain: tuple[str, ...]
    defaults: tuple[str | int | float, ...]
    instants: tuple[str, ...]
    structs: tuple[str, ...]
    lists: tuple[str, ...]


def body_of(record: Event | Decision) -> bytes:
    """Return a record's JSON without its transport times; equal records have equal bodies."""
    if isinstance(record, Event) and record.sent_at is not None:
        record = _replace(record, sent_at=None)
    return _encode(canonical(record))


def hash_of(body: bytes) -> bytes:
    """Return eight bytes that tell one body of an id from another."""
    return hashlib.blake2b(body, digest_size=8).digest()


def canonical(record: Record) -> Record:
    """Return the record with every default by the default itself and every instant in UTC."""
    plan = _plan(type(record))
    changed: dict[str, Any] = {}
    for name, default in zip(plan.plain, plan.defaults, strict=True):
        value = getattr(record, name)
        if value is not default and value == default:
            changed[name] = default
    for name in plan.instants:
        at = getattr(record, name)
        if at is not None and at.tzinfo is not UTC:
            changed[name] = at.astimezone(UTC)
    for name in plan.structs:
        part = getattr(record, name)
        if part is not None and (same := canonical(part)) is not part:
            changed[name] = same
    for name in plan.lists:
        parts = getattr(record, name)
        same_parts = tuple(map(canonical, parts))
        if not all(map(is_, parts, same_parts)):
            changed[name] = same_parts
    return _replace(record, **changed) if changed else record


@cache
def _plan(record: type[msgspec.Struct]) -> _Plan:
    fields = tuple(fields_of(record))
    plain = [(n, d) for n, hint, d in fields if _may_be_another(hint, d)]
    return _Plan(
        plain=tuple(n for n, _ in plain),
        defaults=tuple(d for _, d in plain),
        instants=tuple(n for n, hint, _ in fields if hint is datetime),
        structs=tuple(n for n, hint, _ in fields if is_struct(hint) and _matters(hint)),
        lists=tuple(
            n for n, hint, _ in fields if is_list_of_structs(hint) and _matters(element(hint))
        ),
    )


def _may_be_another(hint: Any, default: Any) -> bool:
    """Whether a value can equal the default without being it: not for words of a list or truth."""
    if get_origin(hint) is Literal or isinstance(default, bool):
        return False
    return isinstance(default, str | int | float)


def _matters(record: type[msgspec.Struct]) -> bool:
    """Whether anything in a record could need another value."""
    return any(_plan(record))

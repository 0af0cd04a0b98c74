"""A policy as text and back: ``greedy``, ``plackett_luce(budget=0.1,temperature=1.0,floor=0.0)``.

Decisions and recipes carry the text. ``parse(str(policy)) == policy`` for every policy.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.choice import Policy
from ritornello.policies.greedy import Greedy
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.thompson import Thompson

Kind = TypeVar("Kind", bound=msgspec.Struct)

_FORM = re.compile(r"^\s*([a-z_]+)\s*(?:\((.*)\))?\s*$")
_KINDS: Mapping[str, type[Greedy | PlackettLuce | Thompson]] = {
    "greedy": Greedy,
    "plackett_luce": PlackettLuce,
    "thompson": Thompson,
}


@lru_cache(maxsize=1024)
def parse(text: str) -> Policy:
    """Return the policy a text names; left-out parameters take their defaults.

    Raises
    ------
    UnknownName : a policy or a parameter nobody defined.
    BadValue : a text of another form, or a parameter out of range.

    Examples
    --------
    >>> parse("plackett_luce(budget=0.2)")
    PlackettLuce(budget=0.2, temperature=1.0, floor=0.0)
    """
    name, parameters = apart(text, "policy", "plackett_luce(budget=0.1)")
    if name not in _KINDS:
        raise UnknownName.among("policy", name, _KINDS)
    return built(_KINDS[name], name, parameters)


def apart(text: str, what: str, example: str) -> tuple[str, dict[str, str]]:
    """Take ``name(key=value,…)`` apart.

    Raises
    ------
    BadValue : a text of another form, or a parameter given twice; ``example`` is shown as one that
        names a ``what``.
    """
    form = _FORM.match(text)
    if form is None:
        raise BadValue(f"{text!r} names no {what}; write it like {example!r}")
    name, inside = form.groups()
    parts = [part.partition("=") for part in (inside or "").split(",") if part.strip()]
    parameters = {key.strip(): value.strip() for key, _, value in parts}
    if len(parameters) < len(parts):
        raise BadValue(f"{text!r} gives a parameter twice")
    return name, parameters


def built(kind: type[Kind], name: str, parameters: Mapping[str, str]) -> Kind:
    """Return a ``kind`` with parameters read as the types of its fields say: text, share or count.

    Raises
    ------
    UnknownName : a parameter it does not take.
    BadValue : a value of another type, or out of range.
    """
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    for key, text in parameters.items():
        if key not in types:
            raise UnknownName.among(f"parameter of {name}", key, types)
        try:
            values[key] = types[key](text)
        except ValueError as error:
            number = "a whole number" if types[key] is int else "a number"
            raise BadValue(f"{key} of {name} must be {number}, not {text!r}") from error
    return kind(**values)

"""A policy as text and back: ``greedy``, ``plackett_luce(budget=0.1,temperature=1.0)``.

Decisions and recipes carry the text. ``parse(str(policy)) == policy`` for every policy.
"""

import re

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.choice import Policy
from ritornello.policies.greedy import Greedy
from ritornello.policies.plackett_luce import PlackettLuce

_FORM = re.compile(r"^\s*([a-z_]+)\s*(?:\((.*)\))?\s*$")
_KINDS: dict[str, type[Greedy | PlackettLuce]] = {"greedy": Greedy, "plackett_luce": PlackettLuce}


def parse(text: str) -> Policy:
    """Return the policy a text names; left-out parameters take their defaults.

    Raises
    ------
    UnknownName : a policy or a parameter nobody defined.
    BadValue : a text of another form, or a parameter out of range.

    Examples
    --------
    >>> parse("plackett_luce(budget=0.2)")
    PlackettLuce(budget=0.2, temperature=1.0)
    """
    form = _FORM.match(text)
    if form is None:
        raise BadValue(f"{text!r} names no policy; write it like 'plackett_luce(budget=0.1)'")
    name, inside = form.groups()
    if name not in _KINDS:
        raise UnknownName.among("policy", name, _KINDS)
    kind = _KINDS[name]
    values: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in (inside or "").split(","))):
        key, _, value = (piece.strip() for piece in part.partition("="))
        if key not in kind.__struct_fields__:
            raise UnknownName.among(f"parameter of {name}", key, kind.__struct_fields__)
        values[key] = _number(key, value, text)
    return kind(**values)


def _number(key: str, value: str, text: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise BadValue(f"{key} in {text!r} must be a number, not {value!r}") from error

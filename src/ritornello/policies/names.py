"""A policy as text and back: ``greedy``, ``plackett_luce(budget=0.1,temperature=1.0,floor=0.0)``.

Decisions and recipes carry the text. ``parse(str(policy)) == policy`` for every policy.
"""

import re
from collections.abc import Iterable, Mapping

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.choice import Policy
from ritornello.policies.greedy import Greedy
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.thompson import Thompson

_FORM = re.compile(r"^\s*([a-z_]+)\s*(?:\((.*)\))?\s*$")
_KINDS: Mapping[str, type[Greedy | PlackettLuce | Thompson]] = {
    "greedy": Greedy,
    "plackett_luce": PlackettLuce,
    "thompson": Thompson,
}


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
    kind = _KINDS[name]
    check_known(name, parameters, kind.__struct_fields__)
    return kind(**{key: number(key, value) for key, value in parameters.items()})


def apart(text: str, what: str, example: str) -> tuple[str, dict[str, str]]:
    """Take ``name(key=value,…)`` apart.

    Raises
    ------
    BadValue : a text of another form; ``example`` is shown as a ``what`` that is none.
    """
    form = _FORM.match(text)
    if form is None:
        raise BadValue(f"{text!r} names no {what}; write it like {example!r}")
    name, inside = form.groups()
    parts = filter(None, (part.strip() for part in (inside or "").split(",")))
    pairs = (part.partition("=") for part in parts)
    return name, {key.strip(): value.strip() for key, _, value in pairs}


def check_known(name: str, parameters: Iterable[str], known: Iterable[str]) -> None:
    """Make sure that ``name`` takes these parameters.

    Raises
    ------
    UnknownName : one it does not.
    """
    known = list(known)
    for key in parameters:
        if key not in known:
            raise UnknownName.among(f"parameter of {name}", key, known)


def number(key: str, value: str) -> float:
    """Return a parameter's value.

    Raises
    ------
    BadValue : no number.
    """
    try:
        return float(value)
    except ValueError as error:
        raise BadValue(f"{key} must be a number, not {value!r}") from error

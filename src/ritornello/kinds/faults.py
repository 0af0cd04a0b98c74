"""What was wrong with a row that was not kept.

Intake never raises on content: it returns ``(kept, faults)``. A fault is countable by rule and
points at the row, so that a person can find it and mend it.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

MESSAGE_LIMIT = 500


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One rejected piece of input: where it stood, which rule it broke, in words."""

    source: str
    position: int
    field: str
    rule: str
    message: str

    @classmethod
    def at(cls, source: str, position: int, rule: str, message: str, field: str = "") -> "Fault":
        """Make a fault whose message is cut to a readable length and holds no control characters."""
        readable = "".join(c if c.isprintable() else "·" for c in message[: MESSAGE_LIMIT + 1])
        if len(readable) > MESSAGE_LIMIT:
            readable = readable[:MESSAGE_LIMIT] + "…"
        return cls(source, position, field, rule, readable)


def count_by_rule(faults: Iterable[Fault]) -> dict[str, int]:
    """Count faults by rule, most frequent first."""
    return dict(Counter(fault.rule for fault in faults).most_common())


def rule_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """Read ``(field, rule)`` out of msgspec's own message.

    Examples
    --------
    >>> rule_of(msgspec.ValidationError("Expected `int`, got `str` - at `$.ms_played`"))
    ('ms_played', 'wrong_type')
    """
    text = str(error)
    message, _, path = text.partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    starts: tuple[tuple[str, str], ...] = (
        ("Object missing required field", "missing_field"),
        ("Object contains unknown field", "unknown_field"),
        ("Invalid enum value", "unknown_word"),
        ("Invalid value", "unknown_kind"),
        ("Expected `datetime` with a timezone", "naive_time"),
        ("Invalid RFC3339", "not_a_time"),
        ("Invalid UUID", "not_a_uuid"),
        ("Expected `str` of length", "wrong_length"),
        ("Expected `str` matching", "wrong_form"),
        ("Expected `int` ", "out_of_range"),
        ("Expected `float` ", "out_of_range"),
    )
    for start, rule in starts:
        if message.startswith(start):
            return _field_of(field, message), rule
    return field, "wrong_type"


def _field_of(path: str, message: str) -> str:
    """Return the field at fault: the path, and below it the name msgspec puts in backticks."""
    if not message.startswith("Object "):
        return path
    return ".".join(filter(None, (path, message.split("`")[1])))

"""What a measure is before it is asked: its word, its arithmetic, its parameters, what its values mean.

A room of measures lists its definitions in a tuple ``MEASURES``; :mod:`ritornello.measures.names` puts the tuples
together and reads and prints names by them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue

Values = NDArray[np.float64]
Value = bool | int | float | str | tuple[tuple[float, float], ...]


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a measure, or the number behind its ``@``.

    ``default`` ``None`` means that it is left out; ``required`` that it cannot be. ``shown`` ones are printed at their
    default too, because tools differ in it.
    """

    kind: Literal["count", "days", "number", "flag", "choice", "gains"]
    about: str
    default: Value | None = None
    required: bool = False
    low: float = -np.inf
    high: float = np.inf
    choices: tuple[str, ...] = ()
    shown: bool = False

    def read(self, name: str, text: str) -> Value:
        """Return the value that a text means.

        Raises
        ------
        BadValue : none of this kind, or out of its range.
        """
        word = text.strip().strip("'\"")
        value: Value | None = _READ[self.kind](word)
        within = value in self.choices if self.kind == "choice" else self._holds(value)
        if value is None or not within:
            raise BadValue(f"{name} must be {self.expected}, not {text!r}")
        return value

    @property
    def expected(self) -> str:
        """What a value looks like, in words."""
        if self.kind == "choice":
            return " or ".join(self.choices)
        return _EXPECTED[self.kind] + self._range()

    def _holds(self, value: Value | None) -> bool:
        if not isinstance(value, int | float):
            return True
        return self.low <= value <= self.high

    def _range(self) -> str:
        low, high = self.low, self.high
        if np.isfinite(low) and np.isfinite(high):
            return f" from {low:g} to {high:g}"
        return f" from {low:g} up" if np.isfinite(low) else ""


class Definition(msgspec.Struct, frozen=True):
    """What a word means.

    Parameters
    ----------
    word : the canonical one; ``aliases`` are names (with parameters, where that is what they mean) of other tools.
    kernel : called with the evidence, ``parameters`` and ``at[0]`` by name; returns one value a topic or listener, or
        for the grain ``run`` an array of one value. Its docstring is the measure's page.
    asks : ``matched`` measures are asked about a :class:`~ritornello.measures.matching.Matched`; ``covered`` ones
        about a :class:`~ritornello.measures.aspects.Covered`; ``lists`` about lists and what is known of their items and
        listeners; ``spans`` about what is :class:`~ritornello.measures.spans.Heard` of items, second by second;
        ``sessions`` about queries in the :class:`~ritornello.measures.searching.Sessions` they were made in.
    needs : the parts of what is known that it cannot do without.
    at : name and kind of the number behind ``@``; ``None`` takes no number.
    total : how values make one number of a run.
    """

    word: str
    kernel: Callable[..., Values]
    at: tuple[str, Parameter] | None = None
    parameters: Mapping[str, Parameter] = {}
    asks: Literal["matched", "covered", "lists", "spans", "sessions"] = "matched"
    needs: tuple[str, ...] = ()
    direction: Literal["up", "down"] = "up"
    unit: str = "share"
    grain: Literal["listener", "list", "session", "run"] = "list"
    low: float = 0.0
    high: float = 1.0
    total: Literal["mean", "sum", "geometric mean"] = "mean"
    aliases: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Parameter]:
        """Every parameter the kernel takes by name, the number behind ``@`` first."""
        return {**dict([self.at] if self.at else []), **self.parameters}


REL = Parameter("number", "the grade from which an item is relevant", 1, low=0)
JUDGED_ONLY = Parameter(
    "flag", "leave out what was never judged, as if not returned", default=False
)
RELATIVE = Parameter("flag", "divide by the most that can be reached", default=False)
BINARY = {"rel": REL, "judged_only": JUDGED_ONLY}
PLACES = Parameter("count", "how many places count", low=1, high=999_999)
PLACES_REQUIRED = Parameter("count", "how many places count", required=True, low=1, high=999_999)


def _number(text: str) -> float | int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if not np.isfinite(value):
        return None
    return int(value) if value.is_integer() else value


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and str(int(text)) == text else None


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _gains(text: str) -> tuple[tuple[float, float], ...] | None:
    """Read ``{1:3,2:9}``: grade, then its gain."""
    pairs = [pair.partition(":") for pair in text.strip("{}").split(",") if pair.strip()]
    found = [(_number(grade), _number(gain)) for grade, _, gain in pairs]
    good = [(grade, gain) for grade, gain in found if grade is not None and gain is not None]
    if len(good) < len(found) or not good or len(dict(good)) < len(good):
        return None
    return tuple(sorted(good))


_READ: Mapping[str, Callable[[str], Any]] = {
    "count": _count,
    "days": _count,
    "number": _number,
    "flag": _flag,
    "choice": str,
    "gains": _gains,
}
_EXPECTED = {
    "count": "a whole number",
    "days": "a whole number of days",
    "number": "a number",
    "flag": "true or false",
    "gains": "grades with their gains such as {1:3,2:9}",
}

"""What a declared rule may ask of an outcome, and how it may grade it: words a person reads aloud.

A condition is a column and a test: ``saved = true``, ``reading = ["play", "glance"]``, ``ms_played = ">= 3 min"``,
``seen = "unknown"``. A grade is a number from 0 to 1, ``"unknown"``, or a slope between two values of a column.
What is unknown passes no test but ``"unknown"``.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue, did_you_mean
from ritornello.signals.success import COLUMNS, BoolArray, Column, FloatArray

UNKNOWN = "unknown"
_COMPARED = re.compile(r"(>=|<=|>|<|=)\s*(.+)")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)?")
_MS = {"ms": 1.0, "s": 1_000.0, "min": 60_000.0, "h": 3_600_000.0}
_TESTS: dict[str, Callable[[Column, float], Any]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
    "=": np.equal,
}


class Columns(Protocol):
    """Rows of which conditions can be asked: equally long columns, by name."""

    def __len__(self) -> int: ...
    def column(self, name: str) -> Column:
        """Return one column; an unknown text is empty, an unknown number nan."""
        ...


class Condition(msgspec.Struct, frozen=True):
    """A test of one column: one of ``words``, or ``compared`` with ``amount`` (in the column's unit).

    Of a flag the amount is 1 or 0; ``compared`` of ``unknown`` asks that nothing is known.
    """

    column: str
    compared: str = "="
    amount: float = 0.0
    words: tuple[str, ...] = ()

    def holds(self, outcomes: Columns) -> BoolArray:
        """Return the rows where the test is passed."""
        values = outcomes.column(self.column)
        if self.compared == UNKNOWN:
            return np.asarray(values == "" if values.dtype.kind in "OU" else np.isnan(values))
        if self.words:
            return np.isin(values, self.words)
        return np.asarray(_TESTS[self.compared](values, self.amount))

    def __str__(self) -> str:
        """Return the condition as a person reads it."""
        name = self.column.removesuffix("_ms").removeprefix("ms_").replace("_", " ")
        if self.compared == UNKNOWN:
            return f"{name} unknown"
        if self.words:
            return f"{name} is {' or '.join(self.words)}"
        if COLUMNS.get(self.column) == "flag":
            return name if self.amount else f"not {name}"
        return f"{name} {self.compared} {_spoken(self.column, self.amount)}"


class Grade(msgspec.Struct, frozen=True):
    """A success: ``value``, nan for unknown; or a line over the column ``of`` from 1 at ``one_at`` to 0 at ``zero_at``."""

    value: float = 0.0
    of: str = ""
    one_at: float = 0.0
    zero_at: float = 0.0

    def of_outcomes(self, outcomes: Columns) -> FloatArray:
        """Return the success of every row; nan where it is unknown or the column is."""
        if not self.of:
            return np.full(len(outcomes), self.value)
        along = (outcomes.column(self.of) - self.zero_at) / (self.one_at - self.zero_at)
        return np.asarray(along.clip(0.0, 1.0), dtype=np.float64)

    def __str__(self) -> str:
        """Return the grade as a person reads it."""
        if self.of:
            name = self.of.removeprefix("ms_").replace("_", " ")
            one, zero = _spoken(self.of, self.one_at), _spoken(self.of, self.zero_at)
            return f"1 at {name} {one}, 0 at {zero}"
        return UNKNOWN if np.isnan(self.value) else f"{self.value:g}"


def parse_condition(
    column: str, test: Any, where: str, columns: Mapping[str, str] = COLUMNS
) -> Condition:
    """Return the condition a TOML pair spells.

    Parameters
    ----------
    columns : what may be asked of, and whether each is a flag, a text or a number.

    Raises
    ------
    BadValue : no such column, or a test the column cannot pass; the message names both.
    """
    where = f"{where}.{column}"
    sort = _sort(column, where, columns)
    if test == UNKNOWN:
        return Condition(column, UNKNOWN)
    if sort == "flag":
        if not isinstance(test, bool):
            raise BadValue(f"{where} is {test!r}; give true, false or 'unknown'")
        return Condition(column, "=", float(test))
    if sort == "text":
        words = (test,) if isinstance(test, str) else tuple(test) if isinstance(test, list) else ()
        if not words or not all(isinstance(word, str) and word for word in words):
            raise BadValue(f"{where} is {test!r}; give a word or a list of words")
        return Condition(column, words=words)
    found = _COMPARED.fullmatch(test.strip()) if isinstance(test, str) else None
    if found is None:
        raise BadValue(f'{where} is {test!r}; compare as in ">= 3 min", "< 0.5" or "= 2"')
    return Condition(column, found[1], _amount(column, found[2], where))


def parse_grade(found: Any, where: str, columns: Mapping[str, str] = COLUMNS) -> Grade:
    """Return the grade a TOML value spells.

    Raises
    ------
    BadValue : neither a number from 0 to 1, ``"unknown"``, nor ``{ of, one_at, zero_at }`` with two values.
    """
    if found == UNKNOWN:
        return Grade(np.nan)
    if isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= 1:
        return Grade(float(found))
    if not isinstance(found, dict) or set(found) != {"of", "one_at", "zero_at"}:
        raise BadValue(
            f"{where} is {found!r}; give 0 to 1, 'unknown', or {{ of, one_at, zero_at }}"
        )
    if _sort(str(found["of"]), where, columns) != "number":
        raise BadValue(f"{where}: {found['of']!r} is no column of numbers")
    one, zero = (_amount(found["of"], str(found[key]), where) for key in ("one_at", "zero_at"))
    if one == zero:
        raise BadValue(f"{where}: one_at and zero_at are the same; a line needs two values")
    return Grade(0.0, found["of"], one, zero)


def _sort(column: str, where: str, columns: Mapping[str, str]) -> str:
    if column not in columns:
        raise BadValue(f"{where}: {column!r} is no outcome column{did_you_mean(column, columns)}")
    return columns[column]


def _unit_ms(column: str) -> float | None:
    """Return how many milliseconds the column's unit has; ``None`` for what is no time."""
    if column.startswith("ms_") or column.endswith("_ms"):
        return 1.0
    return 1_000.0 if column.startswith("seconds_") else None


def _amount(column: str, text: str, where: str) -> float:
    found, unit_ms = _AMOUNT.fullmatch(text.strip()), _unit_ms(column)
    if found is None or (found[2] is None) != (unit_ms is None):
        needs = "a time such as 30 s or 3 min" if unit_ms else "a plain number"
        raise BadValue(f"{where}: {text!r} is no amount of {column}; give {needs}")
    return float(found[1]) if unit_ms is None else float(found[1]) * _MS[found[2]] / unit_ms


def _spoken(column: str, amount: float) -> str:
    """Return an amount with the unit a person would use."""
    unit_ms = _unit_ms(column)
    if unit_ms is None:
        return f"{amount:g}"
    ms = amount * unit_ms
    unit = max((u for u in _MS if ms >= _MS[u]), key=_MS.__getitem__, default="ms")
    return f"{ms / _MS[unit]:g} {unit}"

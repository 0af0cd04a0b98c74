"""Success of a search as each mindset means it: a readable table of rules, each with its reason, also as SQL.

For who looks for one known item it is finding and playing it soon with little effort; for who explores, keeping what was
found. A search is believed to be of one mindset with a probability *p* (``searches.p_known_item``; one half where nobody
says), so its success is

    p · s_known + (1 − p) · s_exploring,

each the grade of the first rule of ``search_success.toml`` that holds. Where a mindset's rule says "unknown", the other
alone speaks, if it is at least as likely. Right where searches are compared among themselves; it is no satisfaction that
anybody stated. Source: Li et al., WWW 2019.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals.conditions import (
    UNKNOWN,
    Condition,
    Grade,
    parse_condition,
    parse_grade,
)

KNOWN_ITEM, EXPLORING = "known_item", "exploring"
MINDSETS = (KNOWN_ITEM, EXPLORING)
ANY = "any"
NOBODY_SAYS = 0.5
COLUMNS: Mapping[str, str] = dict.fromkeys(
    (
        "n_listens", "n_plays", "n_items", "n_new", "n_kept", "n_results", "n_results_passed", "n_queries", "n_turns",
        "n_reformulations", "n_characters", "seconds_to_play", "ms_played", "ms_played_all", "fraction_played",
    ),
    "number",
) | dict.fromkeys(("good_because", "mode", "device", "kind"), "text")  # fmt: skip
"""What a rule may ask of a search."""


class Rule(msgspec.Struct, frozen=True):
    """What a search was worth ``when`` all conditions hold, to whom, and why."""

    mindsets: tuple[str, ...]
    when: tuple[Condition, ...]
    success: Grade
    because: str


class Judged(msgspec.Struct, frozen=True):
    """What a search was worth to somebody of one mindset, how likely they were of it, and why; ``None`` unknown."""

    mindset: str
    p: float
    success: float | None
    because: str


class Searches:
    """Rows of the table ``searches`` as columns: an unknown text is empty, an unknown number nan."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> NDArray[Any]:
        """Return one column."""
        if COLUMNS[name] == "text":
            return np.array([row[name] or "" for row in self._rows], dtype=object)
        return np.array([np.nan if row[name] is None else row[name] for row in self._rows], float)


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules the package ships, in the order they are asked."""
    text = files(__package__).joinpath("search_success.toml").read_text(encoding="utf-8")
    return read(text, "search_success.toml")


def read(text: str, file: str) -> tuple[Rule, ...]:
    """Return the rules a TOML text spells.

    Raises
    ------
    BadValue : not TOML, or a condition, grade or reason that cannot be meant; the message names file and rule.
    UnknownName : a mindset nobody has.
    """
    try:
        found = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise BadValue(f"{file} is not TOML: {error}") from error
    return tuple(_rule(each, f"{file}: rule {n}") for n, each in enumerate(found, start=1))


def judged(row: Mapping[str, Any]) -> tuple[Judged, ...]:
    """Return what one row of ``searches`` was worth to each mindset, and why.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, 0) | {"good_because": None, "p_known_item": 0.9, "n_listens": 1, "n_plays": 1}
    >>> [(each.mindset, each.p, each.success) for each in judged(row | {"seconds_to_play": 4.0})]
    [('known_item', 0.9, 1.0), ('exploring', 0.1, 0.6)]
    """
    p = NOBODY_SAYS if row["p_known_item"] is None else float(row["p_known_item"])
    one = Searches([row])
    return tuple(
        Judged(mindset, round(chance, 9), *_first(mindset, one))
        for mindset, chance in ((KNOWN_ITEM, p), (EXPLORING, 1 - p))
    )


def success(row: Mapping[str, Any]) -> float | None:
    """Return the success of one row of ``searches``; ``None`` where there is no evidence."""
    said = [(each.p, each.success) for each in judged(row) if each.success is not None]
    weight = sum(p for p, _ in said)
    if weight < NOBODY_SAYS:
        return None
    return sum(p * value for p, value in said) / weight


def sql(mindset: str = ANY) -> str:
    """Return the success of a row of ``searches`` as an expression both engines mean alike; ``NULL`` unknown.

    Raises
    ------
    UnknownName : no such mindset.
    """
    if mindset in MINDSETS:
        return _case(mindset)
    if mindset != ANY:
        raise UnknownName.among("mindset", mindset, (*MINDSETS, ANY))
    p = f"coalesce(p_known_item, {NOBODY_SAYS}e0)"
    known, exploring = _case(KNOWN_ITEM), _case(EXPLORING)
    return (
        f"CASE WHEN {known} IS NULL AND {p} <= 0.5e0 THEN {exploring} "
        f"WHEN {exploring} IS NULL AND {p} >= 0.5e0 THEN {known} "
        f"ELSE {p} * {known} + (1e0 - {p}) * {exploring} END"
    )


def weight(mindset: str = ANY) -> str:
    """Return how much a row of ``searches`` counts for a mindset, as an expression: how likely it was of it."""
    p = f"coalesce(p_known_item, {NOBODY_SAYS}e0)"
    return {KNOWN_ITEM: p, EXPLORING: f"(1e0 - {p})"}.get(mindset, "1e0")


def _first(mindset: str, one: Searches) -> tuple[float | None, str]:
    """Return the grade of the first rule that holds, and its reason."""
    for rule in rules():
        if mindset in rule.mindsets and all(c.holds(one)[0] for c in rule.when):
            value = float(rule.success.of_outcomes(one)[0])
            return None if np.isnan(value) else value, rule.because
    return None, "no rule speaks of it"


def _case(mindset: str) -> str:
    lines = (
        f"WHEN {' AND '.join(map(_condition, rule.when))} THEN {_grade(rule.success)}"
        for rule in rules()
        if mindset in rule.mindsets
    )
    return f"(CASE {' '.join(lines)} END)"


def _condition(condition: Condition) -> str:
    if condition.compared == UNKNOWN:
        return f"{condition.column} IS NULL"
    if condition.words:
        words = ", ".join(f"'{word}'" for word in condition.words)
        return f"{condition.column} IN ({words})"
    return f"{condition.column} {condition.compared} {_number(condition.amount)}"


def _grade(grade: Grade) -> str:
    if not grade.of:
        return "CAST(NULL AS DOUBLE)" if np.isnan(grade.value) else _number(grade.value)
    zero, length = _number(grade.zero_at), grade.one_at - grade.zero_at
    along = f"least(1e0, greatest(0e0, ({grade.of} - {zero}) * {_number(1 / length)}))"
    return f"CASE WHEN {grade.of} IS NOT NULL THEN {along} END"


def _number(value: float) -> str:
    return f"CAST({value!r} AS DOUBLE)"


def _rule(values: Mapping[str, Any], where: str) -> Rule:
    mindset, because = values.get("for", ANY), values.get("because", "")
    if unknown := values.keys() - {"for", "when", "success", "because"}:
        raise BadValue(f"{where}: no key {min(unknown)!r}; there are for, when, success, because")
    if mindset not in (*MINDSETS, ANY):
        raise UnknownName.among(f"mindset in {where}", mindset, (*MINDSETS, ANY))
    if not because.strip() or "success" not in values or not values.get("when"):
        raise BadValue(f"{where} must say when, which success and because of what")
    when = (parse_condition(c, test, where, COLUMNS) for c, test in values["when"].items())
    grade = parse_grade(values["success"], f"{where}.success", COLUMNS)
    return Rule(MINDSETS if mindset == ANY else (mindset,), tuple(when), grade, because.strip())

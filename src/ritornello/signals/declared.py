"""Success as people declare it: a readable table of rules, each with its reason.

A rule of ``declared.toml`` says *for* which situations it speaks (intent, surface, kind of item, device, playlist;
what is left out means any), *when* it holds (conditions on outcome columns), which success follows, and *because*
of what. The first rule that holds decides: those under ``[[always]]``, then the more particular before the more
general: a playlist's before an intent's, an intent's before a surface's, then kind of item, then device; within the
same, the file's order. Where none holds, or the rule says ``unknown``, there is no evidence.
"""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, get_args

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue, UnknownName, did_you_mean
from ritornello.kinds.events import Device
from ritornello.signals.conditions import Condition, Grade, parse_condition, parse_grade
from ritornello.signals.intents import INTENTS
from ritornello.signals.success import BoolArray, Facts, FloatArray, Outcomes, Scored
from ritornello.store.home import Home

NAME = "declared"
OWN_FILE = "success.toml"
PLACES = ("playlist", "intent", "surface", "kind", "device")
KNOWN_FROM = 0.5
_WORDS: Mapping[str, tuple[str, ...]] = {
    "intent": INTENTS,
    "kind": ("track", "episode"),
    "device": get_args(Device),
}
_GROUPS = ("always", "rule")
_KEYS = ("for", "when", "success", "because")


class Rule(msgspec.Struct, frozen=True):
    """One line of the table: for whom, when, how well, and why."""

    where: dict[str, tuple[str, ...]]
    when: tuple[Condition, ...]
    success: Grade
    because: str
    always: bool = False

    def may_speak_for(self, situation: Mapping[str, str]) -> bool:
        """Say whether the rule speaks for some of a situation; a place left out of it is any."""
        return all(situation.get(place, words[0]) in words for place, words in self.where.items())

    @property
    def rank(self) -> tuple[bool, ...]:
        """Sort what is always asked first, then the more particular."""
        particular = (place not in self.where and not self.always for place in PLACES)
        return (not self.always, *particular)


class Declared(msgspec.Struct, frozen=True, dict=True):
    """A table of rules as a success function; ``rules`` the more particular first."""

    rules: tuple[Rule, ...]

    @cached_property
    def facts(self) -> Facts:
        """The version is a hash of the rules' meaning: comments and the order of keys change nothing."""
        text = msgspec.json.encode(self.rules, order="deterministic")
        read = {c.column for rule in self.rules for c in rule.when}
        read |= {rule.success.of for rule in self.rules if rule.success.of}
        for place, columns in _READ_AT.items():
            if any(place in rule.where for rule in self.rules):
                read |= set(columns)
        version = f"{NAME}@{hashlib.sha256(text).hexdigest()[:16]}"
        return Facts(version=version, needs=tuple(sorted(read)))

    def score(self, outcomes: Outcomes) -> Scored:
        """Return the expectation over intents of what the first rule that holds says.

        success = Σ_j p_j s_j / Σ_j p_j over the intents j under which something is known; known where these have
        at least half the probability. Right where the words of the intents hold what people meant; it learns nothing.
        """
        n = len(outcomes)
        places = {place: _column(outcomes, place) for place in self._places}
        holds = [self._holds(rule, outcomes, places) for rule in self.rules]
        grades = [rule.success.of_outcomes(outcomes) for rule in self.rules]
        total, weight = np.zeros(n), np.zeros(n)
        for j, intent in enumerate(INTENTS):
            rows = np.flatnonzero(outcomes.p_intent[:, j] > 0)
            ours = [i for i, r in enumerate(self.rules) if intent in r.where.get("intent", INTENTS)]
            said = _first(rows, [holds[i] for i in ours], [grades[i] for i in ours])
            p = outcomes.p_intent[rows, j] * ~np.isnan(said)
            total[rows] += p * np.nan_to_num(said)
            weight[rows] += p
        return Scored.of(total / np.where(weight > 0, weight, 1.0), weight >= KNOWN_FROM - 1e-9)

    def in_force(self, situation: Mapping[str, str]) -> list[Rule]:
        """Return the rules that may speak for a situation, in the order they are asked.

        Raises
        ------
        UnknownName : a place or a word nobody defined.
        """
        for place, word in situation.items():
            if place not in PLACES:
                raise UnknownName.among("place of a rule", place, PLACES)
            if word not in _WORDS.get(place, (word,)):
                raise UnknownName.among(place, word, _WORDS[place])
        return [rule for rule in self.rules if rule.may_speak_for(situation)]

    @cached_property
    def _places(self) -> list[str]:
        named = {place for rule in self.rules for place in rule.where}
        return [place for place in PLACES if place in named - {"intent"}]

    def _holds(self, rule: Rule, outcomes: Outcomes, places: Mapping[str, Any]) -> BoolArray:
        """Return where the rule speaks and its conditions hold, whatever the intent."""
        holds = np.ones(len(outcomes), dtype=np.bool_)
        for place in places.keys() & rule.where.keys():
            holds &= np.isin(places[place], rule.where[place])
        for condition in rule.when:
            holds &= condition.holds(outcomes)
        return holds


_READ_AT = {
    "playlist": ("surface", "shelf"),
    "surface": ("surface",),
    "kind": ("kind",),
    "device": ("device",),
}


def of_home(home: Home) -> Declared:
    """Return the shipped table with the home's own ``success.toml`` before it, if there is one.

    Of two rules for the same situation the home's is asked first.

    Raises
    ------
    BadValue : the home's file cannot be meant; see :func:`read`.
    """
    place = home.path / OWN_FILE
    if not place.is_file():
        return defaults()
    try:
        own = read(place.read_text(encoding="utf-8"), str(place))
    except UnicodeDecodeError as error:
        raise BadValue(f"{place} is not UTF-8: {error}") from error
    return _table([*own.rules, *defaults().rules])


@cache
def defaults() -> Declared:
    """Return the table the package ships."""
    return read((files(__package__) / f"{NAME}.toml").read_text(encoding="utf-8"), f"{NAME}.toml")


def read(text: str, file: str) -> Declared:
    """Return the table a TOML text spells: ``[[always]]`` and ``[[rule]]`` with ``for, when, success, because``.

    Raises
    ------
    BadValue : not TOML, an unknown key, place, word or column, a condition or success that cannot be meant, or a rule
        without a reason. The message names the file, the rule's number and the key.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadValue(f"{file} is not TOML: {error}") from error
    rules = []
    for group, found in values.items():
        if group not in _GROUPS:
            raise BadValue(f"{file}: no key {group!r}{did_you_mean(group, _GROUPS)}")
        if not isinstance(found, list) or not all(isinstance(rule, dict) for rule in found):
            raise BadValue(f"{file}: write every rule as a table [[{group}]]")
        for i, rule in enumerate(found, start=1):
            rules.append(_rule(rule, f"{file}: {group} {i}", always=group == "always"))
    return _table(rules)


def _table(rules: Sequence[Rule]) -> Declared:
    return Declared(tuple(sorted(rules, key=lambda rule: rule.rank)))


def _rule(values: Mapping[str, Any], where: str, *, always: bool) -> Rule:
    for key in values:
        if key not in _KEYS:
            raise BadValue(f"{where}: no key {key!r}{did_you_mean(key, _KEYS)}")
    because = values.get("because")
    if not isinstance(because, str) or not because.strip():
        raise BadValue(f"{where} says no because; give the reason in a sentence")
    if "success" not in values:
        raise BadValue(f"{where} says no success; give a number from 0 to 1, a grade or 'unknown'")
    for key in ("for", "when"):
        if not isinstance(values.get(key, {}), dict):
            raise BadValue(f"{where}.{key} is no table; write {key} = {{ … }}")
    return Rule(
        {place: _words(place, found, where) for place, found in values.get("for", {}).items()},
        tuple(
            parse_condition(column, test, f"{where}.when")
            for column, test in values.get("when", {}).items()
        ),
        parse_grade(values["success"], f"{where}.success"),
        because.strip(),
        always,
    )


def _words(place: str, found: Any, where: str) -> tuple[str, ...]:
    if place not in PLACES:
        raise BadValue(f"{where}.for: {UnknownName.among('place', place, PLACES)}")
    words = (found,) if isinstance(found, str) else tuple(found) if isinstance(found, list) else ()
    if not words or not all(isinstance(word, str) for word in words):
        raise BadValue(f"{where}.for.{place} is {found!r}; give a word or a list of words")
    for word in words:
        if word not in _WORDS.get(place, (word,)):
            raise BadValue(f"{where}.for: {UnknownName.among(place, word, _WORDS[place])}")
    return words


def _column(outcomes: Outcomes, place: str) -> Any:
    return outcomes.playlist() if place == "playlist" else outcomes.column(place)


def _first(rows: Any, holds: Sequence[BoolArray], grades: Sequence[FloatArray]) -> FloatArray:
    """Return, for some rows, the grade of the first rule that holds; nan where none does."""
    said = np.full(len(rows), np.nan)
    open_ = np.ones(len(rows), dtype=np.bool_)
    for hold, grade in zip(holds, grades, strict=True):
        decided = open_ & hold[rows]
        said[decided] = grade[rows[decided]]
        open_ &= ~decided
    return said

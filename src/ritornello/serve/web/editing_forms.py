"""A pool as the fields of a form, and back.

Everything in a form is text; what cannot be read as what it should be stays text, so that the one check of pools
(``pools.made_of``) refuses it and names its place. What is by hand (items, pins, blocks, boosts) is no part of this form
and stays as it is.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ritornello.kinds.errors import BadValue
from ritornello.surfaces.pools import Pool, Rule, made_of

Sent = Mapping[str, Sequence[str]]
"""The fields of a form by name; a box that may be ticked more than once has several values."""

MOST_RULES = 20
TEXTS = ("name", "title", "brief", "intent", "owner")
NUMBERS = ("length", "spacing")
CHOICES = ("weekdays", "devices")
WORDS = ("genres", "moods", "tags")
RANGES: dict[str, tuple[float, float]] = {
    "energy": (0.0, 1.0),
    "bpm": (0, 1000),
    "years": (0, 9999),
    "duration_s": (0, 86_400),
}
"""The ranges of a rule, and which ends hold where only the other one is filled in."""
EXPLICIT: dict[str, bool | None] = {"": None, "no": False, "only": True}
BY_HAND = ("by_hand", "must_include", "blocks", "pins", "boosts")
HINTS = {
    "name": "small letters, figures and hyphens, such as falling-asleep",
    "owner": "a role in small letters, such as sleep editor",
    "hours": "hours of the day, such as 22-03",
    "arc": "numbers from 0 to 1, such as 0.3, 0.6, 0.2",
    "until_at": "a date and a time",
}
"""What belongs into a field of which a format says nothing to people."""
WHERE = "this pool"


class Trouble(NamedTuple):
    """What is wrong with a form: the id of the field, empty where it is of the whole, and the words."""

    field: str
    words: str


def read(sent: Sent, before: Pool | None, tz: ZoneInfo) -> Pool:
    """Return the pool a form spells.

    Parameters
    ----------
    before : the pool as it stands, whose name and by-hand parts stay; none for a new one.
    tz : the zone in which an expiry is typed.

    Raises
    ------
    BadValue : see :func:`~ritornello.surfaces.pools.made_of`; :func:`trouble_of` tells which field.
    """
    values: dict[str, Any] = {
        name: _one(sent, name).strip() for name in TEXTS if _one(sent, name).strip()
    }
    values |= {name: _number(_one(sent, name)) for name in NUMBERS if _one(sent, name).strip()}
    values |= {name: list(sent[name]) for name in CHOICES if sent.get(name)}
    values["arc"] = [_number(each) for each in _parted(_one(sent, "arc"), r"[\s,;]+")]
    values["hours"] = [_hours(each) for each in _parted(_one(sent, "hours"), r"[\s,;]+")]
    rules = [_rule(sent, place) for place in range(n_rules(sent))]
    values["eligible"] = [rule for rule in rules if rule is not None]
    if _one(sent, "until_at"):
        values["until_at"] = _instant(_one(sent, "until_at"), tz)
    if before is not None:
        kept = msgspec.to_builtins(before)
        values |= {key: kept[key] for key in ("name", *BY_HAND) if key in kept}
        values |= {key: kept[key] for key in CHOICES if _same(values.get(key), kept.get(key))}
        if "until_at" in kept and _one(sent, "until_at") == _typed(before.until_at, tz):
            values["until_at"] = kept["until_at"]
    return made_of(values, WHERE)


def sent_of(pool: Pool, tz: ZoneInfo) -> Sent:
    """Return the fields a form shows of a pool; :func:`read` makes the same pool of them."""
    fields = {name: [str(getattr(pool, name))] for name in (*TEXTS, *NUMBERS)}
    fields |= {name: list(getattr(pool, name)) for name in CHOICES}
    fields["arc"] = [", ".join(f"{each:g}" for each in pool.arc)]
    fields["hours"] = [", ".join(pool.hours)]
    fields["until_at"] = [_typed(pool.until_at, tz)]
    for place, rule in enumerate(pool.eligible):
        fields |= {f"eligible-{place}-{key}": said for key, said in _rule_sent(rule).items()}
    return fields


def n_rules(sent: Sent) -> int:
    """Return how many rules a form holds, empty ones included; no form holds more than ``MOST_RULES``."""
    places = [int(found[1]) for name in sent if (found := _OF_A_RULE.match(name))]
    return min(max(places, default=-1) + 1, MOST_RULES)


def without_rule(sent: Sent, place: int) -> Sent:
    """Return the fields without one rule; those after it move up."""
    fields: dict[str, Sequence[str]] = {}
    for name, said in sent.items():
        found = _OF_A_RULE.match(name)
        if found is None or int(found[1]) < place:
            fields[name] = said
        elif int(found[1]) > place:
            fields[f"eligible-{int(found[1]) - 1}-{found[2]}"] = said
    return fields


def trouble_of(error: BadValue) -> Trouble:
    """Return which field an error of a pool is about, and what it says, without formats.

    Examples
    --------
    >>> trouble_of(BadValue("this pool: Expected `int` <= 100 - at `$.length`"))
    Trouble(field='length', words='expected a whole number of at most 100')
    >>> trouble_of(BadValue("this pool: eligible[1].energy goes from 1 to 0")).field
    'eligible-1-energy'
    """
    said = str(error).removeprefix(f"{WHERE}: ")
    at = _AT.search(said)
    found = _PLACE.match(at[1]) if at else _PLACE.search(said)
    field = "-".join(part for part in found.groups() if part) if found else ""
    words = _AT.sub("", said)
    if at and field.partition("-")[0] in HINTS and "Object missing" not in said:
        words = f"this should be {HINTS[field.partition('-')[0]]}"
    for form, plain in _PLAIN:
        words = words.replace(form, plain)
    return Trouble(next((own for of, own in _OWN_FIELD if field.startswith(of)), field), words)


def _rule(sent: Sent, place: int) -> dict[str, Any] | None:
    """Return one rule's plain values, nothing of one that asks for nothing."""
    of = f"eligible-{place}-"
    rule: dict[str, Any] = {}
    for name in WORDS:
        rule[name] = _parted(_one(sent, of + name), r"\s*[,;\n]\s*")
    for name, ends in RANGES.items():
        typed = [_one(sent, f"{of}{name}-{end}").strip() for end in ("from", "to")]
        if any(typed):
            rule[name] = [_number(t) if t else end for t, end in zip(typed, ends, strict=True)]
    if not any(rule.values()):
        return None
    explicit = EXPLICIT.get(_one(sent, f"{of}explicit"))
    kinds = list(sent.get(f"{of}kinds", ()))
    return rule | ({"kinds": kinds} if kinds else {}) | {"explicit": explicit}


def _rule_sent(rule: Rule) -> dict[str, list[str]]:
    said = {name: [", ".join(getattr(rule, name))] for name in WORDS}
    for name in RANGES:
        ends = getattr(rule, name) or ("", "")
        for end, value in zip(("from", "to"), ends, strict=True):
            said[f"{name}-{end}"] = [value if value == "" else f"{value:g}"]
    word = next(word for word, meant in EXPLICIT.items() if meant == rule.explicit)
    return said | {"explicit": [word], "kinds": list(rule.kinds)}


def _same(ticked: Sequence[str] | None, kept: Sequence[str] | None) -> bool:
    """Whether the same boxes are ticked; a form has an order of its own."""
    return bool(kept) and set(ticked or ()) == set(kept or ())


def _one(sent: Sent, name: str) -> str:
    return next(iter(sent.get(name, ())), "")


def _parted(text: str, by: str) -> list[str]:
    return [part.strip() for part in re.split(by, text) if part.strip()]


def _number(text: str) -> int | float | str:
    """Return the number a text spells, the text itself where it spells none."""
    for kind in (int, float):
        try:
            number = kind(text.strip())
        except ValueError:
            continue
        return number if isfinite(number) else text
    return text


def _hours(text: str) -> str:
    """Return hours in two figures each, as pools have them.

    Examples
    --------
    >>> _hours("22–3"), _hours("6-9"), _hours("evening")
    ('22-03', '06-09', 'evening')
    """
    found = _FROM_TO.fullmatch(text)
    return f"{int(found[1]):02d}-{int(found[2]):02d}" if found else text


def _instant(text: str, tz: ZoneInfo) -> str:
    """Return an instant typed in a zone as text with its offset, as it came where it is none."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (typed if typed.tzinfo else typed.replace(tzinfo=tz)).isoformat()


def _typed(at: datetime | None, tz: ZoneInfo) -> str:
    """Return an instant as a browser's field of date and time has it."""
    return "" if at is None else f"{at.astimezone(tz):%Y-%m-%dT%H:%M}"


_OF_A_RULE = re.compile(r"eligible-(\d{1,3})-(.+)")
_FROM_TO = re.compile(r"(\d{1,2})\s*[-\N{EN DASH}]\s*(\d{1,2})")
_AT = re.compile(r" - at `\$\.?([^`]*)`")
_PLACE = re.compile(
    r"(name|title|brief|intent|owner|length|spacing|arc|hours|weekdays|devices|until_at|eligible|pins|boosts|by_hand"
    r"|must_include|blocks)\b(?:\[(\d+)\])?(?:\.([a-z_]+))?"
)
_OWN_FIELD = (("pins", "length"), ("must_include", "length"), ("arc", "arc"), ("hours", "hours"))
_PLAIN = (
    ("Object missing required field", "there is no"),
    ("Expected ", "expected "),
    ("`int`", "a whole number"),
    ("`float`", "a number"),
    ("`str`", "a text"),
    ("`array`", "a list"),
    (" <= ", " of at most "),
    (" >= ", " of at least "),
    ("`datetime`", "a date and a time"),
)

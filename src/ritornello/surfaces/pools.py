"""An editors' pool: what a moment is for, what may stand on its list, and when it is offered.

A pool is a file people write (``pools/*.toml`` beside this module, or one of their own) and a record
the server keeps. It says what is eligible; who listens decides the rest (``moments``). Its ``hash``
is logged with every decision made from it.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal, get_args

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName, did_you_mean
from ritornello.kinds.events import Device, FreeText
from ritornello.kinds.ids import ItemId
from ritornello.kinds.items import Share, Word
from ritornello.kinds.times import Instant
from ritornello.signals.intents import INTENTS

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Kind = Literal["track", "episode"]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)", max_length=40)]
Role = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z ]{0,39}$(?!\n)")]
Hours = Annotated[str, msgspec.Meta(pattern=r"^(?:[01][0-9]|2[0-3])-(?:[01][0-9]|2[0-4])$(?!\n)")]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Text = Annotated[FreeText, msgspec.Meta(min_length=1)]
Factor = Annotated[float, msgspec.Meta(ge=0.1, le=10)]
Length = Annotated[int, msgspec.Meta(ge=1, le=100)]
Place = Annotated[int, msgspec.Meta(ge=0, le=99)]
Ids = Annotated[tuple[ItemId, ...], msgspec.Meta(max_length=5000)]

MOMENTS = "moments"
"""The surface."""
DAY_BEGINS = timedelta(hours=5)
"""A night belongs to its evening: Friday evening goes on after midnight."""
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_PLAYABLE = ("track:", "episode:")
_MAKERS = (*_PLAYABLE, "artist:", "show:")


class ContradictoryPins(BadValue):
    """Raised where two things are pinned to one place, or what is pinned may not be shown."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way for an item to be eligible; everything the rule asks must hold.

    Words: the item, or else who made it, says at least one of ``genres``, of ``moods`` and of ``tags``, as far as the rule
    names some. A genre includes its kinds: ``house`` finds ``deep house``. Numbers, from and to, ends included
    (``energy`` in [0, 1], ``bpm``, ``years`` of release, ``duration_s``): what is not known of an item speaks neither
    for nor against it; but of a rule without words one number must be known. ``explicit = false`` leaves out what is.
    """

    genres: tuple[Word, ...] = ()
    moods: tuple[Word, ...] = ()
    tags: tuple[Word, ...] = ()
    energy: tuple[Share, Share] | None = None
    bpm: tuple[float, float] | None = None
    years: tuple[int, int] | None = None
    duration_s: tuple[float, float] | None = None
    explicit: bool | None = None
    kinds: tuple[Kind, ...] = ("track",)


class Pin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item that stands at one place of every list, from 0."""

    item_id: ItemId
    position: Place
    reason: Text


class Boost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A factor on the weight of an item, or of all by an artist or of a show, until it ends."""

    about_id: ItemId
    factor: Factor
    reason: Text
    until_at: Instant


class Pool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What editors say about a moment.

    Eligible is what any of the rules ``eligible`` finds, and ``by_hand``; ``must_include`` stands on every list, at places
    the arc suits, ``pins`` at theirs; ``blocks`` (items, artists, shows) never do. Between two tracks of an artist stand
    ``spacing`` others where the pool allows. ``arc`` is the energy wanted at even steps from the first to the last
    place; empty asks for none. A moment is offered in its local ``hours`` ("22-03" goes past midnight), on its ``weekdays``
    (a night belongs to its evening), on its ``devices``: any, where none is named. ``owner`` is an editorial role, never a
    person. After ``until_at`` it is offered no more.
    """

    name: Name
    title: Line
    brief: Text
    intent: str
    owner: Role = "editor"
    length: Length = 30
    eligible: tuple[Rule, ...] = ()
    by_hand: Ids = ()
    must_include: Ids = ()
    blocks: Ids = ()
    pins: tuple[Pin, ...] = ()
    boosts: tuple[Boost, ...] = ()
    spacing: Annotated[int, msgspec.Meta(ge=0, le=20)] = 3
    arc: Annotated[tuple[Share, ...], msgspec.Meta(max_length=24)] = ()
    hours: tuple[Hours, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    devices: tuple[Device, ...] = ()
    until_at: Instant | None = None

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the pool's canonical JSON."""
        canonical = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(canonical).hexdigest()[:16]

    def is_over(self, at: datetime) -> bool:
        """Whether the pool has expired."""
        return self.until_at is not None and self.until_at <= at

    def is_for(self, local: datetime, device: Device) -> bool:
        """Whether a listener meets this moment now.

        Parameters
        ----------
        local : the instant in the listener's own zone. ``device`` : ``unknown`` may be any.
        """
        if self.is_over(local) or (self.devices and device not in (*self.devices, "unknown")):
            return False
        if self.weekdays and WEEKDAYS[day_of(local).weekday()] not in self.weekdays:
            return False
        return not self.hours or any(_within(each, local.hour) for each in self.hours)

    @property
    def n_hours_a_week(self) -> int:
        """In how many hours of a week it is offered."""
        hours = sum(any(_within(each, hour) for each in self.hours) for hour in range(24))
        return (hours if self.hours else 24) * (len(self.weekdays) or len(WEEKDAYS))

    def boosts_at(self, at: datetime) -> list[Boost]:
        """Return the boosts that have not ended."""
        return [boost for boost in self.boosts if boost.until_at > at]


def day_of(local: datetime) -> datetime:
    """Return an instant of the day a local instant belongs to; a day begins at five."""
    return local - DAY_BEGINS


def load(name: str) -> Pool:
    """Return the pool of that name the package ships.

    Raises
    ------
    UnknownName : it ships none of that name.

    Examples
    --------
    >>> load("falling-asleep").intent
    'sleep'
    """
    if name not in shipped():
        raise UnknownName.among("moment", name, shipped())
    return shipped()[name]


@cache
def shipped() -> Mapping[str, Pool]:
    """Return every pool the package ships, by name."""
    found = files(__package__).joinpath("pools").iterdir()
    texts = {file.name: file.read_text(encoding="utf-8") for file in found}
    pools = [read(texts[name], name) for name in sorted(texts) if name.endswith(".toml")]
    return {pool.name: pool for pool in pools}


def read(text: str, file: str, by_hand: Sequence[ItemId] = ()) -> Pool:
    """Return the pool a TOML text spells.

    Parameters
    ----------
    by_hand : items that are eligible beside those the text names.

    Raises
    ------
    BadValue : not TOML, or not a pool; see :func:`made_of`.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadValue(f"{file} is not TOML: {error}") from error
    named = values.get("by_hand", [])
    if by_hand and isinstance(named, list):
        values["by_hand"] = [*named, *(each for each in by_hand if each not in named)]
    return made_of(values, file)


def made_of(values: Any, where: str) -> Pool:
    """Return the pool that plain values spell.

    Raises
    ------
    BadValue : an unknown key or word (with the one that may be meant), a value out of range, ends of a range the wrong
        way round, a list that cannot hold what it must. The message names the place.
    ContradictoryPins : see there.
    """
    if not isinstance(values, dict):
        raise BadValue(f"{where}: a pool is a table of keys and values")
    _check_keys(values, where)
    _check_words(values, where)
    try:
        pool = msgspec.convert(values, Pool)
    except msgspec.ValidationError as error:
        raise BadValue(f"{where}: {error}") from error
    return checked(pool, where)


def checked(pool: Pool, where: str) -> Pool:
    """Return the pool, having looked at what no single value shows.

    Raises
    ------
    BadValue, ContradictoryPins : see :func:`made_of`.
    """
    _check_rules(pool, where)
    _check_places(pool, where)
    return pool


_TABLES: dict[str, type[msgspec.Struct]] = {"eligible": Rule, "pins": Pin, "boosts": Boost}
_WORDS: dict[str, tuple[str, ...]] = {
    "weekdays": get_args(Weekday),
    "devices": get_args(Device),
    "kinds": get_args(Kind),
}


def _check_keys(values: dict[str, Any], where: str) -> None:
    tables: list[tuple[type[msgspec.Struct], str, dict[str, Any]]] = [(Pool, "", values)]
    for kind, prefix, table in (*tables, *_rows(values)):
        for key in table:
            if key not in kind.__struct_fields__:
                near = did_you_mean(key, kind.__struct_fields__)
                raise BadValue(f"{where}: no key '{prefix}{key}'{near}")


def _rows(values: dict[str, Any]) -> Iterable[tuple[type[msgspec.Struct], str, dict[str, Any]]]:
    """Yield the tables within the tables, with their kind and their place."""
    for name, kind in _TABLES.items():
        rows = values.get(name)
        for place, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
            if isinstance(row, dict):
                yield kind, f"{name}[{place}].", row


def _check_words(values: dict[str, Any], where: str) -> None:
    """Check the words that must be one of a few, and say which may be meant."""
    intent = values.get("intent")
    if isinstance(intent, str) and intent not in INTENTS:
        raise BadValue(f"{where}: {UnknownName.among('intent', intent, INTENTS)}")
    for prefix, table in (("", values), *(row[1:] for row in _rows(values))):
        for key, known in _WORDS.items():
            words = table.get(key)
            for word in words if isinstance(words, list | tuple) else ():
                if word not in known:
                    raise BadValue(
                        f"{where}: {UnknownName.among(f'{prefix}{key}', str(word), known)}"
                    )


def _check_rules(pool: Pool, where: str) -> None:
    """Check that every rule asks for something, and that its ranges can be met."""
    if not pool.eligible and not pool.by_hand:
        raise BadValue(f"{where}: nothing is eligible; give [[eligible]] rules, or by_hand items")
    for place, rule in enumerate(pool.eligible):
        here = f"{where}: eligible[{place}]"
        ranges = {name: getattr(rule, name) for name in ("energy", "bpm", "years", "duration_s")}
        for name, ends in ranges.items():
            if ends is not None and not ends[0] <= ends[1]:
                raise BadValue(
                    f"{here}.{name} goes from {ends[0]} to {ends[1]}; the least is first"
                )
        if not (rule.genres or rule.moods or rule.tags or any(ranges.values())):
            raise BadValue(f"{here} asks for nothing; name genres, moods, tags, or a range")


def _check_places(pool: Pool, where: str) -> None:
    """Check that what must stand on the list can, all of it at once."""
    for key, kinds in (("by_hand", _PLAYABLE), ("must_include", _PLAYABLE), ("blocks", _MAKERS)):
        for item_id in getattr(pool, key):
            if not item_id.startswith(kinds):
                raise BadValue(f"{where}: {key} names {item_id!r}; it takes {' '.join(kinds)}")
    taken = _pinned(pool, where)
    wanted = dict.fromkeys((*taken.values(), *pool.must_include))
    for item_id in wanted:
        if item_id in pool.blocks:
            raise ContradictoryPins(f"{where}: {item_id} is blocked, and must stand on the list")
    if len(wanted) > pool.length:
        raise ContradictoryPins(
            f"{where}: {len(wanted)} items must stand on a list of {pool.length}"
        )


def _pinned(pool: Pool, where: str) -> dict[int, str]:
    """Return what is pinned to each place."""
    taken: dict[int, str] = {}
    for pin in pool.pins:
        here, there = f"{where}: {pin.item_id} is pinned to", taken.get(pin.position)
        if not pin.item_id.startswith(_PLAYABLE):
            raise BadValue(f"{here} a place; a pin takes {' '.join(_PLAYABLE)}")
        if pin.position >= pool.length:
            raise ContradictoryPins(f"{here} place {pin.position} of a list of {pool.length}")
        if there is not None:
            raise ContradictoryPins(f"{here} place {pin.position}, and so is {there}")
        if pin.item_id in taken.values():
            raise ContradictoryPins(f"{here} two places")
        taken[pin.position] = pin.item_id
    return taken


def _within(hours: str, hour: int) -> bool:
    """Whether a local hour lies in ``from-to``, which may go past midnight."""
    begins, ends = map(int, hours.split("-"))
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends

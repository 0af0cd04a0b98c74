"""How names are typed: letter by letter, fast, with slips that are taken back or stay; drawn from the rates of ``typing.toml``.

Typing gives what stood in the search box at each instant at which a search would be asked, and how many keys had been
pressed by then, backspaces included. Right to compare searches: all meet the same keys. It misleads as a forecast of what
people do: nobody was watched, keys are American, and whoever has seen the answer stops typing only in the measures.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue

Kind = Literal["wrong", "missing", "added", "exchanged"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
BACKSPACE = "\b"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often what happens; ``typing.toml`` says what each means."""

    p_slip: Annotated[float, msgspec.Meta(ge=0, le=0.5)]
    kinds: dict[Kind, Share]
    p_neighbour: Share
    p_noticed: Share
    notices_after: Annotated[int, msgspec.Meta(ge=0)]
    p_hesitation: Share
    p_burst: Share
    p_forgotten: Share


class Keyboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where keys lie."""

    rows: tuple[str, ...]
    shifts: tuple[float, ...]
    reach: float

    def neighbours(self) -> dict[str, str]:
        """Return the neighbours of each key."""
        at = {
            key: (place + shift, float(row))
            for row, (keys, shift) in enumerate(zip(self.rows, self.shifts, strict=True))
            for place, key in enumerate(keys)
        }
        return {
            key: "".join(
                other
                for other, (there_x, there_y) in at.items()
                if other != key and np.hypot(there_x - x, there_y - y) <= self.reach
            )
            for key, (x, y) in at.items()
        }


class Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``typing.toml``."""

    rates: Rates
    keyboard: Keyboard


class Box(msgspec.Struct, frozen=True):
    """What stands in the search box when a search is asked, and the keys pressed by then."""

    text: str
    n_keys: int


@cache
def stated() -> Stated:
    """Return the rates and the keyboard that stand in ``typing.toml``."""
    text = files(__package__).joinpath("typing.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Stated)


@cache
def _neighbours() -> Mapping[str, str]:
    return stated().keyboard.neighbours()


def letters(name: str) -> list[Box]:
    """Return what stands in the box after each letter of a name; spaces ask nothing.

    Examples
    --------
    >>> [box.text for box in letters("so it")]
    ['s', 'so', 'so i', 'so it']
    """
    return [Box(name[: n + 1], n + 1) for n in range(len(name)) if not name[n].isspace()]


def typed(name: str, rng: np.random.Generator, rates: Rates | None = None) -> list[Box]:
    """Return what stands in the box whenever somebody who types fast and slips pauses for an instant.

    The last is what they end with: the name, but for slips that went unnoticed.
    """
    rates = rates or stated().rates
    asked = [box for box in _keyed(name, rng, rates) if box.text and not box.text[-1].isspace()]
    pauses = rng.random(len(asked)) >= rates.p_burst
    kept = [box for box, pause in zip(asked[:-1], pauses, strict=False) if pause]
    return [*kept, *asked[-1:]]


def slip(name: str, rng: np.random.Generator, kind: Kind | None = None) -> str:
    """Return a name with one letter wrong, missing or added, or two neighbours exchanged; never the name itself.

    Parameters
    ----------
    kind : what goes wrong; drawn by the stated rates if not given. Where nothing of the kind can, a letter is wrong.

    Raises
    ------
    BadValue : the name holds no letter and no digit.
    """
    places = [at for at, sign in enumerate(name) if sign.isalnum()]
    if not places:
        raise BadValue(f"{name!r} holds no letter that could go wrong")
    kind = kind or _drawn(rng, stated().rates.kinds)
    pairs = [at for at in places if at + 1 in places and name[at].lower() != name[at + 1].lower()]
    if kind == "exchanged" and pairs:
        at = pairs[int(rng.integers(len(pairs)))]
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    at = places[int(rng.integers(len(places)))]
    if kind == "missing" and len(places) > 1:
        return name[:at] + name[at + 1 :]
    if kind == "added":
        return name[:at] + name[at] + _beside(name[at], rng) + name[at + 1 :]
    return name[:at] + _beside(name[at], rng) + name[at + 1 :]


def half_remembered(name: str, rng: np.random.Generator, rates: Rates | None = None) -> str:
    """Return a name without the words somebody forgot; one at least stays, and one at least goes if there are two.

    Examples
    --------
    >>> half_remembered("the moment", np.random.default_rng(1)) in ("the", "moment")
    True
    """
    words = name.split()
    if len(words) == 1:
        return name
    n_gone = int(rng.binomial(len(words), (rates or stated().rates).p_forgotten))
    gone = rng.permutation(len(words))[: min(max(n_gone, 1), len(words) - 1)]
    return " ".join(word for place, word in enumerate(words) if place not in gone)


def _keyed(name: str, rng: np.random.Generator, rates: Rates) -> Iterator[Box]:
    """Yield what stands in the box after every key."""
    text, n_keys, at = "", 0, 0
    wrong: tuple[int, int] | None = None
    left = 0
    while at < len(name):
        made, used = _made(name[at:], rng, rates)
        if wrong is None and made != name[at : at + used] and rng.random() < rates.p_noticed:
            wrong, left = (len(text), at), int(rng.integers(rates.notices_after + 1))
        at += used
        keys = made
        if wrong is not None and (left <= 0 or at == len(name)):
            keys += BACKSPACE * (len(text) + len(made) - wrong[0])
            at, wrong = wrong[1], None
        elif rng.random() < rates.p_hesitation:
            keys += BACKSPACE + made[-1]
        left -= 1
        for key in keys:
            text, n_keys = text[:-1] if key == BACKSPACE else text + key, n_keys + 1
            yield Box(text, n_keys)


def _made(rest: str, rng: np.random.Generator, rates: Rates) -> tuple[str, int]:
    """Return what fingers make of the next letters of a name, and how many letters that were."""
    if not rest[0].isalnum() or rng.random() >= rates.p_slip:
        return rest[0], 1
    kind = _drawn(rng, rates.kinds)
    if kind == "exchanged" and len(rest) > 1 and rest[1].isalnum():
        return rest[1] + rest[0], 2
    if kind == "missing" and len(rest) > 1:
        return rest[1], 2
    if kind == "added":
        return rest[0] + _beside(rest[0], rng), 1
    return _beside(rest[0], rng), 1


def _beside(sign: str, rng: np.random.Generator) -> str:
    """Return another letter than this one: a neighbour, or any; of other scripts, any Latin one."""
    near = _neighbours().get(sign.lower(), "")
    if not near or rng.random() >= stated().rates.p_neighbour:
        near = _LETTERS.replace(sign.lower(), "")
    drawn = near[int(rng.integers(len(near)))]
    return drawn.upper() if sign.isupper() else drawn


def _drawn(rng: np.random.Generator, shares: Mapping[Kind, float]) -> Kind:
    kinds, p = list(shares), np.array(list(shares.values()))
    return kinds[int(rng.choice(len(kinds), p=p / p.sum()))]

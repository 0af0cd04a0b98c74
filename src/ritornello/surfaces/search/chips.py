"""How a request was read, piece by piece: chips that are shown, and that can be taken away.

A chip says what must be so, or what is nearer. As text it is ``kind:value``, with a minus before what must not be
so: ``mood:calm``, ``-version:live``. That text is what stands in an address and in a script, and is all that tells
two chips apart; ``said`` only keeps the words it was read from.

=============  ====================================================================================
``kind``       what is looked for: ``track``, ``artist``, ``album``, ``show``, ``episode``, ``playlist``
``by``         the id of an artist or show whose it is
``like``       the id of an item, artist or show it is to be like
``genre``      a word of the catalogue; so are ``mood``, ``tag``, ``instrument``
``activity``   what it is for, by the name it has in ``lexicon.toml``
``era``        when it came out: ``1990..1999``, ``..1969``, ``2026-10-01..``, ``latest``, ``this_year``, ``last_year``
``tempo``      ``slow``, ``medium``, ``fast``, ``slower``, ``faster`` (than what it is to be like) or ``120..140``
``energy``     ``low``, ``high``, ``lower``, ``higher``, or a range within 0 and 1
``language``   two or three letters (ISO 639)
``version``    ``live``, ``remix``, ``acoustic``, ``remaster``, ``instrumental``, ``cover``, ``demo``
``new``        ``item`` or ``artist``: what the listener never heard
``heard``      ``ever``, ``often``, ``lately``, ``loved``: their own history
``length``     ``short``, ``long``, or a range of seconds
``explicit``   ``yes``
``said``       words that are to be spoken in an episode
=============  ====================================================================================
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

import msgspec

from ritornello.catalog.version_words import VERSIONS
from ritornello.catalog.view import KINDS, spelt
from ritornello.kinds.errors import BadValue, did_you_mean
from ritornello.kinds.faults import Fault

MAX_VALUE = 200
MAX_CHIPS = 24

_ITEM = re.compile(r"(track|episode|show|artist|album|playlist):[A-Za-z0-9._~-]{1,64}\Z")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?\Z")
_NUMBER = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?\Z")
_CODE = re.compile(r"[a-z]{2,3}\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")

Range = tuple[float | None, float | None]
Period = tuple[date | None, date | None]


class Chip(msgspec.Struct, frozen=True):
    """One thing a request asks for; ``said`` are the listener's words it was read from.

    Examples
    --------
    >>> str(Chip("version", "live", "no live versions", is_not=True))
    '-version:live'
    """

    kind: str
    value: str
    said: str = ""
    is_not: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.is_not else ''}{self.kind}:{self.value}"

    @property
    def turned(self) -> "Chip":
        """The same chip with the other sign."""
        return msgspec.structs.replace(self, is_not=not self.is_not)


def parse(text: str, said: str = "") -> Chip:
    """Return the chip a text stands for.

    Raises
    ------
    BadValue : no kind at all, one that nobody defined, or a value the kind cannot have.

    Examples
    --------
    >>> parse("-version:live")
    Chip(kind='version', value='live', said='', is_not=True)
    """
    kind, colon, value = text.removeprefix("-").partition(":")
    if not colon:
        raise BadValue(f"a chip is kind:value, such as mood:calm, not {text[:80]!r}")
    if kind not in _FORMS:
        near = did_you_mean(kind[:80], _FORMS)
        raise BadValue(f"no kind of chip {kind[:80]!r}; there are {', '.join(_FORMS)}{near}")
    form, holds = _FORMS[kind]
    if len(value) > MAX_VALUE or not holds(value):
        raise BadValue(f"{kind} is {form}, not {value[:80]!r}")
    return Chip(kind, value, said, text.startswith("-"))


def read(texts: Iterable[str]) -> tuple[tuple[Chip, ...], list[Fault]]:
    """Return the chips of texts from outside, each once, and what was no chip."""
    chips: dict[str, Chip] = {}
    faults = []
    for position, text in enumerate(texts):
        if len(chips) == MAX_CHIPS:
            faults.append(Fault.at("chips", position, "too_many", f"more than {MAX_CHIPS} chips"))
            break
        try:
            chip = parse(text)
        except BadValue as error:
            faults.append(Fault.at("chips", position, "no_chip", str(error), "chip"))
        else:
            chips.setdefault(str(chip), chip)
    return tuple(chips.values()), faults


def joined(chips: Sequence[Chip], more: Iterable[Chip]) -> tuple[Chip, ...]:
    """Return chips and more of them: each once, and what is said later in place of its own contrary.

    Examples
    --------
    >>> [str(chip) for chip in joined([parse("mood:sad")], [parse("-mood:sad"), parse("new:item")])]
    ['-mood:sad', 'new:item']
    """
    kept = {str(chip): chip for chip in chips}
    for chip in more:
        kept.pop(str(chip.turned), None)
        kept.setdefault(str(chip), chip)
    return tuple(kept.values())


def bounds(value: str) -> Range | None:
    """Return the numbers of a range, ``None`` where it is open; ``None`` at all where it is none.

    Examples
    --------
    >>> bounds("120..140"), bounds("..180"), bounds("slow")
    ((120.0, 140.0), (None, 180.0), None)
    """
    ends = _ends(value, _NUMBER)
    if ends is None:
        return None
    low, high = (float(end) if end else None for end in ends)
    return None if low is not None and high is not None and low > high else (low, high)


def period(value: str) -> Period | None:
    """Return the first and the last day of an era; ``None`` at all where it is none.

    Examples
    --------
    >>> period("1990..1999")
    (datetime.date(1990, 1, 1), datetime.date(1999, 12, 31))
    """
    ends = _ends(value, _DATE)
    if ends is None:
        return None
    try:
        first = _day(ends[0], "-01-01") if ends[0] else None
        last = _day(ends[1], "-12-31") if ends[1] else None
    except ValueError:
        return None
    return None if first is not None and last is not None and first > last else (first, last)


def years(first: int | None, last: int | None) -> str:
    """Return the value of an era that lasts whole years.

    Examples
    --------
    >>> years(1990, 1999), years(None, 1969)
    ('1990..1999', '..1969')
    """
    return f"{first or ''}..{last or ''}"


def _ends(value: str, form: re.Pattern[str]) -> tuple[str, str] | None:
    first, dots, last = value.partition("..")
    is_range = dots and (first or last) and all(not end or form.match(end) for end in (first, last))
    return (first, last) if is_range else None


def _day(text: str, rest: str) -> date:
    return date.fromisoformat(text if len(text) > 4 else text + rest)


def _one_of(*known: str) -> tuple[str, Callable[[str], bool]]:
    return f"one of {', '.join(known)}", lambda value: value in known


def _or_range(*known: str) -> tuple[str, Callable[[str], bool]]:
    form = f"one of {', '.join(known)}, or a range such as 120..140"
    return form, lambda value: value in known or bounds(value) is not None


def _or_period(*known: str) -> tuple[str, Callable[[str], bool]]:
    form = f"one of {', '.join(known)}, or a period such as 1990..1999"
    return form, lambda value: value in known or period(value) is not None


def _is_word(value: str) -> bool:
    return value != "" and value.isprintable() and value == spelt(value)


_WORD = ("a word as the catalogue spells it, in lower case", _is_word)
_ID = ("the id of an item", lambda value: _ITEM.match(value) is not None)

_FORMS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "kind": _one_of(*KINDS),
    "by": ("the id of an artist or show", lambda v: v.startswith(("artist:", "show:")) and _ITEM.match(v) is not None),
    "like": _ID,
    "genre": _WORD,
    "mood": _WORD,
    "tag": _WORD,
    "instrument": _WORD,
    "activity": ("a name of the lexicon", lambda value: _NAME.match(value) is not None),
    "era": _or_period("latest", "this_year", "last_year"),
    "tempo": _or_range("slow", "medium", "fast", "slower", "faster"),
    "energy": _or_range("low", "high", "lower", "higher"),
    "language": ("two or three letters", lambda value: _CODE.match(value) is not None),
    "version": _one_of(*VERSIONS),
    "new": _one_of("item", "artist"),
    "heard": _one_of("ever", "often", "lately", "loved"),
    "length": _or_range("short", "long"),
    "explicit": _one_of("yes"),
    "said": _WORD,
}  # fmt: skip
CHIP_KINDS = tuple(_FORMS)

"""What is said in numbers: decades and years, beats a minute, minutes and hours."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from ritornello.surfaces.search.chips import Chip, years
from ritornello.surfaces.search.lexicon import Declared

FIRST_YEAR, LAST_YEAR = 1900, 2059
MAX_BPM, MAX_MINUTES = 400, 1440
NEAR_BPM, NEAR_LENGTH = 0.05, 0.25
"""How far "around" reaches, as a share."""
_PARTS = {"early": (0, 3), "middle": (4, 6), "late": (7, 9)}
_DECADE_ENDINGS = ("s", "er", "ern", "ies")
_WORDS_A_ROLE = 4

Words = Sequence[str]
_End = TypeVar("_End")


class Found(NamedTuple):
    """How many of the first words say a quantity, and what it is."""

    n: int
    chips: tuple[Chip, ...]


NOT_FOUND = Found(0, ())


def quantity(words: Words, table: Declared) -> Found:
    """Return the longest quantity the words begin with.

    Examples
    --------
    >>> from ritornello.surfaces.search.lexicon import declared
    >>> found = quantity("the late 80s and".split(), declared())
    >>> found.n, [str(chip) for chip in found.chips]
    (3, ['era:1987..1989'])
    >>> [str(c) for c in quantity("under 3 minutes".split(), declared()).chips]
    ['length:..180']
    """
    return max((rule(words, table) for rule in _RULES), key=lambda found: found.n)


def _era(words: Words, table: Declared) -> Found:
    """Read a year, a decade, a part of one, or what lies before, after or between two."""
    for role, place in (("before", _before), ("after", _after), ("since", _since)):
        n = _role(words, role, table)
        rest = words[n:]
        skipped = _role(rest, "article", table)
        found, period = _period(rest[skipped:], table)
        if n and found and period:
            return Found(n + skipped + found, (Chip("era", place(period)),))
    between = _range_of(words, "between", table, lambda rest: _period(rest, table))
    if between:
        n, (first, last) = between
        if first[0] <= last[1]:
            return Found(n, (Chip("era", years(first[0], last[1])),))
    n, period = _period(words, table)
    return Found(n, (Chip("era", years(*period)),)) if n and period else NOT_FOUND


def _period(words: Words, table: Declared) -> tuple[int, tuple[int, int] | None]:
    """Return the years of a decade, a part of one, or a single year."""
    for part, (first, last) in _PARTS.items():
        n = _role(words, part, table)
        if n:
            skipped = _role(words[n:], "article", table)
            found, decade = _decade(words[n + skipped :], table)
            if found:
                return n + skipped + found, (decade + first, decade + last)
    for n in dict.fromkeys((0, _role(words, "article", table))):
        found, decade = _decade(words[n:], table)
        if found:
            return n + found, (decade, decade + 9)
    n = _role(words, "year", table)
    year = _number(words[n : n + 1])
    if year is not None and FIRST_YEAR <= year <= LAST_YEAR and len(words[n]) == 4:
        return n + 1, (int(year), int(year))
    return 0, None


def _decade(words: Words, table: Declared) -> tuple[int, int]:
    """Return how many words name a decade, and its first year; 0 where none does."""
    for n in range(min(len(words), _WORDS_A_ROLE), 0, -1):
        phrase = " ".join(words[:n])
        if phrase in table.decades:
            return n, table.decades[phrase]
    if words and words[0] in _YEARS_WORDS and len(words) > 1:
        decade = _tens(words[1], alone=True)
        return (2, decade) if decade else (0, 0)
    decade = _tens(words[0], alone=False) if words else 0
    return (1, decade) if decade else (0, 0)


def _tens(word: str, *, alone: bool) -> int:
    """Return the first year of ``90s``, ``1990s``, ``60er``; of a bare ``80`` only where ``alone`` allows it; else 0."""
    digits = word
    for ending in _DECADE_ENDINGS:
        if word.endswith(ending) and word != ending:
            digits, alone = word[: -len(ending)], True
            break
    if not alone or not digits.isascii() or not digits.isdigit() or not digits.endswith("0"):
        return 0
    number = int(digits[:5])
    if len(digits) == 2:
        return 1900 + number if number >= 30 else 2000 + number
    return number if len(digits) == 4 and FIRST_YEAR <= number <= LAST_YEAR else 0


def _before(period: tuple[int, int]) -> str:
    return years(None, period[0] - 1)


def _after(period: tuple[int, int]) -> str:
    return years(period[1] + 1, None)


def _since(period: tuple[int, int]) -> str:
    return years(period[0], None)


def _tempo(words: Words, table: Declared) -> Found:
    """Read ``120 bpm``, ``120 to 130 bpm``, ``under 100 bpm``."""
    n, low, high = _measured(words, table, NEAR_BPM)
    unit = _role(words[n:], "bpm", table)
    top = high or low
    if not n or not unit or top is None or not 0 < top <= MAX_BPM:
        return NOT_FOUND
    return Found(n + unit, (Chip("tempo", _ends(low, high)),))


def _length(words: Words, table: Declared) -> Found:
    """Read ``under 3 minutes``, ``20 minutes``, ``longer than an hour``."""
    n, low, high = _measured(words, table, NEAR_LENGTH)
    for role, seconds in (("minutes", 60), ("hours", 3600)):
        unit = _role(words[n:], role, table)
        top = high or low
        if n and unit and top is not None and 0 < top * seconds <= 60 * MAX_MINUTES:
            if low == high and low is not None and high is not None:
                low, high = low * (1 - NEAR_LENGTH), high * (1 + NEAR_LENGTH)
            scaled = (end if end is None else end * seconds for end in (low, high))
            return Found(n + unit, (Chip("length", _ends(*scaled)),))
    return NOT_FOUND


def _measured(words: Words, table: Declared, near: float) -> tuple[int, float | None, float | None]:
    """Return how many words say a number or a range of numbers, and its ends."""
    for role in ("less_than", "more_than", "around"):
        n = _role(words, role, table)
        number = _number(words[n : n + 1])
        if n and number is not None:
            return n + 1, *_bounds_of(role, number, near)
    ends = _range_of(words, "between", table, lambda rest: (1, _number(rest[:1])))
    if ends and ends[1][0] <= ends[1][1]:
        return ends[0], *ends[1]
    first, second = _number(words[:1]), _number(words[1:2])
    if first is None:
        return 0, None, None
    return (2, first, second) if second is not None and second >= first else (1, first, first)


def _bounds_of(role: str, number: float, near: float) -> tuple[float | None, float | None]:
    if role == "around":
        return number * (1 - near), number * (1 + near)
    return (None, number) if role == "less_than" else (number, None)


def _range_of(
    words: Words, role: str, table: Declared, read: Callable[[Words], tuple[int, _End | None]]
) -> tuple[int, tuple[_End, _End]] | None:
    """Return what lies between two ends, each read by ``read``: ``between A and B``, ``A to B``."""
    n = _role(words, role, table)
    first_n, first = read(words[n:])
    if not first_n or first is None:
        return None
    start = n + first_n
    joint = _role(words[start:], "to", table)
    second_n, second = read(words[start + joint :])
    opened = n or " ".join(words[start : start + joint]) not in table.roles["and"]
    if not joint or not opened or not second_n or second is None:
        return None
    return start + joint + second_n, (first, second)


def _role(words: Words, role: str, table: Declared) -> int:
    """Return how many of the first words are a phrase of a role, the longest there is."""
    phrases = table.roles[role]
    for n in range(min(len(words), _WORDS_A_ROLE), 0, -1):
        if " ".join(words[:n]) in phrases:
            return n
    return 0


def _number(words: Words) -> float | None:
    word = words[0] if words else ""
    return float(word) if word.isascii() and word.isdigit() and len(word) <= 4 else _SPELT.get(word)


def _ends(low: float | None, high: float | None) -> str:
    first, last = ("" if end is None else f"{end:.0f}" for end in (low, high))
    return f"{first}..{last}"


_YEARS_WORDS = frozenset({"annees", "anos", "los", "les", "jahre"})
_SPELT = {"an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0, "twenty": 20.0, "thirty": 30.0, "einer": 1.0, "une": 1.0, "una": 1.0, "half": 0.5}  # fmt: skip
_RULES = (_era, _tempo, _length)

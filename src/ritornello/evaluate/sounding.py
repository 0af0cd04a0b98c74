"""How a word sounds, which words sound nearly so, and how sounds are written: the tables of a mishearing.

Sounds are one sign each (``mishearing.toml`` lists them). The reading of letters is a rough one of English, enough to say
what is near what; it is not how names are found, and shares nothing with it.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from anyascii import anyascii

MAX_LETTERS = 40
_VOWELS_WRITTEN = "aeiou"
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

Words = list[str]


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The probabilities of ``mishearing.toml``, which says what each is."""

    p_first: float
    p_later: float
    later_rank: tuple[float, ...]
    n_alternatives: tuple[float, ...]
    p_word: float
    p_sound: float
    p_sound_lost: float
    p_sound_added: float
    p_homophone: float
    p_dictionary: float
    p_split: float
    p_join: float
    p_function_lost: float
    p_digits: float
    p_carrier_word: float
    p_kin: float
    p_kept: float
    mean_gap_right: float
    mean_gap_wrong: float


class Spoken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that behave in a way of their own, and those any recogniser knows, most frequent first."""

    function: tuple[str, ...]
    homophones: tuple[str, ...]
    frequent: str


class Confusions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tables of ``mishearing.toml``."""

    rates: Rates
    carriers: dict[str, tuple[str, ...]]
    words: Spoken
    spelt: dict[str, str]
    long: dict[str, str]
    near: dict[str, float]
    written: dict[str, tuple[str, ...]]
    signs: dict[str, str]


@cache
def stated() -> Confusions:
    """Return the confusion model of this version."""
    text = files(__package__).joinpath("mishearing.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Confusions)


def said(name: str, *, in_digits: bool = False) -> Words:
    """Return a name as it is spoken: small letters, no signs, without brackets, numbers as people read them.

    Examples
    --------
    >>> said("P!nk"), said("Blink-182"), said("AC/DC (Live)"), said("1975", in_digits=True)
    (['pink'], ['blink', 'one', 'eighty', 'two'], ['ac', 'dc'], ['1975'])
    """
    bare = anyascii(name[:200]).lower().split(" (")[0].split(" [")[0].split(" feat. ")[0]
    words: Words = []
    for word in bare.replace("-", " ").replace("/", " ").split():
        if word.isdecimal():
            words += [word] if in_digits else number_said(word)
        else:
            words += _letters(word).split()
    return words


def _letters(word: str) -> str:
    """Return a word whose signs and digits are the letters they stand for; its other signs part it."""
    signs = stated().signs if any(map(str.isalpha, word)) else {}
    meant = "".join(signs.get(c, c) for c in word.rstrip("!?.,"))
    return "".join(c if c.isalnum() else " " for c in meant.replace("'", ""))


def number_said(digits: str) -> Words:
    """Return a number as people read names and years.

    Examples
    --------
    >>> [" ".join(number_said(n)) for n in ("7", "42", "182", "1975", "2005", "1900", "007")]
    ['seven', 'forty two', 'one eighty two', 'nineteen seventy five', 'two thousand five', 'nineteen hundred', 'zero zero seven']
    """
    n = int(digits)
    if len(digits) > 4 or digits[0] == "0":
        return [_ONES[int(digit)] for digit in digits]
    if n < 100:
        return _below_100(n)
    if 2000 <= n < 2010:
        return ["two", "thousand", *(_below_100(n % 10) if n % 10 else [])]
    high, low = divmod(n, 100)
    if low == 0:
        return [*_below_100(high), "hundred"]
    return [*_below_100(high), *(["oh"] if low < 10 else []), *_below_100(low)]


def _below_100(n: int) -> Words:
    if n < 20:
        return [_ONES[n]]
    tens, ones = divmod(n, 10)
    return [_TENS[tens - 2], *([_ONES[ones]] if ones else [])]


class Sounds:
    """From letters to sounds and back, and from a sound to its neighbours."""

    def __init__(self, tables: Confusions) -> None:
        self.tables = tables
        self.rates = tables.rates
        self.longest = max(map(len, tables.spelt))
        self.neighbours: dict[str, dict[str, float]] = {sound: {} for sound in tables.written}
        for group, weight in tables.near.items():
            for sound in group:
                near = self.neighbours[sound]
                for other in group.replace(sound, ""):
                    near[other] = max(weight, near.get(other, 0.0))

    def of(self, word: str) -> str:
        """Return the sounds of a written word."""
        return "".join(sounds for _, sounds in self.pieces(word))

    def pieces(self, word: str) -> list[tuple[str, str]]:
        """Return runs of letters and how each sounds: the longest that is known, again and again.

        A doubled letter sounds once, and what is no known letter not at all.
        """
        return list(self._read(word[:MAX_LETTERS]))

    def _read(self, word: str) -> Iterator[tuple[str, str]]:
        at = 0
        while at < len(word):
            last = word[at:]
            if len(last) == 3 and last[0] in self.tables.long and _is_silent(last):
                yield last[0], self.tables.long[last[0]]
                yield last[1:], self.tables.spelt.get(last[1], "")
                return
            lengths = range(min(self.longest, len(last)), 0, -1)
            n = next((n for n in lengths if last[:n] in self.tables.spelt), 1)
            is_doubled = n == 1 and at > 0 and word[at] == word[at - 1]
            yield last[:n], "" if is_doubled else self.tables.spelt.get(last[:n], "")
            at += n

    def altered(self, word: str, rng: np.random.Generator) -> tuple[str, str]:
        """Return sounds of which at least one is another, and how they are written; a word without sounds stays."""
        pieces = self.pieces(word)
        n_sounds = sum(len(sounds) for _, sounds in pieces)
        if n_sounds == 0:
            return "", word
        is_wrong = rng.random(n_sounds) < self.rates.p_sound
        is_wrong[int(rng.integers(n_sounds))] = True
        wrong = iter(is_wrong.tolist())
        heard, letters = "", ""
        for written, sounds in pieces:
            others = "".join(self._other(each, rng) if next(wrong) else each for each in sounds)
            heard += others
            letters += written if others == sounds else self.written(others, rng)
        return heard, letters

    def _other(self, sound: str, rng: np.random.Generator) -> str:
        which, near = rng.random(), self.neighbours[sound]
        if which < self.rates.p_sound_lost:
            return ""
        if not near or which < self.rates.p_sound_lost + self.rates.p_sound_added:
            return drawn(list(self.neighbours), [1.0] * len(self.neighbours), rng) + sound
        return drawn(list(near), list(near.values()), rng)

    def written(self, sounds: str, rng: np.random.Generator) -> str:
        """Write sounds as they might be spelt."""
        ways = (self.tables.written[sound] for sound in sounds)
        return "".join(drawn(each, [1 / (1 + k) for k in range(len(each))], rng) for each in ways)


class Known:
    """The words a recogniser knows, found by how they sound, with a sound lost on either side or without.

    Parameters
    ----------
    frequent : words anybody knows, most frequent first; half of the probability, falling as 1/rank (Zipf).
    vocabulary : word → how often it occurs elsewhere; the other half.
    """

    def __init__(self, sounds: Sounds, frequent: Words, vocabulary: Mapping[str, int]) -> None:
        ranked = list(dict.fromkeys(frequent))
        harmonic = sum(1 / rank for rank in range(1, len(ranked) + 1))
        self.share = {word: 0.5 / rank / harmonic for rank, word in enumerate(ranked, start=1)}
        total = max(sum(vocabulary.values()), 1)
        for word, count in vocabulary.items():
            self.share[word] = self.share.get(word, 0.0) + 0.5 * count / total
        self.sounds_of = {word: sounds.of(word) for word in self.share}
        self.by_sounds: dict[str, Words] = {}
        for word, heard in self.sounds_of.items():
            for key in _with_one_lost(heard):
                self.by_sounds.setdefault(key, []).append(word)

    def near(self, sounds: str, but: str, rng: np.random.Generator) -> str:
        """Return a word that sounds alike, frequent ones and the very same sounds more probably; empty where none does."""
        likely = {
            word: self.share[word] * (10.0 if self.sounds_of[word] == sounds else 1.0)
            for key in _with_one_lost(sounds)
            for word in self.by_sounds.get(key, ())
            if word != but
        }
        return drawn(list(likely), list(likely.values()), rng) if likely else ""


def _with_one_lost(sounds: str) -> Iterator[str]:
    """Yield the sounds, and what they are without each of them; of few sounds none may be lost."""
    yield sounds
    if len(sounds) > 2:
        yield from (sounds[:at] + sounds[at + 1 :] for at in range(len(sounds)))


def _is_silent(last: str) -> bool:
    """Whether the e at the end of vowel, consonant, e is silent, as in "late"."""
    return last[2] == "e" and last[1] not in _VOWELS_WRITTEN + "wxy"


def drawn(words: Sequence[str], weights: Sequence[float], rng: np.random.Generator) -> str:
    """Draw one word by its weight."""
    steps = np.cumsum(weights)
    return words[int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))]

"""How names sound: the keys of Double Metaphone, and a finer writing of sounds that can be compared.

A name is folded to plain letters, its numbers are read aloud, and a language that the catalogue names respells its letters
first (``sounds.toml``); other scripts come in by their transliteration. ``keys`` are then the two keys of Double Metaphone: equal
where consonants are, whatever the vowels. ``sound`` keeps the vowels in three kinds, and writes each consonant as two
signs, its kind and itself: so an edit distance counts one for *p* heard as *t*, two for *p* heard as *n*, one for a vowel.

Right for names in Latin letters, which any voice may say with its own habits. It misleads where spelling says little
(English vowels, French endings without a language), and for transliterated Chinese, whose readings in Japanese differ.

Source: L. Philips, "The double metaphone search algorithm", C/C++ Users Journal 18(6), 2000.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import msgspec
from doublemetaphone import doublemetaphone

from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.search.spoken_numbers import in_words

MAX_LETTERS = 200
VOWELS = "AIO"
SIGNS = "pbtdkgfvTszSCJhmnNlrwy" + VOWELS
"""All sounds there are."""
N_REMEMBERED = 200_000
_DIGITS = re.compile(r"\d+")
_TRIED = (
    "Schwarzer Knight",
    "Caesar's 99 Whales",
    "Xylophone Queens",
    "Michael Wachowski",
    "Rough Nation 1975",
)


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``sounds.toml`` says."""

    letters: dict[str, str]
    first: dict[str, str]
    last: dict[str, str]
    kinds: dict[str, str]
    languages: dict[str, list[tuple[str, str]]]


class Sounding(NamedTuple):
    """How one word sounds: both keys of Double Metaphone (the same where there is one), and its sounds as signs."""

    primary: str
    secondary: str
    sounds: str


@cache
def tables() -> Tables:
    """Return the tables of this version."""
    text = files(__package__).joinpath("sounds.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Tables)


@cache
def fingerprint() -> str:
    """Return 16 hexadecimal digits that name the rules: the same digits, the same sounds."""
    table = files(__package__).joinpath("sounds.toml").read_bytes()
    told = "".join(f"{keys(each)}{sound(each)}" for each in _TRIED)
    return hashlib.sha256(table + told.encode()).hexdigest()[:16]


def keys(text: str, language: str | None = None) -> tuple[str, ...]:
    """Return the keys a name is found by: Double Metaphone's, each once; none where nothing sounds.

    Parameters
    ----------
    language : ISO 639-1, with or without a region; English where the catalogue says none.

    Examples
    --------
    >>> keys("Smith"), keys("Sigur Rós"), keys("blink-182") == keys("blink one eighty two")
    (('SM0', 'XMT'), ('SKRRS',), True)
    >>> keys("Łódź", "pl"), keys("Łódź")
    (('AJ', 'F'), ('LTS',))
    """
    found = [word_sounding(word) for word in spoken(text, language)]
    both = ("".join(each.primary for each in found), "".join(each.secondary for each in found))
    return tuple(dict.fromkeys(key for key in both if key))


def sound(text: str, language: str | None = None) -> str:
    """Return how a text sounds, word by word without the spaces, one sign a sound.

    Examples
    --------
    >>> sound("Radiohead"), sound("radio head"), sound("phone") == sound("fone")
    ('rAdIhId', 'rAdIhId', True)
    """
    return "".join(word_sounding(word).sounds for word in spoken(text, language))


def spread(sounds: str) -> str:
    """Return sounds as they are compared: consonants as two signs, their kind and themselves.

    Examples
    --------
    >>> spread("pAn"), spread("tAm")
    ('1pA3n', '1tA3m')
    """
    return sounds.translate(_spreading())


def spoken(text: str, language: str | None = None) -> list[str]:
    """Return a text as words of plain letters, numbers read aloud, letters of another language respelt.

    Examples
    --------
    >>> spoken("1975"), spoken("Schöne Welt", "de-AT"), spoken("Кино")
    (['nineteen', 'seventy', 'five'], ['shene', 'velt'], ['kino'])
    """
    return read_aloud(fold(respelt(text[:MAX_LETTERS], language)))


def read_aloud(folded: str) -> list[str]:
    """Return the words of a folded text, digits as they are usually read."""
    if not _DIGITS.search(folded):
        return folded.split()
    return [word for part in folded.split() for word in _read_aloud(part)]


def respelt(text: str, language: str | None) -> str:
    """Return a text with the letters of a language respelt as English writes their sounds; as it is in any other."""
    rules = _rules((language or "").partition("-")[0].partition("_")[0].lower())
    if not rules:
        return text
    small = text.lower()
    for pattern, letters in rules:
        small = pattern.sub(letters, small)
    return small.lower()


@lru_cache(maxsize=N_REMEMBERED)
def word_sounding(word: str) -> Sounding:
    """Return how a word of plain letters sounds."""
    primary, secondary = doublemetaphone(word)
    return Sounding(primary, secondary or primary, "".join(_sounds(word)))


def _read_aloud(part: str) -> Iterator[str]:
    """Yield the words of a part; digits as they are usually read."""
    if part.isalpha():
        yield part
        return
    at = 0
    for found in _DIGITS.finditer(part):
        if found.start() > at:
            yield part[at : found.start()]
        yield from in_words(found[0])[0]
        at = found.end()
    if at < len(part):
        yield part[at:]


def _sounds(word: str) -> Iterator[str]:
    """Yield the sounds of a word, the longest run of letters first."""
    known = tables()
    head = next((word[:n] for n in (3, 2, 1) if word[:n] in known.first and len(word) > n), "")
    tail = next((word[-n:] for n in (3, 2, 1) if _ends(word, len(head), n)), "")
    heard = known.first.get(head, "")
    yield heard
    for letters in _runs_of(word[len(head) : len(word) - len(tail)]):
        sounds = known.letters[letters]
        if sounds != heard and not (sounds in VOWELS and heard[-1:] in set(VOWELS)):
            yield sounds
        heard = sounds
    yield known.last.get(tail, "")


def _runs_of(letters: str) -> Iterator[str]:
    """Yield the longest runs of letters that are known, from the first on; others are passed over."""
    known, at = tables().letters, 0
    while at < len(letters):
        n = next((n for n in _LENGTHS if letters[at : at + n] in known), 0)
        if n:
            yield letters[at : at + n]
        at += n or 1


def _ends(word: str, begin: int, n: int) -> bool:
    """Whether the last ``n`` letters are an ending behind something that, with them, has a vowel."""
    ending = tables().last.get(word[-n:])
    rest = word[begin : len(word) - n]
    has_vowel = ending is not None and not {*ending, *rest.upper()}.isdisjoint("AEIOUY")
    return len(rest) > 0 and has_vowel


_LENGTHS = range(5, 0, -1)


@cache
def _rules(language: str) -> Sequence[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(pattern), letters) for pattern, letters in tables().languages.get(language, [])
    ]


@cache
def _spreading() -> dict[int, str]:
    kinds = tables().kinds.values()
    return {ord(s): f"{kind}{s}" for kind, group in enumerate(kinds, start=1) for s in group}

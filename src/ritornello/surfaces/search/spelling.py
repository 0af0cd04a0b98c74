"""How names are compared: folded to plain letters, and in the other forms they are written in.

Whoever types "sigur ros", "the smiths", "pt 2" or "pink" means what is printed otherwise. ``fold`` makes one plain text of
a name (small Latin letters, digits, single spaces); ``forms`` are the names beside it that folding alone does not reach.
Both sides of a comparison are folded by the same rules, so what matters is that rules are the same everywhere: they are
the table ``spelling.toml``, and ``fingerprint`` names them. Right for names and short texts; two names that differ in
signs alone (``C#`` and ``C``) fold to the same.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import chain, islice, pairwise, product

from anyascii import anyascii

GROWTH = 8
"""Folding makes a text at most this many times as long: 椎 is ``zhui``, and a space."""
N_FORMS = 12
"""A name has at most so many other forms."""
LONGEST_NAME = 300
"""So many letters of a name are read for its forms."""

Table = dict[str, str]
Words = tuple[str, ...]
Rule = Callable[[Words], Words]
_TABLES = tomllib.loads(files(__package__).joinpath("spelling.toml").read_text(encoding="utf-8"))
_INSIDE: Table = _TABLES["inside"]
_BESIDE: Table = _TABLES["beside"]
_SIGNS: Table = _TABLES["signs"]
_LOOK_ALIKES = str.maketrans(_TABLES["look_alikes"])
_DIGITS = str.maketrans(_TABLES["digits"])
_SPELT_OUT = str.maketrans(_TABLES["spelt_out"])
ARTICLES = frozenset(word for words in _TABLES["articles"].values() for word in words)
_JOINED = frozenset(_TABLES["joined"]["by"])
_NUMBERED = {short: word for word, shorts in _TABLES["numbered"].items() for short in shorts}
_CENSORED: tuple[str, ...] = tuple(_TABLES["censored"]["words"])
_ROMAN = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10",
    "xi": "11", "xii": "12", "xiii": "13", "xiv": "14", "xv": "15", "xvi": "16", "xvii": "17", "xviii": "18", "xix": "19",
    "xx": "20",
}  # fmt: skip
_FROM_ROMAN = {roman: digits for roman, digits in _ROMAN.items() if len(roman) > 1}
_TO_ROMAN = {digits: roman for roman, digits in _ROMAN.items()}
_TO_WORDS: Table = _TABLES["numbers"]
_FROM_WORDS = {word: digits for digits, word in _TO_WORDS.items()}


def _any_of(signs: Iterable[str]) -> str:
    return "[" + re.escape("".join(signs)) + "]"


def _one_of(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


_LETTER = r"[^\W\d_]"
_ODD = re.compile(r"[^a-z0-9 ]")
_APOSTROPHES = frozenset("'`’‘‛′´ʼʻ")
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W_]\.){2,}")
_AS_LETTER = re.compile(
    f"(?<={_LETTER}){_any_of(_INSIDE)}(?={_LETTER})"
    f"|(?<={_LETTER}){_any_of(_BESIDE)}|{_any_of(_BESIDE)}(?={_LETTER})"
)
_PLUS = re.compile(r"(?<=\s)\+(?=\s)")
_HAN = ((0x2E80, 0x2FFF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))

_BRACKET = re.compile(r"\s*[(\[{<][^()\[\]{}<>]*[)\]}>]\s*")
_TAIL = re.compile(rf"\s[-–—|]\s.*\b{_one_of(_TABLES['versions']['words'])}\b.*$", re.IGNORECASE)
_GUESTS = re.compile(rf"\s[(\[]?{_one_of(_TABLES['guests']['words'])}\b\.?\s.*$", re.IGNORECASE)
_JOINTS = re.compile(r"(?<=\w)[-/·.'’](?=\w)")
_ELIDED = re.compile(rf"\b{_any_of(_TABLES['elided']['letters'])}['’](?=\w)")
_STARRED = re.compile(r"\b[a-z]+\*[a-z*]*|\*+[a-z][a-z*]*", re.IGNORECASE)
_TRIGGER = re.compile(
    r"[^a-z ]"
    rf"|^{_one_of(ARTICLES)}\s|\s{_one_of(_JOINED | set(_TABLES['guests']['words']))}\s"
    rf"|\b{_one_of({*_FROM_ROMAN, *_FROM_WORDS, *_NUMBERED})}\b"
)


class _Folding(dict[int, str]):
    """What each character becomes, worked out when first met (a table for ``str.translate``)."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _folded(chr(point))
        return folded


def _folded(character: str) -> str:
    """Return the plain letters of one character, at most ``GROWTH``; a space where a word ends."""
    category = unicodedata.category(character)
    if character in _APOSTROPHES or category[0] == "C" or category == "Mn":
        return ""
    if character in _SIGNS:
        return f" {_SIGNS[character]} "
    if category[0] not in "LN" and category not in ("So", "Mc"):
        return " "
    letters = _ODD.sub("", anyascii(character).lower()).strip()
    is_word = category == "So" or any(low <= ord(character) <= high for low, high in _HAN)
    return f" {letters[: GROWTH - 2]} " if is_word else letters[:GROWTH]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return what of a text is compared: small Latin letters and digits, single spaces.

    NFKC, case folding, signs read as letters where they stand for one, other scripts by anyascii (each Chinese character a
    word of its own, so that a part of a name is found), all other signs spaces. A text of nothing but signs, or of letters no table knows,
    keeps them.

    Returns
    -------
    at most ``GROWTH`` times as long as the text; ``fold`` of it is itself.

    Examples
    --------
    >>> fold("Sigur Rós"), fold("P!nk"), fold("A$AP Rocky"), fold("R.E.M."), fold("AC/DC")
    ('sigur ros', 'pink', 'asap rocky', 'rem', 'ac dc')
    >>> fold("Кино"), fold("椎名林檎"), fold("!!!")
    ('kino', 'zhui ming lin qin', '!!!')
    """
    plain = text.lower() if text.isascii() else _caseless(text)
    if not _ODD.search(plain):
        return " ".join(plain.split())
    dotless = _INITIALS.sub(_without_dots, plain)
    lettered = _AS_LETTER.sub(_as_letter, dotless)
    words = _PLUS.sub("and", lettered).translate(_FOLDING).split()
    if not words:
        words = ["".join(c for c in plain if unicodedata.category(c)[0] not in "CZ")]
    return " ".join(words)[: GROWTH * len(text)].rstrip()


def squeeze(folded: str) -> str:
    """Return a folded text without its spaces: what is alike however its words are split.

    Examples
    --------
    >>> squeeze(fold("AC/DC")) == squeeze(fold("acdc"))
    True
    """
    return folded.replace(" ", "")


def forms(name: str) -> tuple[str, ...]:
    """Return the other ways a name is written, folded; the name's own folding is not among them.

    Without its brackets, its version, its guests; without its article, or with it in front; with numerals as
    digits, digits as numerals or words; without *and*; stylised, censored and look-alike letters read; words that signs
    join taken as one.

    Returns
    -------
    at most ``N_FORMS``, none twice, the nearest to the name first.

    Examples
    --------
    >>> forms("The Beatles")
    ('beatles',)
    >>> forms("Song, Part II (Remastered 2011)")[:2]
    ('song part ii', 'song part 2 remastered 2011')
    >>> forms("deadmau5"), forms("F**k It"), forms("AC/DC")
    (('deadmaus',), ('fuck it',), ('acdc',))
    """
    name = name[:LONGEST_NAME]
    plain = name.lower() if name.isascii() else _caseless(name)
    if not _TRIGGER.search(plain):
        return ()
    own = tuple(fold(name).split())
    found = {own: None}
    for written in {each: None for each in _written(plain) if each != plain}:
        found.setdefault(tuple(fold(written).split()))
    for wakes, rule in _OF_WORDS:
        for words in tuple(found):
            if len(found) <= N_FORMS and not wakes.isdisjoint(words):
                found.setdefault(rule(words))
    return tuple(" ".join(words) for words in found if words and words != own)[:N_FORMS]


def uncensored(text: str) -> list[str]:
    """Return the texts that stars in a text may stand for, at most ``N_FORMS``.

    Examples
    --------
    >>> uncensored("f*** you")
    ['fuck you']
    """
    starred = list(_STARRED.finditer(text))
    meant = [_meant(found.group()) for found in starred]
    if not any(meant):
        return []
    choices = product(
        *(each or [found.group()] for each, found in zip(meant, starred, strict=True))
    )
    ends = [0, *(found.end() for found in starred)]
    between = [text[a : found.start()] for a, found in zip(ends, starred, strict=False)]
    return [
        "".join(chain.from_iterable(zip(between, words, strict=True))) + text[ends[-1] :]
        for words in islice(choices, N_FORMS)
    ]


def _meant(starred: str) -> list[str]:
    """Return the words that one with stars may stand for."""
    pattern = re.compile(starred.casefold().replace("*", "[a-z]"))
    return [word for word in _CENSORED if pattern.fullmatch(word)]


@cache
def fingerprint() -> str:
    """Return 16 hexadecimal digits that name the rules: the same digits, the same folding."""
    table = files(__package__).joinpath("spelling.toml").read_bytes()
    told = [unicodedata.unidata_version, *(f"{fold(each)}={forms(each)}" for each in _TRIED)]
    scripts = "".join(map(_folded, map(chr, range(0xA0, 0x3100))))
    return hashlib.sha256(table + "\n".join([*told, scripts]).encode()).hexdigest()[:16]


_TRIED = (
    "The Beatles", "Guns N' Roses", "P!nk", "A$AP", "AC/DC", "R.E.M.", "deadmau5", "KoЯn", "Motörhead", "f***",
    "Song (Live) [Remastered] - Radio Edit", "Part II feat. A & B", "10 Things, Vol. 3", "椎名林檎", "†", "!!!",
)  # fmt: skip


def _caseless(text: str) -> str:
    """Fold case and compatibility forms; the second pass undoes what case folding decomposed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _without_dots(found: re.Match[str]) -> str:
    return found.group().replace(".", "")


def _as_letter(found: re.Match[str]) -> str:
    sign = found.group()
    return _INSIDE.get(sign) or _BESIDE[sign]


def _written(name: str) -> Iterator[str]:
    """Yield other ways to write a name, given in small letters with its signs."""
    bare = _TAIL.sub("", _GUESTS.sub("", _BRACKET.sub(" ", name)))
    for shorter in (bare, _BRACKET.sub(" ", name), _GUESTS.sub("", name), _TAIL.sub("", name)):
        if shorter.strip():
            yield shorter
    if ", " in name:
        head, _, tail = name.rpartition(", ")
        if fold(tail) in ARTICLES:
            yield f"{tail} {head}"
            yield head
    for each in dict.fromkeys((name, bare)):
        yield from uncensored(each)
        yield _JOINTS.sub("", each)
        yield _ELIDED.sub("", each)
        yield " ".join(map(_lettered, each.split()))
        yield _INITIALS.sub(lambda found: found.group().replace(".", " ") + " ", each)
        if not each.isascii():
            yield each.translate(_SPELT_OUT)
            yield " ".join(map(_as_it_looks, each.split()))


def _lettered(word: str) -> str:
    """Read digits as letters in a word of at least three letters and one or two digits."""
    n_digits = sum(map(str.isdigit, word))
    n_letters = sum(map(str.isalpha, word))
    return word.translate(_DIGITS) if 0 < n_digits <= 2 and n_letters >= 3 else word


def _as_it_looks(word: str) -> str:
    """Read letters of other scripts by their looks in a word that has Latin letters as well."""
    return word.translate(_LOOK_ALIKES) if re.search("[a-z]", word) else word


def _without_article(words: Words) -> Words:
    return words[1:] if len(words) > 1 and words[0] in ARTICLES else words


def _without_joints(words: Words) -> Words:
    return (*words[:1], *(word for word in words[1:-1] if word not in _JOINED), *words[1:][-1:])


def _with_and(words: Words) -> Words:
    return (*words[:1], *("and" if word == "n" else word for word in words[1:-1]), *words[1:][-1:])


def _in_full(words: Words) -> Words:
    """Write in full what is shortened before a number, and that number in digits."""
    changed = list(words)
    for place, (word, behind) in enumerate(pairwise(words)):
        if word in _NUMBERED and (behind.isdigit() or behind in _ROMAN):
            changed[place : place + 2] = [_NUMBERED[word], _ROMAN.get(behind, behind)]
    return tuple(changed)


def _renumbered(table: Table) -> tuple[frozenset[str], Rule]:
    """Return the rule that writes numbers by a table."""
    return frozenset(table), lambda words: tuple(table.get(word, word) for word in words)


_OF_WORDS: tuple[tuple[frozenset[str], Rule], ...] = (
    (ARTICLES, _without_article),
    (frozenset(_NUMBERED), _in_full),
    _renumbered(_FROM_ROMAN),
    _renumbered(_FROM_WORDS),
    _renumbered(_TO_WORDS),
    _renumbered(_TO_ROMAN),
    (frozenset("n"), _with_and),
    (_JOINED, _without_joints),
)
"""Each rule and the words without which it changes nothing."""

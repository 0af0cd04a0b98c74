"""A text as the words it is read by: folded one by one, each with its place in the text as it was typed."""

from collections.abc import Sequence

import msgspec

from ritornello.surfaces.search.spelling import fold

MAX_LETTERS = 600
MAX_TOKENS = 64
_APOSTROPHES = "'’`"
_ELIDED = frozenset({"c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu"})
_STOPS = ",;:.!?"


class Token(msgspec.Struct, frozen=True):
    """One folded word; ``start`` and ``end`` are where it was typed, ``stops`` whether a comma or the like follows."""

    word: str
    start: int
    end: int
    stops: bool


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the words of a text, at most ``MAX_TOKENS`` of its first ``MAX_LETTERS`` characters.

    A French article that lost its vowel is a word of its own.

    Examples
    --------
    >>> [token.word for token in tokens_of("Chansons d’été, hip-hop!")]
    ['chansons', 'd', 'ete', 'hip', 'hop']
    """
    text = text[:MAX_LETTERS]
    found: list[Token] = []
    end = 0
    for typed in text.split():
        start = text.index(typed, end)
        end = start + len(typed)
        words = [word for part in _parts(typed) for word in fold(part).split() if word.isalnum()]
        stops = typed[-1] in _STOPS
        last = len(words) - 1
        found += [Token(w, start, end, stops and place == last) for place, w in enumerate(words)]
        if len(found) >= MAX_TOKENS:
            break
    return tuple(found[:MAX_TOKENS])


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a phrase."""
    return tuple(
        word for typed in text.split() for part in _parts(typed) for word in fold(part).split()
    )


def typed(text: str, tokens: Sequence[Token]) -> str:
    """Return what was typed from the first of some tokens to the last, without signs around it.

    Examples
    --------
    >>> text = "no  live, please"
    >>> typed(text, tokens_of(text)[:2])
    'no live'
    """
    if not tokens:
        return ""
    return " ".join(text[tokens[0].start : tokens[-1].end].split()).strip(f"{_STOPS} ")


def _parts(word: str) -> Sequence[str]:
    """Return a typed word, or the two that an apostrophe joins in French."""
    for sign in _APOSTROPHES:
        head, found, rest = word.partition(sign)
        if found and rest and head.casefold() in _ELIDED:
            return head, rest
    return (word,)

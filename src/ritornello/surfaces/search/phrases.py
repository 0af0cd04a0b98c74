"""What listeners say to change what they asked for: phrases in several languages, and what each does.

The phrases are the table ``phrases.toml``. A phrase is words with at most one gap: which of the results (``{nth}``), how
much (``{much}``) or any words (``{what}``). Right for the handful of moves a conversation is made of, at once and the same
every time; whatever no phrase fits is left to :mod:`~ritornello.surfaces.search.grammar`.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import product

import msgspec

from ritornello.kinds.errors import BadValue
from ritornello.surfaces.search.spelling import fold

LAST, THIS = -1, 0
N_TOKENS = 100
"""Words of a turn that are looked at; what follows is not."""
N_PARTS = 8
"""Parts of a turn that are looked at apart; what follows is one part."""
N_STAGES = 6
"""Idle expressions that are left out one by one; after these all are."""
N_IDLE = 6
"""Words of the longest idle expression, and one more."""
MUCH = {"a_bit": 0.5, "usual": 1.0, "much": 2.0}

_POINTS = {"last": LAST, "this": THIS}
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘`´", " "))
_GAP = re.compile(r"\{(\w+)\}")
_STOPS = (",", ";", "!", "?", ":")
Words = tuple[str, ...]


class Said(msgspec.Struct, frozen=True):
    """A phrase that was said: what it does, and what stood in its gap.

    ``nth`` counts the results from 1, ``LAST`` is the last, ``THIS`` the one that is spoken of; ``much`` is 1 unless told,
    less for a bit, more for much; ``what`` are the place of the first word in the gap and of the first behind it;
    ``read_as`` are the words that are meant.
    """

    does: str
    nth: int = THIS
    much: float = 1.0
    what: tuple[int, int] = (0, 0)
    read_as: str = ""


class Utterance(msgspec.Struct, frozen=True):
    """A text as folded words that remember how they were written; ``ends`` are places where a part may end."""

    words: Words
    tokens: Words
    token_of: tuple[int, ...]
    ends: tuple[int, ...]

    def meaning(self, start: int, end: int) -> str:
        """Return words as written, without what carries no meaning around them."""
        return self.written(*trimmed(self.words, start, end, is_phrase=False))

    def is_answer(self, start: int, end: int) -> bool:
        """Whether words say yes or no and nothing else."""
        return (
            self.words[slice(*trimmed(self.words, start, end, is_phrase=False))] in _table().answers
        )

    def written(self, start: int, end: int) -> str:
        """Return words as the listener wrote them, without the signs around them."""
        if start >= end:
            return ""
        tokens = self.tokens[self.token_of[start] : self.token_of[end - 1] + 1]
        return " ".join(tokens).strip(" ,;!?:.")


class Phrase(msgspec.Struct, frozen=True):
    """One phrase: the words before its gap, the gap (empty: none), the words behind."""

    does: str
    before: Words
    gap: str
    behind: Words
    place: int
    read_as: str = ""

    def fits(self, words: Words, start: int, end: int) -> Said | None:
        """Return what is said where the words from ``start`` to ``end`` are this phrase."""
        first, last = start + len(self.before), end - len(self.behind)
        if first > last or words[start:first] != self.before or words[last:end] != self.behind:
            return None
        if self.gap == "what":
            return Said(self.does, what=(first, last)) if first < last else None
        inside = words[first:last]
        if self.gap == "much":
            much = _table().much.get(inside) if inside else 1.0
            return None if much is None else Said(self.does, much=much, read_as=self.read_as)
        if self.gap == "nth":
            nth = _nth(inside)
            return None if nth is None else Said(self.does, nth=nth)
        return None if inside else Said(self.does, read_as=self.read_as)


class Table(msgspec.Struct, frozen=True):
    """``phrases.toml``, folded: phrases by their first word, or by their last where a gap stands first."""

    by_first: dict[str, list[Phrase]]
    by_last: dict[str, list[Phrase]]
    around: frozenset[Words]
    answers: frozenset[Words]
    things: frozenset[Words]
    tails: frozenset[Words]
    between: frozenset[str]
    before: frozenset[str]
    behind: frozenset[str]
    pointing: frozenset[str]
    much: dict[Words, float]
    nth: dict[Words, int]


def plain(text: str) -> str:
    """Return a text folded as phrases are: an apostrophe parts two words.

    Examples
    --------
    >>> plain("Don't play l’Été")
    'don t play l ete'
    """
    return fold(text.translate(_APOSTROPHES))


def hear(text: str) -> Utterance:
    """Return a text as words, the first ``N_TOKENS`` of them."""
    tokens = tuple(text.split()[:N_TOKENS])
    words: list[str] = []
    token_of: list[int] = []
    ends: list[int] = []
    between = _table().between
    for place, token in enumerate(tokens):
        found = plain(token).split() if any(map(str.isalnum, token)) else []
        if found and found[0] in between and words:
            ends.append(len(words))
        words += found
        token_of += [place] * len(found)
        if token.endswith(_STOPS) or (token.endswith(".") and "." not in token[:-1]):
            ends.append(len(words))
    parts = (*tuple(dict.fromkeys(end for end in ends if end))[: N_PARTS - 1], len(words))
    return Utterance(tuple(words), tokens, tuple(token_of), tuple(dict.fromkeys(parts)))


def meant(words: Words, start: int, end: int) -> Iterator[Said]:
    """Yield what the words from ``start`` to ``end`` may say, what is meant first first.

    Examples
    --------
    >>> words = hear("a bit calmer, please").words
    >>> [said.does for said in meant(words, 0, len(words))]
    ['calmer']
    """
    found: dict[Said, tuple[int, int]] = {}
    stages = _stages(words, start, end, is_phrase=True)
    for first, last in product(*({*each[:N_STAGES], each[-1]} for each in stages)):
        for phrase in _near(words, first, last):
            said = phrase.fits(words, first, last)
            if said is not None:
                rank = (phrase.place, first - last)
                found[said] = min(found.get(said, rank), rank)
    yield from sorted(found, key=found.__getitem__)


def _near(words: Words, first: int, last: int) -> Iterator[Phrase]:
    """Yield the phrases that begin or end like some words."""
    if first < last:
        table = _table()
        yield from table.by_first.get(words[first], ())
        yield from table.by_last.get(words[last - 1], ())


def trimmed(words: Words, start: int, end: int, *, is_phrase: bool = True) -> tuple[int, int]:
    """Return where the words begin and end that mean something: without "please", "actually", "and" and such around.

    Where they are no phrase, "no" may exclude what follows and "songs" may be what is wanted; both stay.
    """
    starts, ends = _stages(words, start, end, is_phrase=is_phrase)
    return starts[-1], max(starts[-1], ends[-1])


def _stages(words: Words, start: int, end: int, *, is_phrase: bool) -> tuple[list[int], list[int]]:
    """Return where words may begin and end, as they are first and then with more and more of the idle ones left out."""
    table = _table()
    before = [table.around, *((table.answers, table.things) if is_phrase else ())]
    behind = [table.around, *((table.answers, table.tails) if is_phrase else ())]
    starts, ends = [start], [end]
    while n := _n_idle(
        [words[starts[-1] : min(starts[-1] + n, end)] for n in range(N_IDLE)], before
    ):
        starts.append(starts[-1] + n)
    while n := _n_idle([words[max(start, ends[-1] - n) : ends[-1]] for n in range(N_IDLE)], behind):
        ends.append(ends[-1] - n)
    return starts, ends


def nth_of(text: str) -> int | None:
    """Return which of some results a text points at, such as "the second one"; ``None`` where it does not."""
    return _nth(tuple(plain(text).split()))


def telling(text: str) -> tuple[set[str], set[str]]:
    """Return the words of an answer that tell it from others, with and without such as "track".

    Examples
    --------
    >>> telling("the track by Sigur Rós, please") == ({"track", "sigur", "ros"}, {"sigur", "ros"})
    True
    """
    table = _table()
    words = hear(text).words
    start, end = trimmed(words, 0, len(words))
    told = set(words[start:end]) - table.pointing - (table.before - table.behind)
    return told, told - table.behind


def _n_idle(heads: Sequence[Words], idle: Sequence[frozenset[Words]]) -> int:
    """Return how many words the longest of some beginnings has that means nothing; 0 where each means something."""
    between = _table().between
    for words in reversed(heads):
        if any(words in table for table in idle) or (len(words) == 1 and words[0] in between):
            return len(words)
    return 0


def _nth(words: Words) -> int | None:
    table = _table()
    while words and words not in table.nth and words[0] in table.before:
        words = words[1:]
    while words and words not in table.nth and words[-1] in table.behind:
        words = words[:-1]
    if len(words) == 1 and words[0].isdecimal() and 0 < int(words[0][:4]) <= 100:
        return int(words[0])
    return table.nth.get(words)


@cache
def _table() -> Table:
    name = "phrases.toml"
    found = tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    by_first: dict[str, list[Phrase]] = {}
    by_last: dict[str, list[Phrase]] = {}
    texts = [(each, text) for each in found["phrase"] for text in each["of"]]
    for place, (group, text) in enumerate(texts):
        phrase = _phrase(group["does"], text, place, group.get("as", ""))
        if phrase.before:
            by_first.setdefault(phrase.before[0], []).append(phrase)
        else:
            by_last.setdefault(phrase.behind[-1], []).append(phrase)
    return Table(
        by_first=by_first,
        by_last=by_last,
        around=frozenset(map(_folded, found["around"])),
        answers=frozenset(map(_folded, found["answers"])),
        things=frozenset(map(_folded, found["things"])),
        tails=frozenset(map(_folded, found["tails"])),
        between=frozenset(map(plain, found["between"])),
        before=frozenset(map(plain, found["before_nth"])),
        behind=frozenset(map(plain, found["behind_nth"])),
        pointing=frozenset(map(plain, found["pointing"])),
        much={_folded(text): MUCH[key] for key, texts in found["much"].items() for text in texts},
        nth={
            _folded(text): _POINTS[key] if key in _POINTS else int(key)
            for key, texts in found["nth"].items()
            for text in texts
        },
    )


def _phrase(does: str, text: str, place: int, read_as: str) -> Phrase:
    parts = _GAP.split(text)
    if len(parts) not in (1, 3) or (len(parts) == 3 and parts[1] not in ("nth", "much", "what")):
        raise BadValue(f"phrases.toml: {text!r} of {does!r} may have one gap, nth, much or what")
    before, gap, behind = parts if len(parts) == 3 else (parts[0], "", "")
    phrase = Phrase(does, _folded(before), gap, _folded(behind), place, read_as)
    if not phrase.before and not phrase.behind:
        raise BadValue(f"phrases.toml: {text!r} of {does!r} has no words of its own")
    return phrase


def _folded(text: str) -> Words:
    return tuple(plain(text).split()) if any(map(str.isalnum, text)) else ()


def names() -> Sequence[str]:
    """Return what phrases do, each once, in the order of the table."""
    table = _table()
    every = [
        p for each in (table.by_first, table.by_last) for found in each.values() for p in found
    ]
    return tuple(dict.fromkeys(p.does for p in sorted(every, key=lambda phrase: phrase.place)))

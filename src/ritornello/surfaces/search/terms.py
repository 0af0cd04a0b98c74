"""What is said, as the terms that are compared: the same for transcripts and for what is asked.

A text is taken apart at white space; each run of signs becomes the terms it holds, folded as names are
(``spelling.fold``), in the stem the English Snowball stemmer leaves (it takes little from the words of other
languages, and the same from both sides). Where a script does not part words, every sign is a term, so that
phrases still find them.

Sources: M. F. Porter, An algorithm for suffix stripping, Program 1980; Snowball, 2001.
"""

import re
from typing import NamedTuple

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from ritornello.surfaces.search.spelling import fold

MAX_TERM = 40
REMEMBERED = 500_000
LONGEST_REMEMBERED = 40

_UNPARTED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_UNPARTED}]|[^\s{_UNPARTED}]+")
_stemmer = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()


class Place(NamedTuple):
    """A term, and the characters it was made of."""

    term: str
    begin: int
    end: int


class _Known(dict[str, tuple[str, ...]]):
    """The terms of each run of signs, worked out when first met."""

    def __missing__(self, run: str) -> tuple[str, ...]:
        found = tuple(
            _stemmed(word)
            for part in _RUN.findall(run)
            for word in fold(part).split()
            if word.isalnum()
        )
        if len(run) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED:
                self.clear()
            self[run] = found
        return found


_known = _Known()


def terms(text: str) -> list[str]:
    """Return the terms of a text, in order.

    Examples
    --------
    >>> terms("Don't panic: the CAFÉS are open")
    ['dont', 'panic', 'the', 'cafe', 'are', 'open']
    >>> terms("東京 2020")
    ['dong', 'jing', '2020']
    """
    return [term for run in text.split() for term in _known[run]]


def places(text: str) -> list[Place]:
    """Return the terms of a text with the characters they stand for; what one run holds shares its place.

    Examples
    --------
    >>> [text[p.begin:p.end] for text in ["(Well-known) things!"] for p in places(text)]
    ['Well-known', 'Well-known', 'things']
    """
    found = []
    for run in _RUN.finditer(text):
        signs = "".join(sign for sign in set(run[0]) if not sign.isalnum())
        bare = run[0].strip(signs) or run[0]
        begin = run.start() + run[0].find(bare)
        found += [Place(term, begin, begin + len(bare)) for term in _known[run[0]]]
    return found


def _stemmed(term: str) -> str:
    found = _stemmer.analyze(term[:MAX_TERM])
    return found[0] if found else term[:MAX_TERM]

"""A measure as a value: ``nDCG@20`` parses from and prints to the same text.

A name is a word, where it needs one a number after ``@``, and where that counts days a ``d``:
``skip_rate``, ``nDCG@20``, ``return@7d``.
"""

import re
from collections.abc import Callable

import msgspec
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures.ranking import Ranking, Values, hit, ndcg, recall

_MEASURES: dict[str, Callable[[Ranking, csr_matrix, int], Values]] = {
    "nDCG": ndcg,
    "recall": recall,
    "hit": hit,
}


_NAME = re.compile(r"([A-Za-z_]+)(?:@([1-9][0-9]{0,5})(d?))?")


class Name(msgspec.Struct, frozen=True):
    """A canonical name, taken apart: the word, its number, and whether that counts days.

    Examples
    --------
    >>> read("return@7d")
    Name(word='return', k=7, days=True)
    >>> str(read("skip_rate"))
    'skip_rate'
    """

    word: str
    k: int | None = None
    days: bool = False

    def __str__(self) -> str:
        """Return the canonical name."""
        number = "" if self.k is None else f"@{self.k}"
        return f"{self.word}{number}{'d' if self.days else ''}"


def read(text: str) -> Name:
    """Take a canonical name apart, whatever measure it is of.

    Raises
    ------
    BadValue : no measure is named like this.
    """
    if (found := _NAME.fullmatch(text)) is None:
        raise BadValue(
            f"{text!r} names no measure; names are such as skip_rate, nDCG@20, return@7d"
        )
    return Name(found[1], None if found[2] is None else int(found[2]), found[3] == "d")


class Measure(msgspec.Struct, frozen=True):
    """A measure of rankings, cut off at k; higher is better, one value in [0, 1] a listener.

    Examples
    --------
    >>> str(parse("nDCG@20"))
    'nDCG@20'
    """

    name: str
    k: int

    def __str__(self) -> str:
        """Return the canonical name."""
        return f"{self.name}@{self.k}"

    def __call__(self, ranking: Ranking, relevant: csr_matrix) -> Values:
        """Return one value a listener, shape (n_listeners,)."""
        return _MEASURES[self.name](ranking, relevant, self.k)


def parse(text: str) -> Measure:
    """Return the measure a canonical name means.

    Raises
    ------
    UnknownName : no such measure.
    BadValue : a cut-off that is no whole number from 1 up.
    """
    name, _, k = text.partition("@")
    if name not in _MEASURES:
        raise UnknownName.among("measure", name, _MEASURES)
    if not k.isdecimal() or str(int(k)) != k or k == "0":
        raise BadValue(f"measure {text!r} needs a cut-off such as {name}@20")
    return Measure(name, int(k))

"""A measure as a value: ``nDCG@20`` parses from and prints to the same text."""

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

"""What is looked for in an index: a listener's text, folded and bounded, and in which kinds of things.

The text is never read as a query language: it has words and nothing else.
"""

from dataclasses import dataclass
from functools import cached_property

from ritornello.surfaces.search.fields import LONGEST_NAME, LONGEST_WORD
from ritornello.surfaces.search.spelling import ARTICLES, fold, squeeze, uncensored

LONGEST_TEXT = 400
"""So many letters of a text are read."""
MOST_WORDS = 12


@dataclass(frozen=True)
class Sought:
    """A request to an index.

    Attributes
    ----------
    text : as typed or heard.
    kinds : of ``documents.KINDS``; none means any.
    is_prefix : somebody is still typing, so a name may go on; the last word too, but behind a space.
    is_lenient : where little is found as written, slips are forgiven and words may be missing.
    """

    text: str
    kinds: tuple[str, ...] = ()
    is_prefix: bool = False
    is_lenient: bool = True

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words, at most ``MOST_WORDS``."""
        folded = fold(self.text[:LONGEST_TEXT])
        return tuple(word[:LONGEST_WORD] for word in folded.split()[:MOST_WORDS])

    @cached_property
    def wholes(self) -> tuple[str, ...]:
        """The text as one term, then what it may stand for: what stars hide, an article behind."""
        others = [fold(meant) for meant in uncensored(self.text[:LONGEST_TEXT])]
        if len(self.words) > 1 and self.words[-1] in ARTICLES:
            others.append(" ".join((self.words[-1], *self.words[:-1])))
        squeezed = (squeeze(each)[:LONGEST_NAME] for each in (" ".join(self.words), *others))
        return tuple(dict.fromkeys(each for each in squeezed if each))

    @cached_property
    def is_open(self) -> bool:
        """Whether the last word may go on: nothing ends it."""
        return self.is_prefix and not self.text[:LONGEST_TEXT].endswith(" ")


def n_slips(text: str) -> int:
    """Return how many slips a text of that length may have.

    Examples
    --------
    >>> n_slips("abc"), n_slips("abcd"), n_slips("abcdefgh")
    (0, 1, 2)
    """
    return (len(text) >= 4) + (len(text) >= 8)

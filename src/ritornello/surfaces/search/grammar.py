"""A request in words, read offline: chips, and the words that are left to be matched as text.

From left to right the longest phrase is taken (``scanning``): a quantity, a phrase of the lexicon, an artist's name, or a
word of grammar. What follows "by" and "like" is looked up as a name, what follows "about" is to be spoken in an episode
(``opening``), and "no" turns the chip that follows, and those joined to it (``negating``). Whatever nobody can read stays
as ``words``, in its order.

A title may consist of such words. So where the whole text is a name, or nearly one, it stays text and what it could mean
is a doubt; where more than half of it says nothing known and nothing in it sounds like a request, it stays text too. Any
text is read, in time bounded by ``tokens.MAX_TOKENS`` and ``scanning.MAX_LOOK_UPS``.
"""

from collections.abc import Sequence

import msgspec

from ritornello.surfaces.search.chips import MAX_VALUE, Chip, joined
from ritornello.surfaces.search.lexicon import Lexicon
from ritornello.surfaces.search.naming import Names
from ritornello.surfaces.search.negating import turned
from ritornello.surfaces.search.opening import opened
from ritornello.surfaces.search.scanning import CARRIES_NOTHING, ROLES, Piece, Scan

LONGEST_TEXT = 4 * MAX_VALUE
"""So much is kept of a text that stays text."""
MAX_BEYOND = 12
"""So many words are kept of what lies behind the tokens that are read."""
_EMPTY = frozenset(ROLES) - {"not"}
_MARKS = frozenset({"turned", "by", "like", "about", "quantity"})
"""What makes a text sound like a request, where it gave a chip."""


class Doubt(msgspec.Struct, frozen=True):
    """Another way to read ``said``: what would stand then, and why it was not taken."""

    said: str
    words: str
    chips: tuple[Chip, ...]
    because: str


class Reading(msgspec.Struct, frozen=True):
    """How a text was read: ``words`` to match as text, ``chips``, and what else it may mean."""

    text: str
    words: str = ""
    chips: tuple[Chip, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def as_text(self, because: str) -> "Reading":
        """Return the same text as text alone; what it was read as becomes a doubt."""
        whole = " ".join(self.text.split())[:LONGEST_TEXT]
        return Reading(
            self.text, whole, (), (Doubt(whole, self.words, self.chips, because), *self.doubts)
        )


def read(text: str, lexicon: Lexicon, names: Names | None = None) -> Reading:
    """Read a request.

    Parameters
    ----------
    names : finds what a text names in the whole catalogue; the artists and shows of the lexicon where there is none.

    Examples
    --------
    >>> from ritornello.catalog.postings import postings_of
    >>> from ritornello.catalog.view import EMPTY
    >>> from ritornello.surfaces.search import lexicon
    >>> reading = read("calm songs from the nineties, no live versions", lexicon.of(EMPTY, postings_of(EMPTY)))
    >>> [str(chip) for chip in reading.chips], reading.words
    (['mood:calm', 'kind:track', 'era:1990..1999', '-version:live'], '')
    """
    scan = Scan(text, lexicon, names or lexicon.makers)
    whole = " ".join(text.split())[:LONGEST_TEXT]
    if not len(scan):
        return Reading(text, whole)
    pieces, rivals = opened(scan)
    pieces = _absorbed(_titled(turned(pieces, scan), scan))
    chips = joined((), (chip for piece in pieces for chip in piece.chips))
    doubts = tuple(
        Doubt(chip.said, "", (chip,), f"{other.name} is the name of several")
        for other, chip in rivals
    )
    if not chips:
        return Reading(text, _carried(pieces, scan) or whole, (), doubts)
    words = _words_left(pieces, scan)
    because = _stays_text(pieces, scan)
    reading = Reading(text, words, chips, doubts)
    return reading.as_text(because) if because else reading


def _stays_text(pieces: Sequence[Piece], scan: Scan) -> str:
    """Return why a text is matched as text although chips could be made of it; empty where it is not."""
    named = scan.named(0, len(scan))
    if named:
        return f"{named[0].name} is a name in the catalogue"
    unread = sum(piece.n for piece in pieces if piece.what == "unread")
    known = sum(piece.n for piece in pieces if piece.chips)
    is_request = any(p.is_kind or (p.what in _MARKS and p.chips) for p in pieces)
    return "more of it is unknown than known" if unread >= known and not is_request else ""


def _titled(pieces: Sequence[Piece], scan: Scan) -> list[Piece]:
    """Return the pieces with what is a title of the maker named behind it left unread: "happy by …"."""
    for n, piece in enumerate(pieces):
        if piece.what != "by" or not piece.chips:
            continue
        makers = {chip.value for chip in piece.chips}
        told = (m for m in range(n) if pieces[m].what not in _EMPTY and not pieces[m].is_kind)
        for first in dict.fromkeys((0, next(told, n))):
            start = pieces[first].start
            if any(title.maker_id in makers for title in scan.named(start, piece.start)):
                return [*pieces[:first], Piece(start, piece.start, "unread"), *pieces[n:]]
    return list(pieces)


def _absorbed(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with common words beside unknown ones left unread: "new york" is nothing new.

    What is looked for is only part of a name between two such words.
    """
    found = list(pieces)
    for n, piece in enumerate(pieces):
        unread = [p.what == "unread" for p in (*found[max(n - 1, 0) : n], *found[n + 1 : n + 2])]
        is_part = len(unread) == 2 and all(unread) if piece.is_kind else any(unread)
        if piece.is_common and is_part:
            found[n] = Piece(piece.start, piece.end, "unread")
    return found


def _words_left(pieces: Sequence[Piece], scan: Scan) -> str:
    """Return what nobody could read, in order; words that carry nothing stay between such that do."""
    kept: list[tuple[int, int]] = []
    goes_on = False
    for piece in pieces:
        if piece.what == "unread":
            start = kept.pop()[0] if goes_on else piece.start
            kept.append((start, piece.end))
            goes_on = True
        elif piece.chips or piece.what not in _EMPTY:
            goes_on = False
    beyond = scan.text[scan.tokens[-1].end :].split()[:MAX_BEYOND]
    behind = (word for word in beyond if any(map(str.isalnum, word)))
    return " ".join([*(scan.typed(start, end) for start, end in kept), *behind])


def _carried(pieces: Sequence[Piece], scan: Scan) -> str:
    """Return the name that words which carry nothing were put before: "play some …"; empty where there is none."""
    first = next((piece.start for piece in pieces if piece.what not in CARRIES_NOTHING), 0)
    return scan.typed(first, len(scan)) if first and scan.named(first, len(scan)) else ""

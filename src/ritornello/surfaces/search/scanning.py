"""A request taken apart from left to right: the longest phrase there is at each place, and what it is."""

from collections.abc import Iterator, Sequence

import msgspec

from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.lexicon import Lexicon, declared
from ritornello.surfaces.search.naming import MAKERS, Named, Names
from ritornello.surfaces.search.quantities import quantity
from ritornello.surfaces.search.tokens import Token, tokens_of, typed

NEARLY = 0.9
"""How close a text must come to a name to be taken for it."""
LONGEST_NAME = 8
MAX_LOOK_UPS = 24
ROLES = ("not", "about", "like", "by", "from", "but", "or", "and", "article", "filler")
CARRIES_NOTHING = frozenset({"article", "filler"})
_COMMON = frozenset({"activity", "length", "tempo", "energy", "heard", "new", "era", "kind"})
"""Kinds whose single words are common in names: beside a word nobody knows they are text with it."""


class Piece(msgspec.Struct, frozen=True):
    """A run of tokens and what it is: a role, or ``chips``, ``quantity``, ``name``, ``unread``, ``turned``."""

    start: int
    end: int
    what: str
    chips: tuple[Chip, ...] = ()

    @property
    def n(self) -> int:
        """How many tokens it has."""
        return self.end - self.start

    @property
    def is_kind(self) -> bool:
        """Whether it only says what is looked for."""
        return bool(self.chips) and all(chip.kind == "kind" for chip in self.chips)

    @property
    def is_common(self) -> bool:
        """Whether it is a single word that often stands in names."""
        is_single = self.what == "chips" and self.n == 1
        return is_single and all(chip.kind in _COMMON for chip in self.chips)


class Scan:
    """One text being read: its tokens, its pieces, and the names looked up in it, which are counted."""

    def __init__(self, text: str, lexicon: Lexicon, names: Names) -> None:
        self.text = text
        self.tokens: Sequence[Token] = tokens_of(text)
        self.words = tuple(token.word for token in self.tokens)
        self._lexicon = lexicon
        self._names = names
        self._left_to_look_up = MAX_LOOK_UPS

    def __len__(self) -> int:
        return len(self.tokens)

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[Piece]:
        """Yield the pieces of a part of the text, none reaching beyond it."""
        last = len(self) if end is None else end
        while start < last:
            piece = self.longest_at(start)
            yield piece if piece.end <= last else Piece(start, start + 1, "unread")
            start = piece.end if piece.end <= last else start + 1

    def longest_at(self, start: int) -> Piece:
        """Return the longest piece at a place; of equally long ones the more telling."""
        rest = self.words[start:]
        of_numbers = quantity(rest, declared())
        n_meant, meant = self._lexicon.meant(rest)
        found = [
            Piece(start, start + of_numbers.n, "quantity", of_numbers.chips),
            Piece(start, start + n_meant, "chips", meant),
            Piece(start, start + self._n_of_name(rest), "name"),
            *(Piece(start, start + _n_of_role(rest, role), role) for role in ROLES),
        ]
        longest = max(found, key=lambda piece: piece.end)
        if longest.end == start:
            return Piece(start, start + 1, "unread")
        said = self.typed(start, longest.end)
        chips = tuple(msgspec.structs.replace(chip, said=said) for chip in longest.chips)
        return Piece(start, longest.end, longest.what, chips)

    def named(self, start: int, end: int, *, makers_only: bool = False) -> list[Named]:
        """Return what a run of words names, nearly at least; nothing once enough was looked up."""
        if start >= end or end - start > 2 * LONGEST_NAME or self._left_to_look_up <= 0:
            return []
        text = self.typed(start, end)
        found = list(self._lexicon.makers(text)) if makers_only else []
        if not found:
            self._left_to_look_up -= 1
            found = [each for each in self._names(text) if each.closeness >= NEARLY]
        return [each for each in found if each.kind in MAKERS or not makers_only]

    def longest_name(self, start: int, *, makers_only: bool) -> tuple[int, list[Named]]:
        """Return where the longest name from a place ends, and what it names; it goes over no comma."""
        stops = (place + 1 for place in range(start, len(self)) if self.stops_at(place + 1))
        last = next(stops, len(self))
        for end in range(min(last, start + LONGEST_NAME), start, -1):
            if end < last and all(map(_carries_nothing, self.words[start:end])):
                break
            named = self.named(start, end, makers_only=makers_only)
            if named:
                return end, named
        return start, []

    def stops_at(self, end: int) -> bool:
        """Say whether a comma or the like follows what ends here."""
        return self.tokens[end - 1].stops

    def typed(self, start: int, end: int) -> str:
        """Return what was typed from one place to another."""
        return typed(self.text, self.tokens[start:end])

    def _n_of_name(self, rest: Sequence[str]) -> int:
        """Return how many words, two or more, are an artist's name."""
        makers = self._lexicon.makers
        lengths = range(min(len(rest), makers.n_words, LONGEST_NAME), 1, -1)
        return next((n for n in lengths if makers.knows(" ".join(rest[:n]))), 0)


def _n_of_role(rest: Sequence[str], role: str) -> int:
    phrases = declared().roles[role]
    lengths = range(min(len(rest), declared().longest), 0, -1)
    return next((n for n in lengths if " ".join(rest[:n]) in phrases), 0)


def _carries_nothing(word: str) -> bool:
    return any(word in declared().roles[role] for role in ("article", "filler", "from"))

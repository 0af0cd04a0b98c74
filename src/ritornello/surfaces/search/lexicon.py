"""The words that can be meant: those of the catalogue, and what people say for them.

``lexicon.toml`` declares ways to say moods, activities, eras, versions and the like, and what each is in words of a
catalogue. A ``Lexicon`` joins it with one view: every genre, mood, tag and language the catalogue has can be said, in
its own words; where the catalogue lacks what is meant, its nearest words stand in, and ``told`` says which.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import numpy as np

from ritornello.catalog.postings import Postings
from ritornello.catalog.view import View
from ritornello.kinds.errors import BadValue
from ritornello.models.space import Space
from ritornello.surfaces.search import chips, telling
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.naming import Makers, makers_of
from ritornello.surfaces.search.said_words import OF_CATALOGUE, phrases_of
from ritornello.surfaces.search.tokens import words_of

N_STAND_INS = 5
_EXISTING = frozenset({"genre", "mood", "tag", "instrument", "activity", "language"})

Range = tuple[float, float]


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a chip is in a catalogue: words said of items, and the energy and beats a minute where these are known."""

    words: tuple[str, ...] = ()
    energy: Range | None = None
    bpm: Range | None = None


NOTHING = Meaning()


class Declared(msgspec.Struct, frozen=True):
    """The table ``lexicon.toml``: folded phrases → chips, chips → meanings, the words of grammar by role."""

    said: Mapping[str, tuple[str, ...]]
    means: Mapping[str, Meaning]
    roles: Mapping[str, frozenset[str]]
    decades: Mapping[str, int]
    ordinals: Mapping[str, int]
    longest: int


@cache
def declared() -> Declared:
    """Return the table, read once.

    Raises
    ------
    BadValue : it names a chip or a meaning that cannot be; no user's input gets here.
    """
    table = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8"))
    said: dict[str, dict[str, None]] = {}
    for chip, phrases in table["said"].items():
        chips.parse(chip)
        for phrase in phrases:
            said.setdefault(_folded(phrase), {})[chip] = None
    means = {chip: _meaning(chip, given) for chip, given in table["means"].items()}
    roles = {role: frozenset(map(_folded, words)) for role, words in table["grammar"].items()}
    phrases = [*said, *(word for words in roles.values() for word in words)]
    return Declared(
        said={phrase: tuple(found) for phrase, found in said.items()},
        means=means,
        roles=roles,
        decades=_numbered(table["decades"]),
        ordinals=_numbered(table["ordinals"]),
        longest=max(phrase.count(" ") + 1 for phrase in phrases),
    )


class Lexicon(msgspec.Struct, frozen=True, dict=True):
    """What can be meant in one view.

    ``phrases`` are the folded words of the catalogue and what each is; ``makers`` its artists and shows by name;
    ``present`` the words, such as ``tag:live``, of which rows there are at all.
    """

    phrases: Mapping[str, tuple[str, ...]]
    makers: Makers
    present: frozenset[str]
    space: Space | None
    longest: int

    def meant(self, words: Sequence[str]) -> tuple[int, tuple[Chip, ...]]:
        """Return how many of the first words are a phrase, the longest there is, and its chips; 0 and none otherwise."""
        for n in range(min(len(words), self.longest), 0, -1):
            found = self._chips(" ".join(words[:n]), n)
            if found:
                return n, found
        return 0, ()

    def knows(self, chip: Chip) -> bool:
        """Say whether a chip's value is one that this catalogue or the table has."""
        if chip.kind not in _EXISTING:
            return True
        return f"{chip.kind}:{chip.value}" in self.present or _positive(chip) in declared().means

    def words_for(self, chip: Chip) -> tuple[str, ...]:
        """Return the words of the catalogue, such as ``tag:calm``, that say what a chip means; none where it says nothing of it."""
        return present_words(chip, self.present)

    def told(self, chip: Chip, title: Any = str) -> str:
        """Return a chip as people read it, with the words of the catalogue that stand in where it lacks its own."""
        told = telling.words(chip, title)
        if chip.kind not in _EXISTING or f"{chip.kind}:{chip.value}" in self.present:
            return told
        stand_ins = self.stand_ins(chip)
        return f"{told} (here: {', '.join(stand_ins)})" if stand_ins else told

    def stand_ins(self, chip: Chip) -> tuple[str, ...]:
        """Return the words of the catalogue that stand in for a chip it lacks, the nearest to what is meant first."""
        words = self.words_for(chip)
        own = {word for word in words if word.partition(":")[2] == chip.value}
        if own or not words:
            return ()
        if self.space is not None:
            nearness = self.space.words_nearness(words, self.space.of_words(words))
            words = tuple(np.array(words)[np.argsort(-nearness, kind="stable")].tolist())
        return tuple(dict.fromkeys(word.partition(":")[2] for word in words))[:N_STAND_INS]

    def _chips(self, phrase: str, n: int) -> tuple[Chip, ...]:
        found = declared().said.get(phrase) or self.phrases.get(phrase)
        if not found and n == 1 and len(phrase) > 4 and phrase.endswith("s"):
            found = self.phrases.get(phrase[:-1])
        return tuple(chips.parse(each) for each in found or ())


def of(
    view: View, postings: Postings, space: Space | None = None, before: Lexicon | None = None
) -> Lexicon:
    """Return what can be meant in a view.

    Parameters
    ----------
    before : the lexicon of an earlier view; the names of artists are taken from it where none changed.
    """
    said = [(word, int(n)) for word, n in zip(postings.words, postings.n_rows, strict=True) if n]
    makers = makers_of(view, before.makers if before else None)
    phrases = phrases_of(
        said,
        len(view),
        declared=declared().said,
        grammar=frozenset[str]().union(*declared().roles.values()),
        is_name=makers.knows,
    )
    return Lexicon(
        phrases=phrases,
        makers=makers,
        present=frozenset(word for word, _ in said),
        space=space,
        longest=max([declared().longest, *(phrase.count(" ") + 1 for phrase in phrases)]),
    )


def present_words(chip: Chip, present: Iterable[str] | Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words of a catalogue that say what a chip means: its own, else those its meaning names."""
    own = f"{chip.kind}:{chip.value}"
    meaning = declared().means.get(_positive(chip), NOTHING)
    names = dict.fromkeys(
        (chip.value, *meaning.words) if chip.kind != "language" else meaning.words
    )
    words = [own, *(f"{kind}:{name}" for name in names for kind in OF_CATALOGUE)]
    return tuple(dict.fromkeys(word for word in words if word in present))


def meaning_of(chip: Chip) -> Meaning:
    """Return what the table says a chip means; nothing of most."""
    return declared().means.get(_positive(chip), NOTHING)


def _positive(chip: Chip) -> str:
    return f"{chip.kind}:{chip.value}"


def _folded(phrase: str) -> str:
    return " ".join(words_of(phrase))


def _meaning(chip: str, given: dict[str, Any]) -> Meaning:
    chips.parse(chip)
    try:
        return msgspec.convert(given, Meaning)
    except msgspec.ValidationError as error:
        raise BadValue(f"lexicon.toml means nothing clear by {chip}: {error}") from error


def _numbered(table: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {_folded(phrase): int(number) for number, phrases in table.items() for phrase in phrases}

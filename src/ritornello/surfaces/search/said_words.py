"""Which genres, moods and tags of a catalogue can be said, and as which phrase.

Tags are whatever anybody wrote, so not all of them are words of a request: what few rows carry, the name of an artist, a
number, a word of grammar, and what only puts together two things that can be said ("80s new wave", "sad songs") are left out.
"""

from collections.abc import Callable, Iterable, Mapping

from ritornello.kinds.errors import BadValue
from ritornello.surfaces.search import chips
from ritornello.surfaces.search.spelling import squeeze
from ritornello.surfaces.search.tokens import words_of

OF_CATALOGUE = ("genre", "mood", "tag")
"""Kinds of words of the catalogue that can be said, the first before the others."""
MIN_ROWS = 2
MIN_SHARE = {"genre": 1 / 10_000, "mood": 1 / 10_000, "tag": 1 / 2_500}
"""Of so many rows a word must be said, so that somebody means it."""
NAME_ROWS, NAME_SHARE = 20, 1 / 500
"""A word that is also an artist's name is one of a request where it is said of so many rows."""
RARE = 1 / 200
"""A phrase that can be taken apart is one word only if it is said of at least so many as its commoner part."""

Said = Mapping[str, tuple[str, ...]]


def phrases_of(
    said: Iterable[tuple[str, int]],
    n_rows: int,
    *,
    declared: Said,
    grammar: frozenset[str],
    is_name: Callable[[str], bool],
) -> dict[str, tuple[str, ...]]:
    """Return the phrases that can be said and the word each is; the first kind that has a word keeps it.

    Parameters
    ----------
    said : words such as ``genre:hip hop``, and of how many rows each is said.
    n_rows : rows of the whole catalogue.
    declared : phrases that mean something anyway; ``grammar`` those that carry nothing.
    is_name : whether a phrase is an artist's name.
    """
    counts: dict[str, int] = {}
    words: dict[str, tuple[str, ...]] = {}
    of_kinds = (each for each in said if _kind(each[0]) in OF_CATALOGUE)
    for word, n in sorted(of_kinds, key=lambda each: (OF_CATALOGUE.index(_kind(each[0])), each[0])):
        phrase = " ".join(words_of(word.partition(":")[2]))
        is_frequent = n >= max(MIN_ROWS, MIN_SHARE[_kind(word)] * n_rows)
        is_named = n < max(NAME_ROWS, NAME_SHARE * n_rows) and is_name(phrase)
        if is_frequent and not is_named and phrase not in grammar and _is_word(phrase, word):
            for spelling in (phrase, squeeze(phrase)):
                words.setdefault(spelling, (word,))
                counts.setdefault(spelling, n)
    return {
        phrase: word for phrase, word in words.items() if not _is_made_up(phrase, counts, declared)
    }


def _is_made_up(phrase: str, counts: Mapping[str, int], declared: Said) -> bool:
    """Say whether a phrase only puts together what can be said by itself."""
    parts = phrase.split()
    for cut in range(1, len(parts)):
        halves = (" ".join(parts[:cut]), " ".join(parts[cut:]))
        if all(half in counts or half in declared or _is_decade(half) for half in halves):
            if any(_kind(chip) == "kind" for chip in declared.get(halves[1], ())):
                return True
            return counts[phrase] < RARE * max(counts.get(half, 0) for half in halves)
    return False


def _is_decade(word: str) -> bool:
    return word.endswith("0s") and word[:-1].isdigit()


def _is_word(phrase: str, word: str) -> bool:
    """Say whether a phrase may stand in a request, and its word in a chip."""
    if len(phrase) < 2 or phrase.isdigit() or not phrase.isascii():
        return False
    try:
        chips.parse(word)
    except BadValue:
        return False
    return True


def _kind(word: str) -> str:
    return word.partition(":")[0]

"""How near documents come to what was typed, in (0, 1]: the few hundred candidates compared on their whole names.

Two readings, of which the better counts. **By name**: what slips leave (Damerau–Levenshtein, neighbours exchanged at once)
between the text and a name, both without spaces; while somebody types, also between it and the beginning of the name.
**By words**: the mean over the words typed, the rare ones weighing more, of how near some word of the document comes, times
what its field is worth. A name as typed is 1; a name that goes on, ``BEGINS``; all words in the name, up to ``WORDS``.

Right for names; of long texts it says nothing, and a short name has many neighbours at one slip, among which popularity must
decide.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from ritornello.surfaces.search.fields import LONGEST_NAME
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.sought import Sought, n_slips
from ritornello.surfaces.search.spelling import squeeze

BEGINS = 0.9
"""What a name is worth that begins with the text."""
SLIPPED = 0.88
"""What is left at most where something was slipped."""
SLIP_COST = 0.6
"""What a slip takes of a letter's share, where there are no more than may be; of others each takes all of it."""
OTHER_FORM = 0.99
"""What another form of a name is worth beside the name."""
WORDS = 0.7
"""What is worth a document with all words somewhere in its name."""
LEFT_OVER = 0.1
"""What is taken at most from a document with all words, for the letters of its name and credit nobody typed."""
FIELDS = {"names": 1.0, "credit": 0.95, "words": 0.8}

Numbers = NDArray[np.float64]


def closeness(sought: Sought, rows: Sequence[Row], rarity: Callable[[str], float]) -> Numbers:
    """Return how near each row comes to what is sought, shape (n_rows,).

    Parameters
    ----------
    rarity : of a word, in [0, 1].
    """
    if not rows:
        return np.empty(0)
    near = _by_name(sought, rows)
    open_to = np.flatnonzero(near < WORDS)
    if len(open_to):
        others = [rows[place] for place in open_to.tolist()]
        rest = 1 - LEFT_OVER * (1 - _told(sought, others))
        by_words = WORDS * rest * _by_words(sought, others, rarity)
        near[open_to] = np.maximum(near[open_to], by_words)
    return near


def _by_name(sought: Sought, rows: Sequence[Row]) -> Numbers:
    """Compare the text with every name of every row; the nearest counts."""
    names = [squeeze(name)[:LONGEST_NAME] for row in rows for name in row.names]
    n_names = [len(row.names) for row in rows]
    begins = np.cumsum([0, *n_names[:-1]])
    worth = np.full(len(names), OTHER_FORM)
    worth[begins] = 1.0
    nearest = np.max(
        [_near_names(whole, names, sought.is_prefix) for whole in sought.wholes], axis=0
    )
    best: Numbers = np.maximum.reduceat(nearest * worth, begins)
    return best


def _near_names(whole: str, names: list[str], is_prefix: bool) -> Numbers:
    """Compare a text with names; what begins with it needs no counting of slips."""
    near = np.array([BEGINS * name.startswith(whole) for name in names]) * is_prefix
    near[[name == whole for name in names]] = 1.0
    others = np.flatnonzero(near == 0)
    if len(others):
        near[others] = _near_slipped(whole, [names[place] for place in others.tolist()], is_prefix)
    return near


def _near_slipped(whole: str, names: list[str], is_prefix: bool) -> Numbers:
    """Return how near names come that are not as typed."""
    longest = np.maximum([len(name) for name in names], len(whole))
    slips = _distances([whole], names)[0]
    are_few = (slips <= n_slips(whole)) & _same_numbers(whole, names)
    near = np.where(are_few, _after(slips, longest), SLIPPED * (1 - slips / longest))
    if not is_prefix:
        return near
    heads = [[name[: len(whole) + more] for name in names] for more in (0, -1, 1)]
    fewest = np.min([_distances([whole], head)[0] for head in heads], axis=0)
    begun = BEGINS * _after(fewest, len(whole)) * (fewest <= n_slips(whole))
    nearest: Numbers = np.maximum(near, begun)
    return nearest


def _same_numbers(whole: str, names: list[str]) -> NDArray[np.bool_]:
    """Return which names have the digits of a text: "part 2" with another is another part, no slip."""
    asked = _digits(whole)
    same = [not asked or _digits(name) == asked for name in names]
    return np.array(same, dtype=np.bool_)


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _by_words(sought: Sought, rows: Sequence[Row], rarity: Callable[[str], float]) -> Numbers:
    """Compare each word typed with every word of every row; a row has a word in its name at least."""
    words: list[str] = []
    n_words: list[int] = []
    for row in rows:
        for text in (*row.names, row.credit, row.words):
            found = text.split()
            words += found
            n_words.append(len(found))
    n_fields = np.array([[len(row.names), 1, 1] for row in rows])
    worth = np.repeat(
        np.repeat(np.tile(list(FIELDS.values()), len(rows)), n_fields.ravel()), n_words
    )
    ends = np.cumsum(n_words)[np.cumsum(n_fields.sum(axis=1)) - 1]
    vocabulary = list(dict.fromkeys(words))
    place = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    near = _near_words(sought, vocabulary)[:, [place[word] for word in words]]
    best = np.maximum.reduceat(near * worth, np.concatenate([[0], ends[:-1]]), axis=1)
    weights = np.array([0.05 + rarity(word) for word in sought.words])
    mean: Numbers = weights @ best / weights.sum()
    return mean


def _told(sought: Sought, rows: Sequence[Row]) -> Numbers:
    """Return how many letters were typed of those that name and credit have, at most all."""
    lengths = [len(row.names[0]) + len(row.credit) for row in rows]
    typed = sum(map(len, sought.words)) + len(sought.words) - 1
    return np.minimum(1.0, typed / np.maximum(lengths, 1))


def _near_words(sought: Sought, vocabulary: list[str]) -> Numbers:
    """Return how near each word typed comes to each word there is, 0 beyond the slips allowed."""
    asked = list(sought.words)
    slips = _distances(asked, vocabulary)
    lengths = np.array([len(word) for word in asked])
    allowed = np.array([n_slips(word) for word in asked])
    near = np.where(slips == 0, 1.0, _after(slips, lengths[:, None]))
    near[slips > allowed[:, None]] = 0.0
    if sought.is_open:
        last = asked[-1]
        heads = _distances([last], [word[: len(last)] for word in vocabulary])[0]
        begun = np.where(heads == 0, 1.0, _after(heads, len(last)))
        begun[heads > n_slips(last)] = 0.0
        near[-1] = np.maximum(near[-1], BEGINS * begun)
    return near


def _after(slips: NDArray[Any], length: Any) -> Numbers:
    """Return what is left of a text of some letters after some slips."""
    left: Numbers = SLIPPED * (1 - SLIP_COST * slips / length)
    return left


def _distances(texts: list[str], others: list[str]) -> NDArray[Any]:
    slips: NDArray[Any] = cdist(texts, others, scorer=OSA.distance, dtype=np.int32)
    return slips

"""The names most heard, in memory: what begins so, most heard first, from the first letter on.

An index finds what is like a text; of the thousands of names that begin with two letters it cannot say which are meant.
Of the ``N_NAMES`` rows most heard, artists, albums and shows among them, every word of the name and of who made it stands
in one sorted list, beside the row's place by reach.
"""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.surfaces.search.likeness import words_of
from ritornello.surfaces.situation import Rows, Situation, Stock

N_NAMES = 20_000
N_LOOKED_AT = 2_000
_LAST = "\U0010ffff"


class Names(msgspec.Struct, frozen=True):
    """``words`` rise; ``places`` (n_words,) are the places in ``rows`` and ``texts`` of the names they stand in."""

    words: list[str]
    places: NDArray[np.int32]
    rows: Rows
    kinds: NDArray[np.int8]
    texts: list[str]

    def beginning(self, words: Sequence[str], n: int) -> Rows:
        """Return the rows in whose names every word begins one, the ``n`` most heard of each kind.

        Of many that one word begins, ``N_LOOKED_AT`` are held against the other words.
        """
        if not words:
            return np.empty(0, dtype=np.int32)
        rarest = max(words, key=len)
        first = bisect_left(self.words, rarest)
        last = bisect_left(self.words, rarest + _LAST)
        places = np.unique(self.places[first:last])
        if len(words) > 1:
            sought = [f" {word}" for word in words]
            held = [
                all(word in self.texts[place] for word in sought)
                for place in places[:N_LOOKED_AT].tolist()
            ]
            places = places[:N_LOOKED_AT][held]
        kinds = self.kinds[places]
        return np.concatenate(
            [self.rows[places[kinds == kind][:n]] for kind in np.unique(kinds)]
            or [np.empty(0, dtype=np.int32)]
        )


def names_of(stock: Stock) -> Names:
    """Return the names most heard of a stock, made once for its models."""
    known = stock.made.get(__name__)
    if not isinstance(known, Names):
        known = stock.made[__name__] = _made(stock)
    return known


def own_beginning(situation: Situation, rows: Rows, words: Sequence[str]) -> Rows:
    """Return those of a listener's own rows in whose names every word begins one."""
    view, sought = situation.view, [f" {word}" for word in words]
    if not sought:
        return np.empty(0, dtype=np.int32)
    own = [
        row
        for row in rows.tolist()
        if all(word in words_of(view.titles[row], view.artist_name(row)) for word in sought)
    ]
    return np.array(own, dtype=np.int32)


def _made(stock: Stock) -> Names:
    view, reach = stock.view, stock.reach
    heard = np.flatnonzero(reach)
    rows = heard[np.argsort(-reach[heard], kind="stable")[:N_NAMES]].astype(np.int32)
    texts = [words_of(view.titles[row], view.artist_name(row)) for row in rows.tolist()]
    said = [(word, place) for place, text in enumerate(texts) for word in set(text.split())]
    said.sort()
    places = np.array([place for _, place in said], dtype=np.int32)
    return Names([word for word, _ in said], places, rows, view.kind[rows], texts)

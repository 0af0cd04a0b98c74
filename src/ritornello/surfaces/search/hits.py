"""Rows that may be meant by some words: what the index found, and what the listener knows.

The index knows every name, its forms and its slips; but of a thousand songs of one name it cannot return all. So those of the
listener's own that have its words join what it found, held against the text by the same measure (``closeness``).
The hard rules apply here, before anything is ranked.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.search.closeness import OTHER_FORM, closeness
from ritornello.surfaces.search.history import History
from ritornello.surfaces.search.index import Found
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.spelling import fold, forms
from ritornello.surfaces.situation import Rows, Situation

FloatArray = NDArray[np.float64]

LONGEST = 200
"""So many characters of a name are compared."""
N_OWN = 60
"""So many of the listener's own join at most, the best known first."""


class Hits(msgspec.Struct, frozen=True):
    """Distinct rows (n,), how near the text comes to each (n,) in (0, 1], and how popular the index has it (n,) in [0, 1]."""

    rows: Rows
    near: FloatArray
    popularity: FloatArray

    def where(self, among: Mask) -> "Hits":
        """Return those of a mask over the hits."""
        return Hits(self.rows[among], self.near[among], self.popularity[among])


def is_exact(near: FloatArray) -> Mask:
    """Return which nearness is that of a name, or one of its forms, as typed."""
    exact: Mask = near >= OTHER_FORM
    return exact


def hits_of(found: Found | None, situation: Situation, history: History, sought: Sought) -> Hits:
    """Return the rows that may be meant and may be found.

    Parameters
    ----------
    found : what the index found; ``None`` where there is no index.
    """
    hits = _of_index(found, situation)
    own = _own(situation, history, sought)
    own = own[~np.isin(own, hits.rows)][:N_OWN]
    rows = np.concatenate([hits.rows, own])
    near = np.concatenate([hits.near, near_names(sought, _names(situation, own))])
    popularity = np.concatenate([hits.popularity, np.zeros(len(own))])
    return Hits(rows, near, popularity).where(situation.findable(rows))


def near_names(sought: Sought, names: Iterable[tuple[str, str]]) -> FloatArray:
    """Return how near a text comes to names, each with who made it, (n,); every word weighs the same."""
    rows = [_row(*name) for name in names]
    return closeness(sought, rows, lambda _: 1.0) if sought.words else np.zeros(len(rows))


def _of_index(found: Found | None, situation: Situation) -> Hits:
    """Return what the index found of what the catalogue has now, each row once."""
    if found is None:
        return Hits(np.empty(0, dtype=np.int32), np.zeros(0), np.zeros(0))
    number = situation.view.number
    rows = np.array([number.get(each, NONE) for each in found.item_ids], dtype=np.int32)
    _, first = np.unique(rows, return_index=True)
    kept = np.sort(first[rows[first] != NONE])
    return Hits(rows[kept], found.scores[kept], found.popularity[kept])


def _own(situation: Situation, history: History, sought: Sought) -> Rows:
    """Return those of the listener's own rows that have every word, the best known first; the last may go on."""
    if not sought.words:
        return np.empty(0, dtype=np.int32)
    first, *words = (f" {word} " for word in sought.words)
    if sought.is_open:
        *words, last = (first, *words)
        first, *words = (last.rstrip(), *words)
    best = history.best.tolist()
    texts = _texts(situation, best)
    own = [row for row in best if first in texts[row]]
    own = [row for row in own if all(word in texts[row] for word in words)]
    return np.array(own, dtype=np.int32)


def _texts(situation: Situation, rows: Sequence[int]) -> Mapping[int, str]:
    """Return the folded words of names by row, a space on either side of each, among them those of ``rows``."""
    view, texts = situation.view, situation.stock.texts
    for row in rows:
        if row not in texts:
            name, credit = view.titles[row][:LONGEST], view.artist_name(row)[:LONGEST]
            texts[row] = f" {fold(name)} {fold(credit)} "
    return texts


def _names(situation: Situation, rows: Rows) -> Sequence[tuple[str, str]]:
    view = situation.view
    return [(view.titles[row], view.artist_name(row)) for row in rows.tolist()]


@lru_cache(maxsize=20_000)
def _row(title: str, credit: str) -> Row:
    title = title[:LONGEST]
    return Row("", fold(credit[:LONGEST]), "", [fold(title), *forms(title)])

"""Rows that may be meant by some words: what the index found, what the listener knows, what most hear.

The index knows every name and its forms, and which is likest; but of a thousand songs of one name it cannot return all. So
the listener's own and the names most heard join what it found, and all are held against the words by one measure
(``likeness``). What only the index can explain, such as another script's spelling, counts ``found`` × its score
as a share of the best. The hard rules, and what else must hold, apply here, before anything is ranked.
"""

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.surfaces.recipes import SearchShape
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.search.history import History
from ritornello.surfaces.search.likeness import AS_A_FORM, likeness
from ritornello.surfaces.search.names import names_of, own_beginning
from ritornello.surfaces.situation import Rows, Situation

if TYPE_CHECKING:
    from ritornello.surfaces.search.index import Found

FloatArray = NDArray[np.float64]

N_MOST_HEARD = 40
"""So many of the names most heard join, of each kind."""


class Hits(msgspec.Struct, frozen=True):
    """Distinct rows (n,) and how like their names are to what was asked for (n,), in [0, 1]; 1 is the very name."""

    rows: Rows
    like: FloatArray

    @property
    def exact(self) -> Mask:
        """Which rows are, by their name or one of its forms, exactly what was asked for."""
        exact: Mask = self.like >= AS_A_FORM
        return exact

    def where(self, among: Mask) -> "Hits":
        """Return those of a mask over the hits."""
        return Hits(self.rows[among], self.like[among])


def hits_of(
    found: "Found | None",
    situation: Situation,
    history: History,
    text: str,
    shape: SearchShape,
    *,
    typing: bool = False,
) -> Hits:
    """Return the rows that may be meant and may be found, in no order.

    Parameters
    ----------
    found : what the index found; ``None`` where there is no index.
    text : the words asked for, folded.
    typing : whether somebody is still typing: then other forms of the names are left to the index.
    """
    words = text.split()
    rows, scores = _rows_of(found, situation)
    own = own_beginning(situation, history.rows, words)
    heard = names_of(situation.stock).beginning(words, N_MOST_HEARD)
    every, first = np.unique(np.concatenate([rows, own, heard]), return_index=True)
    score = np.append(scores, np.zeros(len(own) + len(heard)))[first]
    may = situation.findable(every)
    every, score = every[may], score[may]
    names = [_name(situation, row) for row in every.tolist()]
    like = likeness(text, names, shape, with_forms=not typing)
    return Hits(every, np.maximum(like, shape.found * score))


def _rows_of(found: "Found | None", situation: Situation) -> tuple[Rows, FloatArray]:
    """Return the rows the index found, and each one's score as a share of the best."""
    if found is None or not len(found.item_ids):
        return np.empty(0, dtype=np.int32), np.zeros(0)
    number = situation.view.number
    rows = np.array([number.get(each, NONE) for each in found.item_ids], dtype=np.int32)
    scores = np.asarray(found.scores, dtype=np.float64)
    scores = scores / max(float(scores.max()), 1e-12)
    return rows[rows != NONE], scores[rows != NONE]


def _name(situation: Situation, row: int) -> tuple[str, str]:
    title, credit = situation.view.titles[row], situation.view.artist_name(row)
    return title, credit if credit != title else ""

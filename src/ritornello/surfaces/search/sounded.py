r"""How near names come to what was heard, over all hypotheses at once.

A recogniser that lost a name still says what it sounded like, and says it several times: hypotheses are wrong in different
places. So of every hypothesis *h* and every document *d* the names are compared as written and as they sound,

.. math:: s(h, d) = (1 - λ)\,\mathrm{written}(h, d) + λ\,\mathrm{sounded}(h, d),

each one minus the edit distance as a share of the longer; sounds of one kind are half as far apart (``sounds.spread``). Where a
maker was named, *s* is lowered as far as theirs differs. The score of a document is :math:`\sum_h p_h\, s(h, d)^γ` with
:math:`p_h ∝ p^τ`: being the very name of one hypothesis counts more than being a little like all, and a recogniser is
taken to be less sure of its order than it says. The constants were set on utterances of another seed than the ones that judge them
(``benchmarks/search_voice.py``).
"""

from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, Levenshtein
from rapidfuzz.process import cdist

from ritornello.kinds.ids import kind_of
from ritornello.surfaces.search.carriers import Wanted
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.sound_index import N_NAMES
from ritornello.surfaces.search.sounds import read_aloud, spread, word_sounding
from ritornello.surfaces.search.spelling import squeeze

FloatArray = NDArray[np.float64]
Ways = Sequence[Wanted]


class Weights(NamedTuple):
    """How names are compared: λ, γ and τ of the formula, and what is left of a score in doubt.

    ``maker`` is left where another maker was named, ``kind`` where another kind was, ``whole`` of a request read with the
    words around it.
    """

    sounds: float = 0.6
    sharpness: float = 6.0
    tempered: float = 0.75
    maker: float = 0.5
    kind: float = 0.8
    whole: float = 0.9


USUAL = Weights()


def nearness(
    hypotheses: Sequence[Ways], rows: Sequence[Row], weights: Weights = USUAL
) -> FloatArray:
    """Return how near each document comes to each hypothesis, in [0, 1], shape (n_hypotheses, n_rows).

    Parameters
    ----------
    hypotheses : the ways to read each, of which the nearest counts.
    """
    near = np.zeros((len(hypotheses), len(rows)))
    ways = [(number, way) for number, each in enumerate(hypotheses) for way in each]
    if not ways or not rows:
        return near
    names = [_names(row) for row in rows]
    begins = np.cumsum([0, *map(len, names[:-1])])
    every = [name for each in names for name in each]
    of_ways = np.maximum.reduceat(
        _alike([way.words for _, way in ways], every, weights), begins, axis=1
    )
    of_ways *= _by_maker([way for _, way in ways], rows, weights)
    kinds = np.array([kind_of(row.item_id) for row in rows])
    for (number, way), found in zip(ways, of_ways, strict=True):
        left = weights.whole if way.is_whole else 1.0
        is_other = (kinds != way.kind) if way.kind else np.zeros(len(rows), dtype=np.bool_)
        near[number] = np.maximum(
            near[number], left * np.where(is_other, weights.kind, 1.0) * found
        )
    return near


def joined(near: FloatArray, p: Sequence[float], weights: Weights = USUAL) -> FloatArray:
    """Return the score of each document over all hypotheses, in [0, 1], shape (n_rows,).

    Parameters
    ----------
    near : of each hypothesis and document (:func:`nearness`). ``p`` : of each hypothesis, in [0, 1].
    """
    share = np.asarray(p, dtype=np.float64) ** weights.tempered
    share /= max(float(share.sum()), 1e-12)
    score: FloatArray = share @ near**weights.sharpness
    return score


def _names(row: Row) -> list[str]:
    """Return what a document may be called: its names, and its name with who made it."""
    names = row.names[:N_NAMES]
    return [*names, f"{names[0]} {row.credit}"] if row.credit else names


def _by_maker(ways: Sequence[Wanted], rows: Sequence[Row], weights: Weights) -> FloatArray:
    """Return what is left of each document by how near its maker comes to the one named; all, where none was."""
    left = np.ones((len(ways), len(rows)))
    named = [place for place, way in enumerate(ways) if way.maker]
    if named:
        makers, place = np.unique([row.credit for row in rows], return_inverse=True)
        alike = _alike([ways[n].maker for n in named], makers.tolist(), weights)[:, place]
        left[named] = weights.maker + (1 - weights.maker) * alike
    return left


def _alike(asked: Sequence[str], names: Sequence[str], weights: Weights) -> FloatArray:
    """Return how alike texts are, written and sounded, in [0, 1], shape (n_asked, n_names)."""
    written = _similar([squeeze(a) for a in asked], [squeeze(n) for n in names], Indel)
    sounds = _similar([_sounds(a) for a in asked], [_sounds(n) for n in names], Levenshtein)
    alike: FloatArray = (1 - weights.sounds) * written + weights.sounds * sounds
    return alike


def _similar(asked: list[str], names: list[str], distance: ModuleType) -> FloatArray:
    found = cdist(asked, names, scorer=distance.normalized_similarity, dtype=np.float32)
    return np.asarray(found, dtype=np.float64)


def _sounds(folded: str) -> str:
    return spread("".join(word_sounding(word).sounds for word in read_aloud(folded)))

"""How like a name is to what was typed, in [0, 1].

Compared are folded texts without their spaces, so that "acdc" is AC/DC. Of a text *t* and the ways *f* a name is
written (alone, with who made it behind or before, and its other forms)

    max over f of  1 − d(t, f) / max(|t|, |f|),   begins · (1 − d(t, f[:|t|]) / |t|),   holds · [every word of t begins a word]

with *d* the edits between them: letters put in, left out, changed, or two neighbours swapped (optimal string alignment).
It is 1 for the very name alone. Right for ranking a few hundred candidates that something else has found; it knows nothing
of sounds, nor of which words are rare.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from ritornello.surfaces.recipes import SearchShape
from ritornello.surfaces.search.spelling import fold, forms, squeeze

FloatArray = NDArray[np.float64]
Name = tuple[str, str]
"""What it is called, and who made it."""

LONGEST = 200
"""So many characters of a text or a name are compared."""
AS_A_FORM = 0.98
"""How like a name another form of it is."""


def likeness(
    text: str, names: Sequence[Name], shape: SearchShape, *, with_forms: bool = True
) -> FloatArray:
    """Return how like each name is to a text, (n,); 1 where it is the name itself.

    Parameters
    ----------
    text : folded.
    shape : says what it is worth to begin like it, or to hold all of its words.
    with_forms : whether other forms of the names are compared, which takes ten times as long when first met.
    """
    text = text[:LONGEST]
    typed, words = squeeze(text), [f" {word}" for word in text.split()]
    if not typed or not names:
        return np.zeros(len(names))
    best = _best(typed, [ways(*name) for name in names], shape)
    if with_forms:
        other = [_forms(title) for title, _ in names]
        best = np.maximum(best, AS_A_FORM * _best(typed, other, shape))
    held = [all(word in words_of(*name) for word in words) for name in names]
    return np.maximum(best, shape.holds * np.array(held))


@lru_cache(maxsize=100_000)
def ways(title: str, credit: str) -> tuple[str, ...]:
    """Return a name squeezed: alone, with who made it behind, and before."""
    name, maker = squeeze(fold(title[:LONGEST])), squeeze(fold(credit[:LONGEST]))
    return (name, name + maker, maker + name)


@lru_cache(maxsize=100_000)
def words_of(title: str, credit: str) -> str:
    """Return the words of a name and of who made it, folded, a space before each."""
    return f" {fold(title[:LONGEST])} {fold(credit[:LONGEST])}"


@lru_cache(maxsize=100_000)
def _forms(title: str) -> tuple[str, ...]:
    return tuple(squeeze(form) for form in forms(title[:LONGEST])) or ("",)


def _best(typed: str, written: Sequence[tuple[str, ...]], shape: SearchShape) -> FloatArray:
    """Return how like the likest way of each name is: whole, or as far as was typed."""
    starts = np.cumsum([0, *(len(each) for each in written[:-1])])
    flat = list(chain.from_iterable(written))
    begun = shape.begins * _alike(typed, [way[: len(typed)] for way in flat])
    best: FloatArray = np.maximum.reduceat(np.maximum(_alike(typed, flat), begun), starts)
    return best


def _alike(typed: str, written: Sequence[str]) -> FloatArray:
    alike = cdist([typed], written, scorer=OSA.normalized_similarity, dtype=np.float64)
    return np.asarray(alike[0])

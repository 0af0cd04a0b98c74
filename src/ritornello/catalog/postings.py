"""Which rows each word is said of: the words of a view turned round, for whoever asks by word.

A row of which nothing of a kind is said (no genre, no mood …) has what is said of who made it: its first artist, or its
show. Right for genres and languages; of moods and tags it is a guess, as a maker's own words always are. Which version
a row is stands in its own title alone.
"""

from collections.abc import Iterable
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.catalog.view import NONE, View

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]

INHERITED = ("genre", "mood", "tag", "language")


class Postings(msgspec.Struct, frozen=True, dict=True):
    """The words of a catalogue and, of each, the rows it is said of.

    Attributes
    ----------
    words : as in ``View.words``; ``place`` is where each stands there.
    said : (n_words, n_rows), 1 where a word is said of a row or else of its maker.
    """

    words: tuple[str, ...]
    said: csr_matrix

    @cached_property
    def place(self) -> dict[str, int]:
        """Word → its place in ``words``."""
        return {word: place for place, word in enumerate(self.words)}

    @cached_property
    def n_rows(self) -> NDArray[np.int64]:
        """Of how many rows each word is said, shape (n_words,)."""
        counts: NDArray[np.int64] = np.diff(self.said.indptr).astype(np.int64)
        return counts

    @cached_property
    def kinds_of(self) -> dict[str, tuple[str, ...]]:
        """Genre → the genres that are a kind of it: those that end in it, ``deep house`` of ``house``."""
        found: dict[str, list[str]] = {}
        for word in self.words:
            kind, _, genre = word.partition(":")
            parts = genre.split()
            if kind == "genre":
                for first in range(1, len(parts)):
                    found.setdefault(" ".join(parts[first:]), []).append(word)
        return {genre: tuple(words) for genre, words in found.items()}

    def rows_of(self, word: str) -> Rows:
        """Return the rows a word is said of, rising; none of a word nobody says."""
        place = self.place.get(word)
        if place is None:
            return np.empty(0, dtype=np.int32)
        rows: Rows = self.said.indices[self.said.indptr[place] : self.said.indptr[place + 1]]
        return rows

    def says_any(self, words: Iterable[str]) -> Mask:
        """Return of which rows one of the words is said, shape (n_rows,)."""
        found = np.zeros(self.said.shape[1], dtype=np.bool_)
        for word in words:
            found[self.rows_of(word)] = True
        return found


def postings_of(view: View) -> Postings:
    """Turn the words of a view round."""
    n_rows, n_words = len(view), len(view.words)
    rows, words = view.said.T
    own = _matrix(words, rows, (n_words, n_rows))
    kinds = np.array([word.partition(":")[0] for word in view.words], dtype=object)
    inherited = [own]
    for kind in INHERITED:
        of_kind = np.flatnonzero(kinds == kind)
        silent = np.ones(n_rows, dtype=np.bool_)
        silent[rows[np.isin(words, of_kind)]] = False
        heirs = np.flatnonzero(silent & (view.artist != NONE))
        inherited.append(_passed_on(own, of_kind, heirs, view))
    said = sum(inherited[1:], inherited[0]).tocsr()
    said.sort_indices()
    said.data[:] = 1.0
    return Postings(tuple(view.words), said)


def _passed_on(
    own: csr_matrix, of_kind: NDArray[np.int64], heirs: NDArray[np.int64], view: View
) -> csr_matrix:
    """Return what is said in words of one kind of the makers of some rows, as said of those rows."""
    kept = np.zeros(own.shape[0], dtype=np.float32)
    kept[of_kind] = 1.0
    of_makers = own.multiply(kept[:, None]).tocsc()[:, view.artist[heirs]].tocoo()
    return _matrix(of_makers.row, heirs[of_makers.col], own.shape, of_makers.data)


def _matrix(
    words: NDArray[np.integer],
    rows: NDArray[np.integer],
    shape: tuple[int, int],
    values: NDArray[np.floating] | None = None,
) -> csr_matrix:
    ones = np.ones(len(words), dtype=np.float32) if values is None else values
    found = csr_matrix((ones, (words, rows)), shape=shape)
    found.eliminate_zeros()
    return found

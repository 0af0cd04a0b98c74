r"""Words, artists and items as places in one space, by what is said of them and who listens to them.

With a row of *X* for what is said of an item (words weighed by their rarity, at unit length) and a row of *F* for how it is
heard (its latent factors less their mean, at unit length, 0 for what nobody heard), the axes are the leading right singular
vectors *V* of both side by side,

.. math:: Z = [\,X \mid \beta F\,] \approx U \Sigma V^\top,

and a place is a row folded in, :math:`zV`, at unit length: latent semantic analysis (Deerwester et al., JASIS 1990) of words and
listening at once. A word is the place of an item of which it alone is said; an artist is the mean of their own words and
of their items; an item never heard is its words and its artist. So only *V* is learned (``Axes``: no listener, no item), within seconds and from the same catalogue and models always the
same; it is kept nowhere, so that nothing of it outlives the models it was made of. Whatever comes into the catalogue has a
place as soon as it is laid.

Right for "what is like this" and "what does this word sound like". It misleads for words few items carry, and cannot tell
two items of one artist apart that nobody heard and of which the same is said.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from ritornello.catalog.postings import Postings
from ritornello.catalog.view import NONE, View

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]

SAID = ("genre", "mood", "tag")
"""The kinds of words that have a place; the language of an item or its version is no matter of nearness."""


class SpaceConfig(msgspec.Struct, frozen=True):
    """How many axes, what listening weighs beside words (β² as a share of the whole), which words count, how many rounds."""

    n_axes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 32
    listening_share: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.5
    min_rows: Annotated[int, msgspec.Meta(ge=1)] = 2
    max_words: Annotated[int, msgspec.Meta(ge=1)] = 20_000
    n_rounds: Annotated[int, msgspec.Meta(ge=1)] = 8


class Heard(msgspec.Struct, frozen=True):
    """How rows of the catalogue are heard: ``rows`` (n,) and their latent ``factors`` (n, n_factors)."""

    rows: Rows
    factors: Floats

    @classmethod
    def of(cls, rows: Rows, factors: Floats) -> "Heard":
        """Leave out what the catalogue does not know; ``rows`` as in ``Stock.rows``, −1 unknown."""
        known = np.flatnonzero(rows != NONE)
        return cls(rows[known], factors[known])


class Axes(msgspec.Struct, frozen=True, dict=True):
    """What training learns: where each word lies, and how latent factors turn into a place.

    ``of_words`` (n_words, d) with ``rarity`` (n_words,); ``of_factors`` (n_factors, d) after ``mean`` (n_factors,) is taken off.
    """

    words: tuple[str, ...]
    of_words: Floats
    rarity: Floats
    of_factors: Floats
    mean: Floats

    @cached_property
    def place(self) -> dict[str, int]:
        """Word → its place in ``words``."""
        return {word: place for place, word in enumerate(self.words)}

    @property
    def n_axes(self) -> int:
        """How many dimensions there are."""
        return int(self.of_words.shape[1])


class Space(msgspec.Struct, frozen=True, dict=True):
    """The axes, and the place of every row of one view: ``vectors`` (n_rows, d), at unit length; 0 where nothing is known."""

    axes: Axes
    vectors: Floats

    def of_words(self, words: Iterable[str]) -> Floats:
        """Return the place of some words together, shape (d,); 0 where none of them has one."""
        places = [self.axes.place[word] for word in words if word in self.axes.place]
        return _unit(self._words[places].sum(axis=0))

    def of_rows(self, rows: Rows) -> Floats:
        """Return the place of some rows together, shape (d,)."""
        return _unit(self.vectors[rows].sum(axis=0))

    def nearness(self, vector: Floats) -> Floats:
        """Return the cosine of every row with a place, shape (n_rows,); 0 where nothing is known."""
        return self.vectors @ vector

    def near(self, vector: Floats, allowed: Mask, n: int) -> Rows:
        """Return the nearest ``n`` rows of those allowed that are near at all, nearest first; of equals the lower row."""
        nearness = self.nearness(vector)
        rows = np.flatnonzero(allowed & (nearness > 0))
        if len(rows) > n:
            rows = rows[nearness[rows] >= np.partition(nearness[rows], -n)[-n]]
        return rows[np.argsort(-nearness[rows], kind="stable")[:n]].astype(np.int32)

    def words_near(self, vector: Floats, n: int, allowed: Mask | None = None) -> list[str]:
        """Return the nearest ``n`` words (``allowed`` (n_words,) of those), nearest first."""
        nearness = self._words @ vector
        if allowed is not None:
            nearness[~allowed] = 0.0
        places = np.argsort(-nearness, kind="stable")[:n]
        return [self.axes.words[place] for place in places.tolist() if nearness[place] > 0]

    def words_nearness(self, words: Iterable[str], vector: Floats) -> Floats:
        """Return the cosine of each word with a place; 0 of a word that has none."""
        places = np.array([self.axes.place.get(word, NONE) for word in words], dtype=np.int64)
        nearness: Floats = np.where(places == NONE, 0.0, self._words[places] @ vector)
        return nearness.astype(np.float32)

    @cached_property
    def _words(self) -> Floats:
        """The words at unit length."""
        return _unit(self.axes.of_words)


def train(
    view: View,
    postings: Postings,
    heard: Heard | None,
    rng: np.random.Generator,
    config: SpaceConfig | None = None,
) -> Axes:
    """Learn the axes of a catalogue, by subspace iteration on the side of words and factors.

    Costs two products of the sparse matrix with a block of ``n_axes`` columns a round. The same catalogue, factors and
    generator give the same axes. Without factors, or where nothing is said, the other half alone decides.

    Source: N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with randomness", SIAM Review 2011.
    """
    config = config or SpaceConfig()
    chosen = _chosen(postings, config)
    words = tuple(postings.words[place] for place in chosen)
    rarity = _rarity(postings, chosen, len(view))
    said = _said(postings, chosen, rarity)
    heard = heard or Heard(np.empty(0, np.int32), np.empty((0, 0), np.float32))
    mean = heard.factors.mean(axis=0) if len(heard.rows) else heard.factors.sum(axis=0)
    scale = _scale(said, len(heard.rows), config.listening_share)
    listened = scale * _unit(heard.factors - mean)
    right = _right_singular(said, listened, heard.rows, config, rng)
    return Axes(
        words=words,
        of_words=right[: len(words)],
        rarity=rarity,
        of_factors=scale * right[len(words) :],
        mean=mean.astype(np.float32),
    )


def lay(axes: Axes, view: View, postings: Postings, heard: Heard | None) -> Space:
    """Give every row of a view its place."""
    said = _said_of(axes, postings)
    own = np.asarray(said @ axes.of_words, dtype=np.float32)
    if heard is not None and len(heard.rows):
        own[heard.rows] += _unit(heard.factors - axes.mean) @ axes.of_factors
    made = np.flatnonzero((view.artist != NONE) & view.available)
    of_makers = _mean_of_made(view, made, _unit(own))
    is_maker = of_makers.any(axis=1)
    own[is_maker] = _unit(own[is_maker]) + of_makers[is_maker]
    unheard = np.ones(len(view), dtype=np.bool_)
    if heard is not None:
        unheard[heard.rows] = False
    heirs = np.flatnonzero(unheard & (view.artist != NONE))
    own[heirs] = _unit(own[heirs]) + _unit(own[view.artist[heirs]])
    return Space(axes, _unit(own))


def _chosen(postings: Postings, config: SpaceConfig) -> NDArray[np.int64]:
    """Return the places of the words that count, rising."""
    counts = postings.n_rows.copy()
    of_kind = [word.partition(":")[0] in SAID for word in postings.words]
    counts[~np.array(of_kind, dtype=np.bool_)] = 0
    frequent = np.argsort(-counts, kind="stable")[: config.max_words]
    return np.sort(frequent[counts[frequent] >= config.min_rows])


def _rarity(postings: Postings, chosen: NDArray[np.int64], n_rows: int) -> Floats:
    """Return log(1 + n_rows / n_rows of the word) of each chosen word."""
    rarity: Floats = np.log1p(n_rows / postings.n_rows[chosen]).astype(np.float32)
    return rarity


def _said(postings: Postings, chosen: NDArray[np.int64], rarity: Floats) -> csr_matrix:
    """Return X, (n_rows, n_chosen): words weighed by rarity, each row at unit length."""
    weighed = (diags_array(rarity) @ postings.said[chosen]).T.tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return csr_matrix(diags_array(inverse.astype(np.float32)) @ weighed)


def _said_of(axes: Axes, postings: Postings) -> csr_matrix:
    """Return X of a view over the words the axes know; a word not in the view is said of nothing."""
    known = [
        (postings.place[word], n) for n, word in enumerate(axes.words) if word in postings.place
    ]
    here = np.array(known, dtype=np.int64).reshape(-1, 2)
    said = _said(postings, here[:, 0], axes.rarity[here[:, 1]])
    spread = (np.ones(len(here), np.float32), (np.arange(len(here)), here[:, 1]))
    return said @ csr_matrix(spread, shape=(len(here), len(axes.words)))


def _scale(said: csr_matrix, n_heard: int, share: float) -> float:
    """Return β that gives listening its share of the sum of squares; 1 where nothing is said."""
    n_said = float(said.multiply(said).sum())
    if not n_heard or not n_said:
        return 1.0
    return float(np.sqrt(share / (1 - share) * n_said / n_heard))


def _right_singular(
    said: csr_matrix, listened: Floats, heard: Rows, config: SpaceConfig, rng: np.random.Generator
) -> Floats:
    """Return the leading right singular vectors of [said | listened], (n_words + n_factors, d), strongest first."""
    n_words, n_factors = said.shape[1], listened.shape[1]
    n_axes = min(config.n_axes, n_words + n_factors)
    if not n_axes:
        return np.empty((0, 0), dtype=np.float32)
    block = rng.standard_normal((n_words + n_factors, min(n_axes + 16, n_words + n_factors)))
    said_t = said.T.tocsr()
    for _ in range(config.n_rounds):
        block = np.linalg.qr(block)[0].astype(np.float32)
        rows = said @ block[:n_words]
        rows[heard] += listened @ block[n_words:]
        block = np.concatenate([said_t @ rows, listened.T @ rows[heard]])
    basis = np.linalg.qr(block)[0].astype(np.float32)
    rows = said @ basis[:n_words]
    rows[heard] += listened @ basis[n_words:]
    _, turns = np.linalg.eigh(rows.T @ rows)
    right: Floats = (basis @ turns[:, ::-1][:, :n_axes]).astype(np.float32)
    strongest = np.abs(right).argmax(axis=0)
    right *= np.sign(right[strongest, np.arange(right.shape[1])])
    return right


def _mean_of_made(view: View, made: NDArray[np.int64], vectors: Floats) -> Floats:
    """Return for every row the unit mean of what is made by it; 0 where nothing is."""
    shape = (len(view), len(view))
    of_maker = csr_matrix((np.ones(len(made), np.float32), (view.artist[made], made)), shape=shape)
    return _unit(np.asarray(of_maker @ vectors, dtype=np.float32))


def _unit(vectors: NDArray[np.floating]) -> Floats:
    """Return vectors at unit length; 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12)
    found: Floats = unit.astype(np.float32, copy=False)
    return found

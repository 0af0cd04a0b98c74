"""Item to item weights that are the best possible in least squares: EASE.

    min ‖X − X B‖² + Σ_j Λ_j ‖B_j‖²,  diag B = 0      →      B = I − P diag(1 / diag P),  P = (XᵀX + Λ)⁻¹

X (listeners × items) holds the evidence of each pair, B_ji what hearing j says of i (Steck, WWW 2019).
Λ_j = λ + d (XᵀX)_jj: d > 0 learns to do without any item of a history, which helps where histories
are short (the denoising of Steck, NeurIPS 2020). A score is x B, so each history item's share is exact.

The same scores come from two sides, chosen by size. The side of the items holds B itself. The side of
the listeners never does: with K = (XΛ⁻¹Xᵀ + I)⁻¹ (Woodbury),

    s_i = (a·X_i − q_i x_i) / (1 − q_i),      a = K X x,      q_i = X_iᵀ K X_i

over X and x divided by √Λ, and s multiplied by it. Where neither side is small, B covers the items most
listeners heard and the others score 0.

Right for dense and for sparse music alike; it knows nothing of an item no listener shares. **What it
holds of listeners:** the side of the listeners rests as the rows of X, without ids; whoever erases a
listener must train again and remove the old versions.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ritornello.listeners.taste import Taste
from ritornello.models.evidence import (
    EvidenceConfig,
    evidence,
    evidence_of_all,
    evidence_of_many,
)
from ritornello.models.interactions import Interactions
from ritornello.models.scorer import FloatArray, added_up

Columns = NDArray[np.int32]
OUTSIDE = -1


class EaseConfig(msgspec.Struct, frozen=True):
    """λ, d, how large either side may be, and what the evidence is.

    A side of the listeners costs each score ``n_listeners``² products and as many floats of memory, a
    side of the items ``n_items``² floats: 3,000 are 36 MB, 6,000 are 144 MB.
    """

    regularization: Annotated[float, msgspec.Meta(gt=0)] = 100.0
    dropout: Annotated[float, msgspec.Meta(ge=0)] = 0.5
    most_listeners: Annotated[int, msgspec.Meta(ge=0)] = 3_000
    most_items: Annotated[int, msgspec.Meta(ge=1)] = 6_000
    evidence: EvidenceConfig = EvidenceConfig()


class EaseOfItems(msgspec.Struct, frozen=True, dict=True):
    """The side of the items: ``weights[j, i]`` is B_ji among the ``covered`` columns, which rise."""

    config: EaseConfig
    n_items: int
    covered: Columns
    weights: FloatArray
    name: str = "ease"

    @cached_property
    def places(self) -> Columns:
        """Where a column stands among the covered, −1 where it does not, shape (n_items,)."""
        places = np.full(self.n_items, OUTSIDE, dtype=np.int32)
        places[self.covered] = np.arange(len(self.covered))
        return places

    def score(self, taste: Taste) -> FloatArray:
        """Return x B, shape (n_items,)."""
        inside = self.places[taste.columns] != OUTSIDE
        known = evidence(taste, self.config.evidence)[inside]
        scores = np.zeros(self.n_items, dtype=np.float32)
        scores[self.covered] = known @ self.weights[self.places[taste.columns[inside]]]
        return scores

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes."""
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the scores of many tastes by one product."""
        histories = evidence_of_many(tastes, self.n_items, self.config.evidence)
        found = histories[:, self.covered] @ self.weights
        found *= np.float32(weight)
        if len(self.covered) == self.n_items:
            scores += found
        else:
            scores[:, self.covered] += found

    def contributions(self, taste: Taste, columns: Columns) -> FloatArray:
        """Return x_j B_ji for each wanted i and history item j; the rest is 0."""
        parts = np.zeros((len(columns), len(taste.columns) + 1), dtype=np.float32)
        wanted, heard = self.places[columns], self.places[taste.columns]
        inside, known = np.flatnonzero(wanted != OUTSIDE), np.flatnonzero(heard != OUTSIDE)
        among = self.weights[np.ix_(heard[known], wanted[inside])]
        values = evidence(taste, self.config.evidence)[known]
        parts[np.ix_(inside, known)] = (among * values[:, None]).T
        return parts


class EaseOfListeners(msgspec.Struct, frozen=True):
    """The side of the listeners, which gives the scores B would without holding it.

    ``by_item`` (n_items, n_listeners) is Xᵀ divided by √Λ, ``scale`` √Λ and ``own`` q, both
    (n_items,); ``solution`` is K, shape (n_listeners, n_listeners).
    """

    config: EaseConfig
    by_item: csr_matrix
    scale: FloatArray
    own: FloatArray
    solution: FloatArray
    name: str = "ease"

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return int(self.by_item.shape[0])

    def score(self, taste: Taste) -> FloatArray:
        """Return x B, shape (n_items,)."""
        known = evidence(taste, self.config.evidence) / self.scale[taste.columns]
        alike = self.solution @ (self.by_item[taste.columns].T @ known)
        scores: FloatArray = self.by_item @ alike
        scores[taste.columns] -= self.own[taste.columns] * known
        scores *= self._lift
        return scores

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes."""
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the scores of many tastes by three products."""
        known = evidence_of_many(tastes, self.n_items, self.config.evidence)
        known.data /= self.scale[known.indices]
        alike = (known @ self.by_item).toarray() @ self.solution
        found = (self.by_item @ alike.T).T
        rows = np.repeat(np.arange(len(tastes)), np.diff(known.indptr))
        found[rows, known.indices] -= self.own[known.indices] * known.data
        found *= np.float32(weight) * self._lift
        scores += found

    def contributions(self, taste: Taste, columns: Columns) -> FloatArray:
        """Return x_j B_ji for each wanted i and history item j; the rest is 0."""
        known = evidence(taste, self.config.evidence) / self.scale[taste.columns]
        wanted, heard = self.by_item[columns], self.by_item[taste.columns]
        if wanted.nnz < heard.nnz:
            among = (heard @ (wanted @ self.solution).T).T
        else:
            among = wanted @ (heard @ self.solution).T
        among *= self._lift[columns][:, None] * known
        among[columns[:, None] == taste.columns] = 0
        parts = np.zeros((len(columns), len(known) + 1), dtype=np.float32)
        parts[:, :-1] = among
        return parts

    @property
    def _lift(self) -> FloatArray:
        """Return √Λ / (1 − q), shape (n_items,)."""
        return self.scale / (1 - self.own)


EaseScorer = EaseOfItems | EaseOfListeners


def train_ease(interactions: Interactions, config: EaseConfig, *, n_threads: int = 1) -> EaseScorer:
    """Solve from the smaller side that is small enough; else for the items most listeners heard.

    Raises
    ------
    BadValue : so little regularization that float32 cannot solve it.
    """
    values = np.maximum(evidence_of_all(interactions, config.evidence), 0)
    matrix = interactions.matrix(values)
    n_listeners, n_items = matrix.shape
    covers_all = n_items <= config.most_items
    if n_listeners <= config.most_listeners and not (covers_all and n_items < n_listeners):
        with threadpool_limits(n_threads, "blas"):
            return _of_listeners(matrix, config)
    heard = np.bincount(matrix.indices, minlength=n_items)
    most_heard = np.argsort(-heard, kind="stable")[: config.most_items]
    with threadpool_limits(n_threads, "blas"):
        return _of_items(matrix, np.sort(most_heard).astype(np.int32), config)


def _of_items(matrix: csr_matrix, covered: Columns, config: EaseConfig) -> EaseOfItems:
    """Solve for B among some columns."""
    from ritornello.models.gram import gram, inverse  # numba: loaded by training alone

    products = gram(matrix[:, covered])
    diagonal = np.einsum("ii->i", products)
    diagonal += _penalty(diagonal, config)
    weights = inverse(products)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return EaseOfItems(config, matrix.shape[1], covered, weights)


def _of_listeners(matrix: csr_matrix, config: EaseConfig) -> EaseOfListeners:
    """Solve for K; q is added up from the pairs of listeners that share an item."""
    from ritornello.models.gram import forms, gram, inverse  # numba: loaded by training alone

    squares = np.asarray(matrix.power(2).sum(axis=0)).ravel()
    scale = np.sqrt(_penalty(squares, config)).astype(np.float32)
    by_item = matrix.T.tocsr()
    by_item.data /= np.repeat(scale, np.diff(by_item.indptr))
    products = gram(by_item)
    np.einsum("ii->i", products)[:] += 1
    solution = inverse(products)
    return EaseOfListeners(config, by_item, scale, forms(by_item, solution), solution)


def _penalty(squares: NDArray[np.floating], config: EaseConfig) -> NDArray[np.floating]:
    """Return Λ."""
    return config.regularization + config.dropout * squares

"""What comes next: scores that add up over the latest plays, the newest first.

    S(a) = Σ_j v_j T(h_j, a) + (Σ_j v_j) p(a)

h_1, h_2 … are the latest plays, the newest first; T says how strongly a follows b (``succession``
counts it), v_j what the j-th newest play weighs, p what speaks for an item whatever was played.
``markov``, ``sequence_rules`` and ``transitions`` differ in T, v and p alone. An item played twice
weighs by both its places. Where no latest play is known, nothing is said.

What a play gave is its exact share of the sum. It is not what its absence takes: without the newest
play, the one before it becomes the newest.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.listeners.taste import Taste
from ritornello.models.scorer import FloatArray, added_up

Columns = NDArray[np.int32]
Weights = NDArray[np.float64]


class SequentialConfig(Protocol):
    """The constants of one such scorer, which know what the latest plays weigh."""

    def weights(self, n_plays: int, /) -> Weights:
        """Return v_1, v_2 … of at most so many latest plays, the newest first."""
        ...


class SequentialScorer(msgspec.Struct, frozen=True):
    """The table T (n_items, n_items) and the prior p (n_items,) under one configuration's weights."""

    name: str
    config: SequentialConfig
    table: csr_matrix
    prior: FloatArray

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return int(self.table.shape[0])

    def score(self, taste: Taste) -> FloatArray:
        """Return S, shape (n_items,)."""
        columns, weights = self._latest(taste)
        scores: FloatArray = self.table[columns].T @ weights
        scores += weights.sum() * self.prior
        return scores

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes."""
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the scores of many tastes, found by one sparse product."""
        latest = [self._latest(taste) for taste in tastes]
        starts = np.cumsum([0, *(len(columns) for columns, _ in latest)])
        columns = np.concatenate([np.empty(0, np.int32), *(columns for columns, _ in latest)])
        weights = np.concatenate([np.empty(0, np.float32), *(weights for _, weights in latest)])
        plays = csr_matrix((weights, columns, starts), shape=(len(tastes), self.n_items))
        found = plays @ self.table
        rows = np.repeat(np.arange(len(tastes)), np.diff(found.indptr))
        scores[rows, found.indices] += np.float32(weight) * found.data
        if self.prior.any():
            sums = np.array([weights.sum() for _, weights in latest], dtype=np.float32)
            scores += np.outer(np.float32(weight) * sums, self.prior)

    def contributions(self, taste: Taste, columns: Columns) -> FloatArray:
        """Return what the plays of each history item gave to each wanted one; the rest is the prior's."""
        played, weights = self._latest(taste)
        parts = np.zeros((len(columns), len(taste.columns) + 1), dtype=np.float32)
        if len(played):
            among = self.table[played][:, columns].toarray() * weights[:, None]
            order = np.argsort(taste.columns)
            place = order[np.searchsorted(taste.columns[order], played)]
            np.add.at(parts.T, place, among)
            parts[:, -1] = weights.sum() * self.prior[columns]
        return parts

    def _latest(self, taste: Taste) -> tuple[Columns, FloatArray]:
        """Return the latest plays that weigh anything, the newest first, and what each weighs."""
        weights = self.config.weights(len(taste.recent_columns)).astype(np.float32)
        return taste.recent_columns[: len(weights)], weights

"""The weighted sum that ranks.

    s_i = Σ_m w_m s_mi,     w_m ≥ 0

over the scorers m. One weight a scorer for all listeners and no scaling by listener: the sum of
additive scorers is additive, and a new play can lower no score that none of its parts lowers. Weights
are found on a held-out part of the history, first those of what can rank the new (by nDCG over items
not heard before), then that of repeating (by nDCG over all items). Right where the scorers err
differently; it cannot do better than its parts where they err alike.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.listeners.taste import Taste
from ritornello.measures.ranking import best, ndcg
from ritornello.models.scorer import FloatArray, Scorer

STEPS = (0.0, 0.3, 0.6, 0.85, 1.2, 1.7, 3.0)
N_ROUNDS = 4
LEAST_GAIN = 1e-4
TINY = 1e-12


class Blend(msgspec.Struct, frozen=True):
    """The sum of ``scorers`` (over the same vocabulary), each times its weight."""

    scorers: tuple[Scorer, ...]
    weights: tuple[float, ...]
    name: str = "blend"

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return self.scorers[0].n_items

    def score(self, taste: Taste) -> FloatArray:
        """Return the weighted sum, shape (n_items,)."""
        total = np.zeros(self.n_items, dtype=np.float32)
        for scorer, weight in self._weighing():
            total += np.float32(weight) * scorer.score(taste)
        return total

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the weighted sums of many tastes."""
        total = np.zeros((len(tastes), self.n_items), dtype=np.float32)
        for scorer, weight in self._weighing():
            total += np.float32(weight) * scorer.score_batch(tastes)
        return total

    def contributions(self, taste: Taste, columns: NDArray[np.int32]) -> FloatArray:
        """Return the weighted sum of the scorers' contributions."""
        total = np.zeros((len(columns), len(taste.columns) + 1), dtype=np.float32)
        for scorer, weight in self._weighing():
            total += np.float32(weight) * scorer.contributions(taste, columns)
        return total

    def _weighing(self) -> list[tuple[Scorer, float]]:
        """Return the scorers that weigh anything."""
        pairs = zip(self.scorers, self.weights, strict=True)
        return [(scorer, weight) for scorer, weight in pairs if weight > 0]


def fit_weights(
    scores: Sequence[FloatArray],
    relevant: csr_matrix,
    *,
    masked: NDArray[np.bool_] | None = None,
    k: int = 20,
) -> list[float]:
    """Find weights that rank what is relevant high: coordinate ascent on the mean nDCG@k.

    Starts where every scorer's best score weighs the same, then multiplies one weight at a time by the
    factors of ``STEPS`` as long as that helps. Only proportions matter, so the first scorer's weight
    stays as it starts and is never 0. Deterministic.

    Parameters
    ----------
    scores : one array (n_listeners, n_items) a scorer, all of the same listeners.
    relevant : (n_listeners, n_items) gains.
    masked : (n_listeners, n_items) what is not ranked; everything is where not given.
    """
    weights = np.array(even_weights(scores))

    def quality(trial: NDArray[np.float64]) -> float:
        total = np.zeros_like(scores[0])
        for weight, part in zip(trial, scores, strict=True):
            if weight > 0:
                total += np.float32(weight) * part
        if masked is not None:
            total[masked] = -np.inf
        return float(ndcg(best(total, k), relevant, k).mean())

    reached = quality(weights)
    for _ in range(N_ROUNDS):
        before = reached
        for m in range(1, len(weights)):
            for step in STEPS:
                trial = weights.copy()
                trial[m] *= step
                found = quality(trial)
                if found > reached:
                    weights, reached = trial, found
        if reached <= before + LEAST_GAIN:
            break
    return [float(w) for w in weights]


def even_weights(scores: Sequence[FloatArray]) -> list[float]:
    """Return the weights with which the best score of every scorer is 1 on average."""
    return [1 / max(float(part.max(axis=1).mean()), TINY) for part in scores]

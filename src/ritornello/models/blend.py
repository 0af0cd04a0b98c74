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
from ritornello.measures.ranking import best, of_ranking
from ritornello.measures.relevance import ndcg
from ritornello.models.scorer import FloatArray, Scorer, added_up

LEVELS = (0.0, 0.1, 0.2, 0.35, 0.6, 1.0, 1.6, 2.5, 4.0, 7.0, 12.0)
N_ROUNDS = 3
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
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the weighted sums of many tastes, scorer by scorer, in place."""
        for scorer, its_weight in self._weighing():
            scorer.add_to(scores, tastes, weight * its_weight)

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
    k: int,
) -> list[float]:
    """Find weights that rank what is relevant high, by the listeners' nDCG@k.

    Starts with the first scorer alone and tries the others one after another at the multiples
    ``LEVELS`` of the weight at which their best scores are as high. Levels that are worse than the best
    by less than one standard error of the paired difference are tied with it (Breiman et al., 1984), and
    the middle one of the tied is taken, 0 among them: where no level is clearly better, weighing little
    errs less than either end. Only proportions matter, so the first scorer's weight stays and is never 0.

    Parameters
    ----------
    scores : one array (n_listeners, n_items) a scorer, all of the same listeners.
    relevant : (n_listeners, n_items) gains.
    masked : (n_listeners, n_items) what is not ranked; everything is where not given.
    """
    even = np.array(even_weights(scores))
    levels = np.zeros(len(scores))
    levels[0] = 1.0
    for _ in range(N_ROUNDS):
        before = levels.copy()
        for m in range(1, len(levels)):
            quality = []
            for level in LEVELS:
                levels[m] = level
                quality.append(_quality(scores, even * levels, relevant, masked, k))
            levels[m] = _level(np.stack(quality))
        if np.array_equal(levels, before):
            break
    return [float(w) for w in even * levels]


def _level(quality: NDArray[np.float64]) -> float:
    """Choose among ``LEVELS`` by the quality of each for every listener, shape (n_levels, n)."""
    loss = quality[quality.mean(axis=1).argmax()] - quality
    standard_error = loss.std(axis=1) / np.sqrt(loss.shape[1])
    tied = np.array(LEVELS)[loss.mean(axis=1) <= standard_error]
    return float(tied[(len(tied) - 1) // 2])


def _quality(
    scores: Sequence[FloatArray],
    weights: NDArray[np.float64],
    relevant: csr_matrix,
    masked: NDArray[np.bool_] | None,
    k: int,
) -> NDArray[np.float64]:
    """Return each listener's nDCG@k of ranking by the weighted sum."""
    total = np.zeros_like(scores[0])
    for weight, part in zip(weights, scores, strict=True):
        if weight > 0:
            total += np.float32(weight) * part
    if masked is not None:
        total[masked] = -np.inf
    return ndcg(of_ranking(best(total, k), relevant), k)


def even_weights(scores: Sequence[FloatArray]) -> list[float]:
    """Return the weights with which the best score of every scorer is 1 on average."""
    return [1 / max(float(part.max(axis=1).mean()), TINY) for part in scores]

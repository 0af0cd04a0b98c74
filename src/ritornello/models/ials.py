"""Latent factors from implicit feedback, with listeners folded in exactly.

Items have factors y_i; a listener's factors minimise Σ_i c_i (p_i − xᵀy_i)² + λ‖x‖², where
c_i = α|e_i| and p_i = [e_i > 0] for items with evidence e_i, and c_i = 1, p_i = 0 for the others
(Hu, Koren, Volinsky, ICDM 2008):

    x = A⁻¹ Σ_j c_j p_j y_j,      A = YᵀY + λI + Σ_j (c_j − 1) y_j y_jᵀ

Factors are trained by conjugate gradients (``implicit``; Takács, Pilászy, Tikk, RecSys 2011); serving
solves the same equation exactly, so a listener never seen at training, or a play of a second ago,
needs no training. Since xᵀy_i = Σ_j c_j p_j y_iᵀA⁻¹y_j, each history item's share of a score is exact.
Right for mid-popular items; it misleads for items with a handful of listeners.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.linalg.blas import sgemm
from threadpoolctl import threadpool_limits

from ritornello.listeners.taste import Taste
from ritornello.models.evidence import EvidenceConfig, evidence, evidence_of_all
from ritornello.models.interactions import Interactions
from ritornello.models.scorer import FloatArray, added_up

Progress = Callable[[float], None]


class IalsConfig(msgspec.Struct, frozen=True):
    """Number of factors, α, λ, training rounds, and what the evidence is."""

    n_factors: Annotated[int, msgspec.Meta(ge=1)] = 64
    alpha: Annotated[float, msgspec.Meta(gt=0)] = 15.0
    regularization: Annotated[float, msgspec.Meta(gt=0)] = 50.0
    n_rounds: Annotated[int, msgspec.Meta(ge=1)] = 15
    evidence: EvidenceConfig = EvidenceConfig(log_weight=0.05)


class IalsScorer(msgspec.Struct, frozen=True, dict=True):
    """Scores by item factors Y, shape (n_items, n_factors), and the listener's exact fold-in."""

    config: IalsConfig
    factors: FloatArray
    gram: NDArray[np.float64]
    name: str = "ials"

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.factors)

    def fold_in(self, taste: Taste) -> FloatArray:
        """Return the listener's factors x, shape (n_factors,)."""
        system, spoken_for = self._system(taste)
        folded: FloatArray = np.linalg.solve(system, spoken_for.sum(axis=1)).astype(np.float32)
        return folded

    def score(self, taste: Taste) -> FloatArray:
        """Return Y x, shape (n_items,)."""
        return self.factors @ self.fold_in(taste)

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes."""
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the scores of many tastes by one matrix product, in place."""
        if len(tastes):
            folded = np.stack([self.fold_in(taste) for taste in tastes])
            sgemm(weight, self.factors.T, folded.T, 1.0, scores.T, trans_a=True, overwrite_c=True)

    def contributions(self, taste: Taste, columns: NDArray[np.int32]) -> FloatArray:
        """Return c_j p_j y_iᵀA⁻¹y_j for each wanted i and history item j; the rest is 0."""
        parts = np.zeros((len(columns), len(taste.columns) + 1), dtype=np.float32)
        parts[:, :-1] = self.factors[columns] @ np.linalg.solve(*self._system(taste))
        return parts

    def _system(self, taste: Taste) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return A, and c_j p_j y_j side by side, shape (n_factors, h)."""
        found = self.config.alpha * evidence(taste, self.config.evidence).astype(np.float64)
        known = self.factors[taste.columns].astype(np.float64)
        system = self.gram + (known.T * (np.abs(found) - (found != 0))) @ known
        return system, known.T * np.maximum(found, 0)


def train_ials(
    interactions: Interactions,
    config: IalsConfig,
    rng: np.random.Generator,
    *,
    n_threads: int = 1,
    progress: Progress | None = None,
) -> IalsScorer:
    """Train item factors; ``implicit`` runs its own threads, so BLAS is held to one."""
    confidence = config.alpha * evidence_of_all(interactions, config.evidence)
    matrix = interactions.matrix(confidence)
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=config.n_factors,
            regularization=config.regularization,
            iterations=config.n_rounds,
            num_threads=n_threads,
            random_state=int(rng.integers(2**31)),
        )
        model.fit(matrix, show_progress=False, callback=_report(progress, config.n_rounds))
    return scorer_of(config, model.item_factors)


def scorer_of(config: IalsConfig, factors: FloatArray) -> IalsScorer:
    """Make a scorer of item factors; what every fold-in shares, YᵀY + λI, is computed once."""
    wide = factors.astype(np.float64)
    gram = wide.T @ wide + config.regularization * np.eye(factors.shape[1])
    return IalsScorer(config, np.ascontiguousarray(factors, dtype=np.float32), gram)


def _report(progress: Progress | None, n_rounds: int) -> Callable[..., Any] | None:
    if progress is None:
        return None
    return lambda done, *_: progress((done + 1) / n_rounds)

"""What is played by the same listeners: each item's nearest neighbours.

    s(j → i) = Σ_u ν_u w_uj w_ui / (n_j^a n_i^b),      ν_u = |I_u|^−q,      n_i = Σ_u ν_u w_ui²

``w`` is the evidence of a listener for an item; the k strongest targets i of every j are kept, j
itself excluded. a = b = ½ and q = 0 is the cosine (Sarwar et al., WWW 2001); unequal a and b the
asymmetric cosine (Aiolli, RecSys 2013), where a small b lets popular targets through; q > 0 lets
listeners with long histories say less about each pair (inverse user frequency, Breese et al., UAI
1998). A score adds s(j → i) over the history, weighted by its evidence, so each item's share is exact.
Right where neighbourhoods are dense; it knows nothing of an item with few listeners.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
from implicit.nearest_neighbours import all_pairs_knn
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.listeners.taste import Taste
from ritornello.models.evidence import (
    EvidenceConfig,
    evidence,
    evidence_of_all,
    evidence_of_many,
)
from ritornello.models.interactions import Interactions
from ritornello.models.scorer import FloatArray, added_up

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class CooccurrenceConfig(msgspec.Struct, frozen=True):
    """How many neighbours k, the exponents a, b and q, and what the evidence is."""

    n_neighbours: Annotated[int, msgspec.Meta(ge=1)] = 100
    source_exponent: Share = 0.9
    target_exponent: Share = 0.3
    listener_exponent: Share = 0.75
    evidence: EvidenceConfig = EvidenceConfig()


class CooccurrenceScorer(msgspec.Struct, frozen=True):
    """Sums the similarities of a history's neighbours; ``neighbours[j, i]`` is s(j → i)."""

    config: CooccurrenceConfig
    neighbours: csr_matrix
    name: str = "cooccurrence"

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return int(self.neighbours.shape[0])

    def score(self, taste: Taste) -> FloatArray:
        """Return Σ_j e_j s(j → ·), shape (n_items,)."""
        weights = evidence(taste, self.config.evidence)
        scores: FloatArray = self.neighbours[taste.columns].T @ weights
        return scores

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes."""
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the scores of many tastes, found by one sparse product."""
        histories = evidence_of_many(tastes, self.n_items, self.config.evidence)
        found = histories @ self.neighbours
        rows = np.repeat(np.arange(len(tastes)), np.diff(found.indptr))
        scores[rows, found.indices] += np.float32(weight) * found.data

    def contributions(self, taste: Taste, columns: NDArray[np.int32]) -> FloatArray:
        """Return e_j s(j → i) for each wanted i and history item j; the rest is 0."""
        weights = evidence(taste, self.config.evidence)
        among = self.neighbours[taste.columns][:, columns].toarray()
        parts = np.zeros((len(columns), len(weights) + 1), dtype=np.float32)
        parts[:, :-1] = (among * weights[:, None]).T
        return parts


def train_cooccurrence(
    interactions: Interactions, config: CooccurrenceConfig, *, n_threads: int = 1
) -> CooccurrenceScorer:
    """Find every item's neighbours."""
    values = np.maximum(evidence_of_all(interactions, config.evidence), 0)
    lengths = np.maximum(np.diff(interactions.starts), 1).astype(np.float64)
    listener_scale = (lengths ** (-config.listener_exponent / 2))[interactions.rows]
    scaled = (values * listener_scale).astype(np.float64)
    norms = np.bincount(interactions.columns, weights=scaled**2, minlength=interactions.n_items)
    norms = np.maximum(norms, 1e-12)
    scaled *= (norms**-config.target_exponent)[interactions.columns]
    found = all_pairs_knn(
        interactions.matrix(scaled),
        config.n_neighbours + 1,
        num_threads=n_threads,
        show_progress=False,
    )
    other = (found.row != found.col) & (found.data > 0)
    rows, targets = found.row[other], found.col[other]
    similarity = found.data[other] * norms[rows] ** (
        config.target_exponent - config.source_exponent
    )
    shape = (interactions.n_items, interactions.n_items)
    neighbours = csr_matrix((similarity.astype(np.float32), (rows, targets)), shape=shape)
    neighbours.sort_indices()
    return CooccurrenceScorer(config, neighbours)

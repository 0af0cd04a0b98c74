"""How much likelier each item follows the latest plays than chance would have it: PCTM.

    P(a | b) = (C_ba + τ / n) / (C_b· + τ),      C_ba = Σ_{d ≤ D} d^−γ N^(d)_ba
    S(a) = Σ_j v_j ln P(a | h_j) + λ ln p(a),    v_j ∝ ρ^j,  Σ v = 1

N^(d)_ba is how often a came exactly d places after b, n the number of items, h_1 the newest of the
latest J plays; p(a) is a's share of all plays with one added to each count, and λ < 0 takes from what
all play. Every count is smoothed by τ plays laid evenly on all items, so one pair seen once says little
(Petrov, Chandar, Bennett, Bouchard, Lalmas, RecSys 2026, whose constants these are).

What is the same for all items is left out: ln P becomes ln(1 + C_ba n / τ), which is 0 where a never
followed b, and ln p becomes ln(f_a + 1) of the count f_a. So whoever played nothing has no opinion. τ
and λ were tuned on a catalogue of 12,092 items; on another they want tuning.

Two terms are ours, and 0 unless asked for: β ln(1 + C_ab n / τ) beside each ln P, for what leads to b
mostly fits after it, too; and μ ln(2 (l_a + 1) / (f_a + 2)) beside λ ln p, where l_a of the f_a plays of a
are among the last ``n_lately`` of whoever played it, for what came up late in others' histories comes up
now.
"""

from typing import Annotated

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from ritornello.models.interactions import Interactions
from ritornello.models.scorer import FloatArray
from ritornello.models.sequential import SequentialScorer, Weights
from ritornello.models.succession import count_after, strongest

Count = Annotated[int, msgspec.Meta(ge=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]

NAME = "transitions"


class TransitionsConfig(msgspec.Struct, frozen=True):
    """D, γ, τ, J, ρ and λ of the formula; β (``backward``) and μ (``lately``) of what is ours.

    Of each item the ``n_targets`` strongest transitions are kept, all where it is ``None``; the two
    plays of one are at most ``max_gap_s`` seconds apart.
    """

    n_distances: Count = 10
    distance_exponent: NotNegative = 0.5
    smoothing: Positive = 11_250.0
    n_latest: Count = 50
    recency: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.6
    popularity: float = -0.04
    backward: NotNegative = 0.0
    lately: float = 0.0
    n_lately: Count = 2
    n_targets: Count | None = None
    max_gap_s: Positive | None = None

    def weights(self, n_plays: int) -> Weights:
        """Return ρ^j for the J latest plays, divided by their sum."""
        weights = self.recency ** np.arange(min(n_plays, self.n_latest), dtype=np.float64)
        shares: Weights = weights / max(weights.sum(), 1.0)
        return shares


def train_transitions(interactions: Interactions, config: TransitionsConfig) -> SequentialScorer:
    """Count what came after what, and set it against chance."""
    distances = np.arange(1, config.n_distances + 1, dtype=np.float64)
    weights = distances**-config.distance_exponent
    counts = count_after(interactions, weights.tolist(), config.max_gap_s)
    if config.n_targets is not None:
        counts = strongest(counts, config.n_targets)
    table = _evidence(counts, config)
    if config.backward:
        table = table + config.backward * _evidence(counts.T.tocsr(), config)
    return SequentialScorer(NAME, config, table.astype(np.float32), _prior(interactions, config))


def _evidence(counts: csr_matrix, config: TransitionsConfig) -> csr_matrix:
    """Return ln(1 + C n / τ) where C is above 0."""
    values = np.log1p(counts.data * (counts.shape[0] / config.smoothing))
    return csr_matrix((values, counts.indices, counts.indptr), counts.shape)


def _prior(interactions: Interactions, config: TransitionsConfig) -> FloatArray:
    """Return what speaks for an item whatever was played before it; 0 for what nobody played."""
    columns, n_items = interactions.play_columns, interactions.n_items
    to_the_end = np.repeat(interactions.play_starts[1:], np.diff(interactions.play_starts))
    late = to_the_end - np.arange(len(columns)) <= config.n_lately
    n_plays = np.bincount(columns, minlength=n_items)
    n_late = np.bincount(columns[late], minlength=n_items)
    lateness = np.log(2 * (n_late + 1) / (n_plays + 2))
    prior = config.popularity * np.log1p(n_plays) + config.lately * lateness
    return prior.astype(np.float32)

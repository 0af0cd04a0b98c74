"""What is played within a few places after the latest plays: sequential rules.

    S(a) = Σ_{j ≤ J} j^−r R(h_j, a),      R_ba = Σ_{d ≤ D} N^(d)_ba / log₁₀(d + δ)

N^(d)_ba is how often a came exactly d places after b, h_1 the newest play; of each b the k strongest
rules are kept, of equal ones those to lower columns (Ludewig, Jannach, UMUAI 2018; in this form and with
these constants the SeqRules of Petrov, Chandar, Bennett, Bouchard, Lalmas, RecSys 2026). Right where
what fits does so some steps later, too; counts are raw, so what many play comes high everywhere.
"""

from typing import Annotated

import msgspec
import numpy as np

from ritornello.models.interactions import Interactions
from ritornello.models.sequential import SequentialScorer, Weights
from ritornello.models.succession import count_after, strongest

Count = Annotated[int, msgspec.Meta(ge=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]

NAME = "sequence_rules"


class SequenceRulesConfig(msgspec.Struct, frozen=True):
    """D, δ, k, J and r of the formula, and the longest time between two plays of a rule (seconds)."""

    n_distances: Count = 10
    distance_offset: Annotated[float, msgspec.Meta(gt=0.0)] = 1.7
    n_targets: Count = 100
    n_latest: Count = 10
    recency_exponent: Annotated[float, msgspec.Meta(ge=0)] = 2.0
    max_gap_s: Positive | None = None

    def weights(self, n_plays: int) -> Weights:
        """Return j^−r for the J latest plays."""
        places = np.arange(1, min(n_plays, self.n_latest) + 1, dtype=np.float64)
        weights: Weights = places**-self.recency_exponent
        return weights


def train_sequence_rules(
    interactions: Interactions, config: SequenceRulesConfig
) -> SequentialScorer:
    """Count rules and keep the strongest of each item."""
    distances = np.arange(1, config.n_distances + 1)
    weights = 1 / np.log10(distances + config.distance_offset)
    rules = strongest(
        count_after(interactions, weights.tolist(), config.max_gap_s), config.n_targets
    )
    prior = np.zeros(interactions.n_items, np.float32)
    return SequentialScorer(NAME, config, rules.astype(np.float32), prior)

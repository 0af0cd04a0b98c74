"""What is played right after the last play: a Markov chain of first order.

    S(a) = N_ba / Σ_i N_bi,      b the last play

N_ba is how often a came directly after b. It is the plainest of sequence models and hard to beat where
lists are played through; it knows nothing of a play that nobody went on from, and nothing but the last
one. Ranks as the counts N_ba themselves do (the MC of Petrov, Chandar, Bennett, Bouchard, Lalmas, RecSys
2026).
"""

from typing import Annotated

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from ritornello.models.interactions import Interactions
from ritornello.models.sequential import SequentialScorer, Weights
from ritornello.models.succession import count_after

Positive = Annotated[float, msgspec.Meta(gt=0)]

NAME = "markov"


class MarkovConfig(msgspec.Struct, frozen=True):
    """The longest time after which a play still counts as the next, in seconds; ``None``: any."""

    max_gap_s: Positive | None = None

    def weights(self, n_plays: int) -> Weights:
        """Return 1 for the last play, if there is one."""
        return np.ones(min(n_plays, 1))


def train_markov(interactions: Interactions, config: MarkovConfig) -> SequentialScorer:
    """Count what came directly after what, as shares of everything that came after it."""
    counts = count_after(interactions, [1.0], config.max_gap_s)
    totals = np.asarray(counts.sum(axis=1)).ravel()
    shares = counts.data / np.repeat(totals, np.diff(counts.indptr))
    table = csr_matrix((shares.astype(np.float32), counts.indices, counts.indptr), counts.shape)
    return SequentialScorer(NAME, config, table, np.zeros(interactions.n_items, np.float32))

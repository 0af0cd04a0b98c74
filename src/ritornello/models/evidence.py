"""What plays, skips and loves say about liking, as one number.

    e = b(n_plays) − σ b(n_skips) + λ [loved],      b(n) = [n ≥ 1] (1 + κ ln n)

The thousandth play says less than the first, so counts enter as logarithms (Hu, Koren, Volinsky,
ICDM 2008, weigh confidence this way). Each term looks at one item only: a new play of one song never
lowers what is believed of another. Skips without plays make it negative: known, and not liked.
Right for music; it misleads where one play is long (an audiobook) and for shared accounts.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.listeners.taste import Taste
from ritornello.models.interactions import Interactions

Floats = NDArray[np.float32]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]

_NONE = np.empty(0, dtype=np.float32)


class EvidenceConfig(msgspec.Struct, frozen=True):
    """The constants of the formula: κ (``log_weight``, tuned), σ and λ (chosen by judgement)."""

    log_weight: NotNegative = 0.1
    skip_weight: NotNegative = 0.5
    love_weight: NotNegative = 1.0


def evidence(taste: Taste, config: EvidenceConfig) -> Floats:
    """Return the evidence for each item of a taste, shape (h,).

    Examples
    --------
    >>> from ritornello.testing.tastes import taste
    >>> e = evidence(taste([3, 4], n_plays=[1, 20]), EvidenceConfig(log_weight=1.0))
    >>> [round(float(x), 2) for x in e]
    [1.0, 4.0]
    """
    return _evidence(taste.n_plays, taste.n_skips, taste.loved, config)


def evidence_of_many(tastes: Sequence[Taste], n_items: int, config: EvidenceConfig) -> csr_matrix:
    """Return the evidence for each item of many tastes, shape (len(tastes), n_items).

    What is stored of a row stands in the order of its taste's columns.
    """
    starts = np.cumsum([0, *(len(taste.columns) for taste in tastes)])
    values = _evidence(
        np.concatenate([_NONE, *(taste.n_plays for taste in tastes)]),
        np.concatenate([_NONE, *(taste.n_skips for taste in tastes)]),
        np.concatenate([_NONE.astype(np.bool_), *(taste.loved for taste in tastes)]),
        config,
    )
    columns = np.concatenate([_NONE.astype(np.int32), *(taste.columns for taste in tastes)])
    return csr_matrix((values, columns, starts), shape=(len(tastes), n_items))


def evidence_of_all(interactions: Interactions, config: EvidenceConfig) -> Floats:
    """Return the evidence of every pair of listener and item, in the order of the pairs."""
    return _evidence(interactions.n_plays, interactions.n_skips, interactions.loved, config)


def _evidence(
    n_plays: Floats, n_skips: Floats, loved: NDArray[np.bool_], config: EvidenceConfig
) -> Floats:
    found = (
        _log_count(n_plays, config.log_weight)
        - config.skip_weight * _log_count(n_skips, config.log_weight)
        + config.love_weight * loved
    )
    return found.astype(np.float32)


def _log_count(n: Floats, log_weight: float) -> NDArray[np.float64]:
    """Return b(n): 0 for none, 1 for one, growing with the logarithm."""
    return np.where(n >= 1, 1.0 + log_weight * np.log(np.maximum(n, 1.0)), 0.0)

"""How well are the satisfied told from the rest? AUC and log loss of probabilities against 0 and 1.

A label is 0 or 1; weights are above or equal 0 and default to 1 each.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]

SMALLEST_P = 1e-15


def auc(scores: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the probability that a positive stands above a negative, a tie counting half.

    AUC = Σ⁺ Σ⁻ w⁺ w⁻ (1[s⁺ > s⁻] + ½ 1[s⁺ = s⁻]) / (W⁺ W⁻), in [0, 1], 0.5 without any order (Hanley, McNeil,
    Radiology 1982). nan where all labels are alike. Says nothing of calibration, and weighs a pair at the top like one
    at the bottom.

    Examples
    --------
    >>> auc([0.1, 0.4, 0.4, 0.8], [0, 0, 1, 1])
    0.875
    """
    values, found, w = _aligned(scores, labels, weights)
    return auc_of_levels(levels_of(values), found, w)


def levels_of(scores: FloatArray) -> NDArray[np.int64]:
    """Return the dense rank of each score from 0: what an AUC depends on, sorted once for many weights."""
    return np.unique(scores, return_inverse=True)[1].astype(np.int64)


def auc_of_levels(levels: NDArray[np.int64], labels: FloatArray, weights: FloatArray) -> float:
    """Return :func:`auc` of scores whose dense ranks are known; O(n)."""
    positive = np.bincount(levels, weights=weights * labels)
    negative = np.bincount(levels, weights=weights * (1 - labels))
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative / 2
    return float(positive @ below / pairs) if pairs > 0 else float("nan")


def log_losses(p: ArrayLike, labels: ArrayLike) -> FloatArray:
    """Return −ln of the probability given to what happened, (n,), in nats; p is kept 1e-15 from 0 and 1."""
    values, found, _ = _aligned(p, labels, None)
    kept = values.clip(SMALLEST_P, 1 - SMALLEST_P)
    return np.asarray(-(found * np.log(kept) + (1 - found) * np.log1p(-kept)))


def log_loss(p: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the mean of :func:`log_losses`; lower is better, a proper score.

    Examples
    --------
    >>> round(log_loss([0.5, 0.5], [0, 1]), 4)
    0.6931
    """
    _, _, w = _aligned(p, labels, weights)
    return float(np.average(log_losses(p, labels), weights=w))


def _aligned(
    values: ArrayLike, labels: ArrayLike, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return three float arrays of one length.

    Raises
    ------
    BadValue : different lengths, none at all, a value that is not finite, a label that is not 0 or 1, a weight below 0.
    """
    found, wanted = np.asarray(values, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    w = np.ones(len(found)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not found.shape == wanted.shape == w.shape or not len(found):
        raise BadValue(
            f"{found.shape} values, {wanted.shape} labels and {w.shape} weights do not fit"
        )
    if not (np.isfinite(found).all() and np.isin(wanted, (0.0, 1.0)).all()):
        raise BadValue("values must be finite and labels 0 or 1")
    if not (np.isfinite(w).all() and (w >= 0).all() and w.sum() > 0):
        raise BadValue("weights must be finite, not below 0 and not all 0")
    return found, wanted, w

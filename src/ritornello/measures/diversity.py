"""How wide is a taste? GS-score over item vectors, entropy over counts; one value a listener."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
Z_95 = 1.959963984540054
_ENTRIES_A_BLOCK = 200_000


class GsScores(msgspec.Struct, frozen=True):
    """GS-scores of listeners, each array (n_listeners,).

    ``n`` items with a vector; ``gs`` as published, nan without an item. ``cosine`` is the mean cosine of two different
    items, free of n, and ``corrected`` its root (0 where it is below 0), the GS-score of endlessly many items like these;
    nan below two items. ``low`` and ``high`` hold ``corrected`` with 95 %; below three items they are 0 and 1.
    """

    n: NDArray[np.int64]
    gs: FloatArray
    cosine: FloatArray
    corrected: FloatArray
    low: FloatArray
    high: FloatArray


def gs_scores(units: NDArray[np.floating], weights: csr_matrix) -> GsScores:
    """Return how close to each other the items of each listener lie: generalists low, specialists high.

    GS = Σ_j p_j cos(x_j, μ) = ‖μ‖ with μ = Σ_j p_j x_j, p the shares of the weights, x unit vectors (Waller, Anderson,
    WWW 2019; Anderson et al., WWW 2020). Few items look alike by chance: for items drawn from a taste with mean m,
    E GS² = ‖m‖² + (1 − ‖m‖²) Σ p². So (GS² − Σ p²) / (1 − Σ p²), the mean cosine over pairs of different items, is
    unbiased for ‖m‖² at every n; its root is the corrected score. The interval is the jackknife's over items (Efron,
    1982) of that mean, taken to the root; it is too narrow below about ten items.

    Where vectors share a direction, as embeddings do, all listeners look narrow: report :func:`centred` beside it.

    Parameters
    ----------
    units : (n_items, n_factors), rows of length 1, or 0 for an item without a vector, which does not count.
    weights : (n_listeners, n_items), such as plays.

    Raises
    ------
    BadValue : weights below 0 or not finite, or for another number of items.

    Examples
    --------
    >>> scores = gs_scores(np.eye(2), csr_matrix([[1.0, 0.0], [1.0, 1.0]]))
    >>> scores.gs.round(3).tolist(), scores.corrected.tolist()
    ([1.0, 0.707], [nan, 0.0])
    """
    w = _weights(units, weights)
    rows = np.repeat(np.arange(w.shape[0]), np.diff(w.indptr))
    sums = np.asarray(w @ units.astype(np.float64))
    n = np.diff(w.indptr).astype(np.int64)
    total, squares = (
        np.bincount(rows, w.data**power, w.shape[0]).astype(np.float64) for power in (1, 2)
    )
    length_2 = np.einsum("ij,ij->i", sums, sums)
    cosine = _ratio(length_2 - squares, total**2 - squares, n >= 2)
    left = length_2[rows] - squares[rows] + 2 * w.data**2 - 2 * w.data * _along(units, w, sums)
    among = (total[rows] - w.data) ** 2 - squares[rows] + w.data**2
    without = _ratio(left, among, n[rows] >= 3)
    error = _jackknife_error(without, rows, n)
    return GsScores(
        n=n,
        gs=np.sqrt(_ratio(length_2, total**2, n >= 1)),
        cosine=cosine,
        corrected=_root(cosine),
        low=np.where(n >= 3, _root(cosine - Z_95 * error), 0.0),
        high=np.where(n >= 3, _root(cosine + Z_95 * error), 1.0),
    )


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    """Return the rows at length 1; a row of zeros stays one."""
    wide = vectors.astype(np.float64)
    length = np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return np.asarray(wide / np.where(length > 0, length, 1.0))


def centred(units: FloatArray) -> FloatArray:
    """Return unit vectors less the mean of all of them, at length 1 again: without the direction they share.

    Rows of zeros, items without a vector, stay and do not count for the mean.
    """
    known = np.asarray(units.any(axis=1))
    if not known.any():
        return units
    moved = unit(units - units[known].mean(axis=0))
    moved[~known] = 0
    return moved


def entropy(counts: NDArray[np.floating]) -> float:
    """Return −Σ p ln p of the shares p of the counts, in nats (Shannon, 1948); 0 for a single kind.

    Biased low for few draws, so compare listeners of like numbers only. Counts of 0 add nothing.

    Raises
    ------
    BadValue : counts below 0, or none above it.

    Examples
    --------
    >>> round(entropy(np.array([2.0, 2.0, 0.0])), 6)
    0.693147
    """
    found = counts[counts != 0].astype(np.float64)
    if not len(found) or not (np.isfinite(found) & (found > 0)).all():
        raise BadValue("entropy needs counts of 0 or more, one of them above 0")
    p = found / found.sum()
    return abs(float((p * np.log(p)).sum()))


def effective_number(counts: NDArray[np.floating]) -> float:
    """Return how many equally frequent kinds would be as diverse: e^entropy, the Hill number of order 1.

    Right for comparing how widely people listen; see :func:`entropy` for its bias.

    Source: M. O. Hill, Diversity and evenness, Ecology 54(2), 1973.

    Examples
    --------
    >>> round(effective_number(np.array([5.0, 5.0, 5.0, 5.0])), 6)
    4.0
    """
    return float(np.exp(entropy(counts)))


def _weights(units: NDArray[np.floating], weights: csr_matrix) -> csr_matrix:
    """Return the weights of items that have a vector; 0 is no entry."""
    if weights.shape[1] != len(units):
        raise BadValue(f"weights of {weights.shape[1]} items do not fit {len(units)} vectors")
    w = csr_matrix(weights, dtype=np.float64, copy=True)
    if not (np.isfinite(w.data) & (w.data >= 0)).all():
        raise BadValue("weights must be finite and not below 0")
    w.sum_duplicates()
    w.data *= np.asarray(units.any(axis=1))[w.indices]
    w.eliminate_zeros()
    return w


def _along(units: NDArray[np.floating], w: csr_matrix, sums: FloatArray) -> FloatArray:
    """Return the product of each entry's vector with its row's sum, a block at a time."""
    rows = np.repeat(np.arange(w.shape[0]), np.diff(w.indptr))
    found = np.empty(len(rows))
    for begin in range(0, len(rows), _ENTRIES_A_BLOCK):
        block = slice(begin, begin + _ENTRIES_A_BLOCK)
        found[block] = np.einsum("ij,ij->i", units[w.indices[block]], sums[rows[block]])
    return found


def _jackknife_error(
    without: FloatArray, rows: NDArray[np.intp], n: NDArray[np.int64]
) -> FloatArray:
    """Return √((n − 1)/n Σ_j (u_(j) − ū)²) of each row, u_(j) being the value without its j-th entry."""
    mean = np.bincount(rows, without, len(n)) / np.maximum(n, 1)
    spread = np.bincount(rows, (without - mean[rows]) ** 2, len(n))
    return np.asarray(np.sqrt(spread * (n - 1) / np.maximum(n, 1)))


def _ratio(part: FloatArray, whole: FloatArray, defined: NDArray[np.bool_]) -> FloatArray:
    """Return part / whole, at most 1; nan where it is not defined."""
    found = np.full(len(part), np.nan)
    np.divide(part, whole, out=found, where=defined & (whole > 0))
    return np.asarray(np.minimum(found, 1.0))


def _root(square: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.clip(square, 0.0, 1.0)))

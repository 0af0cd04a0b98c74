"""Does a list hold a listener's tastes in their proportions? Calibration in Steck's sense; one value a list.

(:mod:`~ritornello.measures.calibration` is the other sense: does 70 % happen 70 % of the time.) All are distances between
the shares p of traits in what was heard and the shares q on the list: 0 is the same mix, lower is better calibrated. Each
item's mass is dealt over its traits in proportion. Short lists cannot hold small shares, so compare lists of one length;
and a history of what was popular calibrates to popularity.
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from ritornello.measures.about import About, FloatArray, Lists, listed

SMOOTHING = 0.01
_CELLS_A_BLOCK = 4_000_000


def kl_bits(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return Σ_g p_g log2(p_g / ((1 − α) q_g + α p_g)), α = 0.01, of each row, in bits.

    From 0 to log2(1 / α) = 6.6; the smoothing keeps a trait that the list lacks finite. It weighs what is missing from the
    list and hardly what is too much; neither symmetric nor a metric.
    """
    smoothed = (1 - SMOOTHING) * q + SMOOTHING * p
    return _relative_bits(p, smoothed)


def js_distance(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return the root of the Jensen–Shannon divergence with logarithms to base 2, of each row; in [0, 1], a metric.

    Source: Lin, IEEE Trans. Inf. Theory 37(1), 1991; Endres, Schindelin, 49(7), 2003.
    """
    middle = (p + q) / 2
    divergence = (_relative_bits(p, middle) + _relative_bits(q, middle)) / 2
    return np.asarray(np.sqrt(np.clip(divergence, 0.0, 1.0)))


def hellinger(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return √(½ Σ_g (√p_g − √q_g)²) of each row; in [0, 1], a metric that minds small shares.

    Source: Hellinger (1909); among the measures Steck (2018) weighs.
    """
    return np.asarray(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=1) / 2))


DISTANCES: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "KL": kl_bits,
    "JS": js_distance,
    "Hellinger": hellinger,
}


def miscalibration(lists: Lists, about: About, k: int | None = None, by: str = "KL") -> FloatArray:
    """Return how far the mix of traits on the first k places is from that of what the listener had heard.

    ``by`` is :func:`KL <kl_bits>`, :func:`JS <js_distance>` or :func:`Hellinger <hellinger>`. Heard items weigh as often as
    they were heard, places alike. 0 is the same mix; lower is better calibrated; nan where either has nothing with a trait.

    Source: Steck, Calibrated recommendations, RecSys 2018.
    """
    parts = _shares(about.traits_of_items)
    shown = listed(lists.first(k).items, about.n_items)
    found = np.full(len(lists.topics), np.nan)
    step = max(_CELLS_A_BLOCK // max(parts.shape[1], 1), 1)
    for begin in range(0, len(found), step):
        block = slice(begin, begin + step)
        heard = about.heard[lists.topics[block]]
        p, q = ((each @ parts).toarray() for each in (heard, shown[block]))
        defined = p.any(axis=1) & q.any(axis=1)
        p, q = (each[defined] / each[defined].sum(axis=1, keepdims=True) for each in (p, q))
        found[begin + np.flatnonzero(defined)] = DISTANCES[by](p, q)
    return found


def _shares(traits: csr_matrix) -> csr_matrix:
    """Return each row's values as shares of their sum; a row of zeros stays one."""
    held = csr_matrix(traits, dtype=np.float64, copy=True)
    sums = np.asarray(held.sum(axis=1)).ravel()
    held.data /= np.repeat(np.where(sums > 0, sums, 1.0), np.diff(held.indptr))
    return held


def _relative_bits(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return Σ p log2(p / q) of each row; p of 0 adds nothing."""
    logs = np.zeros(p.shape)
    np.divide(p, q, out=logs, where=p > 0)
    np.log2(logs, out=logs, where=p > 0)
    return np.asarray((p * logs).sum(axis=1))

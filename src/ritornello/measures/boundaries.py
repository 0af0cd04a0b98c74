"""How well one way to part a sequence agrees with another: P_k and WindowDiff, both errors in [0, 1].

A window of k gaps is moved over both. P_k is the share of places where one has a boundary in the window and the other has
none; WindowDiff the share where the numbers of boundaries differ. Right where a boundary placed nearly right is better than
none, as of topics in talk; they mislead across sequences with parts of other lengths, and P_k misses boundaries too many.

Sources: D. Beeferman, A. Berger and J. Lafferty, Statistical models for text segmentation, Machine Learning 1999;
L. Pevzner and M. A. Hearst, A critique and improvement of an evaluation metric, Computational Linguistics 2002.
"""

import numpy as np
from numpy.typing import NDArray

Gaps = NDArray[np.bool_]


def window_diff(reference: Gaps, found: Gaps, k: int) -> float:
    """Return the share of windows in which the numbers of boundaries differ.

    Parameters
    ----------
    reference, found : (n,) whether a boundary stands at each gap.
    k : gaps in a window, from 1 to n; half a part's mean length, usually (:func:`half_a_part`).

    Examples
    --------
    >>> one, other = ([c == "1" for c in text] for text in ("000100000010", "000010000100"))
    >>> round(window_diff(np.array(one), np.array(other), 3), 6)
    0.3
    """
    return float(np.mean(_within(reference, k) != _within(found, k)))


def p_k(reference: Gaps, found: Gaps, k: int) -> float:
    """Return the share of windows in which only one of the two has a boundary; arguments as of :func:`window_diff`."""
    return float(np.mean((_within(reference, k) > 0) != (_within(found, k) > 0)))


def half_a_part(reference: Gaps) -> int:
    """Return the window both papers use: half the mean length of the reference's parts, at least 1."""
    return max(round(len(reference) / (2 * (int(np.count_nonzero(reference)) + 1))), 1)


def _within(gaps: Gaps, k: int) -> NDArray[np.int64]:
    """Return how many boundaries stand in each window."""
    sums = np.concatenate([[0], np.cumsum(gaps, dtype=np.int64)])
    found: NDArray[np.int64] = sums[k:] - sums[:-k]
    return found

"""Is a difference more than chance? The paired randomisation test, and what many such tests ask for."""

from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]

MOST_EXACT = 18
"""Up to how many differences every assignment of signs is tried; 2¹⁸ are 0.3 M."""
MOST_FLIPPED = 5_000
_CELLS_AT_ONCE = 4_000_000
_ROUNDING = 1e-12


class Randomised(msgspec.Struct, frozen=True):
    """What a randomisation test found: its two-sided p-value, of how many assignments, and whether those are all."""

    p_value: float
    n_assignments: int
    exact: bool


def sign_flip(
    differences: NDArray[np.floating], rng: np.random.Generator, *, n_draws: int = 10_000
) -> Randomised:
    """Return how often chance alone makes a mean difference as far from 0 as this one, to either side.

    If two systems are the same, each pair of values may be swapped, so each difference may have either sign: p is the share
    of assignments of signs whose |Σ ± d_i| reaches |Σ d_i|. All 2ⁿ are tried up to 18 differences other than 0; else
    ``n_draws`` at random, and p = (1 + reached) / (1 + n_draws), which is never 0 and holds its level (Phipson, Smyth, 2010).
    More than 5,000 differences are tied at random into so many bundles, whose signs are flipped together; that holds the
    level as well.

    Assumes pairs that are independent of each other: add up the topics of one listener before. Small p says that there is a
    difference, not that it matters: read the interval.

    Source: Fisher (1935); for rankings Smucker, Allan, Carterette, CIKM 2007.

    Raises
    ------
    BadValue : a difference that is not finite, or no draws.

    Examples
    --------
    >>> sign_flip(np.array([0.5, 0.25, 0.125]), np.random.default_rng(1))
    Randomised(p_value=0.25, n_assignments=8, exact=True)
    """
    if not np.isfinite(differences).all() or n_draws < 1:
        raise BadValue("a randomisation test needs finite differences and at least one draw")
    moved = differences[differences != 0].astype(np.float64)
    reach = abs(moved.sum()) - _ROUNDING * np.abs(moved).sum()
    if len(moved) <= MOST_EXACT:
        sums = np.zeros(1)
        for each in moved:
            sums = np.concatenate((sums + each, sums - each))
        return Randomised(float((np.abs(sums) >= reach).mean()), len(sums), True)
    if len(moved) > MOST_FLIPPED:
        bundle = rng.permutation(len(moved)) % MOST_FLIPPED
        moved = np.asarray(np.bincount(bundle, weights=moved), dtype=np.float64)
    n_reached = sum(int((np.abs(each) >= reach).sum()) for each in _flipped(moved, rng, n_draws))
    return Randomised((1 + n_reached) / (1 + n_draws), n_draws, False)


def holm(p_values: NDArray[np.floating]) -> FloatArray:
    """Return p-values adjusted for being one of many: whoever calls those below α different errs at all with at most α.

    The i-th smallest of m becomes the largest of min(1, (m − j + 1) p_(j)), j ≤ i. Right however the tests depend on each
    other; the family must be all that was asked, not what looked best.

    Source: Holm, Scand. J. Statist. 6, 1979.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    raised = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return adjusted


def _flipped(values: FloatArray, rng: np.random.Generator, n_draws: int) -> Iterator[FloatArray]:
    """Yield the sums of the values with signs drawn at random, some draws at a time."""
    n, total = len(values), values.sum()
    n_bytes = -(-n // 8)
    some = max(1, _CELLS_AT_ONCE // n)
    for done in range(0, n_draws, some):
        size = min(some, n_draws - done)
        drawn = np.frombuffer(rng.bytes(size * n_bytes), dtype=np.uint8).reshape(size, n_bytes)
        plus = np.unpackbits(drawn, axis=1, count=n).astype(np.float64)
        yield 2 * (plus @ values) - total

r"""Between what and what does the value lie? Intervals of an off-policy value, by listener.

Rounds of one listener are not independent: what they share widens the interval. Every interval here adds up the rounds of
each listener first. ``listener`` is (n,) numbers from 0, each used; rounds that nobody's taste ties together have one each.

===============  ========================================================================================
``asymptotic``   Student's interval of the sums; right for hundreds of listeners and no giant weights
``bootstrap``    listeners drawn again; the same, and follows skew a little
``bernstein``    holds for every n, where the range of a round is known beforehand; wide
===============  ========================================================================================
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from ritornello.kinds.errors import BadValue
from ritornello.measures.off_policy import Found
from ritornello.measures.resampling import Interval

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MOST_DRAWN = 5_000
_CELLS_AT_ONCE = 2_000_000


def standard_error(found: Found, listener: IntArray) -> float:
    r"""Return the standard error with rounds tied by listener, :math:`\sqrt{\frac{G}{G - 1} \sum_g (\sum_{i∈g} ψ_i)^2} / n`.

    Source: Liang, Zeger, Biometrika 1986.

    Raises
    ------
    BadValue : fewer than two listeners.
    """
    sums = _sums(found.influence, listener)
    n_listeners = len(sums)
    return float(np.sqrt(sums @ sums * n_listeners / (n_listeners - 1)) / len(listener))


def asymptotic(found: Found, listener: IntArray, *, level: float = 0.95) -> Interval:
    """Return value ± Student's quantile (G − 1 degrees of freedom) × :func:`standard_error`.

    Too narrow where a few listeners or weights decide: look at the effective sample size first.

    Raises
    ------
    BadValue : fewer than two listeners.
    """
    error = standard_error(found, listener)
    n_listeners = int(listener.max()) + 1
    half = float(t.ppf((1 + level) / 2, n_listeners - 1)) * error
    return Interval(found.value, found.value - half, found.value + half, level, n_listeners)


def bootstrap(
    found: Found,
    listener: IntArray,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    n_resamples: int = 1_000,
) -> Interval:
    r"""Return the percentile interval of the value over listeners drawn again with replacement.

    The value is computed anew from each draw, its denominators too. More than ``MOST_DRAWN`` listeners are tied at random
    into so many equal bundles, which are drawn in their place: variance and skew stay, the cost is bounded. Percentiles are
    expanded as Student's interval is beside the normal one, because a sample drawn again varies too little.

    Sources: Efron, Tibshirani, An Introduction to the Bootstrap, 1993; Hesterberg, The American Statistician 2015 (expanded
    percentiles).

    Raises
    ------
    BadValue : fewer than two listeners.
    """
    n_listeners = int(listener.max(initial=-1)) + 1
    if n_listeners > MOST_DRAWN:
        listener = (rng.permutation(n_listeners) % MOST_DRAWN)[listener]
    columns = [np.ones(len(listener)), found.mean_of]
    if found.gains is not None and found.weights is not None:
        columns += [found.gains, found.weights]
    sums = np.column_stack([_sums(column, listener) for column in columns])
    values = np.concatenate(
        [_values(drawn @ sums) for drawn in _drawn(len(sums), n_resamples, rng)]
    )
    tail = _expanded((1 - level) / 2, len(sums))
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return Interval(found.value, float(low), float(high), level, n_listeners)


def bernstein(
    found: Found, listener: IntArray, within: tuple[float, float], *, level: float = 0.95
) -> Interval:
    r"""Return the empirical Bernstein interval, :math:`\hat V ± \sqrt{2 s^2 L / G} + 7 R L / 3 (G - 1)`, :math:`L = \ln(4 / δ)`.

    Of G listeners, :math:`s^2` the sample variance of their sums above the least they can be, in units of the value, and
    :math:`R` the range of one: that of a round, times the rounds of the busiest over the mean. Covers in at least ``level``
    of all logs, of any size, given how many rounds each listener has; wide until G is far above R.

    Source: Maurer, Pontil, COLT 2009.

    Parameters
    ----------
    within : the least and the most that a round can contribute (``found.rounds``), known before the log was seen.

    Raises
    ------
    BadValue : fewer than two listeners, a value that is no plain mean, or a round outside the stated range.
    """
    if found.gains is not None:
        raise BadValue("Bernstein's bound is for means; a self-normalised value is none")
    low, high = within
    least, most, near = float(found.rounds.min()), float(found.rounds.max()), 1e-9 * (high - low)
    if not low - near <= least <= most <= high + near:
        raise BadValue(
            f"rounds lie in [{least:g}, {most:g}], outside the stated [{low:g}, {high:g}]"
        )
    sums = _sums(found.rounds - low, listener)
    n_listeners = len(sums)
    scale = n_listeners / len(listener)
    deviation = float(sums.std(ddof=1)) * scale
    span = (high - low) * float(np.bincount(listener).max()) * scale
    log = float(np.log(4 / (1 - level)))
    half = deviation * float(np.sqrt(2 * log / n_listeners))
    half += 7 * span * log / (3 * (n_listeners - 1))
    return Interval(found.value, found.value - half, found.value + half, level, n_listeners)


def _sums(values: FloatArray, listener: IntArray) -> FloatArray:
    """Return the sum of each listener's rounds, (G,).

    Raises
    ------
    BadValue : fewer than two listeners, or another number of rounds.
    """
    if len(values) != len(listener):
        raise BadValue(f"{len(listener)} listeners do not fit {len(values)} rounds")
    sums = np.asarray(np.bincount(listener, weights=values), dtype=np.float64)
    if len(sums) < 2:
        raise BadValue("one listener says nothing of how listeners differ; an interval needs two")
    return sums


def _expanded(tail: float, n: int) -> float:
    """Return the percentile that stands for a tail with n drawn things, a little further out."""
    return float(norm.cdf(t.ppf(tail, n - 1) * np.sqrt(n / (n - 1))))


def _drawn(n: int, n_resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield how often each of n was drawn, (some, n) at a time."""
    some = max(1, _CELLS_AT_ONCE // n)
    for done in range(0, n_resamples, some):
        size = min(some, n_resamples - done)
        cells = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        counts = np.bincount(cells.ravel(), minlength=size * n)
        yield counts.reshape(size, n).astype(np.float64)


def _values(sums: FloatArray) -> FloatArray:
    """Return the value of each resample; nan where nothing in it weighs anything."""
    values = sums[:, 1] / sums[:, 0]
    if sums.shape[1] > 2:
        weight = sums[:, 3]
        values = values + np.divide(
            sums[:, 2], weight, out=np.full(len(sums), np.nan), where=weight > 0
        )
    return np.asarray(values)

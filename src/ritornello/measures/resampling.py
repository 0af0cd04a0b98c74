"""How sure are we? Intervals by drawing listeners again."""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue

MOST_DRAWN = 5_000
_CELLS_AT_ONCE = 4_000_000
FEW = 30
"""Below so many listeners an interval drawn from them is too narrow to trust."""


class Interval(msgspec.Struct, frozen=True):
    """A mean with the interval that covers the true one in ``level`` of such samples."""

    mean: float
    low: float
    high: float
    level: float
    n: int


def interval(
    values: NDArray[np.floating],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    n_resamples: int = 10_000,
) -> Interval:
    """Return the mean of one value a listener, with its percentile bootstrap interval.

    Draws the listeners with replacement ``n_resamples`` times and takes the quantiles of the means
    (Efron, Tibshirani, 1993). Right for means over a hundred listeners and more; too narrow for a
    handful, and blind to listeners who were never sampled.

    Raises
    ------
    BadValue : no values, or one that is not finite.
    """
    _must_be_finite(values)
    drawn = _drawn(len(values), n_resamples, rng)
    means = np.concatenate([values[rows].mean(axis=1) for rows in drawn])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high), level, len(values))


def paired_interval(
    ours: NDArray[np.floating],
    theirs: NDArray[np.floating],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    n_resamples: int = 10_000,
) -> Interval:
    """Return the mean difference ours − theirs over the same listeners, with its interval.

    What both find hard in a listener cancels, so the interval is narrower than that of two samples.

    Raises
    ------
    BadValue : the two do not have one value for each of the same listeners.
    """
    if ours.shape != theirs.shape:
        raise BadValue(f"pairs need the same listeners: {ours.shape} against {theirs.shape} values")
    return interval(ours - theirs, rng, level=level, n_resamples=n_resamples)


def interval_by_listener(
    values: NDArray[np.floating],
    listener: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    n_resamples: int = 10_000,
) -> Interval:
    """Return the mean of values with its percentile interval over listeners drawn again; ``n`` counts them.

    All values of a listener are drawn together, so what they share widens the interval. More than 5,000 listeners are tied
    at random into so many bundles, which are drawn in their place: variance and skew stay, the cost is bounded.

    Parameters
    ----------
    listener : (n,) a number for the listener of each value.

    Raises
    ------
    BadValue : no values, one that is not finite, or another number of listeners than values.
    """
    _must_be_finite(values)
    if values.shape != listener.shape:
        raise BadValue(f"{listener.shape} listeners do not fit {values.shape} values")
    whose = np.unique(listener, return_inverse=True)[1]
    n_listeners = int(whose.max()) + 1
    if n_listeners > MOST_DRAWN:
        whose = (rng.permutation(n_listeners) % MOST_DRAWN)[whose]
    sums, counts = np.bincount(whose, weights=values), np.bincount(whose)
    drawn = _drawn(len(sums), n_resamples, rng)
    means = np.concatenate([sums[rows].sum(axis=1) / counts[rows].sum(axis=1) for rows in drawn])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(values.mean()), float(low), float(high), level, n_listeners)


def statistic_interval(
    statistic: Callable[[NDArray[np.float64]], float],
    listener: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    n_resamples: int = 1_000,
) -> Interval:
    """Return a statistic of rows with its percentile interval over listeners drawn again.

    ``statistic(weights)`` is asked with the weight of each row: all 1 for the value, then how often its listener was drawn.
    Rows of a listener stay together, so that what a listener's rows share widens the interval. Draws for which
    the statistic is nan (such as the AUC of labels all alike) are left out.

    Parameters
    ----------
    listener : (n,) the number of each row's listener, from 0.

    Raises
    ------
    BadValue : no rows, or a statistic that is nan.
    """
    n_listeners = int(listener.max(initial=-1)) + 1
    value = statistic(np.ones(len(listener))) if len(listener) else float("nan")
    if not np.isfinite(value):
        raise BadValue(
            f"no interval of {value} over {len(listener)} rows; labels of both kinds are needed"
        )
    even = np.full(n_listeners, 1 / n_listeners)
    drawn = (
        statistic(rng.multinomial(n_listeners, even)[listener].astype(np.float64))
        for _ in range(n_resamples)
    )
    found = np.fromiter(drawn, dtype=np.float64, count=n_resamples)
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high), level, n_listeners)


def _must_be_finite(values: NDArray[np.floating]) -> None:
    if not len(values) or not np.isfinite(values).all():
        message = (
            f"an interval needs finite values; these {len(values)} are none or hold nan or inf"
        )
        raise BadValue(message)


def _drawn(n: int, n_resamples: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield n rows drawn with replacement, (some, n) at a time."""
    some = max(1, _CELLS_AT_ONCE // n)
    for done in range(0, n_resamples, some):
        yield rng.integers(n, size=(min(some, n_resamples - done), n))

"""How long until they come back? Kaplan–Meier curves of durations some of which are not over yet."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]


class Survival(msgspec.Struct, frozen=True):
    """The share that lasts longer than each time, in the order of the times, the first of them 0.

    ``n_at_risk`` and ``n_events`` say what each step rests on; ``variance`` is Greenwood's, ``low``
    and ``high`` bound the share at the ``level`` asked for, at each time by itself.
    """

    times: FloatArray
    n_at_risk: NDArray[np.int64]
    n_events: NDArray[np.int64]
    share: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    level: float

    def at(self, times: ArrayLike) -> FloatArray:
        """Return the share that lasts longer than each of these times; 1 before the first.

        Raises
        ------
        BadValue : a time beyond the longest duration, of which nothing is known.
        """
        asked = np.asarray(times, np.float64)
        if not np.all(asked <= self.times[-1]):
            message = f"nothing is known beyond {self.times[-1]:g}; asked for {np.max(asked):g}"
            raise BadValue(message)
        place = np.searchsorted(self.times, asked, side="right") - 1
        return np.where(place < 0, 1.0, self.share[np.maximum(place, 0)])

    @property
    def median(self) -> float:
        """The first time by which half are over; infinite where the curve never falls so low."""
        over = np.flatnonzero(self.share <= 0.5)
        return float(self.times[over[0]]) if len(over) else float("inf")


class RestrictedMean(msgspec.Struct, frozen=True):
    """The mean of min(duration, ``until``), and its standard error."""

    mean: float
    standard_error: float
    until: float


def kaplan_meier(durations: ArrayLike, observed: ArrayLike, *, level: float = 0.95) -> Survival:
    r"""Return the Kaplan–Meier curve of durations.

    Ŝ(t) = Π (1 − d_i / n_i) over times t_i ≤ t, with d_i ends among n_i at risk (Kaplan, Meier, JASA
    1958); Var Ŝ(t) = Ŝ(t)² Σ d_i / (n_i (n_i − d_i)) (Greenwood, 1926); bounds from log(−log Ŝ), which
    stay in [0, 1] (Kalbfleisch, Prentice, 1980). Where Ŝ is 1 both bounds are 1; where it is 0 the
    lower is 0 and the upper stays where it was, because the formula has no value there.

    Right where what cuts a duration off says nothing about its length, such as the end of the data.
    It misleads where several durations of one listener are counted as strangers': the curve then weighs
    listeners by how often they come, and the interval is too narrow (take one each, or draw listeners
    again).

    Parameters
    ----------
    durations : at least 0, in any unit, shape (n,).
    observed : whether each one ended; false: it lasted at least so long.
    level : share of such intervals that hold the truth.

    Raises
    ------
    BadValue : no durations, one that is negative or not finite, or lengths that differ.

    Examples
    --------
    >>> curve = kaplan_meier([6, 6, 6, 6, 7, 9], [True, True, True, False, True, False])
    >>> curve.times.tolist(), curve.n_at_risk.tolist(), curve.share.round(2).tolist()
    ([0.0, 6.0, 7.0, 9.0], [6, 6, 2, 1], [1.0, 0.5, 0.25, 0.25])
    """
    lasted, ended = _checked(durations, observed)
    times, place = np.unique(np.concatenate([[0.0], lasted]), return_inverse=True)
    n_times = len(times)
    n_left = np.bincount(place[1:], minlength=n_times)
    n_events = np.bincount(place[1:], weights=ended, minlength=n_times).astype(np.int64)
    n_at_risk = len(lasted) - np.concatenate([[0], np.cumsum(n_left)[:-1]])
    share = np.cumprod(1 - n_events / n_at_risk)
    stayed = np.maximum(n_at_risk - n_events, 1)
    greenwood = np.cumsum(np.where(n_events < n_at_risk, n_events / (n_at_risk * stayed), 0.0))
    low, high = _log_log(share, greenwood, level)
    variance = share**2 * greenwood
    return Survival(times, n_at_risk, n_events, share, variance, low, high, level)


def restricted_mean(curve: Survival, until: float) -> RestrictedMean:
    """Return the mean duration, counted up to ``until``: the area below the curve.

    ∫₀^τ Ŝ(t) dt; its variance is Σ A_i² d_i / (n_i (n_i − d_i)) over t_i ≤ τ, where A_i is the area from
    t_i to τ (Klein, Moeschberger, 2003). A mean that exists where that of all durations does not,
    because some are not over; compare means only for one ``until``.

    Raises
    ------
    BadValue : ``until`` is not above 0 or lies beyond the longest duration.

    Examples
    --------
    >>> curve = kaplan_meier([6, 6, 6, 6, 7, 9], [True, True, True, False, True, False])
    >>> restricted_mean(curve, 8).mean
    6.75
    """
    if not 0 < until <= curve.times[-1]:
        message = f"a mean up to {until:g} needs durations up to there; the longest is {curve.times[-1]:g}"
        raise BadValue(message)
    within = curve.times <= until
    widths = np.diff(np.append(curve.times[within], until))
    below = widths * curve.share[within]
    left = below[::-1].cumsum()[::-1]
    n_at_risk, n_events = curve.n_at_risk[within], curve.n_events[within]
    stayed = np.maximum(n_at_risk - n_events, 1)
    variance = np.sum(left**2 * n_events / (n_at_risk * stayed))
    return RestrictedMean(float(below.sum()), float(np.sqrt(variance)), float(until))


def _checked(durations: ArrayLike, observed: ArrayLike) -> tuple[FloatArray, NDArray[np.bool_]]:
    lasted, ended = np.asarray(durations, np.float64), np.asarray(observed, np.bool_)
    if lasted.ndim != 1 or lasted.shape != ended.shape or not len(lasted):
        message = f"needs one `observed` a duration; there are {lasted.shape} and {ended.shape}"
        raise BadValue(message)
    if not (np.isfinite(lasted) & (lasted >= 0)).all():
        raise BadValue("durations are finite and at least 0; some of these are not")
    return lasted, ended


def _log_log(
    share: FloatArray, greenwood: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the bounds of each share on the scale log(−log)."""
    inside = (share > 0) & (share < 1)
    log = np.log(np.where(inside, share, 0.5))
    wide = ndtri((1 + level) / 2) * np.sqrt(greenwood) / -log
    low = np.where(inside, np.exp(log * np.exp(wide)), share)
    high = np.where(inside, np.exp(log * np.exp(-wide)), 1.0)
    n_above = np.count_nonzero(share)
    high[n_above:] = high[n_above - 1] if n_above else 1.0
    return low, high

"""Has a daily series moved, and since when? Page's cumulative sums over a weekday baseline."""

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

WEEK = 7
WEEKS = 8
LAG = 7
"""Days between a day and what it is held against, so that a shift of this week is not its own baseline."""
SLACK = 1.0
MOST_DEVIATIONS = 4.0
LEAST_SHARE_KNOWN = 0.5
_WIDENING = 1.25
"""By how much a day to come misses a baseline of eight weeks more than their own days do (simulated, normal noise)."""
_MAD_TO_DEVIATION = 1.4826


class Excursion(msgspec.Struct, frozen=True):
    """A stretch in which a series was not what it used to be; days are places in the series.

    ``since`` is the likeliest first day, ``told`` the first on which it was sure, ``until`` the last before it was as
    usual again, ``None`` while it stands. ``deviations`` is how far off the days were on average, with its sign.
    """

    since: int
    told: int
    until: int | None
    deviations: float


def deviations(values: FloatArray, least_scale: FloatArray | float) -> FloatArray:
    """Return how many robust deviations each day lies off what is usual for its weekday.

    A day is held against the eight weeks that ended a week before it. Usual is their median plus the median of what its
    weekday differs by; the scale is 1.4826 MAD of what is left, widened for what eight weeks leave unsure and, where days
    follow each other (lag-1 correlation ρ > 0), by √((1 + ρ)/(1 − ρ)). Rolling, so what stays for a month becomes usual;
    a series that creeps is followed, not told.

    Parameters
    ----------
    values : a value a day without a gap, nan where it is unknown.
    least_scale : a scale below which no difference is worth telling.

    Returns
    -------
    nan where the day, or more than half of what it is held against, is unknown.
    """
    found = np.full(len(values), np.nan)
    n = WEEK * WEEKS
    if len(values) <= n + LAG - 1:
        return found
    before = sliding_window_view(values, n)[: len(values) - n - LAG + 1]
    before = before.reshape(-1, WEEKS, WEEK)
    n_known = np.count_nonzero(~np.isnan(before), axis=(1, 2))
    known = np.asarray(n_known >= LEAST_SHARE_KNOWN * n)
    before = before[known]
    level = np.nanmedian(before, axis=(1, 2))
    by_weekday = _median(before - level[:, None, None])
    left = (before - level[:, None, None] - by_weekday[:, None, :]).reshape(-1, n)
    scale = _MAD_TO_DEVIATION * np.nanmedian(np.abs(left), axis=1) * _WIDENING
    scale = scale * _inflation(left)
    days = np.flatnonzero(known) + n + LAG - 1
    # A window ends LAG days before its day, so the day's weekday stands at (n + LAG − 1) mod 7 of it.
    usual = level + by_weekday[:, (n + LAG - 1) % WEEK]
    least = np.broadcast_to(least_scale, values.shape)[days]
    found[days] = (values[days] - usual) / np.maximum(scale, least)
    return found


def excursions(z: FloatArray, threshold: float) -> list[Excursion]:
    """Return when S⁺ or S⁻ passed the threshold, S_t = max(0, S_{t−1} ± z_t − 1) (Page, Biometrika 1954).

    z is cut at ±4, so one odd day tells nothing; unknown days change nothing. A shift of δ deviations is told after about
    threshold / (min(δ, 4) − 1) days, one below 1 hardly ever; where days
    follow each other the scale is wider, and a shift must be so much larger. ``since`` is the day after S was last 0 (Page). Once
    told, S stays at the threshold at most, so that the end of an excursion shows soon.
    """
    cut = np.nan_to_num(z).clip(-MOST_DEVIATIONS, MOST_DEVIATIONS)
    told = [each for sign in (1.0, -1.0) for each in _one_side(sign * cut, threshold)]
    return sorted(
        (msgspec.structs.replace(each, deviations=_mean(z, each)) for each in told),
        key=lambda each: each.told,
    )


def threshold(n_days: float) -> float:
    """Return the threshold at which a series in which nothing moves is told of once in ``n_days``, on average.

    h = (ln n_days − 1.95) / 0.97, at least 2: fitted to 600 simulated series of two years whose days have Student's t with
    5 degrees of freedom, baseline and scale estimated as here. Normal days are told three times less often; Siegmund's
    formula (Sequential Analysis, 1985) for a known baseline would be told up to six times too often.

    Examples
    --------
    >>> round(threshold(365), 2)
    4.07
    """
    return max(2.0, (float(np.log(n_days)) - 1.95) / 0.97)


def _one_side(z: FloatArray, threshold: float) -> list[Excursion]:
    told: list[Excursion] = []
    total, since, standing = 0.0, 0, None
    for day, each in enumerate(z.tolist()):
        if total == 0:
            since = day
        total = max(0.0, total + each - SLACK)
        if standing is None and total > threshold:
            standing = Excursion(since, day, None, 0.0)
        if standing is not None:
            total = min(total, threshold)
            if total == 0:
                told.append(msgspec.structs.replace(standing, until=day - 1))
                standing = None
    return told if standing is None else [*told, standing]


def _mean(z: FloatArray, each: Excursion) -> float:
    days = z[each.since : None if each.until is None else max(each.until, each.told) + 1]
    return float(np.nanmean(days))


def _median(by_week: FloatArray) -> FloatArray:
    """Return the median over weeks, (windows, 7); 0 for a weekday of which nothing is known."""
    unknown = np.asarray(np.isnan(by_week).all(axis=1))
    filled = np.where(unknown[:, None, :], 0.0, by_week)
    return np.asarray(np.nanmedian(filled, axis=1))


def _inflation(left: FloatArray) -> FloatArray:
    """Return √((1 + ρ)/(1 − ρ)), by which sums of days that follow each other are wider than of others."""
    x = np.nan_to_num(left)
    square = (x**2).sum(axis=1)
    product = (x[:, 1:] * x[:, :-1]).sum(axis=1)
    rho = np.divide(product, square, out=np.zeros(len(x)), where=square > 0).clip(0, 0.8)
    return np.asarray(np.sqrt((1 + rho) / (1 - rho)))

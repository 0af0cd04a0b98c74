"""Does 70 % happen 70 % of the time? Reliability curve, expected calibration error, and the Brier score's parts."""

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from ritornello.kinds.errors import BadValue
from ritornello.measures.discrimination import SMALLEST_P

FloatArray = NDArray[np.float64]
Z_95 = 1.959963984540054


class Bin(msgspec.Struct, frozen=True):
    """Some forecasts: how many, their mean, how often it happened, and the 95 % interval of that rate."""

    n: int
    weight: float
    mean_p: float
    rate: float
    low: float
    high: float


class Reliability(msgspec.Struct, frozen=True):
    """The curve and its summaries; ``brier`` = ``reliability`` − ``resolution`` + ``uncertainty`` + ``within``.

    ``ece`` is the mean gap between forecast and rate over bins. ``within`` is what lies between forecasts of one bin;
    0 where each bin is a single forecast.
    """

    bins: tuple[Bin, ...]
    ece: float
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


def reliability(
    p: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None, *, n_bins: int = 10
) -> Reliability:
    """Return how forecasts and rates agree in ``n_bins`` bins of equally many forecasts.

    ECE = Σ_b W_b/W |rate_b − mean p_b| (Naeini, Cooper, Hauskrecht, AAAI 2015); Brier's parts after Murphy, J. Appl.
    Meteorol. 1973. Equal forecasts share a bin. Intervals are Wilson's (JASA 1927) for the effective number (Σw)² / Σw².
    ECE shrinks with fewer bins and is above 0 by chance alone: read it beside the intervals.

    Raises
    ------
    BadValue : none, forecasts outside [0, 1], labels that are not 0 or 1, weights not above 0, or lengths that differ.

    Examples
    --------
    >>> curve = reliability([0.2] * 5 + [0.8] * 5, [0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    >>> [(b.n, b.mean_p, b.rate) for b in curve.bins], round(curve.ece, 3)
    ([(5, 0.2, 0.2), (5, 0.8, 0.8)], 0.0)
    """
    forecast, happened = np.asarray(p, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    w = np.ones(len(forecast)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not forecast.shape == happened.shape == w.shape or not len(forecast):
        raise BadValue(f"{forecast.shape} forecasts and {happened.shape} labels do not fit")
    if not ((forecast >= 0) & (forecast <= 1)).all() or not np.isin(happened, (0.0, 1.0)).all():
        raise BadValue("forecasts must lie in [0, 1] and labels be 0 or 1")
    if not (np.isfinite(w).all() and (w > 0).all()):
        raise BadValue("weights must be finite and above 0")
    number = _binned(forecast, n_bins)
    bins = tuple(
        _bin(forecast[rows], happened[rows], w[rows])
        for rows in np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    )
    share = np.array([each.weight for each in bins]) / w.sum()
    mean_p, rate = np.array([[each.mean_p, each.rate] for each in bins]).T
    overall = float(np.average(happened, weights=w))
    brier = float(np.average((forecast - happened) ** 2, weights=w))
    reliable = float(share @ (mean_p - rate) ** 2)
    resolved = float(share @ (rate - overall) ** 2)
    uncertain = overall * (1 - overall)
    within = brier - (reliable - resolved + uncertain)
    ece = float(share @ np.abs(rate - mean_p))
    return Reliability(bins, ece, brier, reliable, resolved, uncertain, within)


class Platt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """p ↦ σ(slope · logit p + shift): two numbers that make forecasts honest (Platt, 1999).

    Right where forecasts are too sure or too timid throughout; it cannot mend a curve that bends twice.
    """

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, p: FloatArray) -> FloatArray:
        """Return the corrected probabilities."""
        kept = p.clip(SMALLEST_P, 1 - SMALLEST_P)
        return np.asarray(expit(self.slope * logit(kept) + self.shift))


def fit_platt(p: ArrayLike, labels: ArrayLike, weights: ArrayLike | None = None) -> Platt:
    """Fit :class:`Platt` by maximum likelihood on forecasts made without these labels; a slope is never below 0."""
    z = logit(np.asarray(p, dtype=np.float64).clip(SMALLEST_P, 1 - SMALLEST_P))
    y = np.asarray(labels, dtype=np.float64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        eta = at[0] * z + at[1]
        gap = w * (expit(eta) - y)
        return float(w @ (np.logaddexp(0, eta) - y * eta)), np.array([gap @ z, gap.sum()])

    found = minimize(loss, [1.0, 0.0], jac=True, method="L-BFGS-B", bounds=[(0, 20), (-20, 20)])
    return Platt(float(found.x[0]), float(found.x[1]))


def _binned(forecast: FloatArray, n_bins: int) -> NDArray[np.int64]:
    """Return the bin of each forecast from 0, about equally many forecasts each, equal forecasts together."""
    edges = np.unique(np.quantile(forecast, np.linspace(0, 1, n_bins + 1)[1:-1], method="lower"))
    found = np.searchsorted(edges, forecast, side="left")
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _bin(forecast: FloatArray, happened: FloatArray, w: FloatArray) -> Bin:
    total = float(w.sum())
    rate = float(w @ happened / total)
    n = total**2 / float(w @ w)
    centre = (rate + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * np.sqrt(rate * (1 - rate) / n + Z_95**2 / (4 * n**2))
    mean_p = float(w @ forecast / total)
    return Bin(len(w), total, mean_p, rate, float(centre - half), float(centre + half))

"""What we believe of every arm in every segment of listeners: Beta posteriors that borrow from each other.

An arm is whatever is chosen among (a shelf, an item of a pool), a segment those listeners who are like each other.
Beliefs are frozen and made anew from sums of lessons; those come as whole thousandths, whose sums are exact in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, betaln

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SPREADS = tuple(np.geomspace(0.1, 3.0, 18).tolist())
USUAL_SPREAD, HOW_USUAL = 0.7, 1.0
N_SETTLING = 6


class Prior(NamedTuple):
    """Beta(alpha, beta): what is believed of an arm before anything was seen of it.

    One success in a hundred is **pessimistic** on purpose: the untried does not stand before the proven (Bendada,
    Salha, Bontempelli, RecSys 2020).
    """

    alpha: float = 1.0
    beta: float = 99.0

    @classmethod
    def of(cls, mean: float, weight: float) -> "Prior":
        """Return the prior that a forecast (such as a model's score) makes, worth ``weight`` trials."""
        return cls(mean * weight, (1 - mean) * weight)


PESSIMISTIC = Prior()


class Cells(msgspec.Struct, frozen=True):
    """Sums of lessons, a row a pair of arm and segment of which something is known.

    Parameters
    ----------
    segments, arms : names and their places, in order.
    segment, arm : (m,) places, sorted by arm, then segment; no pair twice.
    n_success_milli, n_trial_milli : (m,) thousandths, 0 ≤ successes ≤ trials.

    Raises
    ------
    BadValue : sums that no trials can have, naming the cell.
    """

    segments: dict[str, int]
    arms: dict[str, int]
    segment: IntArray
    arm: IntArray
    n_success_milli: IntArray
    n_trial_milli: IntArray

    def __post_init__(self) -> None:
        bad = (self.n_success_milli < 0) | (self.n_success_milli > self.n_trial_milli)
        if bad.any():
            row = int(bad.argmax())
            arm, segment = list(self.arms)[self.arm[row]], list(self.segments)[self.segment[row]]
            raise BadValue(
                f"arm {arm!r} in segment {segment!r} has {self.n_success_milli[row]} thousandths of success in "
                f"{self.n_trial_milli[row]} of trials; give 0 ≤ successes ≤ trials"
            )

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, int, int]]) -> "Cells":
        """Add up rows ``(segment, arm, n_success_milli, n_trial_milli)``, in whatever order they come.

        Examples
        --------
        >>> cells = Cells.of([("b", "x", 0, 400), ("a", "x", 1000, 1000), ("b", "x", 500, 600)])
        >>> list(cells.segments), cells.n_success_milli.tolist(), cells.n_trial_milli.tolist()
        (['a', 'b'], [1000, 500], [1000, 1000])
        """
        sums: dict[tuple[str, str], list[int]] = {}
        for segment, arm, n_success, n_trial in rows:
            cell = sums.setdefault((arm, segment), [0, 0])
            cell[0] += n_success
            cell[1] += n_trial
        arms = _places(arm for arm, _ in sums)
        segments = _places(segment for _, segment in sums)
        known = sorted(sums)
        places = np.array([(arms[a], segments[s]) for a, s in known], np.int64).reshape(-1, 2)
        counts = np.array([sums[pair] for pair in known], np.int64).reshape(-1, 2)
        return cls(segments, arms, places[:, 1], places[:, 0], counts[:, 0], counts[:, 1])

    @classmethod
    def of_grid(
        cls, segments: Sequence[str], arms: Sequence[str], successes: ArrayLike, trials: ArrayLike
    ) -> "Cells":
        """Take thousandths as arrays (n_segments, n_arms); names in ascending order, cells without trials left out."""
        n_success, n_trial = (np.asarray(each, np.int64).T for each in (successes, trials))
        arm, segment = np.nonzero(n_trial)
        at = (arm, segment)
        return cls(_places(segments), _places(arms), segment, arm, n_success[at], n_trial[at])

    @property
    def codes(self) -> IntArray:
        """One ascending number a cell: place of the arm × number of segments + place of the segment."""
        return self.arm * len(self.segments) + self.segment


class Betas(msgspec.Struct, frozen=True):
    r"""Beta posteriors of arms × segments; a segment's prior is what the other segments say of the arm.

    An arm with mean :math:`μ` differs between segments by ``spread`` :math:`σ`, in log-odds, so that a segment's
    own rate is Beta with mean :math:`μ` and concentration :math:`κ = 1 / (σ² μ (1 − μ))`. Trials of one
    segment are alike, so :math:`n` of them say as much of the arm as :math:`w n`, :math:`w = κ / (κ + n)`
    (Kleinman, JASA 1973); without that, segments that were shown an arm because they like it would speak for all.
    The arm's posterior is Beta(:math:`A, B`) with :math:`A = α + Σ w k`, :math:`B = β + Σ w (n − k)`, and a segment's prior
    has its mean and, by the law of total variance, the concentration :math:`κ N / (N + κ + 1)`, :math:`N = A + B`. Its own trials are left
    out of its prior: they would count twice.

    Right for many arms and few trials each, shown unevenly. It misleads where some segments succeed more
    at everything: that is taken for spread.

    Attributes
    ----------
    cells : the sums it was made from.
    prior, own : of arms, and of those arms that have their own.
    spread : σ, held or estimated.
    of_arms, of_cells : (n_arms, 2) and (m, 2), alpha and beta.
    """

    cells: Cells
    prior: Prior
    own: Mapping[str, Prior]
    spread: float
    of_arms: FloatArray
    of_cells: FloatArray

    @classmethod
    def of(
        cls,
        cells: Cells,
        prior: Prior = PESSIMISTIC,
        own: Mapping[str, Prior] | None = None,
        spread: float | None = None,
    ) -> "Betas":
        """Make beliefs of sums; the same sums make the same beliefs, to the bit.

        Where ``spread`` is not given it is the one of ``SPREADS`` under which every cell is best foretold by its
        arm's other segments (the sum of beta-binomial log likelihoods; empirical Bayes), with a log-normal prior
        around 0.7 so that few cells cannot say 0. Given, it is held: 0.1 is nearly one belief for all segments, 3 nearly one each.

        Raises
        ------
        BadValue : a prior or a spread that is not above 0.

        Examples
        --------
        >>> cells = Cells.of([("a", "x", 90_000, 100_000), ("b", "x", 80_000, 100_000)])
        >>> beliefs = Betas.of(cells, Prior(1, 1))
        >>> beliefs.mean("c", ["x", "y"]).round(2).tolist()
        [0.84, 0.5]
        """
        own = own or {}
        priors = np.array([own.get(arm, prior) for arm in cells.arms], np.float64).reshape(-1, 2)
        for given in (prior, *own.values()):
            if not (min(given) > 0 and np.isfinite(given).all()):
                raise BadValue(f"a prior must be finite and above 0, not Beta{tuple(given)}")
        if spread is None:
            spread = max(SPREADS, key=lambda each: _support(cells, priors, each))
        elif not 0 < spread < np.inf:
            raise BadValue(f"spread must be finite and above 0, not {spread}")
        of_arms, of_cells = _posteriors(cells, priors, spread)
        return cls(cells, prior, own, spread, of_arms, of_cells + _counts(cells))

    def parameters(self, segment: str, arms: Sequence[str]) -> FloatArray:
        """Return alpha and beta of arms in a segment, (n_arms, 2); those never heard of have their priors."""
        found = np.array([self.own.get(arm, self.prior) for arm in arms], np.float64).reshape(-1, 2)
        places = np.array([self.cells.arms.get(arm, -1) for arm in arms], np.int64)
        known = np.flatnonzero(places >= 0)
        found[known] = self.of_arms[places[known]]
        found = _within(found, self.spread)
        codes = self.cells.codes
        if segment in self.cells.segments and len(codes):
            wanted = places[known] * len(self.cells.segments) + self.cells.segments[segment]
            rows = np.searchsorted(codes, wanted).clip(max=len(codes) - 1)
            has = codes[rows] == wanted
            found[known[has]] = self.of_cells[rows[has]]
        return found

    def mean(self, segment: str, arms: Sequence[str]) -> FloatArray:
        """Return the expected rate of success of each arm, (n_arms,) in (0, 1)."""
        alpha, beta = self.parameters(segment, arms).T
        return np.asarray(alpha / (alpha + beta))

    def interval(self, segment: str, arms: Sequence[str], level: float = 0.95) -> FloatArray:
        """Return the central interval that holds each rate with probability ``level``, (n_arms, 2)."""
        alpha, beta = self.parameters(segment, arms).T
        tails = ((1 - level) / 2, (1 + level) / 2)
        return np.column_stack([betaincinv(alpha, beta, tail) for tail in tails])

    def draws(
        self, segment: str, arms: Sequence[str], n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Return rates drawn from the posteriors, (n_draws, n_arms); arms are independent of each other."""
        alpha, beta = self.parameters(segment, arms).T
        return rng.beta(alpha, beta, (n_draws, len(alpha)))


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(set(names)))}


def _counts(cells: Cells) -> FloatArray:
    """Return successes and failures of each cell, (m, 2)."""
    failures = cells.n_trial_milli - cells.n_success_milli
    return np.column_stack([cells.n_success_milli, failures]) / 1000


def _concentration(mean: FloatArray, spread: float) -> FloatArray:
    """Return κ: how many trials it is worth that a segment is like the others."""
    return np.asarray(1 / (spread**2 * mean * (1 - mean)))


def _within(of_arms: FloatArray, spread: float) -> FloatArray:
    """Return the priors that posteriors of arms (n, 2) are for a segment."""
    n = of_arms.sum(axis=1)
    mean = of_arms[:, 0] / n
    kappa = _concentration(mean, spread)
    weight = kappa * n / (n + kappa + 1)
    return np.column_stack([mean * weight, (1 - mean) * weight])


def _posteriors(cells: Cells, priors: FloatArray, spread: float) -> tuple[FloatArray, FloatArray]:
    """Return the posteriors of arms over all segments, and the prior of each cell from its arm's other segments."""
    counts = _counts(cells)
    trials = counts.sum(axis=1)
    of_arms = priors + _by_arm(counts, cells)
    discounted = counts
    for _ in range(N_SETTLING):
        kappa = _concentration(of_arms[:, 0] / of_arms.sum(axis=1), spread)[cells.arm]
        discounted = counts * (kappa / (kappa + trials))[:, None]
        of_arms = priors + _by_arm(discounted, cells)
    others = np.maximum(of_arms[cells.arm] - discounted, priors[cells.arm])
    return of_arms, _within(others, spread)


def _by_arm(counts: FloatArray, cells: Cells) -> FloatArray:
    return np.column_stack([np.bincount(cells.arm, c, len(cells.arms)) for c in counts.T])


def _support(cells: Cells, priors: FloatArray, spread: float) -> float:
    """Return how well each cell is foretold by its arm's other segments, in nats, and how usual the spread is."""
    before = _posteriors(cells, priors, spread)[1]
    after = before + _counts(cells)
    foretold = (betaln(*after.T) - betaln(*before.T)).sum()
    return float(foretold - (np.log(spread / USUAL_SPREAD) / HOW_USUAL) ** 2 / 2)

"""The policies of Bendada, Salha and Bontempelli (RecSys 2020) at their published settings, written anew.

Repairs to what the public code does, each of which helps or leaves the policy as the paper means it:

(a) "nobody streamed, so only the first 3 cards were seen" never runs there, and its environment has no such listeners:
    everything up to the first stream counts as seen. In the cascade world neither is repaired, which is right there. In the
    fading world both are: listeners leave, and a list without a stream counts its first 3 cards.
(b) the first 3 cards of each list are shuffled, not the first 3 lists.
(c) the curvature of the linear policy is p (1 − p) at p = σ(x'm), not σ(x'm − 1).
Otherwise as published: the level of the linear policy is free in each fit (held by its prior it lost a fifth more by round 20,
so it is left as it is), unseen arms of ε-greedy and KL-UCB stand first, ties are broken at random for each
listener, and every listener has a draw of their own. Lists are drawn exactly, only faster than one by one.
"""

from typing import Any

import numba
import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import betaincc, expit

ENOUGH_BEYOND = 40
NEARLY_FREE = 1e-3


class BySegment:
    """Counts of displays and streams by segment; ``n_seen`` cards were seen of a list without a stream."""

    def __init__(self, segment: np.ndarray, n_arms: int, n_cards: int, n_seen: int) -> None:
        self.segment, self.n_arms, self.n_cards, self.n_seen = segment, n_arms, n_cards, n_seen
        shape = (int(segment.max()) + 1, n_arms)
        self.n_shown, self.n_streamed = np.zeros(shape), np.zeros(shape)

    def choose(self, listeners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return lists (m, n_cards): the best by score for each listener's segment, first three shuffled."""
        return shuffled(tops(self.scores(), self.segment[listeners], self.n_cards, rng), rng)

    def scores(self) -> np.ndarray:
        """Return how good each arm is held to be, (n_segments, n_arms)."""
        raise NotImplementedError

    def learn(self, listeners: np.ndarray, shown: np.ndarray, streamed: np.ndarray) -> None:
        """Count what was shown and streamed, up to the first stream."""
        seen = up_to_stream(streamed, self.n_seen)
        cell = (self.segment[listeners, None] * self.n_arms + shown)[seen]
        self.n_shown += np.bincount(cell, minlength=self.n_shown.size).reshape(self.n_shown.shape)
        hits = np.bincount(cell, streamed[seen], self.n_shown.size)
        self.n_streamed += hits.reshape(self.n_shown.shape)

    @property
    def rate(self) -> np.ndarray:
        """Streams by display; 0 where nothing was displayed."""
        return self.n_streamed / np.maximum(self.n_shown, 1)


class Random(BySegment):
    """Twelve of all."""

    def choose(self, listeners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return random lists."""
        return without_repeats(self.n_arms, len(listeners), self.n_cards, rng)


class ExploreThenCommit(BySegment):
    """What was displayed least, until all were ``min_n`` times; then the best rates."""

    def __init__(self, *world: Any, min_n: int) -> None:
        super().__init__(*world)
        self.min_n = min_n

    def scores(self) -> np.ndarray:
        """Return displays lacking, then the rate."""
        return 2.0 * np.maximum(self.min_n - self.n_shown, 0) + self.rate


class EpsilonGreedy(BySegment):
    """The best rates, or with probability ``epsilon`` random ones; what was never displayed stands first."""

    def __init__(self, *world: Any, epsilon: float) -> None:
        super().__init__(*world)
        self.epsilon = epsilon

    def scores(self) -> np.ndarray:
        """Return rates."""
        return np.where(self.n_shown > 0, self.rate, 1.0)

    def choose(self, listeners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the best lists, some of them random."""
        shown = super().choose(listeners, rng)
        explores = np.flatnonzero(rng.random(len(listeners)) < self.epsilon)
        shown[explores] = without_repeats(self.n_arms, len(explores), self.n_cards, rng)
        return shown


class KLUCB(BySegment):
    """Upper confidence bounds by the Kullback–Leibler divergence (Garivier, Cappé, COLT 2011)."""

    def __init__(self, *world: Any) -> None:
        super().__init__(*world)
        self.bound = np.ones(self.n_shown.shape)

    def scores(self) -> np.ndarray:
        """Return the bounds as they were when each arm was last displayed."""
        return self.bound

    def learn(self, listeners: np.ndarray, shown: np.ndarray, streamed: np.ndarray) -> None:
        """Count, and bound anew what was displayed: the q above the rate p with n · kl(p, q) = ln t."""
        before = self.n_shown.copy()
        super().learn(listeners, shown, streamed)
        moved = self.n_shown > before
        p = self.rate[moved]
        most = np.log(self.n_shown.sum()) / self.n_shown[moved]
        low, high = p.copy(), np.ones(len(p))
        for _ in range(20):
            middle = (low + high) / 2
            above = bernoulli_kl(p, middle) > most
            high, low = np.where(above, middle, high), np.where(above, low, middle)
        self.bound[moved] = (low + high) / 2


class ThompsonBySegment(BySegment):
    """Beta posteriors by segment, a draw for each listener."""

    def __init__(self, *world: Any, alpha: float, beta: float) -> None:
        super().__init__(*world)
        self.alpha, self.beta = alpha, beta

    def choose(self, listeners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the best of each listener's draws."""
        a = self.alpha + self.n_streamed
        b = self.beta + self.n_shown - self.n_streamed
        beyond = rng.beta(a, b)
        t = np.partition(beyond, -ENOUGH_BEYOND, axis=1)[:, -ENOUGH_BEYOND]
        p_beyond = betaincc(a, b, t[:, None])
        return shuffled(
            best_of_betas((a, b), (t, p_beyond), self.segment[listeners], self.n_cards, rng), rng
        )


class LinearThompson:
    """Logistic regression on the listener's features for each arm, a diagonal Laplace posterior, a draw for each listener.

    Weights ~ N(0, 1), the level (the last) around ``level``; a score x'w of independent weights is itself normal, so it is
    drawn as such.
    """

    def __init__(
        self, features: np.ndarray, n_arms: int, n_cards: int, n_seen: int, level: float
    ) -> None:
        self.features, self.n_cards, self.n_seen = features, n_cards, n_seen
        self.mean = np.zeros((n_arms, features.shape[1]), np.float32)
        self.mean[:, -1] = level
        self.precision = np.ones_like(self.mean)

    def choose(self, listeners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the best of each listener's draws."""
        x = self.features[listeners]
        sd = np.sqrt(x**2 @ (1 / self.precision).T)
        return shuffled(best_of_normals(x @ self.mean.T, sd, self.n_cards, rng), rng)

    def learn(self, listeners: np.ndarray, shown: np.ndarray, streamed: np.ndarray) -> None:
        """Move the mode of each displayed arm, then add the curvature there."""
        seen = up_to_stream(streamed, self.n_seen)
        row, _ = np.nonzero(seen)
        arm, y = shown[seen], streamed[seen].astype(np.float32)
        order = np.argsort(arm, kind="stable")
        ends = np.cumsum(np.bincount(arm, minlength=len(self.mean)))
        for i in np.flatnonzero(np.diff(ends, prepend=0)):
            rows = order[(ends[i - 1] if i else 0) : ends[i]]
            x = self.features[listeners[row[rows]]]
            held = self.precision[i].copy()
            held[-1] = NEARLY_FREE
            self.mean[i] = mode(x, y[rows], self.mean[i], held)
            p = expit(x @ self.mean[i])
            self.precision[i] += (p * (1 - p)) @ x**2


def mode(x: np.ndarray, y: np.ndarray, mean: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return the mode of a logistic posterior by Newton's method with halved steps."""

    def loss(w: np.ndarray) -> float:
        eta = x @ w
        return float((np.logaddexp(0, eta) - y * eta).sum() + precision @ (w - mean) ** 2 / 2)

    w, now = mean, loss(mean)
    for _ in range(15):
        p = expit(x @ w)
        pull = x.T @ (p - y) + precision * (w - mean)
        curvature = (x * (p * (1 - p))[:, None]).T @ x
        curvature[np.diag_indices(len(w))] += precision
        step = cho_solve(cho_factor(curvature, check_finite=False), pull, check_finite=False)
        while (then := loss(w - step)) > now + 1e-4:
            step = step / 2
        w, gained, now = w - step, now - then, then
        if gained < 1e-3:
            break
    return w


def bernoulli_kl(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return kl(p, q) of coins, clipped away from 0 and 1."""
    p, q = p.clip(1e-15, 1 - 1e-15), q.clip(1e-15, 1 - 1e-15)
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


def up_to_stream(streamed: np.ndarray, n_seen: int) -> np.ndarray:
    """Return which cards count as seen: up to the first stream, without one the first ``n_seen``."""
    before = np.cumsum(streamed, axis=1) - streamed == 0
    before[~streamed.any(axis=1), n_seen:] = False
    return before


def shuffled(shown: np.ndarray, rng: np.random.Generator, n_first: int = 3) -> np.ndarray:
    """Put the first cards of each list in random order."""
    shown[:, :n_first] = rng.permuted(shown[:, :n_first], axis=1)
    return shown


def without_repeats(n_arms: int, m: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return m lists of k different arms, all lists equally likely: those with a repeat are drawn again."""
    shown = rng.integers(n_arms, size=(m, k))
    while len(again := np.flatnonzero((np.diff(np.sort(shown, axis=1), axis=1) == 0).any(axis=1))):
        shown[again] = rng.integers(n_arms, size=(len(again), k))
    return shown


def tops(scores: np.ndarray, segment: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return the k best arms of each row's segment, ties broken at random for each row."""
    shown = np.empty((len(segment), k), np.int64)
    least = np.partition(scores, -k, axis=1)[:, -k]
    for s in range(len(scores)):
        rows = np.flatnonzero(segment == s)
        above, tied = np.flatnonzero(scores[s] > least[s]), np.flatnonzero(scores[s] == least[s])
        # scores differ by more than 1e-10 (rates of fewer than 100 000 displays) or not at all
        jittered = scores[s, above] + 1e-11 * rng.random((len(rows), len(above)))
        shown[rows, : len(above)] = above[np.argsort(-jittered, axis=1)]
        left = k - len(above)
        if len(tied) > 8 * left:
            picked = without_repeats(len(tied), len(rows), left, rng)
        else:
            picked = rng.random((len(rows), len(tied))).argsort(axis=1)[:, :left]
        shown[rows, len(above) :] = tied[picked]
    return shown


@numba.njit(cache=True)
def _insert(values: np.ndarray, arms: np.ndarray, value: float, arm: int) -> None:
    """Put a value into the descending ``values`` it is above the last of."""
    at = len(values) - 1
    while at > 0 and values[at - 1] < value:
        values[at], arms[at] = values[at - 1], arms[at - 1]
        at -= 1
    values[at], arms[at] = value, arm


@numba.njit(cache=True)
def _beta_beyond(a: float, b: float, t: float, p_beyond: float, rng: Any) -> float:
    """Draw Beta(a, b) above t, exactly: by rejection, far out from an exponential that touches its log density at t."""
    slope = (b - 1) / (1 - t) - (a - 1) / t
    if p_beyond > 0.1 or slope <= 0 or a < 1:
        while True:
            value = rng.beta(a, b)
            if value > t:
                return value
    while True:
        value = t + rng.standard_exponential() / slope
        if value < 1:
            log_ratio = (a - 1) * np.log(value / t) + (b - 1) * np.log((1 - value) / (1 - t))
            if np.log(rng.random()) < log_ratio + slope * (value - t):
                return value


@numba.njit(cache=True)
def best_of_betas(
    belief: tuple, beyond: tuple, segment: np.ndarray, k: int, rng: Any
) -> np.ndarray:
    """Return the k best arms of independent Beta draws for each row, best first.

    Whether a draw is beyond its segment's ``t`` is decided first, by its probability; only what is beyond is then drawn.
    Where fewer than k are, the others are drawn too. The result has the distribution of drawing all, for any ``t``.
    """
    (a, b), (t, p_beyond), n_arms = belief, beyond, belief[0].shape[1]
    shown = np.empty((len(segment), k), np.int64)
    values, arms, is_beyond = np.empty(k), np.empty(k, np.int64), np.empty(n_arms, np.bool_)
    for row in range(len(segment)):
        s, n_beyond = segment[row], 0
        values[:] = -1.0
        for arm in range(n_arms):
            is_beyond[arm] = rng.random() < p_beyond[s, arm]
            if is_beyond[arm]:
                n_beyond += 1
                value = _beta_beyond(a[s, arm], b[s, arm], t[s], p_beyond[s, arm], rng)
                if value > values[k - 1]:
                    _insert(values, arms, value, arm)
        if n_beyond < k:
            for arm in range(n_arms):
                if not is_beyond[arm]:
                    value = rng.beta(a[s, arm], b[s, arm])
                    while value > t[s]:
                        value = rng.beta(a[s, arm], b[s, arm])
                    if value > values[k - 1]:
                        _insert(values, arms, value, arm)
        shown[row] = arms
    return shown


@numba.njit(cache=True)
def best_of_normals(mean: np.ndarray, sd: np.ndarray, k: int, rng: Any) -> np.ndarray:
    """Return the k best arms of independent normal draws (m, n_arms) for each row, best first."""
    shown = np.empty((len(mean), k), np.int64)
    values, arms = np.empty(k), np.empty(k, np.int64)
    for row in range(len(mean)):
        values[:] = -np.inf
        for arm in range(mean.shape[1]):
            value = mean[row, arm] + sd[row, arm] * rng.standard_normal()
            if value > values[k - 1]:
                _insert(values, arms, value, arm)
        shown[row] = arms
    return shown

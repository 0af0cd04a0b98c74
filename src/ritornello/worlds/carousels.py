"""A carousel of playlists before listeners who look from left to right: what a bandit must find out.

Bendada, Salha and Bontempelli (RecSys 2020) judged policies in such a world. Each listener has ``n_features`` numbers, each
playlist as many weights and a level of its own, and a listener who looks at a card streams it with

p = σ(level + ⟨weights, features⟩).

They look at cards in order and stop at the first they stream. Their 862 playlists, 100 segments, 96 features, 12 cards and
3 in view at first are kept. Their listeners are not openly at hand, so these are drawn: a listener's features are those of
a segment (share ``ALIKE`` of the variance) and their own, weights ~ N(0, TASTE² / n_features), levels ~ N(LEVEL, POPULAR²).
The four constants were set before any policy was tried: a random list is streamed 9 times in 100, the best one of each
segment 67 and the best one of each listener 71 times; a random list then loses 0.62 streams, in the paper 0.66.
"""

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LEVEL, POPULAR = -5.8, 0.6
TASTE, ALIKE = 1.25, 0.88
_CHUNK = 10_000


class Browsing(msgspec.Struct, frozen=True):
    """How listeners look: ``n_first`` of ``n_cards`` for sure, then they swipe or leave.

    After the first screen they swipe with ``p_swipe``, and from each later card go on to the next with ``p_next``;
    both 1 is the cascade of the paper, in which whoever streams nothing saw every card.
    """

    n_cards: int = 12
    n_first: int = 3
    p_swipe: float = 1.0
    p_next: float = 1.0

    @property
    def reach(self) -> FloatArray:
        """The probability that each place is looked at where nothing is streamed before it, (n_cards,)."""
        beyond = self.p_swipe * self.p_next ** np.arange(self.n_cards - self.n_first)
        return np.concatenate([np.ones(self.n_first), beyond])


CASCADE = Browsing()
FADING = Browsing(p_swipe=0.4, p_next=0.9)


class Size(msgspec.Struct, frozen=True):
    """How many there are of each."""

    n_listeners: int = 50_000
    n_playlists: int = 862
    n_segments: int = 100
    n_features: int = 96


class Carousels(msgspec.Struct, frozen=True):
    """The world; a policy may read ``segment`` and ``features``, the rest is the truth.

    ``segment`` (n_listeners,); ``features`` (n_listeners, n_features + 1), the last one 1; ``p`` (n_listeners,
    n_playlists) the probability of a stream where a card is looked at; ``best`` (n_listeners,) the most streams any
    list can expect.
    """

    browsing: Browsing
    segment: IntArray
    features: Floats
    p: Floats
    best: FloatArray

    def respond(
        self, listeners: IntArray, shown: IntArray, rng: np.random.Generator
    ) -> tuple[BoolArray, BoolArray]:
        """Return what was streamed and what was looked at of lists (m, n_cards), at most one stream a list."""
        seen = np.ones(shown.shape, dtype=np.bool_)
        seen[:, self.browsing.n_first :] = self._swiped(len(shown), rng)
        streamed = seen & (rng.random(shown.shape) < self.p[listeners[:, None], shown])
        seen &= np.cumsum(streamed, axis=1, dtype=np.int64) - streamed == 0
        return streamed & seen, seen

    def expected(self, listeners: IntArray, shown: IntArray) -> FloatArray:
        """Return the streams that lists (m, n_cards) can expect, (m,)."""
        return _expected(self.p[listeners[:, None], shown], self.browsing)

    def _swiped(self, n: int, rng: np.random.Generator) -> BoolArray:
        """Return which cards beyond the first screen somebody with no wish to stream would look at."""
        goes_on = (
            rng.random((n, self.browsing.n_cards - self.browsing.n_first)) < self.browsing.p_next
        )
        goes_on[:, 0] = rng.random(n) < self.browsing.p_swipe
        return np.logical_and.accumulate(goes_on, axis=1)


def make(size: Size, browsing: Browsing, rng: np.random.Generator) -> Carousels:
    """Draw a world; some segments are several times as large as others.

    Examples
    --------
    >>> world = make(Size(50, 20, 4, 8), CASCADE, np.random.default_rng(0))
    >>> shown = np.tile(np.arange(12), (50, 1))
    >>> streamed, seen = world.respond(np.arange(50), shown, np.random.default_rng(1))
    >>> int(streamed.sum(axis=1).max()), bool(seen[~streamed.any(axis=1)].all())
    (1, True)
    """
    shares = rng.dirichlet(np.full(size.n_segments, 3.0))
    segment = rng.choice(size.n_segments, size.n_listeners, p=shares)
    centres = rng.normal(0, np.sqrt(ALIKE), (size.n_segments, size.n_features))
    own = rng.normal(0, np.sqrt(1 - ALIKE), (size.n_listeners, size.n_features))
    weights = rng.normal(0, TASTE / np.sqrt(size.n_features), (size.n_playlists, size.n_features))
    levels = rng.normal(LEVEL, POPULAR, size.n_playlists)
    bias = np.ones((size.n_listeners, 1))
    features = np.hstack([centres[segment] + own, bias]).astype(np.float32)
    p = expit(features @ np.column_stack([weights, levels]).astype(np.float32).T)
    return Carousels(browsing, segment, features, p, _best(p, browsing))


def _expected(p: npt.NDArray[np.floating], browsing: Browsing) -> FloatArray:
    """Return Σ_k reach_k p_k Π_{j<k} (1 − p_j) of lists (m, n_cards)."""
    none_so_far = np.cumprod(1 - p.astype(np.float64), axis=1)
    none_before = np.hstack([np.ones((len(p), 1)), none_so_far[:, :-1]])
    return np.asarray((browsing.reach * p * none_before).sum(axis=1))


def _best(p: Floats, browsing: Browsing) -> FloatArray:
    """Return what the most streamed playlists, best first, can expect of each listener."""
    found = []
    for rows in range(0, len(p), _CHUNK):
        top = -np.partition(-p[rows : rows + _CHUNK], browsing.n_cards - 1, axis=1)
        found.append(_expected(-np.sort(-top[:, : browsing.n_cards], axis=1), browsing))
    return np.concatenate(found)

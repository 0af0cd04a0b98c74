"""Slates drawn by policies that are known, before listeners who are known: what estimators must find out.

Two worlds in which published estimators were judged. Each says what a log holds (items, propensities, rewards) and what
a target would truly earn, so an estimate can be held against it.

============================  ========================================================================================
:class:`Playlists`            ten tracks in ten contexts, and after the first liked one all are liked
                              (McInerney et al., KDD 2020)
:class:`Cascades`             what stands above makes an item earn less (Kiyohara et al., WSDM 2022)
============================  ========================================================================================
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from ritornello.measures.slates import Slates

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Drawing = Callable[[BoolArray], FloatArray]
"""Which items are left (n, n_items) → the probability of each to be next, (n, n_items)."""

N_TRACKS, N_CONTEXTS = 10, 10
EPSILON = 0.1
N_ITEMS, N_FEATURES = 5, 5


def uniform(left: BoolArray) -> FloatArray:
    """Draw any item that is left."""
    return np.asarray(left / left.sum(axis=1, keepdims=True))


def epsilon_greedy(rank: IntArray, epsilon: float, left: BoolArray) -> FloatArray:
    """Draw the item of lowest rank (n_items,) of those left, and any of them with probability ε."""
    p = epsilon * uniform(left)
    p[np.arange(len(left)), np.where(left, rank, len(rank)).argmin(axis=1)] += 1 - epsilon
    return p


def by_weight(weights: FloatArray, left: BoolArray) -> FloatArray:
    """Draw an item that is left in proportion to its weight (n_items,)."""
    p = weights * left
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def drawn(
    drawing: Drawing, n: int, n_items: int, n_places: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Return ``n`` slates without an item twice, (n, n_places), and the propensity of each slot given those before."""
    left, each = np.ones((n, n_items), bool), np.arange(n)
    items, p = np.empty((n, n_places), np.int64), np.empty((n, n_places))
    for place in range(n_places):
        next_p = drawing(left)
        steps = next_p.cumsum(axis=1)
        items[:, place] = (steps > rng.random((n, 1)) * steps[:, -1:]).argmax(axis=1)
        p[:, place] = next_p[each, items[:, place]]
        left[each, items[:, place]] = False
    return items, p


def propensities(drawing: Drawing, items: IntArray, n_items: int) -> FloatArray:
    """Return the propensity of every slot of given slates, given those before it."""
    left, each = np.ones((len(items), n_items), bool), np.arange(len(items))
    p = np.empty(items.shape)
    for place in range(items.shape[1]):
        p[:, place] = drawing(left)[each, items[:, place]]
        left[each, items[:, place]] = False
    return p


PLAYLIST_POLICIES: Mapping[str, Drawing] = MappingProxyType(
    {
        "1-ideal": partial(epsilon_greedy, np.arange(N_TRACKS), EPSILON),
        "2-rand": uniform,
        "3-worst": partial(epsilon_greedy, np.arange(N_TRACKS)[::-1], EPSILON),
    }
)
"""The policies of McInerney et al. by the names of their code.

Tracks are sorted by rising probability and ``1-ideal`` shows them in that order: it is the worst of the three.
"""


class Playlists(msgspec.Struct, frozen=True):
    """Tracks that are liked with probability ``p`` (n_contexts, n_tracks), rising with the track's number.

    A listener who liked a track likes all that follow: rewards are 0 up to some place and 1 from there on.
    """

    p: FloatArray

    @classmethod
    def of(cls, rng: np.random.Generator) -> "Playlists":
        """Draw the probabilities from Beta(0.3, 1)."""
        return cls(np.sort(rng.beta(0.3, 1.0, size=(N_CONTEXTS, N_TRACKS)), axis=1))

    def earn(self, items: IntArray, rng: np.random.Generator) -> FloatArray:
        """Show slates to listeners in contexts drawn evenly; return what each slot earned."""
        context = rng.integers(len(self.p), size=(len(items), 1))
        liked = rng.random(items.shape) < self.p[context, items]
        return np.maximum.accumulate(liked, axis=1).astype(np.float64)

    def log(
        self, logging: Drawing, targets: Mapping[str, Drawing], n: int, rng: np.random.Generator
    ) -> dict[str, Slates]:
        """Return one log of ``n`` slates, asked about each target."""
        items, p = drawn(logging, n, N_TRACKS, N_TRACKS, rng)
        reward = self.earn(items, rng)
        return {
            name: Slates.of(reward, p, propensities(target, items, N_TRACKS))
            for name, target in targets.items()
        }

    def served(self, target: Drawing, n: int, rng: np.random.Generator) -> float:
        """Return the mean reward of ``n`` slates of a target that does serve: the truth an estimate is held against."""
        items, _ = drawn(target, n, N_TRACKS, N_TRACKS, rng)
        return float(self.earn(items, rng).sum(axis=1).mean())


class Cascades(msgspec.Struct, frozen=True):
    r"""Slates of items drawn place by place, each place from all items, in which what stands above counts.

    With :math:`g(x, a)` linear in context and item, at mean 0 and standard deviation 1 over the log, an item earns 1 with
    probability

    .. math:: σ\Bigl(g(x, a_l) - \sum_{j<l} \frac{g(x, a_j)}{l - j + 1}\Bigr) \quad\text{or}\quad
              σ\Bigl(g(x, a_l) + \sum_{j<l} C_{a_l a_j}\Bigr):

    what is good above takes away (the first, ``clash`` none), or items go together or do not, C symmetric and normal.
    The logging policy is softmax(u) with u ~ U(0, 1) an item, the target softmax(λu): alike for λ near 1.

    Attributes
    ----------
    context : (n, n_features) standard normal.
    gain : (n, n_items) :math:`g`.
    clash : (n_items, n_items) :math:`C`, or none.
    items : (n, n_places) as logged; ``reward`` (n, n_places) what they earned.
    logging, target : (n_items,) probabilities of an item at any place.
    """

    context: FloatArray
    gain: FloatArray
    clash: FloatArray | None
    items: IntArray
    reward: FloatArray
    logging: FloatArray
    target: FloatArray

    @classmethod
    def of(
        cls,
        n: int,
        n_places: int,
        similarity: float,
        rng: np.random.Generator,
        *,
        spread: float | None = None,
    ) -> "Cascades":
        """Draw a world and a log of it.

        Parameters
        ----------
        similarity : λ in [-1, 1].
        spread : standard deviation of C; what stands above takes away where there is none.
        """
        context, u = rng.normal(size=(n, N_FEATURES)), rng.random(N_ITEMS)
        of_context = rng.uniform(-1, 1, N_FEATURES)
        of_item = rng.uniform(-1, 1, N_ITEMS)
        of_both = rng.uniform(-1, 1, (N_FEATURES, N_ITEMS))
        gain = (context @ of_context)[:, None] + of_item + context @ of_both
        gain = (gain - gain.mean()) / gain.std()
        clash = None if spread is None else _symmetric(rng.normal(0, spread, (N_ITEMS, N_ITEMS)))
        logging, target = softmax(u), softmax(similarity * u)
        items = rng.choice(N_ITEMS, size=(n, n_places), p=logging)
        chance = np.empty(items.shape)
        for place in range(n_places):
            shares, apart = _above(items[:, : place + 1], clash)
            chance[:, place] = expit(np.einsum("ni,ni->n", gain, shares) + apart)
        reward = (rng.random(chance.shape) < chance).astype(np.float64)
        return cls(context, gain, clash, items, reward, logging, target)

    def slates(self) -> Slates:
        """Return the log, asked about the target."""
        return Slates.of(self.reward, self.logging[self.items], self.target[self.items])

    def value(self) -> float:
        """Return what the target would earn a slate before these very listeners, by going through all slates."""
        total = 0.0
        for length in range(1, self.items.shape[1] + 1):
            every = np.indices((N_ITEMS,) * length).reshape(length, -1).T
            shares, apart = _above(every, self.clash)
            p = self.target[every].prod(axis=1)
            total += float((expit(self.gain @ shares.T + apart) @ p).mean())
        return total


def _above(items: IntArray, clash: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return how much of each item's gain counts for the last of the shown (m, length), (m, n_items), and what is added, (m,)."""
    length, one = items.shape[1], np.eye(N_ITEMS)
    if clash is not None:
        return one[items[:, -1]], clash[items[:, -1:], items[:, :-1]].sum(axis=1)
    shares = -1 / np.arange(length, 0, -1)
    shares[-1] = 1.0
    return np.einsum("mli,l->mi", one[items], shares), np.zeros(len(items))


def _symmetric(square: FloatArray) -> FloatArray:
    return np.asarray(np.tril(square) + np.tril(square, -1).T)

"""A listener's history as up to six tastes: clusters of the artists they hear.

An artist is a point: its direction in the models' space, its genre, and the mix it stood in the day
before, side by side. Ward's linkage (JASA 1963) joins the points into a tree, and the tree is cut where a
split still explains ``least_split`` of the squared distances and the centres of its parts still lie
``least_apart`` (squared) from each other, into at most ``n_mixes`` parts, and into fewer
where parts too small to fill a mix would hold more than a fifth of the listening. The last
coordinate is what evolutionary clustering adds (Chakrabarti, Kumar, Tomkins, KDD 2006): to part what was
together yesterday, or join what was apart, today's listening must speak for it. Right for music, where an
artist keeps to a style; it misleads for somebody who hears one artist, or a compilation's.

Only what was played and may be shown counts: b(n_plays) less skips, halved every ``half_life_days``.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist

from ritornello.catalog.view import NONE, View
from ritornello.models.evidence import EvidenceConfig, evidence
from ritornello.surfaces.recipes import MixShape
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.slates import rank_in_group
from ritornello.surfaces.sources import Floats, Places, artist_keys

DAY_S = 86_400.0
UNKNOWN_AGE_S = 60 * DAY_S
MORE_THAN_CHANCE = 2.5
"""How many times the average split's share one explains at least: few artists part by chance too."""
EVIDENCE = EvidenceConfig(log_weight=1.0)
MOST_HEARD = 0.8
"""Share of the listening that tastes which fill a mix hold together, or there are fewer of them."""

Factors = NDArray[np.float32]


class Heard(msgspec.Struct, frozen=True):
    """What a listener knows and may be shown: rows, how much each counts, each one's artist."""

    rows: Rows
    weights: Floats
    artists: Places


class Cluster(msgspec.Struct, frozen=True):
    """One taste: what was heard of its artists, heaviest first, and its share of all listening."""

    heard: Heard
    share: float

    @property
    def artists(self) -> list[int]:
        """Its artists, the one heard most first."""
        keys, place = np.unique(self.heard.artists, return_inverse=True)
        totals = np.bincount(place, weights=self.heard.weights)
        return [int(key) for key in keys[np.lexsort((keys, -totals))]]

    def without(self, rows: Rows) -> "Cluster":
        """Return the taste without some of what was heard of it; its share stays."""
        kept = ~np.isin(self.heard.rows, rows)
        heard = Heard(self.heard.rows[kept], self.heard.weights[kept], self.heard.artists[kept])
        return Cluster(heard, self.share)


def heard_of(situation: Situation, shape: MixShape) -> Heard:
    """Weigh what the listener knows and may be shown, heaviest first."""
    own = situation.own
    age_s = np.nan_to_num(own.last_age_s.astype(np.float64), nan=UNKNOWN_AGE_S)
    fading = np.exp2(-np.maximum(age_s, 0) / (shape.half_life_days * DAY_S))
    weights = evidence(own, EVIDENCE) * fading
    kept = np.flatnonzero((own.n_plays > 0) & (weights > 0) & situation.allowed[own.columns])
    kept = kept[np.argsort(-weights[kept], kind="stable")]
    rows = own.columns[kept]
    return Heard(rows, weights[kept], artist_keys(situation.view, rows))


def n_artists(heard: Heard) -> int:
    """Return how many artists are heard."""
    return len(np.unique(heard.artists))


def n_to_show(heard: Heard, shape: MixShape) -> int:
    """Return how many of the heard tracks one mix may show at most."""
    return int(np.count_nonzero(rank_in_group(heard.artists) < shape.per_artist))


def clusters_of(
    situation: Situation,
    heard: Heard,
    shape: MixShape,
    *,
    factors: Factors | None,
    before: Sequence[frozenset[int]],
) -> list[Cluster]:
    """Find the tastes that can fill a mix, the largest first.

    Parameters
    ----------
    factors : (n_columns, n_factors) of the models; without them genre and memory decide alone.
    before : the artists of each mix of the day before.
    """
    artists, place = np.unique(heard.artists, return_inverse=True)
    totals = np.bincount(place, weights=heard.weights)
    top = np.lexsort((artists, -totals))[: shape.n_artists]
    points = np.hstack(
        [
            _directions(situation, heard, place, len(artists), factors)[top],
            _genres(situation.view, heard, place, len(artists), shape.genre_weight)[top],
            _memory(artists, before, shape.memory)[top],
        ]
    )
    fit: list[Cluster] = []
    for numbers in _cuts(points, shape):
        label = np.full(len(artists), NONE)
        label[top] = numbers
        of_heard = label[place]
        found = [_cluster(heard, of_heard == number) for number in range(numbers.max() + 1)]
        fit = [c for c in found if n_to_show(c.heard, shape) >= shape.least_familiar]
        if sum(cluster.share for cluster in fit) >= MOST_HEARD:
            break
    return sorted(fit, key=lambda cluster: -cluster.share)


def _cuts(points: Floats, shape: MixShape) -> Iterator[Places]:
    """Yield the cluster of each point, from 0, with fewer and fewer clusters down to one.

    The first has as many as there are splits, from the root of the tree, that explain enough of the squared
    distances and part centres that lie far enough apart.
    """
    if len(points) > 1:
        tree = linkage(pdist(points), "ward")
        sizes = np.concatenate([np.ones(len(points)), tree[:, 3]])
        left, right = sizes[tree[:, :2].T.astype(np.int64)]
        explained = tree[:, 2] ** 2
        apart = explained * (left + right) / (2 * left * right)
        least = max(shape.least_split, MORE_THAN_CHANCE / len(tree)) * explained.sum()
        splits = (explained > least) & (apart > shape.least_apart)
        n_splits = int(np.cumprod(splits[: -shape.n_mixes : -1]).sum())
        for n in range(n_splits + 1, 1, -1):
            yield fcluster(tree, n, "maxclust").astype(np.int64) - 1
    if len(points):
        yield np.zeros(len(points), dtype=np.int64)


def _cluster(heard: Heard, inside: NDArray[np.bool_]) -> Cluster:
    within = Heard(heard.rows[inside], heard.weights[inside], heard.artists[inside])
    return Cluster(within, float(within.weights.sum() / heard.weights.sum()))


def _directions(
    situation: Situation, heard: Heard, place: Places, n: int, factors: Factors | None
) -> Floats:
    """Return each artist's mean direction in the models' space, of length 1, or 0 if unknown."""
    if factors is None:
        return np.zeros((n, 0))
    columns = situation.stock.columns[heard.rows]
    known = np.flatnonzero(columns != NONE)
    directions = _unit(factors[columns[known]].astype(np.float64))
    where = (place[known], np.arange(len(known)))
    return _unit(csr_matrix((heard.weights[known], where), shape=(n, len(known))) @ directions)


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def _genres(view: View, heard: Heard, place: Places, n: int, weight: float) -> Floats:
    """Return a coordinate a genre; two artists of different genres lie √``weight`` apart."""
    first = np.unique(place, return_index=True)[1]
    genres, column = np.unique(view.genre[heard.rows[first]], return_inverse=True)
    coordinates = np.zeros((n, len(genres)))
    coordinates[np.arange(n), column] = np.sqrt(weight / 2)
    return coordinates[:, genres != NONE]


def _memory(artists: Places, before: Sequence[frozenset[int]], weight: float) -> Floats:
    """Return a coordinate a mix of the day before, in which its artists stand together."""
    coordinates = np.zeros((len(artists), len(before)))
    for column, mix in enumerate(before):
        coordinates[np.isin(artists, list(mix)), column] = np.sqrt(weight / 2)
    return coordinates

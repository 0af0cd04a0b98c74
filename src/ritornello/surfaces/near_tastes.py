"""The adjacent new: what a listener never heard, and which of their tastes it lies near.

The blend is additive, so the part of a score that comes from one taste is exact:

    s_t(i) = Σ_j∈t contribution(j → i)

over the history items j by the artists of taste t. Each candidate belongs to the one taste whose part is
largest for that taste's weight, so nothing stands in two mixes, and its reasons are the contributions that
part is the sum of. Candidates are the neighbours of what is heard most of each taste: so a small taste finds
its own, and no score of anything else is needed.
"""

from collections.abc import Sequence

import numpy as np

from ritornello.catalog.view import NONE
from ritornello.explain.reasons import reasons_of
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.slates import rank_in_group
from ritornello.surfaces.sources import Candidates, Floats, Places, Reasons, artist_keys
from ritornello.surfaces.tastes import Cluster

SOURCE = "near_taste"
N_SEEDS, N_NEIGHBOURS = 30, 30


def near(situation: Situation, clusters: Sequence[Cluster], n: int) -> list[Candidates]:
    """Return up to ``n`` new candidates of each taste, one an artist, best first.

    Raises
    ------
    NoAnswer : there is no model.
    ArtefactUnusable : the blend is broken.
    """
    columns = _candidates(situation, clusters)
    member = _members(situation, clusters)
    parts = situation.bundle.blend.contributions(situation.taste, columns)[:, :-1]
    scores = parts @ (member[:, None] == np.arange(len(clusters))).astype(parts.dtype)
    weight = np.array([cluster.heard.weights.sum() for cluster in clusters])
    nearest = (scores / weight).argmax(axis=1)
    found = []
    for taste in range(len(clusters)):
        places = np.flatnonzero((nearest == taste) & (scores[:, taste] > 0))
        places = places[np.argsort(-scores[places, taste], kind="stable")]
        keys = artist_keys(situation.view, situation.stock.rows[columns[places]])
        places = places[rank_in_group(keys) == 0][:n]
        own = parts[places] * (member == taste)
        found.append(_of_taste(situation, columns[places], scores[places, taste], own))
    return found


def _of_taste(situation: Situation, columns: Rows, scores: Floats, parts: Floats) -> Candidates:
    """Return columns as candidates whose reasons are the parts their scores are the sum of."""

    def reasons(places: Places) -> list[Reasons]:
        rest = np.zeros((len(places), 1), dtype=parts.dtype)
        contributions = np.hstack([parts[places], rest])
        ids, at = situation.bundle.vocabulary.ids, situation.profile.at
        return reasons_of(contributions, columns[places].tolist(), situation.taste, ids, at)

    return Candidates(SOURCE, situation.stock.rows[columns], scores, reasons)


def _candidates(situation: Situation, clusters: Sequence[Cluster]) -> Rows:
    """Return the columns that may be near a taste: allowed and never heard, rising."""
    neighbours = [_neighbours(situation, cluster) for cluster in clusters]
    columns = np.unique(np.concatenate([np.empty(0, dtype=np.int32), *neighbours]))
    rows = situation.stock.rows[columns]
    unheard: Rows = columns[(rows != NONE) & situation.allowed[rows] & situation.new(rows)]
    return unheard


def _neighbours(situation: Situation, cluster: Cluster) -> Rows:
    """Return the columns most often played by those who play a taste's most heard."""
    found = situation.bundle.cooccurrence.neighbours
    columns = situation.stock.columns[cluster.heard.rows[:N_SEEDS]]
    rows = [slice(found.indptr[c], found.indptr[c + 1]) for c in columns[columns != NONE]]
    nearest = [
        found.indices[row][np.argsort(-found.data[row], kind="stable")[:N_NEIGHBOURS]]
        for row in rows
    ]
    return np.concatenate([np.empty(0, dtype=np.int32), *nearest])


def _members(situation: Situation, clusters: Sequence[Cluster]) -> Places:
    """Return which taste each history item belongs to, by its artist; −1 none."""
    keys = artist_keys(situation.view, situation.stock.rows[situation.taste.columns])
    member = np.full(len(keys), NONE, dtype=np.int64)
    for taste, cluster in enumerate(clusters):
        member[np.isin(keys, cluster.heard.artists)] = taste
    return member

"""What is near a station: its seed, and what the listener did since, the last event most.

The gist of a station are its items j with signed weights w_j (the seed, plays and loves above 0, skips and bans
below). With c_j(i) the blend's contribution of one play of j to another item i,

    s(i) = (1 − o) n(i) / max|n| + o b(i) / max|b|,      n(i) = Σ_j w_j c_j(i)

where b is the blend's score for the listener at all times and o the recipe's ``own_share``. A skip
therefore lowers what is like it, and a love lifts it, before the next track. The blend scores the catalogue once;
n is computed for a few hundred candidates: the neighbours of what the gist likes, and the listener's best. Both
parts are additive, so the reasons are the parts of this very score.
"""

from collections import defaultdict
from datetime import timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.explain.reasons import reasons_of
from ritornello.kinds.decisions import Reason, Station
from ritornello.listeners.taste import Taste
from ritornello.surfaces.recipes import StationShape
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Rows, Situation, best
from ritornello.surfaces.sources import Candidates, Places, Reasons

SOURCE = "near_station"
BEFORE = timedelta(minutes=30)
"""How long before a station began what was heard counts for it: the gap that ends a visit."""
SEED, WORD = 4.0, 2.0
"""The weight of the whole seed, and of a love or a hate; a play weighs 1, a skip −1."""
N_ITEMS, N_NEIGHBOURS, N_OWN = 16, 60, 200
UNKNOWN_ENERGY = 0.5

Floats = NDArray[np.float64]


class Gist(msgspec.Struct, frozen=True):
    """What a station is about at this moment: distinct columns of the model with their signed weights."""

    columns: Rows
    weights: Floats


class Near(msgspec.Struct, frozen=True):
    """Candidates of a station, best first, and how near each is (``Candidates.scores`` say how well it fits)."""

    candidates: Candidates
    nearness: Floats


def gist_of(situation: Situation, station: Station, shape: StationShape) -> Gist:
    """Return what a station is about: at most 16 items, the weightiest."""
    column_of = situation.bundle.vocabulary.columns
    weights: dict[int, float] = defaultdict(float)
    for item_id, weight in _evidence(situation, station, shape):
        column = column_of.get(item_id)
        if column is not None:
            weights[column] += weight
    heaviest = sorted(weights, key=lambda column: (-abs(weights[column]), column))[:N_ITEMS]
    columns = [column for column in heaviest if weights[column]]
    return Gist(np.array(columns, dtype=np.int32), np.array([weights[c] for c in columns]))


def _evidence(
    situation: Situation, station: Station, shape: StationShape
) -> list[tuple[str, float]]:
    profile, since = situation.profile, station.started_at - BEFORE
    found = [(item_id, SEED / len(station.anchor_ids)) for item_id in station.anchor_ids]
    heard = [listen for listen in profile.recent if listen.started_at >= since]
    sign = {"play": 1.0, "skip": -1.0}
    for age, listen in enumerate(heard):
        found.append(
            (listen.item_id, sign.get(listen.reading, 0.0) * 0.5 ** (age / shape.half_life))
        )
    loved, banned = profile.loved, profile.banned
    for (about, _), at in profile.marked_at.items():
        if at >= since and about in loved | banned and about not in profile.unused:
            found.append((about, WORD if about in loved else -WORD))
    return found


def near(
    situation: Situation,
    station: Station,
    shape: StationShape,
    open_rows: Mask,
    energy: float | None = None,
) -> Near:
    """Return what may come next, best first.

    Parameters
    ----------
    open_rows : (n_rows,) which rows may.
    energy : what is asked for, in [0, 1]; each candidate loses as much as its own lies away from it.

    Raises
    ------
    NoAnswer : there is no model.
    ArtefactUnusable : the models are broken.
    """
    gist = gist_of(situation, station, shape)
    rows = situation.stock.rows
    open_columns = (rows != NONE) & open_rows[rows]
    columns = _candidates(situation, gist, open_columns)
    parts = _parts(situation, gist, columns)
    nearness = parts.sum(axis=1)
    own_share = shape.own_share if nearness.any() else 1.0
    own_scale = own_share / (np.abs(situation.scores).max() or 1.0)
    near_scale = (1 - own_share) / (np.abs(nearness).max(initial=0.0) or 1.0)
    scores = own_scale * situation.scores[columns] + near_scale * nearness
    if energy is not None:
        known = situation.view.energy[rows[columns]].astype(np.float64)
        scores = scores - np.abs(np.nan_to_num(known, nan=UNKNOWN_ENERGY) - energy)
    order = np.argsort(-scores, kind="stable")
    columns, parts = columns[order], near_scale * parts[order]

    def reasons(places: Places) -> list[Reasons]:
        return _reasons(situation, gist, columns[places], parts[places], own_scale)

    candidates = Candidates(SOURCE, rows[columns], scores[order], reasons)
    return Near(candidates, nearness[order])


def _candidates(situation: Situation, gist: Gist, open_columns: Mask) -> Rows:
    """Return open columns, rising: the listener's best, and the neighbours of what the gist likes."""
    neighbours = situation.bundle.cooccurrence.neighbours
    found = [best(situation.scores, open_columns, N_OWN)]
    for column in gist.columns[gist.weights > 0]:
        row = slice(neighbours.indptr[column], neighbours.indptr[column + 1])
        nearest = np.argsort(-neighbours.data[row], kind="stable")[:N_NEIGHBOURS]
        found.append(neighbours.indices[row][nearest])
    columns: Rows = np.unique(np.concatenate(found)).astype(np.int32)
    return columns[open_columns[columns]]


def _parts(situation: Situation, gist: Gist, columns: Rows) -> Floats:
    """Return w_j c_j(i) for each candidate and item of the gist; nothing is near itself."""
    if not len(gist.columns):
        return np.zeros((len(columns), 0))
    contributions = situation.bundle.blend.contributions(_played_once(gist.columns), columns)
    others = columns[:, None] != gist.columns[None, :]
    parts: Floats = contributions[:, :-1] * gist.weights * others
    return parts


def _played_once(columns: Rows) -> Taste:
    """Return the taste of somebody who played each of these once, just now."""
    zeros = np.zeros(len(columns), dtype=np.float32)
    nothing = np.empty(0, dtype=np.float32)
    return Taste(
        columns=columns,
        n_plays=np.ones_like(zeros),
        n_skips=zeros,
        loved=np.zeros(len(columns), dtype=np.bool_),
        first_age_s=zeros,
        last_age_s=zeros,
        recent_columns=nothing.astype(np.int32),
        recent_age_s=nothing,
    )


def _reasons(
    situation: Situation, gist: Gist, columns: Rows, parts: Floats, own_scale: float
) -> list[Reasons]:
    """Return the reasons of a few candidates: the parts of their scores; an unheard seed fits the moment."""
    taste, ids = situation.taste, situation.bundle.vocabulary.ids
    own = situation.scorer.contributions(taste, columns) * own_scale
    unheard = ~np.isin(gist.columns, taste.columns)
    place = {int(column): n for n, column in enumerate(taste.columns)}
    for n in np.flatnonzero(~unheard):
        own[:, place[int(gist.columns[n])]] += parts[:, n]
    whole = np.hstack([own[:, :-1], parts[:, unheard], own[:, -1:]])
    seeds = {ids[column] for column in gist.columns[unheard]}
    met = _beside(taste, gist.columns[unheard])
    found = reasons_of(whole, columns.tolist(), met, ids, situation.profile.at)
    return [
        tuple(
            Reason("fits_moment", reason.share, reason.about_id)
            if reason.about_id in seeds
            else reason
            for reason in each
        )
        for each in found
    ]


def _beside(taste: Taste, columns: Rows) -> Taste:
    """Return a history with a few items after it that were never heard."""
    zeros = np.zeros(len(columns), dtype=np.float32)
    never = np.full(len(columns), np.nan, dtype=np.float32)
    return msgspec.structs.replace(
        taste,
        columns=np.concatenate([taste.columns, columns]),
        n_plays=np.concatenate([taste.n_plays, zeros]),
        n_skips=np.concatenate([taste.n_skips, zeros]),
        loved=np.concatenate([taste.loved, zeros > 0]),
        first_age_s=np.concatenate([taste.first_age_s, never]),
        last_age_s=np.concatenate([taste.last_age_s, never]),
    )

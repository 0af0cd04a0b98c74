"""From one taste to one mix: how long, which new are drawn, whose turn it is, what stands where.

The new are drawn first, by the shelf's policy from today's shortlist; each such slot's propensity is exact
given the new before it. The familiar are placed around them and stand outside the draw, and so do the
editors' pins: they take their places in the first mix, whoever's taste it is, and what is left of its
length keeps the stated share of the new.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.kinds.decisions import Candidate, Shelf, Slot
from ritornello.policies.choice import FAMILIAR, PIN
from ritornello.surfaces.mix_identity import Identity
from ritornello.surfaces.recipes import MixShape
from ritornello.surfaces.rotation import spread, turns
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.slates import drawn_reasons, pinned, rank_in_group
from ritornello.surfaces.sources import Candidates, all_about, artist_keys
from ritornello.surfaces.tastes import Cluster, n_to_show

TOLERANCE = 0.02
"""How far the share of the new may lie from the recipe's where the catalogue allows it."""


class Mix(msgspec.Struct, frozen=True):
    """One mix as it is shown: its shelf, its slots in order, how many of them were drawn as new."""

    shelf: Shelf
    slots: tuple[Slot, ...]
    n_new: int

    @property
    def new_share(self) -> float:
        """The realised share of the new among what no editor pinned."""
        n_pins = sum(slot.source == PIN for slot in self.slots)
        return self.n_new / max(len(self.slots) - n_pins, 1)


def mixed(
    situation: Situation,
    cluster: Cluster,
    identity: Identity,
    new: Candidates | None,
    shape: MixShape,
    *,
    day: str,
    rng: np.random.Generator,
    pins: Mapping[int, int],
) -> Mix:
    """Make one mix of a taste.

    Parameters
    ----------
    new : candidates near the taste, best first; ``None`` where no model can name any.
    pins : position → row of what stands here by an editor's word; neither heard nor new holds it.
    """
    shape = replace(shape, length=shape.length - len(pins))
    n_candidates = 0 if new is None else len(new.rows)
    n_familiar, n_new = sizes(n_to_show(cluster.heard, shape), n_candidates, shape)
    policy = shape.drawn_by(situation.request.budget)
    shelf = Shelf(identity.name, identity.title, str(policy), (), budget=policy.budget)
    fresh: list[Slot] = []
    if new is not None and n_new:
        shelf, fresh = _drawn(situation, shelf, new, shape, n_new, day=day, rng=rng)
        n_slots = n_familiar + n_new + len(pins)
        shelf = replace(shelf, explored=shelf.explored * n_new / n_slots)
    new_places = ((np.arange(n_new) + 0.5) * (n_familiar + n_new) / max(n_new, 1)).astype(int)
    at = dict(zip(new_places.tolist(), fresh, strict=True))
    familiar = iter(_familiar(situation, cluster, shelf, shape, n_familiar, at=at, day=day))
    slots = [at.get(place) or next(familiar) for place in range(n_familiar + n_new)]
    for place, row in sorted(pins.items()):
        slots.insert(place, pinned(situation, shelf, place, row))
    numbered = tuple(replace(slot, position=place) for place, slot in enumerate(slots))
    return Mix(shelf, numbered, n_new)


def sizes(n_familiar: int, n_new: int, shape: MixShape) -> tuple[int, int]:
    """Return how many familiar and how many new tracks a mix shows of those there are.

    The longest mix whose share of the new is the recipe's within ``TOLERANCE``; where there are too few
    new for any, all of them beside the familiar.

    Examples
    --------
    >>> from ritornello.surfaces.recipes import load
    >>> shape = load("daily_mix").mixes
    >>> sizes(100, 100, shape), sizes(9, 100, shape), sizes(100, 1, shape)
    ((40, 10), (9, 2), (40, 1))
    """
    for length in range(shape.length, shape.least_familiar, -1):
        n = round(length * (1 - shape.familiar_share))
        fits = n <= n_new and length - n <= n_familiar
        if fits and abs(n / length - (1 - shape.familiar_share)) <= TOLERANCE:
            return length - n, n
    most = min(n_familiar, shape.n_familiar)
    return most, min(
        n_new, shape.length - shape.n_familiar, round(most / shape.familiar_share) - most
    )


def _drawn(
    situation: Situation,
    shelf: Shelf,
    new: Candidates,
    shape: MixShape,
    n: int,
    *,
    day: str,
    rng: np.random.Generator,
) -> tuple[Shelf, list[Slot]]:
    """Draw the new from today's shortlist; return the shelf with it and the slots in their order."""
    today = turns(new.rows, new.scores, shape.shortlist, day)[: shape.shortlist]
    places = np.sort(today)
    policy = shape.drawn_by(situation.request.budget)
    weights = policy.weigh(new.scores[places])
    choice = policy.choose(weights, n, rng)
    ids = situation.view.ids
    candidates = zip(new.rows[places].tolist(), weights.tolist(), strict=True)
    shelf = replace(
        shelf,
        shortlist=tuple(Candidate(ids[row], new.source, weight) for row, weight in candidates),
        explored=choice.explored,
    )
    chosen = places[choice.rows]
    slots = zip(
        new.rows[chosen].tolist(),
        choice.propensities.tolist(),
        new.scores[chosen].tolist(),
        drawn_reasons(shelf, new, places, choice),
        strict=True,
    )
    return shelf, [
        Slot(shelf.name, 0, ids[row], p, new.source, score, why) for row, p, score, why in slots
    ]


def _familiar(
    situation: Situation,
    cluster: Cluster,
    shelf: Shelf,
    shape: MixShape,
    n: int,
    *,
    at: dict[int, Slot],
    day: str,
) -> list[Slot]:
    """Return the familiar whose turn it is, each artist's as far apart as can be."""
    heard, view = cluster.heard, situation.view
    order = turns(heard.rows, heard.weights, n, day)
    order = order[rank_in_group(heard.artists[order]) < shape.per_artist][:n]
    keys = artist_keys(view, view.rows(slot.item_id for slot in at.values()))
    fixed = {key: place / (n + len(at)) for key, place in zip(keys.tolist(), at, strict=True)}
    order = order[spread(heard.artists[order], day, fixed)]
    ids = [view.ids[row] for row in heard.rows[order]]
    weights = heard.weights[order].tolist()
    return [
        Slot(
            shelf.name, 0, item_id, 1.0, FAMILIAR, weight,
            (all_about(situation.profile, item_id, "you_keep_returning"),),
        )
        for item_id, weight in zip(ids, weights, strict=True)
    ]  # fmt: skip

"""Radio: the next tracks of a station, after the last events, for as long as somebody listens.

An answer holds one to ten tracks and is one ``Decision``, on the shelf ``radio``, which carries its station.
For each track asked for, and one more, the best of what is near the station (``near_station``) is shortlisted, and
twelve by artists the listener never heard, the nearest of those. The policy spends the listener's budget
on what is not greedy, and that is mostly the new: so the dial is the dose, and the injection is part
of the draw with its exact probability. What may come at all, and when a station for sleep ends, says
``pacing``; a request after that end is answered by no decision.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.kinds.decisions import Candidate, Decision, Reason, Rung, Shelf, Slot, Station
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import uuid7
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import to_us
from ritornello.policies.choice import Choice, FloatArray
from ritornello.surfaces import fallbacks
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.near_station import near
from ritornello.surfaces.pacing import Open, Pace, open_rows, pace_of
from ritornello.surfaces.recipes import Recipe, StationShape
from ritornello.surfaces.rules import check
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.slates import drawn_reasons, pinned, pins_on, rank_in_group, shortlist
from ritornello.surfaces.sources import Candidates, Places, artist_keys, joined, same
from ritornello.surfaces.stations import Aired

INJECTED = "new_artist"
"""Source of a track by an artist the listener never heard, put among the near."""
LEAST_NEAR = 0.1
"""How near the new must be, as a share of what is nearest."""
BARELY_ABOVE = 0.1
"""How much the weights of the near differ: all stand above the new, so that greedy is near."""

CORRECTIONS = ("disown", "exclude")
"""Marks after which an earlier answer says nothing any more."""

Remembered = Callable[[], Decision | None]


class Next(msgspec.Struct, frozen=True):
    """One request of a station: what is asked for, how it goes on, what may come; whether it begins."""

    situation: Situation
    station: Station
    shape: StationShape
    recipe: Recipe
    n: int
    pace: Pace
    open: Open
    begins: bool


def shape_of(recipe: Recipe) -> StationShape:
    """Return the shape of a recipe's stations.

    Raises
    ------
    BadValue : the recipe has none.
    """
    if recipe.stations is None:
        raise BadValue(f"the recipe of {recipe.surface!r} has no [stations]")
    return recipe.stations


def window(recipe: Recipe) -> timedelta:
    """Return how far back :func:`decide` must know what was offered."""
    return timedelta(hours=shape_of(recipe).repeat_after_h)


def asked(
    situation: Situation, station: Station, recipe: Recipe, aired: Sequence[Aired], n: int = 1
) -> Next:
    """Put a request together.

    Parameters
    ----------
    aired : what radio offered this listener within :func:`window`, the newest first.
    n : tracks asked for, from 1 to the recipe's length.
    """
    shape = shape_of(recipe)
    n = min(max(n, 1), shape.length)
    pace = pace_of(situation, station, aired, shape)
    opened = open_rows(situation, station, aired, shape, n)
    silent = not any(each.station_id == station.station_id for each in aired)
    begins = silent and station.started_at == situation.request.at
    return Next(situation, station, shape, recipe, n, pace, opened, begins)


def decide(
    request: Next, ladder: Ladder, *, remembered: Remembered, counted: fallbacks.Counted
) -> Decision | None:
    """Return the next tracks, ready to be written down before they are shown; ``None`` past the end.

    Parameters
    ----------
    remembered : reads the listener's last personal answer on radio, if there is one.
    counted : reads what many play from the state tables, where no model can say.
    """
    if request.pace.phase == "ended":
        return None
    steps: list[tuple[Rung, Callable[[], Decision]]] = [
        ("personal", lambda: personal(request)),
        ("last_good", lambda: last_good(request, remembered())),
        ("segment", lambda: segment(request)),
        ("popular", lambda: popular(request, counted)),
        ("editorial", lambda: editorial(request)),
    ]
    climbed = ladder.answer(steps)
    because = "; ".join(filter(None, [climbed.because, climbed.answer.rung_because]))
    return replace(climbed.answer, rung=climbed.rung, rung_because=because)


def personal(request: Next) -> Decision:
    """Draw from what is near the station, and from the new.

    Raises
    ------
    NoAnswer : there is no model, or it knows nothing that may be played.
    """
    situation = request.situation
    found = near(situation, request.station, request.shape, request.open.rows, request.pace.energy)
    if situation.taste.is_empty and not found.nearness.any():
        raise NoAnswer("nothing is known of this listener or this seed")
    places = _shortlisted(request, found.candidates)
    if not len(places):
        raise NoAnswer("the models know nothing that may come next")
    new = _new(request, found.candidates, found.nearness, places)
    if len(places) < request.n:
        return _drawn(request, _filled_up(request, found.candidates.at(places)))
    both = np.concatenate([places, new])
    return _drawn(request, found.candidates.at(both), n_new=len(new))


def last_good(request: Next, found: Decision | None) -> Decision:
    """Draw from what is left of the shortlist of the station's last personal answer.

    Raises
    ------
    NoAnswer : there is none of this station, something was corrected since, or too little of it is left.
    """
    if found is None or found.station is None or found.station != request.station:
        raise NoAnswer("no earlier answer of this station")
    marked_at = request.situation.profile.marked_at.items()
    if any(mark in CORRECTIONS and at > found.made_at for (_, mark), at in marked_at):
        raise NoAnswer("something was corrected since the last answer")
    left = found.shelves[0].shortlist
    view = request.situation.view
    rows = np.array([view.number.get(each.item_id, -1) for each in left], dtype=np.int32)
    weights = np.array([each.weight for each in left])
    fits_moment = (Reason("fits_moment", 0.0),)
    candidates = Candidates("last_good", rows, weights, lambda places: same(fits_moment, places))
    places = _shortlisted(request, candidates)
    if len(places) < request.n:
        raise NoAnswer(f"{len(places)} of {len(left)} candidates of the last answer are left")
    return _drawn(request, candidates.at(places))


def segment(request: Next) -> Decision:
    """Draw from what listeners of the same segment play."""
    return _of_many(request, fallbacks.segment(request.situation, request.open.rows))


def popular(request: Next, counted: fallbacks.Counted) -> Decision:
    """Draw from what many listeners play."""
    return _of_many(request, fallbacks.popular(request.situation, counted, request.open.rows))


def editorial(request: Next) -> Decision:
    """Play the newest of the catalogue."""
    newest = fallbacks.newest(request.situation, request.open.rows)
    return _drawn(request, newest.at(_shortlisted(request, newest)))


def _of_many(request: Next, candidates: Candidates) -> Decision:
    candidates = candidates.at(_shortlisted(request, candidates))
    return _drawn(request, _filled_up(request, candidates))


def _shortlisted(request: Next, candidates: Candidates) -> Places:
    """Return the places of the near: the best, an artist each while there are enough."""
    length = request.n + request.shape.spare
    shape = replace(request.shape, length=length, shortlist=length)
    return shortlist(shape, candidates, request.situation, request.open.rows)


def _new(request: Next, candidates: Candidates, nearness: FloatArray, near_by: Places) -> Places:
    """Return the places of the new: by artists never heard, near the station, an artist each.

    None while a station comes to its end, and none for whoever wants none.
    """
    situation, rows = request.situation, candidates.rows
    if request.pace.phase == "ending" or not situation.request.budget:
        return np.empty(0, dtype=np.int64)
    keys = artist_keys(situation.view, rows)
    fits = situation.by_new_artist(rows) & situation.new(rows)
    fits &= nearness >= LEAST_NEAR * nearness.max(initial=0.0)
    fits &= ~np.isin(keys, keys[near_by])
    places = np.flatnonzero(fits)
    places = places[rank_in_group(keys[places]) == 0]
    found: Places = places[: request.shape.n_new * (request.n + request.shape.spare)]
    return found


def _filled_up(request: Next, candidates: Candidates) -> Candidates:
    """Return candidates, and where they are too few the newest of the catalogue after them."""
    if len(candidates.rows) >= request.n:
        return candidates
    newest = fallbacks.newest(request.situation, request.open.rows).without(candidates.rows)
    newest = newest.at(_shortlisted(request, newest))
    return joined(candidates, newest)


def _drawn(request: Next, candidates: Candidates, n_new: int = 0) -> Decision:
    """Draw the answer from its shortlist, of which the last ``n_new`` are the new."""
    situation, shape = request.situation, request.shape
    pins = pins_on(replace(shape, length=request.n), situation, request.open.pinnable)
    if pins:
        by_hand = np.isin(candidates.rows, list(pins.values()))
        n_new -= int(by_hand[len(by_hand) - n_new :].sum())
        candidates = candidates.at(np.flatnonzero(~by_hand))
    n_near = len(candidates.rows) - n_new
    policy = shape.drawn_by(0.0 if request.pace.phase == "ending" else situation.request.budget)
    above = 1 - BARELY_ABOVE + BARELY_ABOVE * policy.weigh(candidates.scores[:n_near])
    below = (1 - BARELY_ABOVE) * policy.weigh(candidates.scores[n_near:])
    weights = np.concatenate([above, below])
    choice = policy.choose(weights, request.n - len(pins), _chance(request))
    sources = [candidates.source] * n_near + [INJECTED] * n_new
    ids = [situation.view.ids[row] for row in candidates.rows]
    shelf = Shelf(
        name=shape.name,
        title=shape.title,
        policy=str(policy),
        shortlist=tuple(map(Candidate, ids, sources, weights.tolist())),
        about_id=request.station.seed if request.station.seed in situation.view.number else None,
        budget=policy.budget,
        explored=choice.explored,
        intent=request.station.intent,
    )
    slots = _slots(shelf, candidates, choice)
    for position, row in sorted(pins.items()):
        slots.insert(position, pinned(situation, shelf, position, row))
    numbered = tuple(replace(slot, position=place) for place, slot in enumerate(slots))
    return _decision(request, shelf, numbered)


def _slots(shelf: Shelf, candidates: Candidates, choice: Choice) -> list[Slot]:
    """Return what was drawn, in order; a pin may still move it."""
    every = np.arange(len(candidates.rows))
    drawn = zip(
        [shelf.shortlist[row] for row in choice.rows],
        choice.propensities.tolist(),
        candidates.scores[choice.rows].tolist(),
        drawn_reasons(shelf, candidates, every, choice),
        strict=True,
    )
    return [
        Slot(shelf.name, 0, each.item_id, p, each.source, score, why)
        for each, p, score, why in drawn
    ]


def _chance(request: Next) -> np.random.Generator:
    """Return the generator of this listener, station and instant."""
    asking = request.situation.request
    station_id, at_us = request.station.station_id, to_us(asking.at)
    return derive(asking.seed, asking.profile.listener_id, asking.surface, f"{station_id}/{at_us}")


def _decision(request: Next, shelf: Shelf, slots: tuple[Slot, ...]) -> Decision:
    """Return the answer as a decision that keeps the hard rules; a station's first bears its id."""
    asking, bundle = request.situation.request, request.situation.stock.bundle
    station = request.station
    decision = Decision(
        decision_id=station.station_id if request.begins else uuid7(asking.at),
        listener_id=asking.profile.listener_id,
        surface=asking.surface,
        made_at=asking.at,
        shelves=(shelf,),
        slots=slots,
        station=station,
        rung="personal",
        rung_because=request.open.because,
        policy_version=f"{request.recipe.surface}/{request.recipe.version}",
        model_version=bundle.version if bundle else "none",
        recipe_hash=request.recipe.hash,
        seed=f"{asking.seed}/{station.station_id}/{to_us(asking.at)}",
        device=asking.device,
        time_zone=asking.time_zone,
    )
    return check(decision, request.situation.view, request.situation.drawable)

"""Daily Mix: up to six lists a day, each one taste of the listener, mostly familiar, partly new.

There is exactly one decision a listener and local day, made when it is first asked for or built, and from
then on read back. Its shelves are the mixes; a shelf's name is the mix's identity, which the same taste
keeps from day to day (``mix_identity``). What is familiar takes turns (``rotation``); the new are drawn
near each taste (``near_tastes``) and stand spread between the familiar. An editor's pin on the shelf
``mix`` stands at its place in the first mix of the lists made from then on. Without models the mixes hold only
what is known, told apart by genre; with too little history there are none, and ``lacking`` says so.
"""

import sqlite3
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.kinds.decisions import Decision, Rung, Shelf, Slot
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import uuid8
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import day_begins_at, local_day, next_day, zone
from ritornello.store.log import Writer
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.lists import PeriodList, Terms, is_listed, readable
from ritornello.surfaces.mix_identity import Identity, Past, identified
from ritornello.surfaces.mix_names import named
from ritornello.surfaces.mixes import TOLERANCE, Mix, mixed
from ritornello.surfaces.near_tastes import near
from ritornello.surfaces.recipes import MixShape, Recipe
from ritornello.surfaces.rules import check
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.slates import pins_on
from ritornello.surfaces.sources import Candidates
from ritornello.surfaces.tastes import Cluster, Factors, clusters_of, heard_of, n_to_show

N_WAITING = 3
"""Shortlists' worth of new candidates a mix has, which take turns from day to day."""


class Lacking(msgspec.Struct, frozen=True):
    """How far a listener is from a first mix: plays, and tracks a mix could show, of how many."""

    n_plays: int
    min_plays: int
    n_tracks: int
    min_tracks: int


def day_of(situation: Situation) -> str:
    """Return the day it is for the listener."""
    return local_day(situation.request.at, zone(situation.request.time_zone))


def current(
    conn: sqlite3.Connection, writer: Writer, situation: Situation, terms: Terms
) -> PeriodList | None:
    """Return today's mixes, making and storing them first if they are due.

    ``None`` while no taste can fill a mix; :func:`lacking` says how far it is.
    """
    if not is_listed(conn, situation, day_of(situation)):
        decision = due(conn, situation, terms)
        if decision is None:
            return None
        writer.decide([decision]).result()
    return next(iter(readable(conn, situation, n=1)), None)


def lacking(situation: Situation, terms: Terms) -> Lacking:
    """Return how much is known of a listener, and how much a first mix needs."""
    shape = shape_of(terms.recipe)
    n_tracks = n_to_show(heard_of(situation, shape), shape)
    return Lacking(situation.profile.n_plays, terms.min_plays, n_tracks, shape.least_familiar)


def due(conn: sqlite3.Connection, situation: Situation, terms: Terms) -> Decision | None:
    """Return the mixes of the listener's day as a decision not yet stored, if one can be made."""
    if situation.profile.n_plays < terms.min_plays:
        return None
    recipe, past = terms.recipe, Past(conn, situation, day_of(situation))
    steps: list[tuple[Rung, Callable[[], Decision | None]]] = [
        ("personal", lambda: personal(situation, recipe, past)),
        ("last_good", lambda: last_good(situation, recipe, readable(conn, situation, n=1))),
        ("personal", lambda: familiar(situation, recipe, past)),
    ]
    climbed = terms.ladder.answer(steps)
    if climbed.answer is None:
        return None
    because = "; ".join(filter(None, [climbed.because, climbed.answer.rung_because]))
    return replace(climbed.answer, rung=climbed.rung, rung_because=because)


def personal(situation: Situation, recipe: Recipe, past: Past) -> Decision | None:
    """Make mixes of the listener's tastes: the familiar, and the new near them.

    Raises
    ------
    ArtefactUnusable : the models are broken.
    """
    bundle, shape = situation.stock.bundle, shape_of(recipe)
    if bundle is None or situation.taste.is_empty:
        return familiar(situation, recipe, past)
    tastes = _tastes(situation, shape, past, bundle.ials.factors)
    if not tastes:
        return None
    new = near(situation, [cluster for cluster, _ in tastes], N_WAITING * shape.shortlist)
    mixes = _mixes(situation, shape, tastes, new)
    stated = 1 - shape.familiar_share
    short = [mix for mix in mixes if mix.new_share < stated - TOLERANCE]
    because = ""
    if short:
        least = min(mix.new_share for mix in short)
        because = f"{len(short)} of {len(mixes)} mixes are short of new, one has {least:.0%}"
        because = f"{because} instead of {stated:.0%}: no more is near"
    return _decision(situation, recipe, mixes, because)


def familiar(situation: Situation, recipe: Recipe, past: Past) -> Decision | None:
    """Make mixes of what the listener knows alone, tastes told apart by genre."""
    shape = shape_of(recipe)
    tastes = _tastes(situation, shape, past, None)
    mixes = _mixes(situation, shape, tastes, [None] * len(tastes))
    return _decision(situation, recipe, mixes, "nothing new: no model that knows these tastes")


def last_good(
    situation: Situation, recipe: Recipe, before: Sequence[PeriodList]
) -> Decision | None:
    """Return the mixes of the newest day again, less what the rules have closed since.

    Raises
    ------
    NoAnswer : there are none, or nothing of them is left.
    """
    if not before or not before[0].slots:
        raise NoAnswer("no earlier mixes")
    found, slots = before[0].decision, before[0].slots
    left = {slot.shelf for slot in slots}
    shelves = tuple(shelf for shelf in found.shelves if shelf.name in left)
    again = replace(
        _dated(situation, recipe, shelves, slots),
        model_version=found.model_version,
        fit_for_replay=found.fit_for_replay and len(slots) == len(found.slots),
    )
    return check(again, situation.view, situation.drawable)


def shape_of(recipe: Recipe) -> MixShape:
    """Return the shape of a recipe's mixes.

    Raises
    ------
    BadValue : the recipe has none.
    """
    if recipe.mixes is None:
        raise BadValue(f"the recipe of {recipe.surface!r} has no [mixes]")
    return recipe.mixes


def _tastes(
    situation: Situation, shape: MixShape, past: Past, factors: Factors | None
) -> list[tuple[Cluster, Identity]]:
    """Find the tastes that are mixes today, in their places, each with its identity and name."""
    heard = heard_of(situation, shape)
    clusters = clusters_of(situation, heard, shape, factors=factors, before=past.artists())
    found = identified(situation, clusters, past, shape, day_of(situation))
    return named(situation, found, shape.title)


def _mixes(
    situation: Situation,
    shape: MixShape,
    tastes: Sequence[tuple[Cluster, Identity]],
    new: Sequence[Candidates | None],
) -> list[Mix]:
    """Make a mix of each taste, the pins in the first; chances belong to this listener and day."""
    request, day = situation.request, day_of(situation)
    rng = derive(request.seed, request.profile.listener_id, request.surface, day)
    pins = pins_on(shape, situation, situation.allowed)
    if pins:
        rows = np.array(list(pins.values()), dtype=np.int32)
        tastes = [(cluster.without(rows), identity) for cluster, identity in tastes]
        new = [near_it and near_it.without(rows) for near_it in new]
    made: list[Mix] = []
    for (cluster, identity), near_it in zip(tastes, new, strict=True):
        here = {} if made else pins
        made.append(
            mixed(situation, cluster, identity, near_it, shape, day=day, rng=rng, pins=here)
        )
    return made


def _decision(
    situation: Situation, recipe: Recipe, mixes: Sequence[Mix], because: str
) -> Decision | None:
    """Return the mixes as a decision that keeps the hard rules; ``None`` of none."""
    if not mixes:
        return None
    slots = tuple(slot for mix in mixes for slot in mix.slots)
    made = _dated(situation, recipe, tuple(mix.shelf for mix in mixes), slots)
    return check(replace(made, rung_because=because), situation.view, situation.drawable)


def _dated(
    situation: Situation, recipe: Recipe, shelves: tuple[Shelf, ...], slots: tuple[Slot, ...]
) -> Decision:
    """Return shelves and slots as the decision of the listener's day."""
    request, bundle, day = situation.request, situation.stock.bundle, day_of(situation)
    tz = zone(request.time_zone)
    return Decision(
        decision_id=uuid8(request.at, request.profile.listener_id, request.surface, day),
        listener_id=request.profile.listener_id,
        surface=request.surface,
        made_at=request.at,
        shelves=shelves,
        slots=slots,
        rung="personal",
        policy_version=f"{recipe.surface}/{recipe.version}",
        model_version=bundle.version if bundle else "none",
        recipe_hash=recipe.hash,
        seed=f"{request.seed}/{day}",
        device=request.device,
        time_zone=request.time_zone,
        period=day,
        visible_from_at=day_begins_at(day, tz),
        expires_at=day_begins_at(next_day(day), tz),
    )

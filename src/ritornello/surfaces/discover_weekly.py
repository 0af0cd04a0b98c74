"""Discover Weekly: thirty tracks never heard, mostly by new artists, one list a listener and week.

A list is drafted ahead, revealed at the first instant of the listener's Monday, and from then on read
back from its decision. There is exactly one for a listener and ISO week, whatever clocks and zones do:
the store refuses a second. Who travels west after a reveal keeps the newer list; who travels east gets
the next as soon as it is Monday there.
"""

import sqlite3
from functools import partial

import numpy as np

from ritornello.kinds.decisions import Decision
from ritornello.kinds.ids import uuid8
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import iso_week, next_week, week_begins_at, zone
from ritornello.store.log import Writer
from ritornello.surfaces import fallbacks
from ritornello.surfaces.lists import PeriodList, Terms, is_listed, readable
from ritornello.surfaces.recipes import Recipe
from ritornello.surfaces.rules import check
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.slates import Slate
from ritornello.surfaces.weekly_draft import Ranked, fitting, rank, read_draft


def week_of(situation: Situation) -> str:
    """Return the ISO week it is for the listener."""
    return iso_week(situation.request.at, zone(situation.request.time_zone))


def current(
    conn: sqlite3.Connection, writer: Writer, situation: Situation, terms: Terms
) -> PeriodList | None:
    """Return the list in force, revealing and storing it first if it is due.

    ``None`` while the listener has too few plays, or nothing is left to discover.
    """
    if not is_listed(conn, situation, week_of(situation)):
        decision = due(conn, situation, terms)
        if decision is None:
            return None
        writer.decide([decision]).result()
    return next(iter(readable(conn, situation)), None)


def previous(conn: sqlite3.Connection, situation: Situation) -> list[PeriodList]:
    """Return the lists before the newest that are still readable, the newest first."""
    return readable(conn, situation)[1:]


def due(conn: sqlite3.Connection, situation: Situation, terms: Terms) -> Decision | None:
    """Return the list of the listener's week as a decision not yet stored, if one can be made.

    It is revealed from the draft where a personal one rests and still fills the list, else ranked
    now.
    """
    if situation.profile.n_plays < terms.min_plays:
        return None
    shown = _shown_lately(conn, situation)
    draft = read_draft(conn, situation.request, week_of(situation))
    if draft is not None and draft.rung == "personal":
        ranked = draft.ranked(situation)
        decision = reveal(situation, terms.recipe, ranked, shown)
        if decision is not None and len(decision.slots) == terms.recipe.shelves[0].length:
            return decision
    ranked = rank(situation, terms.recipe, terms.ladder, partial(fallbacks.counted, conn))
    return reveal(situation, terms.recipe, ranked, shown)


def reveal(situation: Situation, recipe: Recipe, ranked: Ranked, shown: Rows) -> Decision | None:
    """Return what of a ranking may stand now, as this week's list; ``None`` if nothing may.

    What stood on a list of the last four weeks (``shown``) stands again only where it must.

    A list that the catalogue cannot fill says so in ``rung_because``. Only what the listener's own
    models rank is explored: a lower rung shows its best.
    """
    request, shape, week = situation.request, recipe.shelves[0], week_of(situation)
    about = (request.profile.listener_id, request.surface, week)
    candidates = fitting(situation, recipe, ranked.candidates, shown)
    pins = situation.view.rows(pin.about_id for pin in situation.rulings.pins)
    among = np.zeros(len(situation.view), dtype=np.bool_)
    among[pins[situation.new(pins) & situation.by_new_artist(pins)]] = True
    among[candidates.rows] = True
    slate = Slate(situation, derive(request.seed, *about), among)
    slate.add(shape if ranked.rung == "personal" else shape.greedy(), candidates)
    if not slate.slots:
        return None
    tz, because = zone(request.time_zone), ranked.rung_because
    if len(slate.slots) < shape.length:
        short = f"{len(slate.slots)} of {shape.length}: no more is new to this listener"
        because = "; ".join(filter(None, [because, short]))
    decision = Decision(
        decision_id=uuid8(request.at, *about),
        listener_id=request.profile.listener_id,
        surface=request.surface,
        made_at=request.at,
        shelves=tuple(slate.shelves),
        slots=tuple(slate.slots),
        rung=ranked.rung,
        rung_because=because,
        policy_version=f"{recipe.surface}/{recipe.version}",
        model_version=ranked.model_version,
        recipe_hash=recipe.hash,
        device=request.device,
        time_zone=request.time_zone,
        period=week,
        visible_from_at=week_begins_at(week, tz),
        expires_at=week_begins_at(next_week(week), tz),
    )
    return check(decision, situation.view, situation.drawable)


def _shown_lately(conn: sqlite3.Connection, situation: Situation) -> Rows:
    """Return the rows of what stood on the lists of the last four weeks."""
    lists = readable(conn, situation)
    return situation.view.rows(slot.item_id for each in lists for slot in each.decision.slots)

"""Whole surfaces as entrants: the functions a server asks, with their recipes, rules and rungs.

Right for asking what would have been shown, exploration and all. It misleads as far as a surface would have changed what
was heard next: what a radio plays after a skip, what a page shows after a play.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from time import monotonic
from typing import Any, get_args

import msgspec

from ritornello.evaluate.asking import NOTHING, Block, Rankings, parted
from ritornello.evaluate.in_service import InService
from ritornello.evaluate.warned import Warned
from ritornello.kinds.decisions import Decision, Station
from ritornello.kinds.ids import uuid8
from ritornello.policies import beliefs
from ritornello.policies.beliefs import NOTHING_LEARNED
from ritornello.surfaces import (
    daily_mix,
    discover_weekly,
    fallbacks,
    home,
    last_good,
    moment_taste,
    moments,
    pool_store,
    radio,
    shelf_order,
    showings,
    stations,
)
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms, terms_of
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.pools import MOMENTS
from ritornello.surfaces.recipes import Surface, load
from ritornello.surfaces.situation import Situation

SURFACES: tuple[str, ...] = tuple(name for name in get_args(Surface) if name != "search")
"""Surfaces that show something unasked; what search shows is judged over what was searched for."""
MOMENT = f"{MOMENTS}/"
N_IN_VIEW = 5
"""Cards of a shelf that are met before the next shelf is."""
PATIENCE_S = 60.0

recipe_of = cache(load)
Decide = Callable[[InService, Situation], Decision | None]


class OfSurface(msgspec.Struct, frozen=True):
    """A surface, decided on the rung that stood; a draw beyond the first is that of another installation's seed."""

    name: str
    decide: Decide
    made_by: dict[str, Any]
    n_draws: int = 1
    warnings: tuple[Warned, ...] = ()

    def recipe(self, service: InService) -> dict[str, Any]:
        """Return the surface, its recipe's hash and the budget it may explore with."""
        return {**self.made_by, "exploration_budget": service.settings["exploration_budget"]}

    def rank(self, block: Block, n: int, draw: int) -> Rankings:
        """Return what was shown, in the order it is met."""
        lists = []
        for situation in block.situations:
            here = situation.on(self.name.partition("/")[0])
            if draw:
                asked = msgspec.structs.replace(here.request, seed=here.request.seed + draw)
                here = Situation(asked, here.stock, here.scored)
            decision = self.decide(block.service, here)
            lists.append(NOTHING if decision is None else situation.view.rows(as_met(decision)))
        return parted(block, lists, n)


def of_surface(name: str) -> OfSurface:
    """Return a surface, or a moment as ``moments/NAME``, as an entrant."""
    if name.startswith(MOMENT):
        moment = name.removeprefix(MOMENT)
        return OfSurface(
            name, partial(_moment, name=moment), {"surface": MOMENTS, "moment": moment}
        )
    recipe = recipe_of(next(each for each in get_args(Surface) if each == name))
    told = {"surface": name, "recipe": recipe.hash, "version": recipe.version}
    return OfSurface(name, _DECIDE[name], told)


def as_met(decision: Decision, n_in_view: int = N_IN_VIEW) -> list[str]:
    """Return the items of a decision as somebody meets them: some cards of each shelf, then the next of each."""
    place = {shelf.name: number for number, shelf in enumerate(decision.shelves)}
    met = sorted(
        decision.slots,
        key=lambda slot: (slot.position // n_in_view, place[slot.shelf], slot.position),
    )
    return [slot.item_id for slot in met]


def _ladder() -> Ladder:
    """Return a ladder whose rungs have all the time they need; nobody waits here."""
    return Ladder(monotonic, deadline_s=PATIENCE_S)


def _terms(service: InService, surface: Surface) -> Terms:
    return terms_of(service.settings, surface, {surface: recipe_of(surface)}, {surface: _ladder()})


def _home(service: InService, situation: Situation) -> Decision:
    conn, who = service.conn, situation.profile.listener_id
    return home.decide(
        situation,
        recipe_of("home"),
        _ladder(),
        remembered=lambda: last_good.recall(conn, service.past.home, who, "home"),
        counted=lambda: fallbacks.counted(conn),
        before=home.Before(
            showings.recall(conn, who, "home"),
            beliefs.read(conn, NOTHING_LEARNED).betas(shelf_order.BELIEF),
        ),
    )


def _weekly(service: InService, situation: Situation) -> Decision | None:
    terms = _terms(service, "discover_weekly")
    return discover_weekly.due(service.conn, situation, terms)


def _mixes(service: InService, situation: Situation) -> Decision | None:
    return daily_mix.due(service.conn, situation, _terms(service, "daily_mix"))


def _moment(service: InService, situation: Situation, name: str) -> Decision:
    conn, who = service.conn, situation.profile.listener_id
    pool = pool_store.current(conn, name).stands
    return moments.decide(
        Asked(situation, pool),
        _ladder(),
        remembered=lambda: last_good.recall(conn, service.past.home, who, f"{MOMENTS}/{name}"),
        counted=lambda: fallbacks.counted(conn),
        learned=lambda: moment_taste.read_learned(
            conn, beliefs.read(conn, NOTHING_LEARNED), name, situation.profile
        ),
    )


def _radio(service: InService, situation: Situation) -> Decision | None:
    """Return the first tracks of the listener's own station, which begins now."""
    conn, recipe, at = service.conn, recipe_of("radio"), situation.request.at
    who = situation.profile.listener_id
    station = Station(station_id=uuid8(at, who, "radio"), started_at=at)
    aired = stations.aired(conn, who, at - radio.window(recipe))
    length = radio.shape_of(recipe).length
    return radio.decide(
        radio.asked(situation, station, recipe, aired, length),
        _ladder(),
        remembered=lambda: last_good.recall(conn, service.past.home, who, "radio"),
        counted=lambda: fallbacks.counted(conn),
    )


_DECIDE: Mapping[str, Decide] = {
    "home": _home,
    "discover_weekly": _weekly,
    "daily_mix": _mixes,
    "radio": _radio,
}

"""What every surface must keep, on every rung, for every listener.

A surface is a function from a situation to a decision. Run
``for check in CHECKS: check(surface, situation)`` with situations that try it; a broken promise
raises ``AssertionError`` and names the slot.
"""

from collections import Counter
from collections.abc import Callable

import msgspec
import numpy as np

from ritornello.kinds.decisions import Decision
from ritornello.kinds.ids import kind_of
from ritornello.policies.replay import order_probability, probability
from ritornello.surfaces.rules import LIST, ONLY_NEW, WITH_MAKERS, findable, mask
from ritornello.surfaces.situation import Situation

Surface = Callable[[Situation], Decision]

_TOLERANCE = 1e-9


def obeys_the_hard_rules(surface: Surface, situation: Situation) -> None:
    """Check every slot and every candidate against the mask, made anew; a list is no item and keeps them itself."""
    decision, view = surface(situation), situation.view
    rulings = situation.stock.rulings.on(decision.surface)
    allowed = mask(view, situation.profile, rulings)
    if decision.surface in WITH_MAKERS:
        has_playable = situation.stock.has_playable
        allowed = findable(view, situation.profile, rulings, has_playable)
    if decision.surface in ONLY_NEW:
        allowed[view.rows(situation.profile.heard)] = False
    shown = [slot.item_id for slot in decision.slots]
    candidates = [c.item_id for shelf in decision.shelves for c in shelf.shortlist]
    for item_id in [*shown, *candidates]:
        row = view.number.get(item_id)
        if row is None and kind_of(item_id) == LIST:
            continue
        if row is None or not allowed[row]:
            raise AssertionError(f"{decision.surface} at {decision.rung} names {item_id}")


def shows_an_item_once(surface: Surface, situation: Situation) -> None:
    """Check that no item stands twice, also not under a merged id."""
    number = situation.view.number
    rows = [number.get(slot.item_id, slot.item_id) for slot in surface(situation).slots]
    twice = [str(row) for row, n in Counter(rows).items() if n > 1]
    if twice:
        raise AssertionError(f"{twice[0]} stands twice")


def numbers_its_places(surface: Surface, situation: Situation) -> None:
    """Check that shelves have distinct names and positions count up from 0."""
    decision = surface(situation)
    names = [shelf.name for shelf in decision.shelves]
    if len(set(names)) != len(names) or {s.shelf for s in decision.slots} - set(names):
        raise AssertionError(f"shelves {names} do not name the slots' shelves once each")
    for name in names:
        places = [slot.position for slot in decision.slots if slot.shelf == name]
        if places != list(range(len(places))):
            raise AssertionError(f"shelf {name!r} has positions {places}")


def replays_its_propensities(surface: Surface, situation: Situation) -> None:
    """Check that the decision alone, read back from JSON, gives every propensity to 1e-9."""
    decision = msgspec.json.decode(msgspec.json.encode(surface(situation)), type=Decision)
    logged = [slot.propensity for slot in decision.slots]
    worst = np.abs(probability(decision) - logged).max(initial=0.0)
    if worst > _TOLERANCE:
        raise AssertionError(f"propensities are off by {worst} in {decision.surface}")


def replays_its_order(surface: Surface, situation: Situation) -> None:
    """Check that the decision alone gives the propensity of every shelf's place to 1e-9."""
    decision = msgspec.json.decode(msgspec.json.encode(surface(situation)), type=Decision)
    if decision.shelf_order is None:
        return
    logged = decision.shelf_order.propensities
    again = order_probability(decision)
    if len(again) != len(logged) or np.abs(again - logged).max(initial=0.0) > _TOLERANCE:
        raise AssertionError(f"places of shelves have {logged} in {decision.surface}, not {again}")


def gives_reasons(surface: Surface, situation: Situation) -> None:
    """Check one to three reasons a slot, with shares that are part of one whole."""
    for slot in surface(situation).slots:
        whole = sum(reason.share for reason in slot.reasons)
        if not 1 <= len(slot.reasons) <= 3 or whole > 1 + _TOLERANCE:
            raise AssertionError(f"{slot.item_id} has reasons {slot.reasons}")


def logs_its_shortlists(surface: Surface, situation: Situation) -> None:
    """Check at most 200 candidates a shelf, and exploration within its declared budget."""
    for shelf in surface(situation).shelves:
        if len(shelf.shortlist) > 200:
            raise AssertionError(f"shelf {shelf.name!r} logs {len(shelf.shortlist)} candidates")
        if shelf.explored > shelf.budget + _TOLERANCE:
            raise AssertionError(f"shelf {shelf.name!r} explores {shelf.explored}")


def says_where_it_comes_from(surface: Surface, situation: Situation) -> None:
    """Check recipe, policy and model versions, and a reason for every rung below the first."""
    decision = surface(situation)
    if not (decision.recipe_hash and decision.policy_version and decision.model_version):
        raise AssertionError(f"{decision.surface} leaves out a version")
    if decision.listener_id != situation.profile.listener_id:
        raise AssertionError(f"made for {decision.listener_id}")


def answers_alike(surface: Surface, situation: Situation) -> None:
    """Check that the same situation gives the same slots and shortlists."""
    first = surface(situation)
    again = surface(Situation(situation.request, situation.stock))
    if (first.slots, first.shelves) != (again.slots, again.shelves):
        raise AssertionError(f"{first.surface} at {first.rung} answers differently")


CHECKS: tuple[Callable[[Surface, Situation], None], ...] = (
    obeys_the_hard_rules,
    shows_an_item_once,
    numbers_its_places,
    replays_its_propensities,
    replays_its_order,
    gives_reasons,
    logs_its_shortlists,
    says_where_it_comes_from,
    answers_alike,
)

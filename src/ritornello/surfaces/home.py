"""The Home page: shelves for now, the familiar and the new, on the highest rung that stands.

A slate on two levels: the cards of each shelf, then the order of the shelves by what this hour and device are for.
Both are drawn with generators derived from the listener and their local date, so a page stays as it is
through a part of the day in which nothing happens, and changes with the next play. What was shown on the
days before and passed over stands back.
"""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.kinds.decisions import Decision, Rung
from ritornello.kinds.ids import uuid7
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import zone
from ritornello.policies.contexts import Contexts
from ritornello.policies.posteriors import Betas
from ritornello.surfaces import fallbacks, onboarding, shelf_order
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.needs import Need, needs_of, segment_of
from ritornello.surfaces.recipes import Recipe, ShelfRecipe, SourceName, drawn_by
from ritornello.surfaces.rules import check, kept
from ritornello.surfaces.shelf_order import NOTHING_LEARNED
from ritornello.surfaces.showings import NOTHING_SHOWN, Showings, discounted, exposure
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.slates import Slate
from ritornello.surfaces.sources import SOURCES, Source

Remembered = Callable[[], Decision | None]

CANDIDATES: dict[SourceName, Source] = {
    **SOURCES,
    "popular_near_you": lambda situation, _: [fallbacks.segment(situation)],
}


class Before(msgspec.Struct, frozen=True):
    """What earlier pages left behind: what they showed this listener, what was learned of shelves from all."""

    shown: Showings = NOTHING_SHOWN
    beliefs: Betas | Contexts = NOTHING_LEARNED


NOTHING_BEFORE = Before()


def decide(
    situation: Situation,
    recipe: Recipe,
    ladder: Ladder,
    *,
    remembered: Remembered,
    counted: fallbacks.Counted,
    before: Before = NOTHING_BEFORE,
) -> Decision:
    """Return a Home page, ready to be written down before it is shown.

    Parameters
    ----------
    remembered : reads the listener's last personal page, if there is one.
    counted : reads what many play from the state tables, where no model can say.
    before : what earlier pages showed them, and what was learned.
    """
    steps: list[tuple[Rung, Callable[[], Decision]]] = [
        ("personal", lambda: personal(situation, recipe, before)),
        ("last_good", lambda: last_good(situation, recipe, remembered())),
        ("segment", lambda: segment(situation, recipe, before)),
        ("popular", lambda: popular(situation, recipe, counted)),
        ("editorial", lambda: editorial(situation, recipe)),
    ]
    climbed = ladder.answer(steps)
    return replace(climbed.answer, rung=climbed.rung, rung_because=climbed.because)


def personal(situation: Situation, recipe: Recipe, before: Before = NOTHING_BEFORE) -> Decision:
    """Fill the recipe's shelves from their sources, and draw their order.

    Raises
    ------
    NoAnswer : nothing is known of the listener that could make a page theirs.
    """
    leaning = onboarding.leaning(situation)
    if leaning.taste.is_empty and leaning.own.is_empty:
        raise NoAnswer("nothing is known of this listener yet")
    return _on_shelves(leaning, recipe, recipe.shelves, before)


def last_good(situation: Situation, recipe: Recipe, found: Decision | None) -> Decision:
    """Return the listener's last personal page again, less what the rules have closed since.

    Nor is there what stood because of something the listener has disowned or excluded since.

    Raises
    ------
    NoAnswer : there is none, or too little of it is left.
    """
    if found is None:
        raise NoAnswer("no earlier page")
    about = {shelf.name: shelf.about_id for shelf in found.shelves}
    used = situation.profile.used | situation.profile.chosen | {None}
    slots = tuple(
        slot
        for slot in kept(found.slots, situation.view, situation.allowed)
        if used.issuperset({about[slot.shelf], *(reason.about_id for reason in slot.reasons)})
    )
    if len(slots) < min(recipe.fallback_length, len(found.slots)):
        raise NoAnswer(f"{len(slots)} of {len(found.slots)} items of the earlier page are left")
    again = replace(
        found,
        decision_id=uuid7(situation.request.at),
        made_at=situation.request.at,
        slots=slots,
        device=situation.request.device,
        fit_for_replay=found.fit_for_replay and len(slots) == len(found.slots),
    )
    return check(again, situation.view, situation.drawable)


def segment(situation: Situation, recipe: Recipe, before: Before = NOTHING_BEFORE) -> Decision:
    """Fill the page with what listeners of the same segments play, and what it lacks with the newest."""
    return _on_shelves(situation, recipe, recipe.segment_shelves, before, topped_up=True)


def popular(situation: Situation, recipe: Recipe, counted: fallbacks.Counted) -> Decision:
    """Fill the page with what many listeners play."""
    slate = _slate(situation)
    many = fallbacks.popular(situation, counted)
    fallbacks.fill(slate, recipe, many)
    return _topped_up(situation, recipe, slate)


def editorial(situation: Situation, recipe: Recipe) -> Decision:
    """Fill the page with the editors' pins, then with the newest of the catalogue."""
    slate = _slate(situation)
    slate.add_pins()
    return _topped_up(situation, recipe, slate)


def _on_shelves(
    situation: Situation,
    recipe: Recipe,
    shelves: Sequence[ShelfRecipe],
    before: Before,
    *,
    topped_up: bool = False,
) -> Decision:
    """Draw the cards of every shelf on which something may stand, then the order of the shelves."""
    slate, serves = _slate(situation), dict[str, Need]()
    passed_over = exposure(before.shown, situation.view, situation.own, _local_date(situation))
    for shelf in shelves:
        for found in CANDIDATES[shelf.source](situation, shelf.n_shelves):
            candidates = discounted(found, passed_over, shelf.discount, shelf.shortlist)
            if slate.add(shelf, candidates):
                serves[slate.shelves[-1].name] = shelf.serves
    if topped_up:
        fallbacks.fill(slate, recipe, fallbacks.newest(situation))
    if not slate.slots:
        raise NoAnswer("the models know nothing this listener may be shown")
    if recipe.order:
        _in_order(slate, situation, recipe, serves, before)
    return _decision(situation, recipe, slate)


def _in_order(
    slate: Slate, situation: Situation, recipe: Recipe, serves: dict[str, Need], before: Before
) -> None:
    """Draw the order of a slate's shelves; one that holds nothing drawn stands first, outside the draw."""
    request = situation.request
    needs = needs_of(situation)
    fixed = [shelf for shelf in slate.shelves if not shelf.shortlist]
    ordered = [shelf for shelf in slate.shelves if shelf.shortlist]
    order, shelves = shelf_order.draw(
        ordered,
        [serves.get(shelf.name, "new") for shelf in ordered],
        shelf_order.Asked(needs, segment_of(needs, request.device), before.beliefs),
        drawn_by(recipe.order, request.budget),
        _rng(situation, "order"),
    )
    slate.order = replace(order, propensities=(*[1.0] * len(fixed), *order.propensities))
    slate.arrange([*fixed, *shelves])


def _topped_up(situation: Situation, recipe: Recipe, slate: Slate) -> Decision:
    newest = fallbacks.newest(situation)
    fallbacks.fill(slate, recipe, newest)
    return _decision(situation, recipe, slate)


def _local_date(situation: Situation) -> date:
    request = situation.request
    return request.at.astimezone(zone(request.time_zone)).date()


def _rng(situation: Situation, *about: str) -> np.random.Generator:
    """Return chances that belong to this listener and day."""
    request, today = situation.request, _local_date(situation).isoformat()
    return derive(request.seed, request.profile.listener_id, request.surface, today, *about)


def _slate(situation: Situation) -> Slate:
    return Slate(situation, _rng(situation))


def _decision(situation: Situation, recipe: Recipe, slate: Slate) -> Decision:
    """Return the page as a decision that keeps the hard rules."""
    request, bundle = situation.request, situation.stock.bundle
    decision = Decision(
        decision_id=uuid7(request.at),
        listener_id=request.profile.listener_id,
        surface=request.surface,
        made_at=request.at,
        shelves=tuple(slate.shelves),
        slots=tuple(slate.slots),
        shelf_order=slate.order,
        rung="personal",
        policy_version=f"{recipe.surface}/{recipe.version}",
        model_version=bundle.version if bundle else "none",
        recipe_hash=recipe.hash,
        seed=f"{request.seed}/{_local_date(situation)}",
        device=request.device,
        time_zone=request.time_zone,
    )
    return check(decision, situation.view, situation.drawable)

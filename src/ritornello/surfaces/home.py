"""The Home page: shelves for the familiar, the near and the new, on the highest rung that stands.

A page is drawn with a generator derived from the listener and their local date, so it stays as it is
through a day in which nothing happens, and changes with the next play.
"""

from collections.abc import Callable

from msgspec.structs import replace

from ritornello.kinds.decisions import Decision, Rung
from ritornello.kinds.ids import uuid7
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import zone
from ritornello.surfaces import fallbacks
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.recipes import Recipe
from ritornello.surfaces.rules import check, kept
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.slates import Slate
from ritornello.surfaces.sources import SOURCES

Remembered = Callable[[], Decision | None]


def decide(
    situation: Situation,
    recipe: Recipe,
    ladder: Ladder,
    *,
    remembered: Remembered,
    counted: fallbacks.Counted,
) -> Decision:
    """Return a Home page, ready to be written down before it is shown.

    Parameters
    ----------
    remembered : reads the listener's last personal page, if there is one.
    counted : reads what many play from the state tables, where no model can say.
    """
    steps: list[tuple[Rung, Callable[[], Decision]]] = [
        ("personal", lambda: personal(situation, recipe)),
        ("last_good", lambda: last_good(situation, recipe, remembered())),
        ("segment", lambda: segment(situation, recipe)),
        ("popular", lambda: popular(situation, recipe, counted)),
        ("editorial", lambda: editorial(situation, recipe)),
    ]
    climbed = ladder.answer(steps)
    return replace(climbed.answer, rung=climbed.rung, rung_because=climbed.because)


def personal(situation: Situation, recipe: Recipe) -> Decision:
    """Fill the recipe's shelves from their sources."""
    slate = _slate(situation)
    for shelf in recipe.shelves:
        for candidates in SOURCES[shelf.source](situation, shelf.n_shelves):
            slate.add(shelf, candidates)
    if not slate.slots:
        raise NoAnswer("the models know nothing this listener may be shown")
    return _decision(situation, recipe, slate)


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
    used = situation.profile.used | {None}
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
    return check(again, situation.view, situation.allowed)


def segment(situation: Situation, recipe: Recipe) -> Decision:
    """Fill the page with what listeners of the same segment play."""
    slate = _slate(situation)
    near = fallbacks.segment(situation)
    fallbacks.fill(slate, recipe, near)
    return _topped_up(situation, recipe, slate)


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


def _topped_up(situation: Situation, recipe: Recipe, slate: Slate) -> Decision:
    newest = fallbacks.newest(situation)
    fallbacks.fill(slate, recipe, newest)
    return _decision(situation, recipe, slate)


def _local_date(situation: Situation) -> str:
    request = situation.request
    return request.at.astimezone(zone(request.time_zone)).date().isoformat()


def _slate(situation: Situation) -> Slate:
    """Start a page whose chances belong to this listener and day."""
    request = situation.request
    about = (request.profile.listener_id, request.surface, _local_date(situation))
    return Slate(situation, derive(request.seed, *about))


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
        rung="personal",
        policy_version=f"{recipe.surface}/{recipe.version}",
        model_version=bundle.version if bundle else "none",
        recipe_hash=recipe.hash,
        seed=f"{request.seed}/{_local_date(situation)}",
        device=request.device,
        time_zone=request.time_zone,
    )
    return check(decision, situation.view, situation.allowed)

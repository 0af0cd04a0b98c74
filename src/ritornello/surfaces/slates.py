"""From candidates to shelves: mask, cap, draw, and write down the probability of each slot.

The hard rules, earlier shelves and the bound on an artist's tracks all apply to the candidates
*before* the draw, so no draw is constrained while it runs and every propensity is exact.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ritornello.explain.reasons import MOST_REASONS
from ritornello.kinds.decisions import Candidate, Reason, Shelf, ShelfOrder, Slot
from ritornello.policies import objectives
from ritornello.policies.choice import PIN, Choice, Tilt
from ritornello.policies.greedy import Greedy
from ritornello.policies.objectives import Objective
from ritornello.policies.traits import Traits
from ritornello.surfaces.boosts import lifted, shares_of
from ritornello.surfaces.recipes import ShelfShape
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.shelf_traits import traits_of
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.sources import Candidates, Places, Reasons, artist_keys

AHEAD = 10


class Slate:
    """A page being filled: an item that stands on one shelf is closed to the next.

    Parameters
    ----------
    among : (n_rows,) which of the allowed rows the page may show; all of them by default.

    Attributes
    ----------
    shelves, slots : what has been drawn so far.
    order : the draw of the shelves' order, where there was one.
    """

    def __init__(
        self, situation: Situation, rng: np.random.Generator, among: Mask | None = None
    ) -> None:
        self.shelves: list[Shelf] = []
        self.slots: list[Slot] = []
        self.order: ShelfOrder | None = None
        self._situation = situation
        self._rng = rng
        self._n_shelves: Counter[str] = Counter()
        drawable = situation.drawable
        self._open: Mask = drawable.copy() if among is None else drawable & among

    def add(self, shape: ShelfShape, candidates: Candidates) -> bool:
        """Fill one more shelf; one on which nothing may stand is left out. Say whether it was filled."""
        pins = pins_on(shape, self._situation, self._open)
        self._open[list(pins.values())] = False
        places = shortlist(shape, candidates, self._situation, self._open)
        policy = shape.drawn_by(self._situation.request.budget)
        weights = policy.weigh(candidates.scores[places])
        objective = objective_of(shape, self._situation)
        tilt, traits = leaning(objective, candidates.rows[places], self._situation)
        choice = policy.choose(weights, shape.length - len(pins), self._rng, tilt)
        if not pins and not len(choice.rows):
            return False
        ids, rows = self._situation.view.ids, candidates.rows[places]
        shelf = Shelf(
            name=self._free_name(shape.name),
            title=self._title(shape, candidates),
            policy=str(policy),
            shortlist=tuple(
                Candidate(ids[row], candidates.source, weight, tuple(numbers))
                for row, weight, numbers in zip(
                    rows.tolist(), weights.tolist(), traits.values.tolist(), strict=True
                )
            ),
            about_id=candidates.about_id,
            budget=policy.budget,
            explored=choice.explored,
            objective=str(objective) if objective else "",
            traits=traits.names,
            target=traits.target,
        )
        self.shelves.append(shelf)
        shortlisted = candidates.at(places)
        found = drawn_reasons(shelf, shortlisted, np.arange(len(rows)), choice, tilt)
        if objective is not None:
            shares = shares_of(traits, choice.rows, objective.boost)
            found = lifted(found, rows[choice.rows], shares, self._situation)
        self._place(shelf, shortlisted, choice, pins, found)
        self._open[rows[choice.rows]] = False
        return True

    def arrange(self, shelves: Sequence[Shelf]) -> None:
        """Put the shelves, all of them, into this order, and their slots with them."""
        self.shelves = list(shelves)
        place = {shelf.name: n for n, shelf in enumerate(shelves)}
        self.slots.sort(key=lambda slot: (place[slot.shelf], slot.position))

    def add_pins(self) -> None:
        """Show every pin of the surface, in order, as a shelf of its own."""
        view = self._situation.view
        rows = dict.fromkeys(
            row
            for pin in self._situation.rulings.pins
            if (row := view.number.get(pin.about_id)) is not None and self._open[row]
        )
        if rows:
            shelf = Shelf("editors", "Chosen by the editors", "greedy", ())
            self.shelves.append(shelf)
            self.slots += [
                pinned(self._situation, shelf, place, row) for place, row in enumerate(rows)
            ]
            self._open[list(rows)] = False

    def _free_name(self, name: str) -> str:
        """Return the shelf's name, numbered from its second on."""
        self._n_shelves[name] += 1
        return name if self._n_shelves[name] == 1 else f"{name}_{self._n_shelves[name]}"

    def _title(self, shape: ShelfShape, candidates: Candidates) -> str:
        if candidates.about_id is None:
            return shape.title
        view = self._situation.view
        return shape.title.format(about=view.title(view.number[candidates.about_id]))

    def _place(
        self,
        shelf: Shelf,
        shortlisted: Candidates,
        choice: Choice,
        pins: dict[int, int],
        found: Sequence[Reasons],
    ) -> None:
        """Write the slots of a shelf: pins where they are pinned, the drawn around them."""
        n_slots = len(pins) + len(choice.rows)
        free = [position for position in range(n_slots + len(pins)) if position not in pins]
        drawn = zip(
            free[: len(choice.rows)],
            shelf_items(shelf, choice),
            choice.propensities.tolist(),
            shortlisted.scores[choice.rows].tolist(),
            found,
            strict=True,
        )
        slots = [
            Slot(shelf.name, position, item_id, p, shortlisted.source, score, reasons)
            for position, item_id, p, score, reasons in drawn
        ]
        slots += [pinned(self._situation, shelf, at, row) for at, row in pins.items()]
        self.slots += sorted(slots, key=lambda slot: slot.position)


def pins_on(shape: ShelfShape, situation: Situation, open_rows: Mask) -> dict[int, int]:
    """Return position → row of the editors' pins on a shelf, as far as the rules let them stand."""
    pins: dict[int, int] = {}
    for pin in situation.rulings.pins:
        row = situation.view.number.get(pin.about_id)
        if row is None or not open_rows[row] or row in pins.values():
            continue
        if pin.slot and pin.slot.shelf == shape.name and pin.slot.position < shape.length:
            pins[pin.slot.position] = row
    return pins


def pinned(situation: Situation, shelf: Shelf, position: int, row: int) -> Slot:
    """Return the slot of a pin: outside the draw, for sure, with the role and the words that put it there."""
    view = situation.view
    why = next(
        Reason("chosen_by_editors", 1.0, by_role=pin.by_role, note=pin.reason)
        for pin in situation.rulings.pins
        if view.number.get(pin.about_id) == row
    )
    return Slot(shelf.name, position, view.ids[row], 1.0, PIN, 0.0, (why,))


def shelf_items(shelf: Shelf, choice: Choice) -> list[str]:
    """Return the item ids a choice drew from a shelf's shortlist."""
    return [shelf.shortlist[row].item_id for row in choice.rows]


def shortlist(
    shape: ShelfShape, candidates: Candidates, situation: Situation, open_rows: Mask
) -> Places:
    """Return the places in ``candidates`` a shelf draws from, best first.

    An artist has at most ``per_artist`` of them and the familiar at most ``familiar_share`` of the
    shelf, unless the shelf could not be filled otherwise: then the best of the others follow, as many
    as the shelf still lacks. Of the open candidates the first ``AHEAD`` × ``shortlist`` are looked at.
    """
    rows = candidates.rows
    places = np.flatnonzero((rows >= 0) & open_rows[rows])
    if shape.familiar_share < 1:
        familiar = ~situation.new(rows[places])
        places = places[~familiar | (np.cumsum(familiar) <= AHEAD * shape.n_familiar)]
    places = places[: AHEAD * shape.shortlist]
    places = places[rank_in_group(rows[places]) == 0]
    fits = rank_in_group(artist_keys(situation.view, rows[places])) < shape.per_artist
    if shape.familiar_share < 1:
        familiar = fits & ~situation.new(rows[places])
        fits &= ~familiar | (np.cumsum(familiar) <= shape.n_familiar)
    within: Places = places[fits][: shape.shortlist]
    lacking = shape.length - len(within)
    if lacking <= 0:
        return within
    return np.concatenate([within, places[~fits][:lacking]])


def rank_in_group(keys: NDArray[np.integer]) -> Places:
    """Return each element's rank among those of the same key, in their order, from 0.

    Examples
    --------
    >>> rank_in_group(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(keys, kind="stable")
    grouped = keys[order]
    begins = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(grouped[1:], grouped[:-1], out=begins[1:])
    places = np.arange(len(keys))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return rank


def objective_of(shape: ShelfShape, situation: Situation) -> Objective | None:
    """Return what a shelf is to be as a whole, if anything; where editors lift nothing, without boosts."""
    if not shape.objective:
        return None
    objective = objectives.parse(shape.objective)
    return objective if situation.rulings.boosts else objective.without_boosts()


def leaning(
    objective: Objective | None, rows: Rows, situation: Situation
) -> tuple[Tilt | None, Traits]:
    """Return the tilt of an objective over a shortlist, if there is one, and what that reads."""
    if objective is None:
        return None, Traits.of((), np.empty((len(rows), 0)))
    traits = traits_of(objective.reads, rows, situation)
    return objective.tilt(traits), traits


def drawn_reasons(
    shelf: Shelf,
    candidates: Candidates,
    places: Places,
    choice: Choice,
    tilt: Tilt | None = None,
) -> Sequence[Reasons]:
    """Return the reasons of each drawn slot; one that differs from greedy says so first, and its chance.

    One that nothing speaks for is a try as well, whoever drew it.
    """
    found = candidates.reasons(places[choice.rows])
    greedy = np.ones(len(found))
    if shelf.budget:
        weights = [candidate.weight for candidate in shelf.shortlist]
        greedy = Greedy().probabilities(weights, choice.rows.tolist(), tilt)
    tries = [Reason("exploring", 0.0, p=p) for p in choice.propensities.tolist()]
    return [
        reasons if reasons and as_greedy else (trying, *reasons)[:MOST_REASONS]
        for trying, reasons, as_greedy in zip(tries, found, greedy, strict=True)
    ]

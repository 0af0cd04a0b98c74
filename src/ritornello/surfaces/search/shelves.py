"""From what was found to shelves: closed to what stands already, drawn, and every probability written down.

The best hit that is, by its name, exactly what was asked for stands first on its shelf and outside the draw, so that no
exploration displaces it. The rest is drawn by the shelf's policy from its shortlist, after the hard rules and what else must
hold have masked it. Lists and places in episodes are no items of the catalogue that a shelf could lack, and stand best first.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ritornello.kinds.decisions import Candidate, Reason, Shelf, Slot
from ritornello.policies.choice import EXACT, Choice
from ritornello.policies.greedy import Greedy
from ritornello.surfaces.recipes import FoundShelf
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.slates import drawn_reasons, shortlist
from ritornello.surfaces.sources import Candidates, Reasons

ASKED_FOR: Reasons = (Reason("asked_for", 1.0),)


class Place(NamedTuple):
    """What is no row of the catalogue, or a place within one: an id, its score, and where in it to enter."""

    item_id: str
    score: float
    source: str
    start_ms: int | None = None
    end_ms: int | None = None


class Page:
    """A page of results being filled.

    Parameters
    ----------
    open_rows : (n_rows,) what may stand; what has a place is closed to the next shelf.
    budget : the share of drawn slots that may differ from greedy.
    """

    def __init__(
        self, situation: Situation, open_rows: Mask, budget: float, rng: np.random.Generator
    ) -> None:
        self.shelves: list[Shelf] = []
        self.slots: list[Slot] = []
        self._situation = situation
        self._open = open_rows.copy()
        self._budget = budget
        self._rng = rng

    def add(self, shape: FoundShelf, found: Candidates, exact: Mask) -> None:
        """Fill one more shelf with rows; one on which nothing may stand is left out.

        Parameters
        ----------
        exact : (n,) which of the candidates are exactly what was asked for.
        """
        places = shortlist(shape, found, self._situation, self._open)
        if not len(places):
            return
        sure = places[exact[places]][: int(len(shape.kinds) == 1)]
        drawn_from = places[~np.isin(places, sure)]
        policy = shape.drawn_by(self._budget)
        weights = policy.weigh(found.scores[drawn_from])
        choice = policy.choose(weights, shape.length - len(sure), self._rng)
        ids, rows = self._situation.view.ids, found.rows
        shelf = Shelf(
            name=shape.name,
            title=shape.title,
            policy=str(policy),
            shortlist=tuple(
                Candidate(ids[row], found.source, weight)
                for row, weight in zip(rows[drawn_from].tolist(), weights.tolist(), strict=True)
            ),
            budget=policy.budget,
            explored=choice.explored,
        )
        self.shelves.append(shelf)
        for place, why in zip(sure.tolist(), found.reasons(sure), strict=True):
            score = float(found.scores[place])
            self.slots.append(Slot(shape.name, 0, ids[rows[place]], 1.0, EXACT, score, why))
        self._draw(shelf, found.at(drawn_from), choice, len(sure))
        self._open[rows[sure]] = False
        self._open[rows[drawn_from[choice.rows]]] = False

    def add_places(self, shape: FoundShelf, found: Sequence[Place]) -> None:
        """Fill one more shelf with lists or places in episodes, best first; each item once."""
        number = self._situation.view.number
        standing = {slot.item_id for slot in self.slots}
        best: dict[str, Place] = {}
        for place in sorted(found, key=lambda each: -each.score):
            row = number.get(place.item_id)
            if place.item_id not in standing and (row is None or self._open[row]):
                best.setdefault(place.item_id, place)
        places = list(best.values())[: shape.shortlist]
        if not places:
            return
        weights = Greedy().weigh([place.score for place in places])
        listed = tuple(
            Candidate(place.item_id, place.source, weight)
            for place, weight in zip(places, weights.tolist(), strict=True)
        )
        self.shelves.append(Shelf(shape.name, shape.title, str(Greedy()), listed))
        for position, place in enumerate(places[: shape.length]):
            self.slots.append(
                Slot(
                    shape.name,
                    position,
                    place.item_id,
                    1.0,
                    place.source,
                    place.score,
                    ASKED_FOR,
                    place.start_ms,
                    place.end_ms,
                )
            )
            if (row := number.get(place.item_id)) is not None:
                self._open[row] = False

    def _draw(self, shelf: Shelf, shortlisted: Candidates, choice: Choice, first: int) -> None:
        """Write the slots of what was drawn, from a position on."""
        every = np.arange(len(shortlisted.rows))
        drawn = zip(
            [shelf.shortlist[row] for row in choice.rows],
            choice.propensities.tolist(),
            shortlisted.scores[choice.rows].tolist(),
            drawn_reasons(shelf, shortlisted, every, choice),
            strict=True,
        )
        self.slots += (
            Slot(shelf.name, first + n, each.item_id, p, each.source, score, why)
            for n, (each, p, score, why) in enumerate(drawn)
        )

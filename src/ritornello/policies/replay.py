"""Propensities recomputed from a logged decision, and from nothing else."""

import numpy as np

from ritornello.kinds.decisions import Decision, Shelf
from ritornello.kinds.errors import BadValue
from ritornello.policies import objectives
from ritornello.policies.choice import OUTSIDE_THE_DRAW, FloatArray, Tilt
from ritornello.policies.names import parse
from ritornello.policies.traits import Traits


def probability(decision: Decision) -> FloatArray:
    """Return the probability of every slot given the slots before it, in the order of the slots.

    Each shelf's policy and objective are parsed from their texts and asked about its own shortlist;
    an editor's pin and what had its turn stand outside the draw and have probability 1.

    Raises
    ------
    BadValue : the decision lost an item after drawing, a shortlist names an item twice, a slot
        shows what its shortlist does not hold, or weights no policy could have drawn from.
    """
    _check_fit(decision)
    p = np.ones(len(decision.slots))
    for shelf in decision.shelves:
        drawn = [
            (slot.position, index)
            for index, slot in enumerate(decision.slots)
            if slot.shelf == shelf.name and slot.source not in OUTSIDE_THE_DRAW
        ]
        places = [index for _, index in sorted(drawn)]
        rows = _rows(shelf, [decision.slots[index].item_id for index in places])
        weights = [candidate.weight for candidate in shelf.shortlist]
        p[places] = parse(shelf.policy).probabilities(weights, rows, _tilt(shelf))
    return p


def order_probability(decision: Decision) -> FloatArray:
    """Return the probability of every shelf given the shelves before it, in their order.

    Where chance had no say in the order all are 1, and so is a shelf beside the draw that holds pins
    alone.

    Raises
    ------
    BadValue : the decision lost an item after drawing, the order was drawn from a name twice, or a
        shelf on which something was drawn was not among those drawn from.
    """
    _check_fit(decision)
    p = np.ones(len(decision.shelves))
    order = decision.shelf_order
    if order is None:
        return p
    row_of = {name: row for row, name in enumerate(order.names)}
    if len(row_of) < len(order.names):
        raise BadValue(f"the order of shelves was drawn from {order.names}, a name twice")
    beside = [s.name for s in decision.shelves if s.shortlist and s.name not in row_of]
    if beside:
        raise BadValue(f"shelf {beside[0]!r} is shown, but the order was drawn from {order.names}")
    drawn = [place for place, shelf in enumerate(decision.shelves) if shelf.name in row_of]
    rows = [row_of[decision.shelves[place].name] for place in drawn]
    p[drawn] = parse(order.policy).probabilities(order.weights, rows)
    return p


def _check_fit(decision: Decision) -> None:
    if not decision.fit_for_replay:
        message = f"decision {decision.decision_id} lost an item after drawing; it has no replay"
        raise BadValue(message)


def _tilt(shelf: Shelf) -> Tilt | None:
    """Return the tilt a shelf was drawn with, if any."""
    if not shelf.objective:
        return None
    return objectives.parse(shelf.objective).tilt(Traits.logged(shelf))


def _rows(shelf: Shelf, shown: list[str]) -> list[int]:
    """Return the shortlist rows of the shown items."""
    row_of = {candidate.item_id: row for row, candidate in enumerate(shelf.shortlist)}
    if len(row_of) < len(shelf.shortlist):
        raise BadValue(f"the shortlist of shelf {shelf.name!r} names an item twice")
    absent = [item_id for item_id in shown if item_id not in row_of]
    if absent:
        message = f"shelf {shelf.name!r} shows {absent[0]!r}, which its shortlist does not hold"
        raise BadValue(message)
    return [row_of[item_id] for item_id in shown]

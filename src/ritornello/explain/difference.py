"""What a correction changed: two decisions of one surface for one listener, before and after it, side by side.

Nothing is predicted: both decisions are there, and what is told is counted in them.
"""

from collections.abc import Set as AbstractSet

import msgspec

from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.ids import ItemId


class Cited(msgspec.Struct, frozen=True):
    """How much of a decision rests on some evidence: its slots, those that cite it, its mean share of a score."""

    n_slots: int
    n_citing: int
    share: float


class Place(msgspec.Struct, frozen=True):
    """Where an item stands, counted from 0, and with which propensity."""

    shelf: str
    shelf_title: str
    position: int
    propensity: float


class Difference(msgspec.Struct, frozen=True):
    """What two decisions say of the same evidence and of the same item; ``n_gone`` items of the first are not in the second."""

    cited_before: Cited
    cited_after: Cited
    place_before: Place | None
    place_after: Place | None
    n_gone: int


def between(
    before: Decision, after: Decision, evidence: AbstractSet[str], item_id: ItemId
) -> Difference:
    """Hold two decisions side by side.

    Parameters
    ----------
    evidence : ids of the items that were corrected.
    item_id : whose place is looked for.
    """
    shown = {slot.item_id for slot in before.slots}
    return Difference(
        cited_before=cited(before, evidence),
        cited_after=cited(after, evidence),
        place_before=place(before, item_id),
        place_after=place(after, item_id),
        n_gone=len(shown - {slot.item_id for slot in after.slots}),
    )


def cited(decision: Decision, evidence: AbstractSet[str]) -> Cited:
    """Count how much of a decision rests on these items, by its own reasons."""
    shares = [_share(slot, evidence) for slot in decision.slots]
    n_citing = sum(share is not None for share in shares)
    return Cited(len(shares), n_citing, sum(share or 0.0 for share in shares) / max(len(shares), 1))


def place(decision: Decision, item_id: ItemId) -> Place | None:
    """Return where an item stands, ``None`` if it does not."""
    slot = next((slot for slot in decision.slots if slot.item_id == item_id), None)
    if slot is None:
        return None
    title = decision.shelf(slot.shelf).title
    return Place(slot.shelf, title, slot.position, slot.propensity)


def _share(slot: Slot, evidence: AbstractSet[str]) -> float | None:
    """Return the share of a slot's score that its reasons give to the evidence, ``None`` if they name none of it."""
    named = [reason.share for reason in slot.reasons if reason.about_id in evidence]
    return sum(named) if named else None

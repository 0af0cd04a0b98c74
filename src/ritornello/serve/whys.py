"""Why an item stood where it stood, and what a correction from there changed.

A reason is read from the decision's own record. A correction acts on the next request, so what it changed is
told by making the decision again and holding the two side by side.
"""

import sqlite3
from collections.abc import Set as AbstractSet
from uuid import UUID

import msgspec

from ritornello.catalog import items as catalogue_items
from ritornello.explain.difference import Difference, between
from ritornello.explain.sentences import sentence
from ritornello.kinds.decisions import Decision, Reason, Rung, Slot
from ritornello.kinds.errors import NotFound
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import zone
from ritornello.listeners import corrections
from ritornello.serve import answers, moments, radios
from ritornello.serve.service import Service
from ritornello.surfaces.pools import MOMENTS

_MADE_ANEW = frozenset({"discover_weekly", "daily_mix", "radio"})
_MADE_AGAIN = {MOMENTS: moments.made_again, radios.RADIO: radios.made_again}


class Because(msgspec.Struct, frozen=True):
    """One reason, the sentence it makes, and the item it is about if it is about one."""

    reason: Reason
    sentence: str
    about: AnyItem | None


class Why(msgspec.Struct, frozen=True):
    """Why one item stood where it stood: the slot, its shelf's title, the rung, the reasons."""

    decision_id: UUID
    slot: Slot
    shelf_title: str
    item: AnyItem | None
    rung: Rung
    rung_because: str
    explored: float
    because: tuple[Because, ...]


class Again(msgspec.Struct, frozen=True):
    """A decision made again now, held against the one that was shown.

    ``about`` is what was corrected. What is fixed for its period, or is never played again, ``is_next``: what is told
    is then of the next one. ``difference`` is ``None`` where nothing can be made.
    """

    about_id: str
    about: AnyItem | None
    is_next: bool
    difference: Difference | None


async def why(
    service: Service,
    decision_id: UUID,
    shelf: str,
    position: int,
    *,
    listener_id: ListenerId | None = None,
) -> Why:
    """Explain one slot from the decision's own record.

    Raises
    ------
    NotFound : no such decision (for this listener), or no such slot in it.
    """
    decided = await answers.decision(service, decision_id, listener_id=listener_id)
    slot = _slot(decided, shelf, position)
    return await service.read(lambda conn: _explained(service, conn, decided, slot))


async def again(
    service: Service,
    decision_id: UUID,
    shelf: str,
    position: int,
    about_id: str,
    *,
    listener_id: ListenerId | None = None,
) -> Again:
    """Tell what a correction about ``about_id`` changed, on this surface and for this slot's item.

    Raises
    ------
    NotFound : no such decision (for this listener), or no such slot in it.
    """
    decided = await answers.decision(service, decision_id, listener_id=listener_id)
    slot = _slot(decided, shelf, position)
    made = await _MADE_AGAIN.get(decided.surface, answers.made_again)(service, decided)

    def read(conn: sqlite3.Connection) -> Again:
        evidence = _evidence(conn, [decided, *([made] if made else [])], about_id)
        return Again(
            about_id=about_id,
            about=catalogue_items.get_many(conn, [about_id]).get(about_id),
            is_next=decided.surface in _MADE_ANEW,
            difference=between(decided, made, evidence, slot.item_id) if made else None,
        )

    return await service.read(read)


def _slot(decided: Decision, shelf: str, position: int) -> Slot:
    found = next((s for s in decided.slots if (s.shelf, s.position) == (shelf, position)), None)
    if found is None:
        message = f"nothing stands at {shelf!r}[{position}] of decision {decided.decision_id}"
        raise NotFound(message)
    return found


def _evidence(
    conn: sqlite3.Connection, decisions: list[Decision], about_id: str
) -> AbstractSet[str]:
    """Return which of the items that decisions cite a correction concerns."""
    cited = {
        reason.about_id
        for decision in decisions
        for slot in decision.slots
        for reason in slot.reasons
        if reason.about_id is not None
    }
    return corrections.concerned(conn, cited, {about_id})


def _explained(service: Service, conn: sqlite3.Connection, decided: Decision, slot: Slot) -> Why:
    """Put a slot's reasons into words, with the items they are about."""
    view = service.catalogue.view(conn)
    about_ids = [reason.about_id for reason in slot.reasons if reason.about_id is not None]
    known = catalogue_items.get_many(conn, [slot.item_id, *about_ids])
    local_now = service.now().astimezone(zone(decided.time_zone))
    shelf = decided.shelf(slot.shelf)
    return Why(
        decision_id=decided.decision_id,
        slot=slot,
        shelf_title=shelf.title,
        item=known.get(slot.item_id),
        rung=decided.rung,
        rung_because=decided.rung_because,
        explored=shelf.explored,
        because=tuple(
            Because(reason, sentence(reason, view, local_now), known.get(reason.about_id or ""))
            for reason in slot.reasons
        ),
    )

"""Decisions and items as the cards and rows the templates show.

A card holds what one slot needs to be shown, played and explained, and nothing that identifies a
listener. Titles stay the hostile text they came as; the templates escape them.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from ritornello.kinds.decisions import Decision, Reason, Slot
from ritornello.kinds.items import AnyItem, Artist, Episode, Show, Track
from ritornello.serve.web.covers import MEDIUM_ENERGY, Sitter

Say = Callable[[Reason], str]


class Card(msgspec.Struct, frozen=True):
    """One slot as shown: what it is, why in one line, where it stood, and what was said of it."""

    item_id: str
    title: str
    by: str
    by_id: str
    line: str
    decision_id: str
    surface: str
    shelf: str
    position: int
    duration_ms: int | None
    explicit: bool
    loved: bool

    @property
    def named(self) -> str:
        """The title and by whom, for screen readers and messages."""
        return f"{self.title} by {self.by}" if self.by else self.title


class ShownShelf(msgspec.Struct, frozen=True):
    """A shelf as shown: its title and its cards."""

    name: str
    title: str
    cards: tuple[Card, ...]


def shelves_of(
    decision: Decision, items: Mapping[str, AnyItem], loved: set[str], say: Say
) -> tuple[ShownShelf, ...]:
    """Return a decision's shelves in order, without the empty ones."""
    shown = (
        ShownShelf(
            shelf.name,
            shelf.title,
            cards_of(
                decision,
                (slot for slot in decision.slots if slot.shelf == shelf.name),
                items,
                loved,
                say,
            ),
        )
        for shelf in decision.shelves
    )
    return tuple(shelf for shelf in shown if shelf.cards)


def cards_of(
    decision: Decision,
    slots: Iterable[Slot],
    items: Mapping[str, AnyItem],
    loved: set[str],
    say: Say,
) -> tuple[Card, ...]:
    """Return the cards of those slots whose item the catalogue knows."""
    return tuple(
        _card(decision, slot, items[slot.item_id], loved, say)
        for slot in slots
        if slot.item_id in items
    )


def _card(decision: Decision, slot: Slot, item: AnyItem, loved: set[str], say: Say) -> Card:
    by, by_id = credit(item)
    return Card(
        item_id=slot.item_id,
        title=item.title,
        by=by,
        by_id=by_id,
        line=say(slot.reasons[0]) if slot.reasons else "",
        decision_id=str(decision.decision_id),
        surface=decision.surface,
        shelf=slot.shelf,
        position=slot.position,
        duration_ms=getattr(item, "duration_ms", None),
        explicit=getattr(item, "explicit", False),
        loved=slot.item_id in loved,
    )


def credit(item: AnyItem) -> tuple[str, str]:
    """Return who made an item: the name as printed and the id; empty where nobody is named."""
    if isinstance(item, Episode):
        return item.show_title, item.show_id
    if isinstance(item, Show):
        return item.author, ""
    if isinstance(item, Artist):
        return "", ""
    return item.artist_name, item.artist_ids[0] if item.artist_ids else ""


def sitter(item: AnyItem) -> Sitter:
    """Return what an item's cover is drawn from."""
    energy = item.energy if isinstance(item, Track | Episode) else None
    return Sitter(
        item_id=item.item_id,
        family=credit(item)[1] or item.item_id,
        genre=item.genres[0] if item.genres else "",
        energy=MEDIUM_ENERGY if energy is None else energy,
    )

"""A decision as a client shows it: shelves of cards with titles, without the logged shortlists."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from ritornello.catalog.view import View
from ritornello.kinds.decisions import Decision, Reason, Rung, Slot
from ritornello.kinds.ids import ItemId, kind_of
from ritornello.kinds.times import Instant


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """One shown item; events name it by the decision, its shelf and its position.

    ``start_ms`` and ``end_ms`` say where in an episode to enter, ``words`` what is said there.
    """

    position: int
    item_id: ItemId
    kind: str
    title: str
    artist_name: str
    propensity: float
    reasons: tuple[Reason, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    words: str = ""


class ShelfOfCards(msgspec.Struct, frozen=True, omit_defaults=True):
    """One shelf: its name (what events say) and its title (what people read)."""

    name: str
    title: str
    cards: tuple[Card, ...]
    about_id: ItemId | None = None


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """A decision to be shown; ``rung`` says how personal it is, ``rung_because`` why not more."""

    decision_id: UUID
    surface: str
    made_at: Instant
    rung: Rung
    shelves: tuple[ShelfOfCards, ...]
    rung_because: str = ""
    period: str | None = None
    visible_from_at: Instant | None = None
    expires_at: Instant | None = None


def page_of(
    decision: Decision,
    slots: tuple[Slot, ...],
    view: View,
    *,
    titles: Mapping[ItemId, str] | None = None,
    words: Mapping[tuple[str, int], str] | None = None,
) -> Page:
    """Return the page of a decision showing ``slots``: all of its own, or fewer.

    Parameters
    ----------
    titles : of what no catalogue knows, such as a listener's lists.
    words : what is said where a slot enters an episode, by shelf and position.
    """
    cards: dict[str, list[Card]] = {shelf.name: [] for shelf in decision.shelves}
    for slot in slots:
        title = (titles or {}).get(slot.item_id, "")
        said = (words or {}).get((slot.shelf, slot.position), "")
        cards[slot.shelf].append(_card(slot, view, title, said))
    return Page(
        decision_id=decision.decision_id,
        surface=decision.surface,
        made_at=decision.made_at,
        rung=decision.rung,
        shelves=tuple(
            ShelfOfCards(shelf.name, shelf.title, tuple(cards[shelf.name]), shelf.about_id)
            for shelf in decision.shelves
            if cards[shelf.name]
        ),
        rung_because=decision.rung_because,
        period=decision.period,
        visible_from_at=decision.visible_from_at,
        expires_at=decision.expires_at,
    )


def _card(slot: Slot, view: View, title: str, words: str) -> Card:
    row = view.number.get(slot.item_id)
    return Card(
        position=slot.position,
        item_id=slot.item_id,
        kind=kind_of(slot.item_id),
        title=title if row is None else view.title(row),
        artist_name="" if row is None else view.artist_name(row),
        propensity=slot.propensity,
        reasons=slot.reasons,
        start_ms=slot.start_ms,
        end_ms=slot.end_ms,
        words=words,
    )

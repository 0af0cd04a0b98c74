"""What was shown, where, with which probability, by which version, and why.

A decision is written down before it is shown. It carries what a replay needs (the shortlist with
the weights as used, the policy and its parameters) and nothing a replay would have to look up.
"""

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ritornello.kinds.events import Device, FreeText, Milliseconds, ShortText, SlotAddress
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.times import Instant

Rung = Literal["personal", "last_good", "segment", "popular", "editorial"]
RUNGS: tuple[Rung, ...] = ("personal", "last_good", "segment", "popular", "editorial")
ReasonKind = Literal[
    "because_you_played", "because_you_love", "you_keep_returning", "popular", "popular_now",
    "popular_near_you", "fits_moment", "chosen_by_editors", "new_here", "exploring",
    "left_off", "you_chose", "asked_for",
]  # fmt: skip

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a shortlist: the item, the source that named it, the sampling weight as used.

    ``traits`` are the numbers the shelf's objective read, in the order of ``Shelf.traits``.
    """

    item_id: ItemId
    source: str
    weight: float
    traits: tuple[float, ...] = ()


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an item stood here: a kind, the evidence, and that evidence's share of the score.

    ``p`` is the probability with which it was tried, ``by_role`` and ``note`` are an editor's role and words.
    """

    kind: ReasonKind
    share: Annotated[float, msgspec.Meta(ge=0, le=1)]
    about_id: ItemId | None = None
    n_plays: int | None = None
    last_at: Instant | None = None
    p: Probability | None = None
    by_role: ShortText | None = None
    note: FreeText | None = None


class Shelf(msgspec.Struct, frozen=True, omit_defaults=True):
    """One list of a decision, and what drew it: a flat list has one shelf, named like its surface.

    ``shortlist`` holds at most 200 candidates, best first, already masked by every hard rule.
    ``policy`` parses back to the policy that drew it (``greedy``, ``plackett_luce(…)`` …);
    ``budget`` is the declared and ``explored`` the computed share of slots that differ from greedy.
    ``objective`` parses back to what the list was to be as a whole, of the ``traits`` named here,
    towards ``target``; ``segment`` is whose beliefs were asked. ``intent`` is what editors, or who asked, say the
    list is for.
    """

    name: ShortText
    title: str
    policy: str
    shortlist: tuple[Candidate, ...]
    about_id: ItemId | None = None
    budget: Probability = 0.0
    explored: Probability = 0.0
    objective: str = ""
    traits: tuple[str, ...] = ()
    target: tuple[float, ...] = ()
    segment: str = ""
    intent: ShortText = ""


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """One shown item: where it stood, how probable that was given what stood before, and why.

    ``start_ms`` and ``end_ms`` say where in an episode to enter, and until where what was asked for goes on.
    """

    shelf: ShortText
    position: int
    item_id: ItemId
    propensity: Probability
    source: str
    score: float
    reasons: tuple[Reason, ...] = ()
    start_ms: Milliseconds | None = None
    end_ms: Milliseconds | None = None

    @property
    def address(self) -> SlotAddress:
        """The address events name this slot by."""
        return SlotAddress(shelf=self.shelf, position=self.position)


class ShelfOrder(msgspec.Struct, frozen=True, omit_defaults=True):
    """The draw of the shelves themselves, where chance had a say in their order.

    ``names`` and ``weights`` are what was drawn from; ``propensities`` (one a shelf shown, in
    order) the probability of each shelf given those before it; ``segment`` whose beliefs were asked.
    """

    policy: str
    names: tuple[ShortText, ...]
    weights: tuple[float, ...]
    propensities: tuple[Probability, ...]
    budget: Probability = 0.0
    explored: Probability = 0.0
    segment: str = ""


class Station(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a radio goes on from: which station, since when, from what, for what.

    ``station_id`` is the id of the decision that began it. ``seed`` is an item, a list
    (``list:`` and its decision, or that and its shelf) or empty: the listener's own radio.
    ``anchor_ids`` are the items the seed stood for when the station began.
    """

    station_id: UUID
    started_at: Instant
    seed: FreeText = ""
    intent: ShortText = ""
    anchor_ids: tuple[ItemId, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer of one policy on one surface to one listener in one context.

    ``period`` names the week or day a fixed list is for; ``visible_from_at`` and ``expires_at``
    bound when it is current. ``rung`` says which step of the ladder answered and ``rung_because``
    why not a higher one. ``station`` is what a radio goes on from: no period, for a station has
    many decisions and a period one. ``p_known_item`` is, of a search, how likely one item is wanted rather than
    something to be found, as it was believed then. ``fit_for_replay`` is false when an item was dropped after drawing.
    """

    decision_id: UUID
    listener_id: ListenerId
    surface: ShortText
    made_at: Instant
    shelves: tuple[Shelf, ...]
    slots: tuple[Slot, ...]
    shelf_order: ShelfOrder | None = None
    station: Station | None = None
    p_known_item: Probability | None = None
    rung: Rung
    rung_because: str = ""
    policy_version: str
    model_version: str
    recipe_hash: str
    seed: str = ""
    device: Device = "unknown"
    time_zone: str = "UTC"
    period: str | None = None
    visible_from_at: Instant | None = None
    expires_at: Instant | None = None
    arms: dict[str, str] = {}
    fit_for_replay: bool = True

    def shelf(self, name: str) -> Shelf:
        """Return the shelf of that name; ``StopIteration`` cannot happen for a slot's own shelf."""
        return next(shelf for shelf in self.shelves if shelf.name == name)

"""Something that happened, never changed later.

Five kinds of event share an identity, a listener, a surface, a device, a client and three times.
What is not written down here can never be recovered, so unknown stays unknown (``None`` or
``"unknown"``), never zero. No address, e-mail or device id has a field, so none can enter.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from ritornello.kinds.ids import AboutId, ItemId, ListenerId
from ritornello.kinds.times import Instant

Device = Literal["mobile", "desktop", "web", "speaker", "car", "tv", "wearable", "unknown"]
BeganBecause = Literal["clicked", "autoplay", "skipped_into", "resumed", "remote", "unknown"]
EndedBecause = Literal[
    "finished", "skipped_forward", "skipped_back", "stopped", "replaced", "error", "unknown"
]
Attribution = Literal["stated", "inferred", "none"]
ContextKind = Literal[
    "playlist", "album", "artist", "search", "shelf", "radio", "show", "library", "unknown"
]
ActKind = Literal[
    "save", "unsave", "love", "unlove", "hate", "unhate", "ban", "unban", "snooze", "unsnooze",
    "follow", "unfollow", "add_to_playlist", "share", "hide_reason",
    "disown", "own", "exclude", "include",
]  # fmt: skip
CORRECTIONS: frozenset[ActKind] = frozenset({"disown", "own", "exclude", "include"})
QueryMode = Literal["typed", "voice", "turn"]

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=24 * 86_400_000)]
ShortText = Annotated[str, msgspec.Meta(max_length=128)]
FreeText = Annotated[str, msgspec.Meta(max_length=1000)]


class SlotAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a decision something stood: the shelf's name and the place in it, from 0."""

    shelf: ShortText
    position: Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Context(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a play was started from."""

    kind: ContextKind = "unknown"
    id: ShortText | None = None


class Hypothesis(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One reading of a spoken query, with the recogniser's own confidence if it gave one."""

    text: FreeText
    p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    gc=False,
):
    """What every event carries; ``event_id`` is the idempotency key.

    An event cannot lead back to itself, so the collector need not look at the many there are.
    """

    event_id: UUID
    listener_id: ListenerId
    happened_at: Instant
    sent_at: Instant | None = None
    surface: ShortText = "unknown"
    device: Device = "unknown"
    client: ShortText = "unknown"
    decision_id: UUID | None = None
    slot: SlotAddress | None = None


class Listen(Event, frozen=True, kw_only=True, tag="listen"):
    """Somebody heard (part of) a track or an episode.

    ``happened_at`` is when the play ended or was reported, ``started_at`` when it began.
    ``ms_played`` unknown is neither zero nor a skip; an ``error`` never reaches taste; a
    ``private`` listen never reaches a model.
    """

    item_id: ItemId
    started_at: Instant
    ms_played: Milliseconds | None = None
    position_ms: Milliseconds | None = None
    duration_ms: Milliseconds | None = None
    began_because: BeganBecause = "unknown"
    ended_because: EndedBecause = "unknown"
    context: Context | None = None
    attribution: Attribution = "none"
    co_listeners: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    shuffle: bool | None = None
    offline: bool | None = None
    private: bool = False
    source: ShortText = "api"
    extra: dict[str, Any] | None = None


class Impression(Event, frozen=True, kw_only=True, tag="impression"):
    """A slot of a decision was actually in view."""

    decision_id: UUID
    slot: SlotAddress
    seen_at: Instant
    visible_ms: Milliseconds | None = None


class Act(Event, frozen=True, kw_only=True, tag="act"):
    """Somebody said something about an item: love, ban, snooze until, follow and so on.

    ``hate`` is a ban of that item. ``until_at`` bounds a snooze. A correction may also be about one
    listen, a context, a genre or hours of the day: ``disown`` says "that was not me", ``exclude``
    "do not use that for recommendations"; ``own`` and ``include`` take them back.
    """

    act: ActKind
    about_id: AboutId
    until_at: Instant | None = None
    playlist_id: ItemId | None = None


class Query(Event, frozen=True, kw_only=True, tag="query"):
    """One turn of a search: typed text, spoken hypotheses or a refinement of an earlier turn."""

    mode: QueryMode = "typed"
    text: FreeText | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    refines: UUID | None = None


class Answer(Event, frozen=True, kw_only=True, tag="answer"):
    """What a listener answered when asked, such as "was this what you wanted?"."""

    question: ShortText
    about_id: ShortText | None = None
    value: FreeText


AnyEvent = Listen | Impression | Act | Query | Answer
EVENT_KINDS: dict[str, type[Event]] = {
    "listen": Listen,
    "impression": Impression,
    "act": Act,
    "query": Query,
    "answer": Answer,
}

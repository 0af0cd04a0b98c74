"""What the API, the ListenBrainz face and the web pages all ask: plain functions over a service.

Every function takes the :class:`~ritornello.serve.service.Service` first, is awaited on the event
loop and does its reading in the service's reader threads. A decision is committed before it is
returned. A face adds its own wire format and nothing else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from ritornello.kinds.decisions import Decision, Reason, Slot
from ritornello.kinds.events import AnyEvent, Device
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import Instant
from ritornello.listeners.profile import Profile
from ritornello.serve.service import Service
from ritornello.store.log import Change, Verdict


class Weekly(msgspec.Struct, frozen=True):
    """A Discover Weekly as it may be shown now.

    ``decision.period`` is its ISO week. ``slots`` are the decision's, less what the hard rules
    have removed since (a ban empties a place, nothing ever takes it).
    """

    decision: Decision
    slots: tuple[Slot, ...]
    visible_from_at: Instant
    expires_at: Instant


class Because(msgspec.Struct, frozen=True):
    """One reason, and the item it is about if it is about one."""

    reason: Reason
    about: AnyItem | None


class Why(msgspec.Struct, frozen=True):
    """Why one item stood where it stood: the slot, its shelf's title, the rung, the reasons."""

    decision_id: UUID
    slot: Slot
    shelf_title: str
    item: AnyItem | None
    rung: str
    rung_because: str
    explored: float
    because: tuple[Because, ...]


class RecentListen(msgspec.Struct, frozen=True, omit_defaults=True):
    """One listen, newest first in every list, with its item if the catalogue knows it."""

    event_id: UUID
    item_id: ItemId
    started_at: Instant
    received_at: Instant
    ms_played: int | None
    item: AnyItem | None


async def home_page(
    service: Service, listener_id: ListenerId, *, device: Device = "unknown"
) -> Decision:
    """Decide a Home page, commit the decision, then return it.

    Past the deadline (``home_deadline_ms``) a lower rung answers; ``decision.rung`` says which.

    Raises
    ------
    StorageUnavailable : the decision could not be written down, so nothing may be shown.
    """


async def weekly(
    service: Service, listener_id: ListenerId, *, week: str | None = None
) -> Weekly | None:
    """Return this week's Discover Weekly (or that of ``week``, up to four back), revealed if due.

    ``None``: there is none (too few plays yet, or the week has expired).
    """


async def weeklies(service: Service, listener_id: ListenerId) -> list[Weekly]:
    """Return the readable Weeklies, the current one first; at most four."""


async def decision(
    service: Service, decision_id: UUID, *, listener_id: ListenerId | None = None
) -> Decision:
    """Return a logged decision.

    Parameters
    ----------
    listener_id : when given, only this listener's decisions exist.

    Raises
    ------
    NotFound : there is none, or it is another listener's.
    """


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


async def record(
    service: Service, events: Sequence[AnyEvent], changes: Iterable[Change] = ()
) -> list[Verdict]:
    """Store events, and the changes that belong to them, durably; return each event's verdict.

    ``"stored"``, ``"duplicate"`` (the same event again: fine) or ``"conflict"`` (another event
    under the same id: the first stands).

    Raises
    ------
    StorageUnavailable : nothing was stored.
    """


async def recent_listens(
    service: Service,
    listener_id: ListenerId,
    *,
    n: int = 25,
    before: datetime | None = None,
    after: datetime | None = None,
) -> list[RecentListen]:
    """Return the latest listens with ``after < started_at < before``, newest first.

    With ``after`` alone: the ``n`` nearest to it, still newest first (as ListenBrainz pages).
    """


async def profile(service: Service, listener_id: ListenerId) -> Profile:
    """Return what is known of a listener this instant: plays, loves, bans, snoozes, preferences."""


async def items(service: Service, item_ids: Iterable[ItemId]) -> dict[ItemId, AnyItem]:
    """Return the known ones of ``item_ids`` (aliases resolved), keyed by the id asked for."""


async def item(service: Service, item_id: ItemId) -> AnyItem:
    """Return one item.

    Raises
    ------
    NotFound : the catalogue does not know it.
    """


async def listeners(service: Service, n: int = 24) -> list[ListenerId]:
    """Return up to ``n`` listeners, the most recently active first (for a simulated home)."""

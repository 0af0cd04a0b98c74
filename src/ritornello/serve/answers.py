"""What the API, the ListenBrainz face and the web pages all ask: plain functions over a service.

Every function takes the :class:`~ritornello.serve.service.Service` first, is awaited on the event
loop and does its reading in the service's reader threads. A decision is committed before it is
returned. A face adds its own wire format and nothing else.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from ritornello.catalog import items as catalogue_items
from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import AnyEvent, Device
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.items import AnyItem
from ritornello.listeners.profile import Profile, read_profile
from ritornello.policies.contexts import Contexts
from ritornello.policies.posteriors import Betas
from ritornello.serve.access import no_listener
from ritornello.serve.service import Service
from ritornello.store.appending import Verdict
from ritornello.store.database import Change
from ritornello.store.decisions import read_decision
from ritornello.surfaces import (
    daily_mix,
    discover_weekly,
    fallbacks,
    home,
    last_good,
    shelf_order,
    showings,
)
from ritornello.surfaces.lists import PeriodList, Terms, readable, terms_of
from ritornello.surfaces.lists import playlist as find_playlist
from ritornello.surfaces.recipes import Surface
from ritornello.surfaces.rules import kept
from ritornello.surfaces.situation import Request, Situation

T = TypeVar("T")

_DUE: tuple[
    tuple[Surface, Callable[[sqlite3.Connection, Situation, Terms], Decision | None]], ...
] = (
    ("discover_weekly", discover_weekly.due),
    ("daily_mix", daily_mix.due),
)
_ACTIVE = """
SELECT listener_id FROM plays GROUP BY listener_id ORDER BY max(last_at_us) DESC, 1 LIMIT ?
"""


async def home_page(
    service: Service, listener_id: ListenerId, *, device: Device = "unknown"
) -> Decision:
    """Decide a Home page, commit the decision, then return it.

    Past the deadline (``home_deadline_ms``) a lower rung answers; ``decision.rung`` says which.

    Raises
    ------
    NotFound : the listener has left.
    StorageUnavailable : the decision could not be written down, so nothing may be shown.
    """
    began = service.seconds()
    decided = await service.read(lambda conn: _decide_home(service, conn, listener_id, device))
    stored = await service.landing.of(service.writer.decide([decided]))
    if not all(stored):
        raise no_listener(listener_id)
    service.metrics.shown(decided, service.seconds() - began)
    return decided


async def weekly(
    service: Service, listener_id: ListenerId, *, week: str | None = None
) -> PeriodList | None:
    """Return this week's Discover Weekly, revealed if it is due, or that of an earlier ``week``.

    Its ``decision.period`` is the ISO week; its ``slots`` are the decision's, less what the hard
    rules have removed since (a ban empties a place, nothing ever takes it). ``None``: too few plays
    yet, or the week can no longer be read.
    """
    readable = await weeklies(service, listener_id)
    if week is None:
        return readable[0] if readable else None
    return next((found for found in readable if found.period == week), None)


async def weeklies(service: Service, listener_id: ListenerId) -> list[PeriodList]:
    """Return the readable Weeklies, the current one first; at most four."""
    terms = terms_of(service.settings, "discover_weekly", service.recipes, service.ladders)

    def read(conn: sqlite3.Connection) -> list[PeriodList]:
        situation = situated(service, conn, listener_id, "discover_weekly")
        current = discover_weekly.current(conn, service.writer, situation, terms)
        if current is None:
            return []
        return [current, *discover_weekly.previous(conn, situation)]

    return await service.read(read)


async def mixes(
    service: Service, listener_id: ListenerId, *, day: str | None = None
) -> PeriodList | None:
    """Return today's Daily Mixes, made if they are due, or those of an earlier ``day``.

    Each shelf of the decision is a mix: its name the identity, its title the name, ``on(name)`` its
    slots. ``None``: no taste can fill a mix yet (:func:`mixes_lack`), or the day is past reading.
    """

    def read(conn: sqlite3.Connection) -> PeriodList | None:
        situation = situated(service, conn, listener_id, "daily_mix")
        terms = terms_of(service.settings, "daily_mix", service.recipes, service.ladders)
        found = daily_mix.current(conn, service.writer, situation, terms)
        if day is None or found is None or found.period == day:
            return found
        return next((each for each in readable(conn, situation) if each.period == day), None)

    return await service.read(read)


async def mixes_lack(service: Service, listener_id: ListenerId) -> daily_mix.Lacking:
    """Return how far a listener is from a first Daily Mix."""

    def read(conn: sqlite3.Connection) -> daily_mix.Lacking:
        situation = situated(service, conn, listener_id, "daily_mix")
        terms = terms_of(service.settings, "daily_mix", service.recipes, service.ladders)
        return daily_mix.lacking(situation, terms)

    return await service.read(read)


async def playlist(
    service: Service, playlist_id: UUID, *, listener_id: ListenerId | None = None
) -> tuple[PeriodList, str | None]:
    """Return the list a playlist id is of, as it stands now, and its shelf, if it is of one.

    Parameters
    ----------
    listener_id : when given, only this listener's lists exist.

    Raises
    ------
    NotFound : there is none, it can no longer be read, or it is another listener's.
    """

    def read(conn: sqlite3.Connection) -> tuple[PeriodList, str | None]:
        def situation_of(who: str, surface: str) -> Situation:
            return situated(service, conn, who, surface)

        return find_playlist(conn, situation_of, playlist_id)

    found, shelf = await service.read(read)
    if listener_id not in (None, found.decision.listener_id):
        raise NotFound(f"Cannot find playlist: {playlist_id}")
    return found, shelf


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
    found = await service.read(lambda conn: read_decision(conn, service.home, decision_id))
    if found is None or listener_id not in (None, found.listener_id):
        raise NotFound(f"no decision {decision_id} that this key reaches")
    return found


async def still_allowed(service: Service, decided: Decision) -> tuple[Slot, ...]:
    """Return a decision's slots less what the hard rules have closed since it was made."""

    def read(conn: sqlite3.Connection) -> tuple[Slot, ...]:
        situation = situated(service, conn, decided.listener_id, decided.surface)
        return kept(decided.slots, situation.view, situation.allowed)

    return await service.read(read)


async def made_again(service: Service, decided: Decision) -> Decision | None:
    """Make a decision again from what is known now, to be held against the first and shown to nobody.

    Of a list that is fixed for its period that is the next one, as it would be now. ``None`` where nothing can be
    made, or the surface answers to more than who asks.
    """

    def read(conn: sqlite3.Connection) -> Decision | None:
        who = decided.listener_id
        if decided.surface == "home":
            return _decide_home(service, conn, who, decided.device)
        for surface, due in _DUE:
            if surface == decided.surface:
                terms = terms_of(service.settings, surface, service.recipes, service.ladders)
                return due(conn, situated(service, conn, who, surface), terms)
        return None

    return await service.read(read)


async def record(
    service: Service,
    events: Sequence[AnyEvent],
    changes: Iterable[Change] = (),
    *,
    intake: str = "web",
) -> list[Verdict]:
    """Store events, and the changes that belong to them, durably; return each event's verdict.

    ``"stored"``, ``"duplicate"`` (the same event again: fine), ``"conflict"`` (another event
    under the same id: the first stands) or ``"erased"`` (its listener has left). ``intake`` names the door they came through.

    Raises
    ------
    StorageUnavailable : nothing was stored.
    """
    stored = await service.landing.of(service.writer.append(events, changes=changes))
    service.metrics.received(intake, events, stored)
    return stored


async def profile(service: Service, listener_id: ListenerId) -> Profile:
    """Return what is known of a listener this instant: plays, loves, bans, snoozes, preferences."""
    now = service.now()
    return await service.read(lambda conn: read_profile(conn, listener_id, now))


async def items(service: Service, item_ids: Iterable[ItemId]) -> dict[ItemId, AnyItem]:
    """Return the known ones of ``item_ids`` (aliases resolved), keyed by the id asked for."""
    asked = list(item_ids)
    return await service.read(lambda conn: catalogue_items.get_many(conn, asked))


async def item(service: Service, item_id: ItemId) -> AnyItem:
    """Return one item.

    Raises
    ------
    NotFound : the catalogue does not know it.
    """
    return await service.read(lambda conn: catalogue_items.get(conn, item_id))


async def listeners(service: Service, n: int = 24) -> list[ListenerId]:
    """Return up to ``n`` listeners, the most recently active first (for a simulated home)."""
    rows = await service.read(lambda conn: conn.execute(_ACTIVE, (n,)).fetchall())
    return [listener_id for (listener_id,) in rows]


async def change(service: Service, job: Callable[[sqlite3.Connection], T]) -> T:
    """Change something else durably: run ``job`` in the writer's transaction.

    Raises
    ------
    StorageUnavailable : nothing was changed.
    """
    return await service.landing.of(service.writer.run(job))


def _decide_home(
    service: Service, conn: sqlite3.Connection, listener_id: ListenerId, device: Device
) -> Decision:
    """Decide a Home page from what is known this instant."""
    situation = situated(service, conn, listener_id, "home", device)
    return home.decide(
        situation,
        service.recipes["home"],
        service.ladders["home"],
        remembered=lambda: last_good.recall(
            service.readers.connection, service.home, listener_id, "home"
        ),
        counted=lambda: fallbacks.counted(service.readers.connection),
        before=home.Before(
            showings.recall(conn, listener_id, "home"),
            _of_shelves(service),
        ),
    )


def _of_shelves(service: Service) -> Betas | Contexts:
    """Return what was learned of shelves, told the way the recipe asks for it."""
    beliefs = service.beliefs.beliefs
    if service.recipes["home"].order_by == "context":
        return beliefs.contexts(shelf_order.BELIEF)
    return beliefs.betas(shelf_order.BELIEF)


def situated(
    service: Service,
    conn: sqlite3.Connection,
    listener_id: ListenerId,
    surface: str,
    device: Device = "unknown",
) -> Situation:
    """Put together who asks and what there is."""
    settings = service.settings
    asked = Request.of(
        read_profile(conn, listener_id, service.now()),
        surface,
        time_zone=settings["time_zone"],
        budget=settings["exploration_budget"],
        seed=settings["seed"],
        device=device,
    )
    return Situation(asked, service.stockroom.stock(conn))

"""What a listener did and what is believed of them: the answers behind history, taste and imports.

Like ``answers``: plain functions over a service, awaited on the event loop, reading in its threads.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from ritornello.catalog import items as catalogue_items
from ritornello.catalog.view import View
from ritornello.intake import importing
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import ActKind
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import Instant, from_us, to_us, zone
from ritornello.listeners import listens, portrait, standing
from ritornello.listeners.listens import HeardListen, Only
from ritornello.listeners.portrait import Portrait
from ritornello.listeners.profile import read_profile
from ritornello.listeners.standing import Standing
from ritornello.serve.jobs import Job
from ritornello.serve.service import Service
from ritornello.store import faults

N_FAULTS = 500
N_EVIDENCE = 5


class Correction(msgspec.Struct, frozen=True, omit_defaults=True):
    """A correction that stands: the act that made it, what it is about, and since when."""

    act: ActKind
    about_id: str
    at: Instant
    item: AnyItem | None = None


class Heard(HeardListen, frozen=True, omit_defaults=True):
    """One listen of a history: its item if the catalogue knows it, and what corrects it."""

    item: AnyItem | None = None
    corrected: tuple[Correction, ...] = ()


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a belief rests on: plays and skips, since when, and which items most, with their plays."""

    item: AnyItem | None
    name: str
    n_plays: int
    n_skips: int
    first_at: Instant | None
    last_at: Instant | None
    items: tuple[tuple[AnyItem, int], ...]


async def history(
    service: Service,
    listener_id: ListenerId,
    *,
    n: int,
    before: datetime | None = None,
    before_id: UUID | None = None,
    after: datetime | None = None,
    query: str | None = None,
    only: Only | None = None,
) -> list[Heard]:
    """Return a page of a listener's whole history, newest first; see ``listeners.listens.page``."""

    def read(conn: sqlite3.Connection) -> list[Heard]:
        found = listens.page(
            conn,
            listener_id,
            before=before,
            before_id=before_id,
            after=after,
            n=n,
            query=query,
            only=only,
        )
        return _in_full(conn, listener_id, found)

    return await service.read(read)


async def listen(service: Service, listener_id: ListenerId, event_id: UUID) -> Heard:
    """Return one listen of a listener.

    Raises
    ------
    NotFound : this listener has none of this id.
    """

    def read(conn: sqlite3.Connection) -> Heard:
        found = listens.get(conn, listener_id, event_id)
        if found is None:
            raise NotFound(f"no listen {event_id} in this history")
        return _in_full(conn, listener_id, [found])[0]

    return await service.read(read)


async def corrections(service: Service, listener_id: ListenerId) -> list[Correction]:
    """Return the corrections that stand, the latest first."""

    def read(conn: sqlite3.Connection) -> list[Correction]:
        said = standing.standing(conn, listener_id)
        return _named(said, catalogue_items.get_many(conn, [one.about_id for one in said]))

    return await service.read(read)


async def believed(service: Service, listener_id: ListenerId) -> Portrait:
    """Return what is believed of a listener this instant, in their own time zone."""

    def read(conn: sqlite3.Connection) -> Portrait:
        profile = read_profile(conn, listener_id, service.now())
        tz = zone(profile.preferences.time_zone or service.settings["time_zone"])
        return portrait.of(conn, profile, service.catalogue.view(conn), tz)

    return await service.read(read)


async def evidence(service: Service, listener_id: ListenerId, about_id: str) -> Evidence:
    """Return what is behind a belief about an artist, a show, an item or a genre.

    Raises
    ------
    NotFound : the catalogue knows no such artist or genre.
    """

    def read(conn: sqlite3.Connection) -> Evidence:
        view = service.catalogue.view(conn)
        profile = read_profile(conn, listener_id, service.now())
        plays = {
            item_id: played for item_id, played in profile.plays.items() if item_id in view.number
        }
        of_it = _among(view, about_id, list(plays))
        found = {item_id: plays[item_id] for item_id in of_it if plays[item_id].n_plays}
        best = sorted(found, key=lambda item_id: -found[item_id].n_plays)[:N_EVIDENCE]
        known = catalogue_items.get_many(conn, [about_id, *best])
        return Evidence(
            item=known.get(about_id),
            name=known[about_id].title if about_id in known else about_id.partition(":")[2],
            n_plays=sum(played.n_plays for played in found.values()),
            n_skips=sum(plays[item_id].n_skips for item_id in of_it),
            first_at=from_us(min(p.first_at_us for p in found.values())) if found else None,
            last_at=from_us(max(p.last_at_us for p in found.values())) if found else None,
            items=tuple((known[item_id], found[item_id].n_plays) for item_id in best),
        )

    return await service.read(read)


def _among(view: View, about_id: str, item_ids: list[ItemId]) -> list[ItemId]:
    """Return which items are by an artist or show, or of a genre, or the item itself."""
    rows = view.rows(item_ids)
    kind, _, word = about_id.partition(":")
    if kind == "genre":
        if word not in view.genres:
            raise NotFound(f"the catalogue knows no genre {word!r}")
        chosen = view.genre[rows] == view.genres.index(word)
    elif about_id in view.number:
        row = view.number[about_id]
        chosen = (view.artist[rows] == row) | (rows == row)
    else:
        raise NotFound(f"the catalogue does not know {about_id!r}")
    return [
        item_id for item_id, is_of_it in zip(item_ids, chosen.tolist(), strict=True) if is_of_it
    ]


async def coming(service: Service, job: Job) -> importing.Reached | None:
    """Return how far an import has come, if it has begun to read."""
    who, since = job.listener_id, job.started_at
    if who is None or job.is_over:
        return None
    return await service.read(lambda conn: importing.latest(conn, who, since))


async def set_aside(service: Service, job: Job) -> list[Fault]:
    """Return the latest faults an import found, in the order of its rows."""
    source, since_us = str((job.answer or {}).get("source", "")), to_us(job.started_at)

    def read(conn: sqlite3.Connection) -> list[Fault]:
        who = job.listener_id
        return faults.latest(conn, N_FAULTS, source=source, listener_id=who, since_us=since_us)

    found = await service.read(read)
    return sorted(found, key=lambda fault: fault.position)


def _in_full(
    conn: sqlite3.Connection, listener_id: ListenerId, found: list[HeardListen]
) -> list[Heard]:
    said = standing.over(conn, listener_id, found)
    about = {one.about_id for corrected in said for one in corrected}
    known = catalogue_items.get_many(conn, [*(one.item_id for one in found), *about])
    return [
        Heard(**asdict(one), item=known.get(one.item_id), corrected=tuple(_named(over, known)))
        for one, over in zip(found, said, strict=True)
    ]


def _named(said: Sequence[Standing], known: Mapping[str, AnyItem]) -> list[Correction]:
    return [Correction(one.act, one.about_id, one.at, known.get(one.about_id)) for one in said]

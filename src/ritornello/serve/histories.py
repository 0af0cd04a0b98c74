"""What a listener did and what is believed of them: the answers behind history, taste and imports.

Like ``answers``: plain functions over a service, awaited on the event loop, reading in its threads.
"""

import sqlite3
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from ritornello.catalog import items as catalogue_items
from ritornello.intake import importing
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import ActKind
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import Instant
from ritornello.listeners import corrections, listens
from ritornello.listeners.listens import HeardListen, Only
from ritornello.listeners.profile import Profile
from ritornello.serve.jobs import Job
from ritornello.serve.service import Service
from ritornello.store import faults

STANDING: dict[str, ActKind] = {"disown": "disown", "exclude": "exclude"}
N_FAULTS = 500


class Heard(HeardListen, frozen=True, omit_defaults=True):
    """One listen of a history, with its item if the catalogue knows it."""

    item: AnyItem | None = None


class Correction(msgspec.Struct, frozen=True, omit_defaults=True):
    """A correction that stands: the act that made it, what it is about, and since when."""

    act: ActKind
    about_id: str
    at: Instant
    item: AnyItem | None = None


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
        return _with_items(conn, found)

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
        return _with_items(conn, [found])[0]

    return await service.read(read)


async def standing(service: Service, profile: Profile) -> list[Correction]:
    """Return the corrections that stand, the latest first."""
    said = sorted(
        (
            (profile.marked_at[about_id, mark], STANDING[mark], about_id)
            for (about_id, mark), value in profile.marks.items()
            if mark in STANDING and value == 1
        ),
        reverse=True,
    )
    about_items = [about_id for *_, about_id in said if not corrections.is_about_listens(about_id)]
    known = await service.read(lambda conn: catalogue_items.get_many(conn, about_items))
    return [Correction(act, about_id, at, known.get(about_id)) for at, act, about_id in said]


async def coming(service: Service, job: Job) -> importing.Reached | None:
    """Return how far an import has come, if it has begun to read."""
    who, since = job.listener_id, job.started_at
    if who is None or job.is_over:
        return None
    return await service.read(lambda conn: importing.latest(conn, who, since))


async def set_aside(service: Service, job: Job) -> list[Fault]:
    """Return the latest faults an import found, in the order of its rows."""
    source = str((job.answer or {}).get("source", ""))
    found = await service.read(lambda conn: faults.latest(conn, N_FAULTS, source=source))
    return sorted(found, key=lambda fault: fault.position)


def _with_items(conn: sqlite3.Connection, found: list[HeardListen]) -> list[Heard]:
    known = catalogue_items.get_many(conn, [one.item_id for one in found])
    return [Heard(**asdict(one), item=known.get(one.item_id)) for one in found]

"""What the API and the pages ask of moments: which are on now, one's list, and what anybody's would be.

Plain functions over a service, as in ``answers``. A list is committed before it is returned; one that still stands is
returned as it was.
"""

import sqlite3
from datetime import datetime

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Device
from ritornello.kinds.ids import ListenerId
from ritornello.serve import answers
from ritornello.serve.access import no_listener
from ritornello.serve.service import Service
from ritornello.store.tombstones import covers
from ritornello.surfaces import fallbacks, last_good, moment_taste, moments, pool_store
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.pools import MOMENTS, Pool
from ritornello.surfaces.situation import Situation


class Preview(msgspec.Struct, frozen=True):
    """What a listener would be shown of a pool, in force or not: nothing of it was written down.

    ``n_eligible`` is what the pool finds, ``n_open`` what of that this listener may be shown; ``is_offered`` whether
    they meet the moment at that hour, on that weekday and device.
    """

    decision: Decision
    n_eligible: int
    n_open: int
    is_offered: bool


async def offered(
    service: Service, listener_id: ListenerId, *, device: Device = "unknown"
) -> list[Pool]:
    """Return the moments that are on for a listener now, those of few hours first."""

    def read(conn: sqlite3.Connection) -> list[Pool]:
        situation = answers.situated(service, conn, listener_id, MOMENTS, device)
        return moments.offered(_pools(conn), situation)

    return await service.read(read)


async def every(service: Service) -> list[Pool]:
    """Return every moment that has not expired, on now or not, by name."""
    now = service.now()
    return [pool for pool in await service.read(_pools) if not pool.is_over(now)]


async def moment(
    service: Service, listener_id: ListenerId, name: str, *, device: Device = "unknown"
) -> Decision:
    """Return a listener's list of a moment: the one of today if it still stands, else a new one, committed.

    Raises
    ------
    UnknownName : there is no such moment, or it was withdrawn.
    NotFound : the listener has left.
    StorageUnavailable : the decision could not be written down, so nothing may be shown.
    """
    began = service.seconds()

    def read(conn: sqlite3.Connection) -> tuple[Decision, datetime]:
        situation = answers.situated(service, conn, listener_id, MOMENTS, device)
        pool = pool_store.current(conn, name).stands
        return decided(service, situation, pool), situation.request.at

    decision, at = await service.read(read)
    if decision.made_at == at:
        (is_stored,) = await service.landing.of(service.writer.decide([decision]))
        # a list written down this very instant still stands, and is not written twice
        if not is_stored and await service.read(lambda conn: covers(conn, listener_id)):
            raise no_listener(listener_id)
    service.metrics.shown(decision, service.seconds() - began)
    return decision


async def preview(
    service: Service,
    pool: Pool,
    listener_id: ListenerId,
    *,
    device: Device = "unknown",
    at: datetime | None = None,
) -> Preview:
    """Say what a listener would be shown of a pool, now or at another instant; nothing is written down."""

    def read(conn: sqlite3.Connection) -> Preview:
        situation = answers.situated(service, conn, listener_id, MOMENTS, device)
        if at is not None:
            request = situation.request
            profile = msgspec.structs.replace(request.profile, at=at)
            request = msgspec.structs.replace(request, profile=profile)
            situation = Situation(request, situation.stock)
        asked = Asked(situation, pool)
        return Preview(
            decision=decided(service, situation, pool),
            n_eligible=int(asked.eligible.sum()),
            n_open=int(asked.open.sum()),
            is_offered=pool.is_for(moments.local(situation), device),
        )

    return await service.read(read)


async def made_again(service: Service, shown: Decision) -> Decision | None:
    """Make a list again by the same chances from what is known now, to be held against the first; ``None`` where the moment is gone."""

    def read(conn: sqlite3.Connection) -> Decision | None:
        found = pool_store.in_force(conn).get(shown.shelves[0].name)
        if found is None:
            return None
        situation = answers.situated(service, conn, shown.listener_id, MOMENTS, shown.device)
        return decided(service, situation, found.stands, chance=shown.seed)

    return await service.read(read)


def decided(service: Service, situation: Situation, pool: Pool, *, chance: str = "") -> Decision:
    """Return the list of a moment as it is or would be; called in a reader's thread.

    Parameters
    ----------
    chance : the seed of a list that is made again.
    """
    who = situation.profile.listener_id
    place = f"{MOMENTS}/{pool.name}"
    return moments.decide(
        Asked(situation, pool, chance),
        service.moments_ladder,
        remembered=lambda: last_good.recall(service.readers.connection, service.home, who, place),
        counted=lambda: fallbacks.counted(service.readers.connection),
        learned=lambda: moment_taste.read_learned(
            service.readers.connection, service.beliefs.beliefs, pool.name, situation.profile
        ),
    )


def _pools(conn: sqlite3.Connection) -> list[Pool]:
    return [each.stands for each in pool_store.in_force(conn).values()]

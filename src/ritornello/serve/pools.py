"""What the API and the editors' pages share about pools: read, check, change, take back, what became of them.

Plain functions over a service, as in ``answers``. A change names the version it was made on (``Revision.after``) and is
refused where another is in force; nothing that could be shown to nobody comes into force.
"""

import sqlite3
from collections.abc import Callable

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import ItemId
from ritornello.kinds.randomness import derive
from ritornello.serve import answers
from ritornello.serve.service import Service
from ritornello.serve.study import Desk
from ritornello.signals import success_names
from ritornello.surfaces import pool_results, pool_rules, pool_store
from ritornello.surfaces.pool_results import PoolResults
from ritornello.surfaces.pool_store import PoolVersion, Revision
from ritornello.surfaces.pools import MOMENTS, Pool

N_EXAMPLES = 20


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a pool finds in the catalogue of now, and what an editor may have meant otherwise.

    ``refused`` says why the pool cannot come into force; ``examples`` are some of what is eligible, spread over it.
    """

    n_eligible: int
    n_artists: int
    n_without_energy: int
    examples: tuple[ItemId, ...]
    doubts: tuple[Fault, ...] = ()
    refused: str = ""


async def listed(service: Service) -> list[PoolVersion]:
    """Return every pool in force, by name."""
    found = await service.read(pool_store.in_force)
    return list(found.values())


async def current(service: Service, name: str) -> PoolVersion:
    """Return the version of a pool that is in force.

    Raises
    ------
    UnknownName : there is none of that name.
    """
    return await service.read(lambda conn: pool_store.current(conn, name))


async def versions(service: Service, name: str) -> list[PoolVersion]:
    """Return every version of a pool, the latest first.

    Raises
    ------
    UnknownName : there never was one of that name.
    """
    return await service.read(lambda conn: pool_store.versions(conn, name))


async def check(service: Service, pool: Pool) -> Checked:
    """Say what a pool finds, whether it is in force or not."""

    def read(conn: sqlite3.Connection) -> Checked:
        stock, at = service.stockroom.stock(conn), service.now()
        view, rulings = stock.view, stock.rulings.on(MOMENTS)
        rows = np.flatnonzero(pool_rules.eligible(pool, view))
        try:
            pool_rules.must_find(pool, view, rulings, at)
            refused = ""
        except BadValue as error:
            refused = str(error)
        spread = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), N_EXAMPLES)).astype(int))
        return Checked(
            n_eligible=len(rows),
            n_artists=len(np.unique(view.artist[rows])),
            n_without_energy=int(np.isnan(view.energy[rows]).sum()),
            examples=tuple(view.ids[row] for row in rows[spread]) if len(rows) else (),
            doubts=tuple(pool_rules.doubts(pool, view, rulings, at)),
            refused=refused,
        )

    return await service.read(read)


async def put(service: Service, pool: Pool, revision: Revision) -> PoolVersion:
    """Put a pool in force, new or changed.

    Raises
    ------
    EmptyPool, ExpiredPool : it could be shown to nobody. BadValue : it is so already.
    Conflict : another version than ``revision.after`` is in force.
    """
    await _must_find(service, pool)
    return await answers.change(service, lambda conn: pool_store.put(conn, pool, revision))


async def edit(
    service: Service, name: str, revision: Revision, wanted: Callable[[Pool], Pool]
) -> PoolVersion:
    """Change one thing about a pool, such as ``lambda pool: pool_edits.block(pool, "artist:…")``.

    Raises
    ------
    UnknownName : there is no such pool. Whatever ``wanted`` and :func:`put` raise.
    """
    before = await current(service, name)
    return await put(service, wanted(before.stands), revision)


async def undo(service: Service, name: str, revision: Revision) -> PoolVersion:
    """Put in force what was before the latest change.

    Raises
    ------
    UnknownName, Conflict : see :func:`put`. NotFound : nothing was before.
    """
    return await answers.change(service, lambda conn: pool_store.undo(conn, name, revision))


async def put_back(service: Service, name: str, version: int, revision: Revision) -> PoolVersion:
    """Put an earlier version in force again.

    Raises
    ------
    UnknownName, Conflict : see :func:`put`. NotFound : there is no such version.
    """
    return await answers.change(
        service, lambda conn: pool_store.put_back(conn, name, version, revision)
    )


async def withdraw(service: Service, name: str, revision: Revision) -> PoolVersion:
    """Offer a pool no more; ``undo`` brings it back.

    Raises
    ------
    UnknownName, Conflict : see :func:`put`.
    """
    return await answers.change(service, lambda conn: pool_store.withdraw(conn, name, revision))


async def results(service: Service, name: str, *, success: str = "declared") -> PoolResults:
    """Return what became of a pool's lists, told by a success function, as far as outcomes were built.

    Raises
    ------
    UnknownName : there never was such a pool, or there is no such success function.
    NotFound : none of its lists has outcomes that were built. Overloaded : it took too long, or too many ask.
    """
    await versions(service, name)

    def find(desk: Desk) -> PoolResults:
        function = success_names.find(desk.home, success)
        rng = derive(service.settings["seed"], "pool_results", name)
        kept = f"pool_results/{name}/{function.facts.version}"
        return desk.once(
            kept, lambda: pool_results.results(desk.duck, desk.home, name, function, rng)
        )

    return await service.study.ask(find)


async def _must_find(service: Service, pool: Pool) -> None:
    def read(conn: sqlite3.Connection) -> None:
        stock = service.stockroom.stock(conn)
        rulings = stock.rulings.on(MOMENTS)
        pool_rules.must_find(pool, stock.view, rulings, service.now())

    await service.read(read)

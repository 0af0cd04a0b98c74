"""Editors' pools: read, write, change one thing, undo; every change says on which version it was made.

A pool is read with its ``ETag`` and changed with ``If-Match``: of two editors at one pool the second gets a 412 and reads
again. A new one is made with ``If-None-Match: *``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.events import Device, FreeText
from ritornello.kinds.ids import ItemId
from ritornello.kinds.times import Instant
from ritornello.serve import bodies, moments, pools
from ritornello.serve.access import allow, listener_of
from ritornello.serve.api.etags import must_match, must_not_be, with_etag
from ritornello.serve.api.pages import Page, page_of
from ritornello.serve.document import reads
from ritornello.serve.pools import Checked
from ritornello.serve.service import Service
from ritornello.surfaces import pool_edits
from ritornello.surfaces.pool_results import PoolResults
from ritornello.surfaces.pool_store import PoolVersion, Revision
from ritornello.surfaces.pools import Boost, Pin, Pool, made_of

READERS = allow("editor", "scientist", "service")
WRITERS = allow("editor", "service")
Note = Annotated[FreeText, QueryParameter(max_length=1000)]


class Pools(msgspec.Struct, frozen=True):
    """Every pool in force."""

    pools: list[PoolVersion]


class PoolVersions(msgspec.Struct, frozen=True):
    """Every version of one pool, the latest first."""

    versions: list[PoolVersion]


class Previewed(msgspec.Struct, frozen=True):
    """A list as a listener would get it: the page, how much the pool finds, how much of it they may be shown."""

    page: Page
    n_eligible: int
    n_open: int
    is_offered: bool


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The item, artist or show a block or an inclusion is about."""

    about_id: ItemId


@get("/pools", opt=READERS)
async def list_pools(request: Request[Any, Any, Any]) -> Pools:
    """Return every pool in force, by name."""
    return Pools(await pools.listed(request.app.state.service))


@get("/pools/{name:str}", opt=READERS)
async def pool(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[PoolVersion]:
    """Return the version of a pool that is in force, and its tag."""
    return with_etag(request, await pools.current(request.app.state.service, name))


@get("/pools/{name:str}/versions", opt=READERS)
async def versions(request: Request[Any, Any, Any], name: FromPath[str]) -> PoolVersions:
    """Return every version of a pool, the latest first."""
    return PoolVersions(await pools.versions(request.app.state.service, name))


@get("/pools/{name:str}/results", opt=READERS)
async def results(
    request: Request[Any, Any, Any], name: FromPath[str], success: FromQuery[str] = "declared"
) -> PoolResults:
    """Return what became of a pool's lists: shown, seen, how well it served, by item, intent and segment."""
    return await pools.results(request.app.state.service, name, success=success)


@post("/pools/check", opt={**READERS, **reads(Pool)}, status_code=200)
async def check(request: Request[Any, Any, Any]) -> Checked:
    """Say what a pool would find, and what may be meant otherwise; nothing is written down."""
    wanted = made_of(bodies.read(await request.body(), dict[str, Any]), "pool")
    return await pools.check(request.app.state.service, wanted)


@get("/pools/{name:str}/preview", opt=READERS)
async def preview(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    listener_id: FromQuery[str],
    *,
    device: FromQuery[Device] = "unknown",
    at: FromQuery[Instant | None] = None,
) -> Previewed:
    """Show the list any listener would get of a pool, now or at another instant; nothing is written down."""
    service: Service = request.app.state.service
    wanted = (await pools.current(service, name)).stands
    return await _previewed(request, wanted, listener_id, device, at)


@post("/pools/preview", opt={**READERS, **reads(Pool)}, status_code=200)
async def preview_draft(
    request: Request[Any, Any, Any],
    listener_id: FromQuery[str],
    *,
    device: FromQuery[Device] = "unknown",
    at: FromQuery[Instant | None] = None,
) -> Previewed:
    """Show the list any listener would get of a pool that is not in force; nothing is written down."""
    wanted = made_of(bodies.read(await request.body(), dict[str, Any]), "pool")
    return await _previewed(request, wanted, listener_id, device, at)


@put("/pools/{name:str}", opt={**WRITERS, **reads(Pool)})
async def put_pool(
    request: Request[Any, Any, Any], name: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Make a pool (``If-None-Match: *``), or a new version of one (``If-Match``)."""
    service: Service = request.app.state.service
    wanted = made_of(bodies.read(await request.body(), dict[str, Any]), "pool")
    if wanted.name != name:
        raise BadValue(f"the pool in the body is named {wanted.name!r}, the address {name!r}")
    try:
        before = await pools.current(service, name)
    except UnknownName:
        after = None
    else:
        must_not_be(request, f"moment {name!r}")
        must_match(request, before)
        after = before.version
    return with_etag(request, await pools.put(service, wanted, _revision(request, after, note)))


@delete("/pools/{name:str}", opt=WRITERS, status_code=200)
async def withdraw(
    request: Request[Any, Any, Any], name: FromPath[str], note: Note = ""
) -> PoolVersion:
    """Offer a pool no more; its versions stay, and undo brings it back."""
    service: Service = request.app.state.service
    after = await _matched(request, name)
    return await pools.withdraw(service, name, _revision(request, after, note))


@post("/pools/{name:str}/undo", opt=WRITERS, status_code=200)
async def undo(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    *,
    version: FromQuery[int | None] = None,
    note: Note = "",
) -> Response[PoolVersion]:
    """Put in force what was before the latest change, or an earlier ``version``."""
    service: Service = request.app.state.service
    latest = (await pools.versions(service, name))[0]
    must_match(request, latest)
    revision = _revision(request, latest.version, note)
    if version is None:
        return with_etag(request, await pools.undo(service, name, revision))
    return with_etag(request, await pools.put_back(service, name, version, revision))


@post("/pools/{name:str}/pins", opt={**WRITERS, **reads(Pin)}, status_code=200)
async def pin(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[PoolVersion]:
    """Pin an item to a place of every list."""
    wanted = bodies.read(await request.body(), Pin)
    return await _edited(request, name, lambda pool: pool_edits.pin(pool, wanted), wanted.reason)


@delete("/pools/{name:str}/pins/{item_id:str}", opt=WRITERS, status_code=200)
async def unpin(
    request: Request[Any, Any, Any], name: FromPath[str], item_id: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Take a pin back."""
    return await _edited(request, name, lambda pool: pool_edits.unpin(pool, item_id), note)


@post("/pools/{name:str}/must-include", opt={**WRITERS, **reads(About)}, status_code=200)
async def include(
    request: Request[Any, Any, Any], name: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Let an item stand on every list."""
    wanted = bodies.read(await request.body(), About).about_id
    return await _edited(request, name, lambda pool: pool_edits.include(pool, wanted), note)


@delete("/pools/{name:str}/must-include/{item_id:str}", opt=WRITERS, status_code=200)
async def leave_out(
    request: Request[Any, Any, Any], name: FromPath[str], item_id: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Let an item stand on the list only as taste and chance have it."""
    return await _edited(request, name, lambda pool: pool_edits.leave_out(pool, item_id), note)


@post("/pools/{name:str}/blocks", opt={**WRITERS, **reads(About)}, status_code=200)
async def block(
    request: Request[Any, Any, Any], name: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Let an item, or all by an artist or of a show, never stand on the list."""
    wanted = bodies.read(await request.body(), About).about_id
    return await _edited(request, name, lambda pool: pool_edits.block(pool, wanted), note)


@delete("/pools/{name:str}/blocks/{about_id:str}", opt=WRITERS, status_code=200)
async def unblock(
    request: Request[Any, Any, Any], name: FromPath[str], about_id: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Take a block back."""
    return await _edited(request, name, lambda pool: pool_edits.unblock(pool, about_id), note)


@post("/pools/{name:str}/boosts", opt={**WRITERS, **reads(Boost)}, status_code=200)
async def boost(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[PoolVersion]:
    """Put a factor on the weight of an item, an artist or a show, with a reason and an end."""
    wanted = bodies.read(await request.body(), Boost)
    return await _edited(request, name, lambda pool: pool_edits.boost(pool, wanted), wanted.reason)


@delete("/pools/{name:str}/boosts/{about_id:str}", opt=WRITERS, status_code=200)
async def unboost(
    request: Request[Any, Any, Any], name: FromPath[str], about_id: FromPath[str], note: Note = ""
) -> Response[PoolVersion]:
    """Take a boost back."""
    return await _edited(request, name, lambda pool: pool_edits.unboost(pool, about_id), note)


async def _previewed(
    request: Request[Any, Any, Any], wanted: Pool, who: str, device: Device, at: datetime | None
) -> Previewed:
    service: Service = request.app.state.service
    listener_id = listener_of(request.user, who)
    found = await moments.preview(service, wanted, listener_id, device=device, at=at)
    page = page_of(found.decision, found.decision.slots, service.catalogue.latest)
    return Previewed(page, found.n_eligible, found.n_open, found.is_offered)


def _revision(request: Request[Any, Any, Any], after: int | None, note: str) -> Revision:
    service: Service = request.app.state.service
    return Revision(service.now(), request.user.role, after, note)


async def _matched(request: Request[Any, Any, Any], name: str) -> int:
    """Return the version a change is made on, which the request must have named."""
    before = await pools.current(request.app.state.service, name)
    must_match(request, before)
    return before.version


async def _edited(
    request: Request[Any, Any, Any], name: str, wanted: Callable[[Pool], Pool], note: str
) -> Response[PoolVersion]:
    service: Service = request.app.state.service
    revision = _revision(request, await _matched(request, name), note)
    return with_etag(request, await pools.edit(service, name, revision, wanted))


handlers = (
    list_pools, pool, versions, results, check, preview, preview_draft, put_pool, withdraw, undo,
    pin, unpin, include, leave_out, block, unblock, boost, unboost,
)  # fmt: skip

"""Editors' pages, read: every pool, one of them as a form, its items, its versions. A scientist may look."""

import asyncio
import sqlite3
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Response

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.events import Device
from ritornello.kinds.times import zone
from ritornello.serve import pools
from ritornello.serve.access import STUDENTS, allow
from ritornello.serve.service import Service
from ritornello.serve.web import covers, editing_forms, editing_found, editing_words
from ritornello.serve.web.editing_acts import Wanted
from ritornello.serve.web.editing_forms import Sent, Trouble
from ritornello.serve.web.editing_found import Entry, Found
from ritornello.serve.web.editing_words import Stand
from ritornello.serve.web.reading_aloud import INTENTS
from ritornello.serve.web.rendering import PRIVATE
from ritornello.serve.web.shell import Asked, service_of, show
from ritornello.serve.web.wording import sentence_case
from ritornello.surfaces import pool_files
from ritornello.surfaces.pool_store import PoolVersion
from ritornello.surfaces.pools import MOMENTS, WEEKDAYS, Pool

LOOKS = allow(*STUDENTS, cookies=True)
EDITS = allow("editor", "service", cookies=True)
EDITORS = ("editor", "service")
DEVICES: tuple[Device, ...] = ("mobile", "desktop", "web", "speaker", "car", "tv", "wearable")

Only = Literal["now", "doubtful"]
Text = Annotated[str, QueryParameter(max_length=200)]


class Line(msgspec.Struct, frozen=True):
    """One pool in the list of all."""

    version: PoolVersion
    pool: Pool
    stand: Stand
    cover: str
    when: str


class Version(msgspec.Struct, frozen=True):
    """One version of a pool in its history, and what it changed."""

    version: PoolVersion
    changed: str


@get("/edit", opt=LOOKS)
async def edit_pools(request: Asked, only: FromQuery[Only | None] = None) -> Response[str]:
    """Show every pool and how it stands."""
    return await pools_page(request, only=only)


async def pools_page(request: Asked, *, only: Only | None = None, wrong: str = "") -> Response[str]:
    """Show the list of pools; ``wrong`` is why a file was refused."""
    service, tz = service_of(request), zone_of(request)
    versions = [each for each in await pools.listed(service) if each.pool is not None]
    checked = await asyncio.gather(*(pools.check(service, each.stands) for each in versions))
    local = service.now().astimezone(tz)
    lines = [
        Line(
            version=each,
            pool=each.stands,
            stand=editing_words.stand(each.stands, found, local),
            cover=covers.moment(each.name, each.stands.arc),
            when=editing_words.offered(each.stands),
        )
        for each, found in zip(versions, checked, strict=True)
    ]
    return await show_to_editors(
        request,
        "edit_pools.html",
        status=422 if wrong else 200,
        wrong=wrong,
        lines=[line for line in lines if _shown(line, only)],
        n_of={
            each: sum(_shown(line, each) for line in lines) for each in (None, "now", "doubtful")
        },
        only=only,
    )


@get("/edit/new", opt=EDITS)
async def edit_new(request: Asked) -> Response[str]:
    """Offer an empty form."""
    return await form_page(request, {"kinds": ["track"]}, None)


@get("/edit/pools/{name:str}", opt=LOOKS)
async def edit_pool(
    request: Asked, name: FromPath[str], kept: FromQuery[int | None] = None
) -> Response[str]:
    """Show a pool as a form, and what it finds."""
    version = await pools.current(service_of(request), name)
    sent = editing_forms.sent_of(version.stands, zone_of(request))
    return await form_page(request, sent, version, kept=kept)


@get("/edit/pools/{name:str}/items", opt=LOOKS)
async def edit_items(
    request: Asked, name: FromPath[str], q: Text = "", kept: FromQuery[int | None] = None
) -> Response[str]:
    """Show what was done by hand to single items, and find others to do it to."""
    version = await pools.current(service_of(request), name)
    return await items_page(request, version, q=q, kept=kept)


@get("/edit/pools/{name:str}/history", opt=LOOKS)
async def edit_history(
    request: Asked, name: FromPath[str], kept: FromQuery[int | None] = None
) -> Response[str]:
    """Show every version of a pool: when, by which role, what it changed."""
    versions = await pools.versions(service_of(request), name)
    pairs = zip(versions, [*versions[1:], None], strict=True)
    shown = next((each for each in versions if each.pool is not None), versions[0])
    return await show_to_editors(
        request,
        "edit_history.html",
        rows=[Version(each, editing_words.changed(each, before)) for each, before in pairs],
        latest=versions[0],
        **of_pool(shown, kept),
    )


@get("/edit/pools/{name:str}/file", opt=LOOKS)
async def edit_file(request: Asked, name: FromPath[str]) -> Response[str]:
    """Hand out a pool as the TOML it would be read from."""
    version = await pools.current(service_of(request), name)
    attached = {"Content-Disposition": f'attachment; filename="{name}.toml"', **PRIVATE}
    text = pool_files.write(version.stands)
    return Response(text, media_type="application/toml", headers=attached)


async def form_page(
    request: Asked,
    sent: Sent,
    version: PoolVersion | None,
    *,
    trouble: Trouble | None = None,
    status: int = 200,
    kept: int | None = None,
) -> Response[str]:
    """Show the form of a pool, new or not, with what was typed, and what it would find."""
    service, tz = service_of(request), zone_of(request)
    before = None if version is None else version.pool
    found: Found | None = None
    try:
        found = await found_by(service, editing_forms.read(sent, before, tz))
    except BadValue as error:
        trouble = trouble or (
            editing_forms.trouble_of(error) if version or "title" in sent else None
        )
    return await show_to_editors(
        request,
        "edit_pool.html",
        status=status,
        sent=sent,
        n_rules=editing_forms.n_rules(sent),
        most_rules=editing_forms.MOST_RULES,
        trouble=trouble or Trouble("", ""),
        found=found,
        intents=INTENTS,
        weekdays=[(day, day.capitalize()) for day in WEEKDAYS],
        devices=[(each, sentence_case(editing_words.on_device(each))) for each in DEVICES],
        **of_pool(version, kept),
    )


async def items_page(
    request: Asked,
    version: PoolVersion,
    *,
    q: str = "",
    status: int = 200,
    wrong: str = "",
    refused: Wanted | None = None,
    kept: int | None = None,
) -> Response[str]:
    """Show the items of a pool; ``wrong`` is why the act ``refused`` was."""
    service, pool = service_of(request), version.stands

    def read(conn: sqlite3.Connection) -> tuple[tuple[Entry, ...], dict[str, Entry]]:
        view = service.catalogue.view(conn)
        named = [*pool.must_include, *pool.by_hand, *pool.blocks]
        named += [pin.item_id for pin in pool.pins] + [b.about_id for b in pool.boosts]
        found = (
            editing_found.search(view, q, pool) if q.strip() else editing_found.sample(view, pool)
        )
        return found, {each.item_id: each for each in editing_found.entries(view, named, pool)}

    found, by_id = await service.read(read)
    return await show_to_editors(
        request,
        "edit_items.html",
        status=status,
        q=q,
        found=found,
        by_id=by_id,
        wrong=wrong,
        refused=refused,
        **of_pool(version, kept),
    )


async def show_to_editors(request: Asked, template: str, **shown: Any) -> Response[str]:
    """Show one of these pages, which all know the zone, the time, and who may change something."""
    service = service_of(request)
    return await show(
        request,
        template,
        may_edit=request.user.role in EDITORS,
        tz=zone_of(request),
        now=service.now(),
        **shown,
    )


def of_pool(version: PoolVersion | None, kept: int | None = None) -> dict[str, Any]:
    """Return what every page of one pool shows of it.

    Parameters
    ----------
    kept : the version just made, said once with a way back.
    """
    pool = None if version is None else version.pool
    return {
        "version": version,
        "pool": pool,
        "cover": "" if pool is None else covers.moment(pool.name, pool.arc),
        "when": "" if pool is None else editing_words.offered(pool),
        "kept": version is not None and kept == version.version,
    }


async def found_by(service: Service, pool: Pool) -> Found:
    """Return what a pool finds in the catalogue of now."""

    def read(conn: sqlite3.Connection) -> Found:
        stock = service.stockroom.stock(conn)
        rulings = stock.rulings.on(MOMENTS)
        return editing_found.found(pool, stock.view, rulings, service.now())

    return await service.read(read)


async def latest_of(service: Service, name: str) -> PoolVersion | None:
    """Return the latest version of a pool, withdrawn or not; nothing of a name nobody has used."""
    try:
        return (await pools.versions(service, name))[0]
    except UnknownName:
        return None


def zone_of(request: Asked) -> ZoneInfo:
    """Return the zone editors read and type times in: the service's own."""
    return zone(service_of(request).settings["time_zone"])


def _shown(line: Line, only: Only | None) -> bool:
    if only == "now":
        return line.stand.state == "now"
    if only == "doubtful":
        return line.stand.state in ("over", "empty") or bool(line.stand.faults)
    return True

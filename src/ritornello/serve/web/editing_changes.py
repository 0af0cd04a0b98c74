"""Editors' pages, written: keep a form, take a file in, do one thing by hand, undo, withdraw.

Each change is a version that names who made it by role, and the version it was made on. What is refused is shown on the
page it came from, beside its field, with everything that was typed.
"""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect, Response

from ritornello.kinds.errors import BadValue, Conflict, NotFound
from ritornello.serve import pools
from ritornello.serve.web import editing_acts, editing_forms, editing_found
from ritornello.serve.web.editing import (
    EDITS,
    LOOKS,
    form_page,
    found_by,
    items_page,
    latest_of,
    pools_page,
    show_to_editors,
    zone_of,
)
from ritornello.serve.web.editing_acts import Wanted
from ritornello.serve.web.editing_forms import Sent, Trouble
from ritornello.serve.web.forms import form_of, sent_by
from ritornello.serve.web.shell import Asked, service_of
from ritornello.surfaces import pool_files
from ritornello.surfaces.pool_store import PoolVersion, Revision
from ritornello.surfaces.pools import Pool

NAME_TAKEN = Trouble("name", "there is a pool of that name; choose another, or change that one")

MEANWHILE = (
    "somebody else changed this moment meanwhile; version {version} is in force, see its history. Keeping yours again "
    "puts it in place of theirs"
)


class Back(msgspec.Struct, frozen=True):
    """The fields of the forms that go back in a pool's versions; ``version`` is the one to put in force again."""

    after: int
    version: int | None = None
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""


@post("/edit/new", opt=EDITS)
async def make_pool(request: Asked) -> Response[Any]:
    """Keep a new pool, or show what it would find."""
    sent = await sent_by(request)
    page = await _only_looked(request, sent, None)
    if page is not None:
        return page
    service = service_of(request)
    try:
        pool = editing_forms.read(sent, None, zone_of(request))
        latest = await latest_of(service, pool.name)
        if latest is not None and latest.pool is not None:
            return await form_page(request, sent, None, trouble=NAME_TAKEN, status=422)
        after = None if latest is None else latest.version
        made = await pools.put(service, pool, _revision(request, after, _said(sent, "note")))
    except BadValue as error:
        trouble = editing_forms.trouble_of(error)
        return await form_page(request, sent, None, trouble=trouble, status=422)
    return _led(f"/edit/pools/{pool.name}", made)


@post("/edit/pools/{name:str}", opt=EDITS)
async def keep_pool(request: Asked, name: FromPath[str]) -> Response[Any]:
    """Keep what was typed as the next version, or show what it would find."""
    service, sent = service_of(request), await sent_by(request)
    version = await pools.current(service, name)
    page = await _only_looked(request, sent, version)
    if page is not None:
        return page
    after = _said(sent, "after")
    try:
        pool = editing_forms.read(sent, version.pool, zone_of(request))
        change = _revision(request, int(after) if after.isdecimal() else None, _said(sent, "note"))
        made = await pools.put(service, pool, change)
    except Conflict:
        mine = {**sent, "after": [str(version.version)]}
        trouble = Trouble("", MEANWHILE.format(version=version.version))
        return await form_page(request, mine, version, trouble=trouble, status=409)
    except BadValue as error:
        trouble = editing_forms.trouble_of(error)
        return await form_page(request, sent, version, trouble=trouble, status=422)
    return _led(f"/edit/pools/{name}", made)


@post("/edit/found", opt=LOOKS, status_code=200)
async def found_now(request: Asked) -> Response[str]:
    """Show what the form as it is typed would find, for a page that asks while one types."""
    sent, service = await sent_by(request), service_of(request)
    name = _said(sent, "of")
    before = (await pools.current(service, name)).pool if name else None
    found, trouble = None, Trouble("", "")
    try:
        found = await found_by(service, editing_forms.read(sent, before, zone_of(request)))
    except BadValue as error:
        trouble = editing_forms.trouble_of(error)
    return await show_to_editors(request, "edit_found.html", found=found, trouble=trouble)


@post("/edit/file", opt=EDITS)
async def take_file(request: Asked) -> Response[Any]:
    """Take a pool from a file: a new one, or the next version of the one of its name."""
    service, given = service_of(request), (await request.form()).get("file")
    await sent_by(request)
    if not isinstance(given, UploadFile) or not given.filename:
        return await pools_page(request, wrong="choose a file first")
    name, content = given.filename, await given.read()
    try:
        pool, n_lost = await service.read(lambda conn: pool_files.read(conn, name, content))
        latest = await latest_of(service, pool.name)
        lost = f"; the catalogue does not know {n_lost} of its tracks" if n_lost else ""
        after = None if latest is None else latest.version
        made = await pools.put(service, pool, _revision(request, after, f"from {name[:200]}{lost}"))
    except BadValue as error:
        return await pools_page(request, wrong=str(error))
    return _led(f"/edit/pools/{pool.name}", made)


@post("/edit/pools/{name:str}/acts", opt=EDITS)
async def act_by_hand(request: Asked, name: FromPath[str]) -> Response[Any]:
    """Do one thing to one item."""
    service, wanted = service_of(request), await form_of(request, Wanted)
    version = await pools.current(service, name)
    named = await _named(request, version.stands, wanted)
    change = _revision(request, wanted.after, editing_acts.note(wanted, named))
    tz = zone_of(request)
    try:
        made = await pools.edit(
            service, name, change, lambda pool: editing_acts.done(pool, wanted, tz)
        )
    except (BadValue, Conflict, NotFound) as error:
        wrong = f"{named}: {error}" if wanted.about_id else str(error)
        wrong = wrong.replace(f"{name}: ", "").replace(wanted.about_id or name, named or name)
        status = 409 if isinstance(error, Conflict) else 422
        return await items_page(
            request, version, q=wanted.q, refused=wanted, status=status, wrong=wrong
        )
    asked = urlencode({"kept": made.version} | ({"q": wanted.q} if wanted.q else {}))
    return Redirect(f"/edit/pools/{name}/items?{asked}", status_code=303)


@post("/edit/pools/{name:str}/undo", opt=EDITS)
async def undo(request: Asked, name: FromPath[str]) -> Redirect:
    """Put in force what was before the latest change, or the version named."""
    service, back = service_of(request), await form_of(request, Back)
    change = _revision(request, back.after, back.note)
    if back.version is None:
        made = await pools.undo(service, name, change)
    else:
        made = await pools.put_back(service, name, back.version, change)
    return _led(f"/edit/pools/{name}/history", made)


@post("/edit/pools/{name:str}/withdraw", opt=EDITS)
async def withdraw(request: Asked, name: FromPath[str]) -> Redirect:
    """Offer a pool no more."""
    service, back = service_of(request), await form_of(request, Back)
    made = await pools.withdraw(service, name, _revision(request, back.after, back.note))
    return _led(f"/edit/pools/{name}/history", made)


async def _only_looked(
    request: Asked, sent: Sent, version: PoolVersion | None
) -> Response[str] | None:
    """Return the page of a button that keeps nothing: what it finds, or one rule less; else nothing."""
    if _said(sent, "without").isdecimal():
        less = editing_forms.without_rule(sent, int(_said(sent, "without")))
        return await form_page(request, less, version)
    return await form_page(request, sent, version) if _said(sent, "do") == "look" else None


async def _named(request: Asked, pool: Pool, wanted: Wanted) -> str:
    """Name what an act is about."""
    if not wanted.about_id:
        return ""
    service = service_of(request)
    (entry,) = await service.read(
        lambda conn: editing_found.entries(service.catalogue.view(conn), [wanted.about_id], pool)
    )
    return entry.named


def _revision(request: Asked, after: int | None, note: str) -> Revision:
    return Revision(service_of(request).now(), request.user.role, after, note.strip())


def _said(sent: Sent, name: str) -> str:
    return next(iter(sent.get(name, ())), "")


def _led(page: str, made: PoolVersion) -> Redirect:
    return Redirect(f"{page}?kept={made.version}", status_code=303)

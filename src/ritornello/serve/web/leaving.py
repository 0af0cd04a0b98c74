"""Taking along and leaving: one's copy of everything, and its erasure."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import File, Redirect, Response

from ritornello.kinds.errors import NotFound
from ritornello.kinds.times import Instant
from ritornello.serve import answers, belongings
from ritornello.serve.access import LISTENER_COOKIE, SESSION_COOKIE
from ritornello.serve.web.forms import Nothing, form_of
from ritornello.serve.web.rendering import PRIVATE
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import cookie, visitor
from ritornello.serve.web.wording import counted


class Confirmed(msgspec.Struct, frozen=True):
    """The field in which somebody types who they are."""

    confirm: str = ""


@get("/export", opt=ANYBODY)
async def export_page(request: Asked) -> Response[str]:
    """Offer a copy of everything, or show how it is coming along."""
    service, who = service_of(request), visitor(request)
    mine = service.jobs.of(who, "export")
    job = mine[0] if mine else None
    ready = None if job is None else belongings.taken_along(service, job)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    return await show(
        request,
        "export.html",
        job=job,
        n_bytes=0 if ready is None else ready.stat().st_size,
        refresh=3 if job is not None and not job.is_over else None,
        now=now,
        tz=tz,
    )


@post("/export", opt=ANYBODY)
async def export(request: Asked) -> Redirect:
    """Begin to write a copy."""
    who = visitor(request)
    await form_of(request, Nothing)
    belongings.must_sit_here(request)
    belongings.take_along(service_of(request), who)
    return Redirect("/export", status_code=303)


@get("/export/file", opt=ANYBODY)
async def export_file(request: Asked) -> File:
    """Hand the copy out to whom it is about, and to nobody else."""
    service, who = service_of(request), visitor(request)
    for job in service.jobs.of(who, "export"):
        path = belongings.taken_along(service, job)
        if path is not None:
            return File(path, filename=f"{who}.zip", media_type="application/zip", headers=PRIVATE)
    raise NotFound("there is no copy of yours at the moment; write one first")


@get("/leave", opt=ANYBODY)
async def leave_page(request: Asked) -> Response[str]:
    """Say what would be erased, and ask who asks."""
    return await _leave_page(request, refused=False)


@post("/leave", opt=ANYBODY)
async def leave(request: Asked) -> Response[Any]:
    """Erase a listener who typed their own id; from this answer on nothing of them is shown."""
    who, confirmed = visitor(request), await form_of(request, Confirmed)
    belongings.must_sit_here(request)
    if confirmed.confirm.strip() != who:
        return await _leave_page(request, refused=True, status=422)
    job = await belongings.leave(service_of(request), who)
    response = Redirect(f"/left/{job.job_id}", status_code=303)
    for name in (SESSION_COOKIE, LISTENER_COOKIE):
        response.set_cookie(cookie(request, name, ""))
    return response


@get("/left/{job_id:uuid}", opt=ANYBODY)
async def left(request: Asked, job_id: FromPath[UUID]) -> Response[str]:
    """Show who has just left how far it is, and then the certificate."""
    job = service_of(request).jobs.leaving(job_id)
    return await show(
        request,
        "left.html",
        job=job,
        certificate=_certificate(job.answer or {}, job.ended_at),
        refresh=None if job.is_over else 5,
    )


async def _leave_page(request: Asked, *, refused: bool, status: int = 200) -> Response[str]:
    profile = await answers.profile(service_of(request), visitor(request))
    return await show(
        request, "leave.html", status=status, n_plays=profile.n_plays, refused=refused
    )


def _certificate(said: dict[str, Any], ended_at: Instant | None) -> list[tuple[str, str]]:
    """Return the lines of a certificate: counts and times, nothing that leads to anybody."""
    certificates = said.get("certificates") or [said]
    lines = [] if ended_at is None else [("Erased", f"{ended_at:%Y-%m-%d %H:%M:%S} UTC")]
    for each in certificates:
        removed: dict[str, int] = each.get("n_removed") or {}
        lines += [
            ("Rows removed", f"{sum(removed.values()):,}"),
            ("Files written anew", f"{each.get('n_files_rewritten', 0):,}"),
            ("Models removed", counted(each.get("n_models_removed", 0), "version")),
            ("Receipt", str(each.get("listener_hash", ""))),
        ]
    return lines

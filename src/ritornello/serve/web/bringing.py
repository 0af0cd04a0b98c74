"""Bringing a history: drop or choose an export, watch it come in, read what became of it."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from ritornello.kinds.times import Instant
from ritornello.serve import answers, belongings, histories, uploads
from ritornello.serve.jobs import Job
from ritornello.serve.web.forms import Nothing, form_of
from ritornello.serve.web.rules import rule_in_words
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import CSRF_FIELD, CSRF_HEADER, must_be_ours, visitor

N_EARLIER = 5


class Form(msgspec.Struct, frozen=True):
    """An export that is understood, and how one gets it."""

    name: str
    how: str
    holds: str


FORMS = (
    Form(
        "Spotify, extended streaming history",
        "On spotify.com, open Account, Privacy settings, and request your extended streaming "
        "history; a zip comes by e-mail within a month.",
        "Every play since you joined, skips and podcasts too.",
    ),
    Form(
        "Spotify, account data",
        "On the same page, request your account data; it comes within days.",
        "The last year, without how plays ended.",
    ),
    Form(
        "ListenBrainz",
        "On listenbrainz.org, open Settings, Export data, and download the zip.",
        "Every listen and what you loved.",
    ),
    Form(
        "Last.fm",
        "Last.fm hands out no file of its own; any tool that saves your scrobbles as CSV will do.",
        "Every scrobble.",
    ),
    Form(
        "A portable player",
        "Copy the file .scrobbler.log from its top folder.",
        "What it played, and what you skipped there.",
    ),
)


@get("/import", opt=ANYBODY)
async def bring_page(request: Asked) -> Response[str]:
    """Ask for an export, or show how the one under way is coming along."""
    who = visitor(request)
    mine = service_of(request).jobs.of(who, "import")
    return await _page(request, mine[0] if mine and not mine[0].is_over else None)


@get("/import/{job_id:uuid}", opt=ANYBODY)
async def bringing_page(request: Asked, job_id: FromPath[UUID]) -> Response[str]:
    """Show how one import is coming along, or what became of it."""
    job = service_of(request).jobs.get(visitor(request), job_id)
    return await _page(request, job)


@get("/import/{job_id:uuid}/faults", opt=ANYBODY)
async def faults_page(request: Asked, job_id: FromPath[UUID]) -> Response[str]:
    """Show which rows an import set aside, and why."""
    service = service_of(request)
    job = service.jobs.get(visitor(request), job_id)
    return await show(
        request, "faults.html", job=job, faults=await histories.set_aside(service, job)
    )


@post("/import", opt={**ANYBODY, **uploads.ROUTE})
async def bring(request: Asked) -> Redirect:
    """Take a file in, part by part, and begin to read it."""
    who, service = visitor(request), service_of(request)
    belongings.must_sit_here(request)
    limit = service.settings["upload_limit_bytes"]
    form = request.headers.get("Content-Type", "")
    stated = request.headers.get(CSRF_HEADER)
    if stated is not None or not form.startswith("multipart/form-data"):
        must_be_ours(request, stated)
    with belongings.Bringing(service, who) as bringing:

        def place(fields: dict[str, str], name: str) -> Any:
            must_be_ours(request, stated or fields.get(CSRF_FIELD))
            return bringing.place(name)

        content = uploads.content_of(request.receive)
        await uploads.keep_form(content, form, limit, place)
    return Redirect(f"/import/{bringing.begin().job_id}", status_code=303)


@post("/import/{job_id:uuid}/stop", opt=ANYBODY)
async def stop_bringing(request: Asked, job_id: FromPath[UUID]) -> Redirect:
    """Stop an import; what came in so far stays."""
    who, service = visitor(request), service_of(request)
    await form_of(request, Nothing)
    await service.jobs.cancel(service.jobs.get(who, job_id))
    return Redirect(f"/import/{job_id}", status_code=303)


async def _page(request: Asked, job: Job | None) -> Response[str]:
    service, who = service_of(request), visitor(request)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    earlier = [j for j in service.jobs.of(who, "import") if j.is_over and j != job]
    return await show(
        request,
        "import.html",
        job=job,
        coming=None if job is None else await histories.coming(service, job),
        summary=None if job is None else _summary(job),
        refresh=None if job is None or job.is_over else 3,
        earlier=earlier[:N_EARLIER],
        forms=FORMS,
        most_bytes=service.settings["upload_limit_bytes"],
        now=now,
        tz=tz,
    )


class Summary(msgspec.Struct, frozen=True):
    """What an import did, as its page says it; ``set_aside`` are words and how many rows.

    ``n_known`` were stored before, ``n_same`` are plays that another source had reported.
    """

    n_kept: int
    n_known: int
    n_items: int
    n_same: int
    before_at: Instant | None
    set_aside: tuple[tuple[str, int], ...]


def _summary(job: Job) -> Summary:
    said = job.answer or {}
    by_words: Counter[str] = Counter()
    for rule, n in said.get("faults_by_rule", {}).items():
        by_words[rule_in_words(rule)] += n
    before_at = said.get("before_at")
    return Summary(
        n_kept=said.get("n_kept", 0),
        n_known=said.get("n_duplicates", 0) + said.get("n_conflicts", 0),
        n_items=said.get("n_items", 0),
        n_same=said.get("n_same", 0),
        before_at=None if before_at is None else datetime.fromisoformat(before_at),
        set_aside=tuple(by_words.most_common()),
    )

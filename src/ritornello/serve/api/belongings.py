"""A listener's belongings: what they bring, take along, and leave."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from litestar.response import File, Response

from ritornello.intake import importing
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant
from ritornello.serve import belongings, histories, uploads
from ritornello.serve.access import ROLES, allow, listener_of
from ritornello.serve.jobs import Job, Kind, State
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service


class JobStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a job stands: ``share`` of it done while it runs, what it ``answered`` once it is over."""

    job_id: UUID
    kind: Kind
    state: State
    started_at: Instant
    ended_at: Instant | None = None
    name: str = ""
    share: float | None = None
    n_stored: int | None = None
    n_faults: int | None = None
    answer: dict[str, Any] | None = None
    error: str = ""


@post(
    "/listeners/{listener_id:str}/imports",
    opt={**allow("listener", "service"), **uploads.ROUTE},
    responses={202: ResponseSpec(JobStatus, description="the import has begun")},
    status_code=202,
)
async def post_import(
    request: Request[Any, Any, Any], listener_id: FromPath[str], name: FromQuery[str] = ""
) -> Response[JobStatus]:
    """Bring a history: the body is the export itself, a zip or one file of it.

    Its content tells which export it is. It is streamed to disk and counted against
    ``upload_limit_bytes``; one import of a listener at a time. ``Location`` says how it is coming along.
    """
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    with belongings.Bringing(service, who) as bringing:
        path = bringing.place(name)
        content = uploads.content_of(request.receive)
        if not await uploads.keep(content, path, service.settings["upload_limit_bytes"]):
            raise Problem(422, "no-file", "the body is empty; send the export as it was downloaded")
        job = bringing.begin()
    return _begun(job, f"/v1/listeners/{who}/imports/{job.job_id}")


@get("/listeners/{listener_id:str}/imports/{job_id:uuid}", opt=allow("listener", "service"))
async def get_import(
    request: Request[Any, Any, Any], listener_id: FromPath[str], job_id: FromPath[UUID]
) -> JobStatus:
    """Return how an import is coming along, or what became of it; kept for a day."""
    service: Service = request.app.state.service
    job = service.jobs.get(listener_of(request.user, listener_id), job_id)
    return _status(job, await histories.coming(service, job))


@get(
    "/listeners/{listener_id:str}/export",
    opt=allow("listener", "service"),
    responses={200: ResponseSpec(bytes, description="a zip", media_type="application/zip")},
)
async def get_export(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> File:
    """Return everything known of a listener as a zip, written now."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    job = await service.jobs.over(belongings.take_along(service, who))
    path = belongings.taken_along(service, job)
    if path is None:
        raise Problem(503, "not-written", f"the copy could not be written: {job.error}")
    return File(path, filename=f"{who}.zip", media_type="application/zip")


@delete(
    "/listeners/{listener_id:str}",
    opt=allow("listener", "service"),
    responses={202: ResponseSpec(JobStatus, description="gone for every reader; being erased")},
    status_code=202,
)
async def delete_listener(
    request: Request[Any, Any, Any], listener_id: FromPath[ListenerId]
) -> Response[JobStatus]:
    """Erase a listener: at once for every reader, then out of every file.

    Their keys and sessions end with this answer, and nothing of theirs is taken in again. ``Location``
    can be asked by anybody who was told it, and ends with a certificate that names nobody.
    """
    service: Service = request.app.state.service
    job = await belongings.leave(service, listener_of(request.user, listener_id))
    return _begun(job, f"/v1/erasures/{job.job_id}")


@get("/erasures/{job_id:uuid}", opt=allow(*ROLES))
async def get_erasure(request: Request[Any, Any, Any], job_id: FromPath[UUID]) -> JobStatus:
    """Return how an erasure is coming along, or its certificate; it names nobody."""
    service: Service = request.app.state.service
    return _status(service.jobs.leaving(job_id))


def _begun(job: Job, address: str) -> Response[JobStatus]:
    return Response(_status(job), status_code=202, headers={"Location": address})


def _status(job: Job, coming: importing.Reached | None = None) -> JobStatus:
    return JobStatus(
        job_id=job.job_id,
        kind=job.kind,
        state=job.state,
        started_at=job.started_at,
        ended_at=job.ended_at,
        name=job.name,
        share=None if coming is None else coming.share,
        n_stored=None if coming is None else coming.n_stored,
        n_faults=None if coming is None else coming.n_faults,
        answer=job.answer,
        error=job.error,
    )


handlers = (post_import, get_import, get_export, delete_listener, get_erasure)

"""A listener's own: their history, what stands corrected in it, and preferences."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, put
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello.kinds.events import Device
from ritornello.kinds.times import Instant
from ritornello.listeners.listens import Only
from ritornello.listeners.portrait import Portrait
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.serve import answers, bodies, histories, profiles
from ritornello.serve.access import allow, listener_of
from ritornello.serve.document import reads
from ritornello.serve.histories import Correction, Heard
from ritornello.serve.profiles import Used
from ritornello.serve.service import Service

Words = Annotated[str | None, QueryParameter(max_length=100)]
HowMany = Annotated[int, QueryParameter(ge=1, le=100)]


class Listens(msgspec.Struct, frozen=True, omit_defaults=True):
    """Listens, newest first; asked with ``next_before`` and ``next_before_id``, those after them."""

    listens: list[Heard]
    next_before: Instant | None = None
    next_before_id: UUID | None = None


class Corrections(msgspec.Struct, frozen=True):
    """What stands corrected, the latest first."""

    corrections: list[Correction]


@get("/listeners/{listener_id:str}/listens", opt=allow("listener", "service"))
async def listens(
    request: Request[Any, Any, Any],
    listener_id: FromPath[str],
    *,
    n: HowMany = 25,
    before: FromQuery[Instant | None] = None,
    before_id: FromQuery[UUID | None] = None,
    after: FromQuery[Instant | None] = None,
    q: Words = None,
    only: FromQuery[Only | None] = None,
) -> Listens:
    """Return listens, newest first; page by page the whole history.

    A listen that does not count says why (``left_out``); ``corrected`` are the corrections that stand
    over it, the latest first. ``q`` names words of a title or an
    artist; ``only`` asks for those that were skipped, or are left out. With ``after`` alone: the
    nearest to it.
    """
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    found = await histories.history(
        service,
        who,
        n=n,
        before=before,
        before_id=before_id,
        after=after,
        query=q,
        only=only,
    )
    if len(found) < n:
        return Listens(found)
    return Listens(found, found[-1].started_at, found[-1].event_id)


@get("/listeners/{listener_id:str}/corrections", opt=allow("listener", "service"))
async def corrections(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> Corrections:
    """Return what stands corrected. Acts sent to ``/v1/events`` correct and take back."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    return Corrections(await histories.corrections(service, who))


@get("/listeners/{listener_id:str}/portrait", opt=allow("listener", "service"))
async def portrait(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> Portrait:
    """Return what is believed of a listener, from what; hours and weekdays in their own zone."""
    service: Service = request.app.state.service
    return await histories.believed(service, listener_of(request.user, listener_id))


@get("/listeners/{listener_id:str}/profile", opt=allow("listener", "service"))
async def profile(
    request: Request[Any, Any, Any],
    listener_id: FromPath[str],
    device: FromQuery[Device] = "unknown",
) -> Used:
    """Return what decides beside taste: what they said and chose, whom they are compared with, what this hour is for.

    Every part can be put right: words by the opposite act, choices by choosing again, the budget by preferences, all
    that rests on plays by a correction.
    """
    service: Service = request.app.state.service
    return await profiles.used(service, listener_of(request.user, listener_id), device=device)


@get("/listeners/{listener_id:str}/preferences", opt=allow("listener", "service"))
async def get_preferences(
    request: Request[Any, Any, Any], listener_id: FromPath[str]
) -> Preferences:
    """Return what a listener chose; what is left out is as the service has it."""
    service: Service = request.app.state.service
    found = await answers.profile(service, listener_of(request.user, listener_id))
    return found.preferences


@put(
    "/listeners/{listener_id:str}/preferences",
    opt={**allow("listener", "service"), **reads(Preferences)},
)
async def put_preferences(
    request: Request[Any, Any, Any], listener_id: FromPath[str]
) -> Preferences:
    """Set what a listener chose; the next request obeys."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    wanted = bodies.read(await request.body(), Preferences).checked()
    await answers.change(service, lambda conn: write_preferences(conn, who, wanted))
    return wanted


handlers = (listens, corrections, portrait, profile, get_preferences, put_preferences)

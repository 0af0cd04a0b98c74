"""A listener's own: their history and preferences."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, put
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello.kinds.times import Instant
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.serve import answers, bodies
from ritornello.serve.access import allow, listener_of
from ritornello.serve.answers import ShownListen
from ritornello.serve.document import reads
from ritornello.serve.service import Service

HowMany = Annotated[int, QueryParameter(ge=1, le=100)]


class Listens(msgspec.Struct, frozen=True, omit_defaults=True):
    """Listens, newest first; asked with ``next_before`` and ``next_before_id``, those after them."""

    listens: list[ShownListen]
    next_before: Instant | None = None
    next_before_id: UUID | None = None


@get("/listeners/{listener_id:str}/listens", opt=allow("listener", "service"))
async def listens(
    request: Request[Any, Any, Any],
    listener_id: FromPath[str],
    n: HowMany = 25,
    before: FromQuery[Instant | None] = None,
    before_id: FromQuery[UUID | None] = None,
) -> Listens:
    """Return listens, newest first; page by page the whole history.

    A listen that does not count says why (``left_out``).
    """
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    found = await answers.listens(service, who, n=n, before=before, before_id=before_id)
    if len(found) < n:
        return Listens(found)
    return Listens(found, found[-1].started_at, found[-1].event_id)


@get("/listeners/{listener_id:str}/preferences", opt=allow("listener", "service"))
async def get_preferences(
    request: Request[Any, Any, Any], listener_id: FromPath[str]
) -> Preferences:
    """Return what a listener chose; what is left out is as the service has it."""
    service: Service = request.app.state.service
    profile = await answers.profile(service, listener_of(request.user, listener_id))
    return profile.preferences


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


handlers = (listens, get_preferences, put_preferences)

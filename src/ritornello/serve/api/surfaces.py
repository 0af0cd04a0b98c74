"""Home, Discover Weekly, Daily Mix, moments, and why an item stood where it stood."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import Device
from ritornello.serve import answers, moments, whys
from ritornello.serve.access import allow, listener_of
from ritornello.serve.api.etags import with_etag
from ritornello.serve.api.pages import Page, page_of
from ritornello.serve.service import Service
from ritornello.serve.whys import Again, Why


class Offered(msgspec.Struct, frozen=True):
    """A moment as a listener meets it; ``is_on`` says whether it is for this hour, weekday and device of theirs."""

    name: str
    title: str
    brief: str
    intent: str
    arc: tuple[float, ...]
    is_on: bool


class Moments(msgspec.Struct, frozen=True):
    """Every moment, those that are on now first."""

    moments: list[Offered]


Position = Annotated[int, QueryParameter(ge=0, le=10_000)]
AboutParameter = Annotated[str, QueryParameter(max_length=160)]


@get("/home", opt=allow("listener", "service"))
async def home(
    request: Request[Any, Any, Any],
    listener_id: FromQuery[str | None] = None,
    device: FromQuery[Device] = "unknown",
) -> Page:
    """Decide a Home page; the decision is in the log before the page leaves."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    decision = await answers.home_page(service, who, device=device)
    return page_of(decision, decision.slots, service.catalogue.latest)


@get("/discover-weekly", opt=allow("listener", "service"))
async def discover_weekly(
    request: Request[Any, Any, Any],
    listener_id: FromQuery[str | None] = None,
    week: FromQuery[str | None] = None,
) -> Response[Page]:
    """Return this week's Discover Weekly, or that of a week at most four back."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    weekly = await answers.weekly(service, who, week=week)
    if weekly is None:
        raise NotFound(f"no Discover Weekly for {week or 'this week'}: too few plays, or expired")
    page = page_of(weekly.decision, weekly.slots, service.catalogue.latest)
    return with_etag(request, page)


@get("/daily-mix", opt=allow("listener", "service"))
async def daily_mix(
    request: Request[Any, Any, Any],
    listener_id: FromQuery[str | None] = None,
    day: FromQuery[str | None] = None,
) -> Response[Page]:
    """Return today's Daily Mixes, a shelf each, or those of a day at most four weeks back."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    found = await answers.mixes(service, who, day=day)
    if found is None:
        lack = await answers.mixes_lack(service, who)
        known = f"{lack.n_plays} of {lack.min_plays} plays"
        fit = f"{lack.n_tracks} tracks that one may show, where one mix needs {lack.min_tracks}"
        raise NotFound(f"no Daily Mix for {day or 'today'}: {known}, {fit}, or expired")
    page = page_of(found.decision, found.slots, service.catalogue.latest)
    return with_etag(request, page)


@get("/moments", opt=allow("listener", "service"))
async def every_moment(
    request: Request[Any, Any, Any],
    listener_id: FromQuery[str | None] = None,
    device: FromQuery[Device] = "unknown",
) -> Moments:
    """Return every moment, those first that are on for the listener now."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    on = await moments.offered(service, who, device=device)
    others = [pool for pool in await moments.every(service) if pool not in on]
    return Moments(
        [
            Offered(pool.name, pool.title, pool.brief, pool.intent, pool.arc, pool in on)
            for pool in (*on, *others)
        ]
    )


@get("/moments/{name:str}", opt=allow("listener", "service"))
async def moment(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    listener_id: FromQuery[str | None] = None,
    device: FromQuery[Device] = "unknown",
) -> Page:
    """Return a moment's list; it stays through the day until something is heard of the listener."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    decision = await moments.moment(service, who, name, device=device)
    return page_of(decision, decision.slots, service.catalogue.latest)


@get("/decisions/{decision_id:uuid}", opt=allow("listener", "scientist", "service"))
async def decision(
    request: Request[Any, Any, Any], decision_id: FromPath[UUID]
) -> Response[Decision]:
    """Return a decision as logged: shortlists, weights and propensities included."""
    service: Service = request.app.state.service
    caller = request.user
    found = await answers.decision(service, decision_id, listener_id=caller.listener_id)
    return with_etag(request, found)


@get("/decisions/{decision_id:uuid}/why", opt=allow("listener", "scientist", "service"))
async def why(
    request: Request[Any, Any, Any],
    decision_id: FromPath[UUID],
    shelf: FromQuery[str],
    position: Position,
) -> Why:
    """Explain one slot from the decision's own record."""
    service: Service = request.app.state.service
    caller = request.user
    return await whys.why(service, decision_id, shelf, position, listener_id=caller.listener_id)


@get("/decisions/{decision_id:uuid}/again", opt=allow("listener", "scientist", "service"))
async def again(
    request: Request[Any, Any, Any],
    decision_id: FromPath[UUID],
    shelf: FromQuery[str],
    position: Position,
    about_id: AboutParameter,
) -> Again:
    """Tell what a correction changed: the decision beside the one that would be made now.

    ``about_id`` is what was corrected (an item, an artist, a show or a genre). Of a list that is fixed for its
    period the next one is told.
    """
    service: Service = request.app.state.service
    who = request.user.listener_id
    return await whys.again(service, decision_id, shelf, position, about_id, listener_id=who)


handlers = (home, discover_weekly, daily_mix, every_moment, moment, decision, why, again)

"""What listening was read as: a listener's visits; which tables are built, what success is, what measures come to."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant
from ritornello.listeners.shift import Alarm
from ritornello.serve import believing, meanings
from ritornello.serve.access import STUDENTS, allow, listener_of
from ritornello.serve.believing import Believed
from ritornello.serve.meanings import MeasureTold, SuccessTold, TableBuilt
from ritornello.serve.service import Service
from ritornello.signals.reading_out import Told, VisitTold

HowMany = Annotated[int, QueryParameter(ge=1, le=100)]


class Visits(msgspec.Struct, frozen=True, omit_defaults=True):
    """Visits, newest first; asked with ``next_before``, those before them."""

    visits: list[VisitTold]
    next_before: Instant | None = None


class Tables(msgspec.Struct, frozen=True):
    """Every table of signals; none where nothing was built."""

    tables: list[TableBuilt]


class Measures(msgspec.Struct, frozen=True):
    """Every measure of engagement."""

    measures: list[MeasureTold]


class Alarms(msgspec.Struct, frozen=True):
    """What moved, what still stands first."""

    alarms: list[Alarm]


@get("/visits", opt=allow("listener", "service"))
async def visits(
    request: Request[Any, Any, Any],
    listener_id: FromQuery[ListenerId | None] = None,
    n: HowMany = 25,
    before: FromQuery[Instant | None] = None,
) -> Visits:
    """Return a listener's visits as they were built, newest first."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    found = await meanings.visits(service, who, n=n, before=before)
    return Visits(found, found[-1].started_at if len(found) == n else None)


@get("/visits/{visit_id:path}", opt=allow("listener", "scientist", "service"))
async def visit(request: Request[Any, Any, Any], visit_id: FromPath[str]) -> Told:
    """Return what a visit was read as, event by event: readings and why, slots, intent, success.

    A listener's key reaches that listener's visits, by their ids; any other also tells one event by its own.
    """
    service: Service = request.app.state.service
    asked, own = visit_id.lstrip("/"), request.user.listener_id
    return await meanings.visit(service, asked, listener_id=own)


@get("/listeners/{listener_id:str}/beliefs", opt=allow("listener", "service"))
async def beliefs(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> Believed:
    """Return what the tables let us believe of a listener: habits, breadth, what they keep of the new, flags."""
    service: Service = request.app.state.service
    return await believing.of(service, listener_of(request.user, listener_id), patience_s=None)


@get("/signals/tables", opt=allow(*STUDENTS))
async def tables(request: Request[Any, Any, Any]) -> Tables:
    """Return which tables are built, until which day, with how many rows."""
    return Tables(await meanings.tables(request.app.state.service))


@get("/signals/success", opt=allow(*STUDENTS))
async def success(request: Request[Any, Any, Any]) -> SuccessTold:
    """Return the success functions in force: rules with their reasons, cells, slopes by intent, reliability."""
    return await meanings.success(request.app.state.service)


@get("/signals/measures", opt=allow(*STUDENTS))
async def measures(request: Request[Any, Any, Any]) -> Measures:
    """Return what every measure of engagement comes to over what is built."""
    return Measures(await meanings.measures(request.app.state.service))


@get("/signals/alarms", opt=allow(*STUDENTS))
async def alarms(request: Request[Any, Any, Any]) -> Alarms:
    """Return which signals of the population moved, where, by how much and since when."""
    return Alarms(await meanings.alarms(request.app.state.service))


handlers = (visits, visit, beliefs, tables, success, measures, alarms)

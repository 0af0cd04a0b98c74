"""What was made of everybody's listening, for scientists and editors: tables, success functions, measures, any visit."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter
from litestar.response import Response

from ritornello.kinds.errors import NotFound, Overloaded
from ritornello.kinds.times import zone
from ritornello.serve import answers, meanings
from ritornello.serve.access import STUDENTS, allow
from ritornello.serve.web.shell import Asked, clock_of, service_of, show
from ritornello.signals import plots

STUDY = allow(*STUDENTS, cookies=True)
OPENS_VISITS = ("scientist", "service")
PATIENCE_S = 2.0

VisitId = Annotated[str, QueryParameter(name="id", max_length=120)]


@get("/signals", opt=STUDY)
async def signals(request: Asked) -> Response[str]:
    """Show which tables are built, what moved, and a box to open a visit by its id."""
    service = service_of(request)
    alarms, late = None, ""
    try:
        alarms = await meanings.alarms(service, patience_s=PATIENCE_S)
    except NotFound:
        pass
    except Overloaded as error:
        late = str(error)
    return await show(
        request,
        "signals.html",
        tables=await meanings.tables(service),
        alarms=alarms,
        late=late,
        may_open=request.user.role in OPENS_VISITS,
        tz=zone(service.settings["time_zone"]),
        now=service.now(),
    )


@get("/signals/success", opt=STUDY)
async def success(request: Asked) -> Response[str]:
    """Show the success functions in force: rules with their reasons, slopes by intent, reliability."""
    told = await meanings.success(service_of(request))
    drawn = {
        each.version: (plots.coefficients(each.coefficients), plots.curve(each.curve))
        for each in told.functions
        if each.curve is not None
    }
    return await show(request, "success.html", told=told, drawn=drawn)


@get("/signals/measures", opt=STUDY)
async def measures(request: Asked) -> Response[str]:
    """Show what every measure of engagement comes to."""
    found, late = None, ""
    try:
        found = await meanings.measures(service_of(request))
    except NotFound:
        pass
    except Overloaded as error:
        late = str(error)
    return await show(request, "measures.html", measures=found, late=late)


@get("/signals/visit", opt=allow("scientist", "service", cookies=True))
async def visit(request: Asked, visit_id: VisitId) -> Response[str]:
    """Show what any listener's visit, or an event of it, was read as."""
    service = service_of(request)
    told = await meanings.visit(service, visit_id.strip())
    profile = await answers.profile(service, told.visit.listener_id)
    now, tz = clock_of(service, profile)
    return await show(request, "visit.html", told=told, mine=False, today=now.date(), tz=tz)

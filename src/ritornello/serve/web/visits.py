"""Your visits: the latest ones, and what one of them was read as, event by event."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Response

from ritornello.kinds.errors import NotFound
from ritornello.kinds.times import from_us, to_us
from ritornello.serve import answers, meanings
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.signals.reading_out import VisitTold

N_VISITS = 30

Microseconds = Annotated[int | None, QueryParameter(ge=0, le=2**53)]


class Day(msgspec.Struct, frozen=True):
    """The visits that began on one local day."""

    on: date
    visits: tuple[VisitTold, ...]


@get("/visits", opt=ANYBODY)
async def visits(request: Asked, before: Microseconds = None) -> Response[str]:
    """Show a page of visits, newest first."""
    service, who = service_of(request), visitor(request)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    until = None if before is None else from_us(before)
    found, built = [], True
    try:
        found = await meanings.visits(service, who, n=N_VISITS + 1, before=until)
    except NotFound:
        built = False
    shown = found[:N_VISITS]
    return await show(
        request,
        "visits.html",
        days=_days(shown, tz),
        built=built,
        before=before,
        earlier=to_us(shown[-1].started_at) if len(found) > N_VISITS else None,
        today=now.date(),
        tz=tz,
    )


@get("/visits/{visit_id:path}", opt=ANYBODY)
async def visit(request: Asked, visit_id: FromPath[str]) -> Response[str]:
    """Show what one visit was read as."""
    service, who = service_of(request), visitor(request)
    told = await meanings.visit(service, visit_id.lstrip("/"), listener_id=who)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    return await show(request, "visit.html", told=told, mine=True, today=now.date(), tz=tz)


def _days(shown: Sequence[VisitTold], tz: ZoneInfo) -> list[Day]:
    by_day = groupby(shown, key=lambda each: each.started_at.astimezone(tz).date())
    return [Day(on, tuple(found)) for on, found in by_day]

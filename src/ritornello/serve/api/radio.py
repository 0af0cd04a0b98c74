"""Radio: begin a station or go on with one, one to ten tracks at a time."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from ritornello.kinds.decisions import Station
from ritornello.serve import bodies, radios
from ritornello.serve.access import allow, listener_of
from ritornello.serve.api.pages import Page, page_of
from ritornello.serve.document import reads
from ritornello.serve.radios import WantedRadio
from ritornello.serve.service import Service
from ritornello.surfaces.pacing import Pace


class RadioPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A station and its next tracks; no ``page`` where it has come to its end."""

    station: Station
    title: str
    pace: Pace
    page: Page | None = None


class Stations(msgspec.Struct, frozen=True):
    """The stations a listener began last, the newest first."""

    stations: tuple[Station, ...]


@post(
    "/listeners/{listener_id:str}/radio",
    opt={**allow("listener", "service"), **reads(WantedRadio)},
    status_code=200,
)
async def radio(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> RadioPage:
    """Decide the next tracks after the last events; the decision is in the log before they leave."""
    service: Service = request.app.state.service
    wanted = bodies.read(await request.body(), WantedRadio)
    found = await radios.go_on(service, listener_of(request.user, listener_id), wanted)
    decided = found.decision
    page = None
    if decided is not None:
        page = page_of(decided, decided.slots, service.catalogue.latest)
    return RadioPage(found.station, found.title, found.pace, page)


@get("/listeners/{listener_id:str}/radio", opt=allow("listener", "service"))
async def stations(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> Stations:
    """Return the stations a listener began last."""
    service: Service = request.app.state.service
    found = await radios.lately(service, listener_of(request.user, listener_id))
    return Stations(tuple(station for station, _ in found))


handlers = (radio, stations)

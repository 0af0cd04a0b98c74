"""The five choices of the beginning: what there is to choose from, and choosing."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery

from ritornello.kinds.events import Device
from ritornello.serve import bodies, choosing
from ritornello.serve.access import allow, listener_of
from ritornello.serve.choosing import Chosen, Offered
from ritornello.serve.document import reads
from ritornello.serve.service import Service

_PATH = "/listeners/{listener_id:str}/onboarding"


@get(_PATH, opt=allow("listener", "service"))
async def offered(request: Request[Any, Any, Any], listener_id: FromPath[str]) -> Offered:
    """Return five groups of artists and shows to choose from, and what of them was chosen."""
    service: Service = request.app.state.service
    return await choosing.offered(service, listener_of(request.user, listener_id))


@post(_PATH, status_code=200, opt={**allow("listener", "service"), **reads(Chosen)})
async def choose(
    request: Request[Any, Any, Any],
    listener_id: FromPath[str],
    device: FromQuery[Device] = "unknown",
) -> Offered:
    """Keep what was chosen, instead of what was before; the next Home obeys. Nothing leaves the question."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    wanted = bodies.read(await request.body(), Chosen)
    await choosing.choose(service, who, wanted.chosen, device)
    return await choosing.offered(service, who)


handlers = (offered, choose)

"""What policies have learned: the beliefs in use, by surface."""

from typing import Any

from litestar import Request, get

from ritornello.policies import telling
from ritornello.policies.telling import PoliciesTold
from ritornello.serve.access import STUDENTS, allow
from ritornello.serve.service import Service


@get("/policies", opt=allow(*STUDENTS))
async def policies(request: Request[Any, Any, Any]) -> PoliciesTold:
    """Return what is believed of each surface's arms, in which version, of how many lessons."""
    service: Service = request.app.state.service
    return telling.by_surface(service.beliefs.beliefs, service.beliefs.trouble)


handlers = (policies,)

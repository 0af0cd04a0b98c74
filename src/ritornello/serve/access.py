"""Who may do what: roles declared on every route, and the one gate that reads them.

A route says who reaches it in its own metadata, and the gate (the only one) refuses everybody else::

    @get("/v1/home", opt=allow("listener", "service"))
    async def home(request: Request) -> Response: ...

A test walks the router and fails for a route that declares nothing.
"""

from typing import Any, Literal

import msgspec

from ritornello.kinds.ids import ListenerId

Role = Literal["anonymous", "listener", "editor", "scientist", "service"]


class Caller(msgspec.Struct, frozen=True):
    """Who is asking: in a handler, ``request.user``."""

    role: Role
    key_id: str = ""
    listener_id: ListenerId | None = None


def allow(*roles: Role) -> dict[str, Any]:
    """Return the route metadata that lets these roles in and nobody else."""
    return {"roles": frozenset(roles)}

"""Which method is answered by what: enough of the protocol for a client to connect and to search."""

from typing import Any

from litestar import Request, Response, route
from litestar.params import FromPath

from ritornello.serve.access import ROLES, allow
from ritornello.serve.service import Service
from ritornello.serve.subsonic import envelope, parameters
from ritornello.serve.subsonic.admission import user_of
from ritornello.serve.subsonic.failures import Failure
from ritornello.serve.subsonic.search3 import FOLDER, search3

EXTENSIONS = ("apiKeyAuthentication", "formPost")
OF_ANYBODY: dict[str, dict[str, Any]] = {
    "getOpenSubsonicExtensions": {
        "openSubsonicExtensions": [{"name": name, "versions": [1]} for name in EXTENSIONS]
    },
}
"""What is answered before anybody has said who they are."""
OF_EVERY_USER: dict[str, dict[str, Any]] = {
    "ping": {},
    "getLicense": {"license": {"valid": True}},
    "getMusicFolders": {"musicFolders": {"musicFolder": [{"id": int(FOLDER), "name": "Music"}]}},
}
"""What is the same for every user."""


@route("/{method:str}", http_method=["GET", "POST"], opt=allow(*ROLES), status_code=200)
async def answer(request: Request[Any, Any, Any], method: FromPath[str]) -> Response[bytes]:
    """Answer a method, with or without ``.view`` behind its name."""
    service: Service = request.app.state.service
    said = await parameters.read(request)
    request.state.said = said
    name = method.removesuffix(".view")
    if name in OF_ANYBODY:
        return envelope.ok(said, OF_ANYBODY[name])
    who = user_of(service, said)
    if name in OF_EVERY_USER:
        return envelope.ok(said, OF_EVERY_USER[name])
    if name == "tokenInfo":
        return envelope.ok(said, {"tokenInfo": {"username": who}})
    if name == "search3":
        return envelope.ok(said, await search3(service, who, said))
    raise Failure(0, f"'{name[:60]}' is not answered here", status=404)

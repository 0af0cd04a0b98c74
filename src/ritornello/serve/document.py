"""The OpenAPI description of the native API, made from the very records the handlers decode.

Handlers read raw bodies (one decode, our own messages), so Litestar cannot see what they expect;
a route says it in its metadata (``opt={**allow(…), **reads(Preferences)}``) and the description
takes the JSON schema from msgspec.
"""

from typing import Any

import msgspec
from litestar import Request, Router
from litestar.enums import OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.routes import HTTPRoute

from ritornello import __version__
from ritornello.serve.access import ROLES, allow

_COMPONENT = "#/components/schemas/{name}"


def reads(*kinds: Any) -> dict[str, Any]:
    """Return the route metadata that says which JSON a handler reads: one of these kinds.

    It is wrapped in a function, because Litestar copies metadata deeply and types cannot be copied.
    """
    return {"reads": lambda: kinds}


class Described(OpenAPIRenderPlugin):
    """Litestar's description with our request bodies in it."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._page: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the description, made when first asked for."""
        if self._page is None:
            _describe_bodies(request, openapi_schema)
            self._page = msgspec.json.encode(openapi_schema)
        return self._page


def openapi() -> OpenAPIConfig:
    """Return the configuration: one JSON document under ``/schema``, open to everybody."""
    return OpenAPIConfig(
        title="ritornello",
        version=__version__,
        description="Personalization for an audio service that knows whether it worked.",
        render_plugins=[Described()],
        openapi_router=Router(
            "/schema", route_handlers=[], opt=allow(*ROLES), include_in_schema=False
        ),
        use_handler_docstrings=True,
    )


def _describe_bodies(request: Request[Any, Any, Any], description: dict[str, Any]) -> None:
    bodies = [
        (route.path_format, method.lower(), handler.opt["reads"]())
        for route in request.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "reads" in handler.opt
        for method in handler.http_methods
    ]
    kinds = [kind for _, _, any_of in bodies for kind in any_of]
    found, components = msgspec.json.schema_components(kinds, ref_template=_COMPONENT)
    schemas = iter(found)
    for path, method, any_of in bodies:
        choices = [next(schemas) for _ in any_of]
        schema = choices[0] if len(choices) == 1 else {"anyOf": choices}
        description["paths"][path][method]["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    description.setdefault("components", {}).setdefault("schemas", {}).update(components)

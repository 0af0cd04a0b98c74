"""The Litestar application: routers, the gate, one way to answer errors.

The pages are a router of their own, mounted by ``run``::

    from ritornello.serve.web import router
    app = create_app(service, extra_routers=[router])

Its handlers declare their roles like every other (``opt=allow("listener", cookies=True)``), find
the service in ``request.app.state.service`` and the caller in ``request.user``, and ask
``serve.answers`` for everything; errors they do not show themselves end in ``problems.answer``.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.datastructures import State
from litestar.middleware import DefineMiddleware
from litestar.types import ControllerRouterHandler

from ritornello.serve import api, listenbrainz, subsonic
from ritornello.serve.document import openapi
from ritornello.serve.gate import Gate
from ritornello.serve.jobs import looked_after
from ritornello.serve.problems import answer
from ritornello.serve.service import Service
from ritornello.store import erasure


def create_app(
    service: Service,
    *,
    extra_routers: Sequence[ControllerRouterHandler] = (),
    lifespan: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]] = (),
) -> Litestar:
    """Return the application that serves ``service``.

    Parameters
    ----------
    extra_routers : the pages.
    lifespan : what runs while the application does, beside the listeners' jobs.
    """
    return Litestar(
        route_handlers=[*api.routers, listenbrainz.router, subsonic.router, *extra_routers],
        middleware=[DefineMiddleware(Gate, service=service)],
        exception_handlers={Exception: answer},
        openapi_config=openapi(),
        request_max_body_size=service.settings["body_limit_bytes"],
        state=State({"service": service}),
        lifespan=[lambda _: _jobs(service), *lifespan],
        logging_config=None,
        debug=False,
    )


def _jobs(service: Service) -> AbstractAsyncContextManager[None]:
    """Return what looks after the listeners' jobs, and after erasures that were interrupted."""
    leaving = bool(erasure.pending(service.readers.connection))
    return looked_after(service.jobs, leaving=leaving)

"""The server: one process, uvicorn on uvloop, stopped gracefully.

It refuses to start where it would be open to strangers: on an address others can reach it wants a
key to exist, and never serves a simulated home there without one.
"""

import ipaddress
import logging
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from ritornello.kinds.errors import NotAllowed
from ritornello.kinds.settings import Settings
from ritornello.serve import scheduler, web
from ritornello.serve.app import create_app
from ritornello.serve.collecting import collecting_what_is_new
from ritornello.serve.express import Express
from ritornello.serve.opening import open_service
from ritornello.serve.service import Service
from ritornello.store import keys
from ritornello.store.appending import Reducer
from ritornello.store.home import Home

STOP_WITHIN_S = 10
KEEP_ALIVE_S = 75
SWITCH_INTERVAL_S = 0.002
"""Python's default of 5 ms lets a busy thread keep a writer waiting that long for the interpreter."""


def serve(
    home: Home, settings: Settings, reducers: Sequence[Reducer], *, simulated: bool = False
) -> None:
    """Serve a home until told to stop (SIGINT or SIGTERM); ``open_service`` says what it wants.

    Raises
    ------
    NotAllowed : the address can be reached by others and no key exists.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    on_loopback = is_loopback(settings["host"])
    with (
        collecting_what_is_new(time.monotonic),
        open_service(
            home,
            settings,
            reducers,
            now=lambda: datetime.now(UTC),
            seconds=time.monotonic,
            simulated=simulated,
            on_loopback=on_loopback,
        ) as service,
    ):
        if not on_loopback:
            check_keys(service)
        app = create_app(
            service,
            extra_routers=[web.router],
            lifespan=[lambda _: _scheduled(service)],
        )
        _listen(Express(app, service), settings)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; a name is loopback if all it means is.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(f[4][0]).is_loopback for f in found)


def check_keys(service: Service) -> None:
    """Make sure somebody holds a key before strangers can reach the server.

    Raises
    ------
    NotAllowed : no live key exists.
    """
    known = keys.known(service.readers.connection)
    if not any(key.revoked_at is None for key in known):
        host = service.settings["host"]
        message = (
            f"no key exists, and {host} can be reached by others; make one first: "
            "ritornello keys create --role service"
        )
        raise NotAllowed(message)


def _scheduled(service: Service) -> AbstractAsyncContextManager[None]:
    """Return what runs beside the requests: sealing, training, indexing, building."""
    bundle = service.bundles.bundle
    trained_ago_s = None
    if bundle is not None:
        trained_ago_s = (service.now() - bundle.trained_at).total_seconds()
    due = scheduler.tasks(
        Path(service.home.path),
        service.settings,
        trained_ago_s=trained_ago_s,
        adopt=service.bundles.refresh,
        is_indexed=service.is_indexed,
    )
    return scheduler.running(due)


def _listen(app: Express, settings: Settings) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("ritornello").setLevel(logging.INFO)
    config = uvicorn.Config(
        app,
        host=settings["host"],
        port=settings["port"],
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        log_config=None,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()

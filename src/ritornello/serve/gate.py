"""The one gate every routed request passes: who, how often, how many at once, how large.

In this order: find the caller, refuse a role the route does not declare, take a token from the
key's bucket, count the request in, unpack the body under the limit. Nobody without a key makes the
server read, unpack or store anything.
"""

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import msgspec
from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from ritornello.serve.access import (
    ANONYMOUS,
    LISTENER_COOKIE,
    SESSION_COOKIE,
    Caller,
    can_be_listener,
    visiting,
)
from ritornello.serve.bodies import unpacked
from ritornello.serve.limits import Allowance
from ritornello.serve.problems import LISTENBRAINZ_ROOT, Problem
from ritornello.serve.service import Service

CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"Authorization, Content-Type"),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-max-age", b"21600"),
)
BODY_LIMIT = "body_limit_bytes"
"""The setting that bounds a request's body where its route names no other."""
NOSNIFF = (b"x-content-type-options", b"nosniff")


class Presented(msgspec.Struct):
    """What a request's headers say of its sender and its body."""

    key: str = ""
    cookie: str = ""
    encoding: str = ""


class Gate:
    """The middleware around every route."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        service = self._service
        began = service.seconds()
        extra = [NOSNIFF]
        is_listenbrainz = scope["path"].startswith(LISTENBRAINZ_ROOT)
        if is_listenbrainz:
            extra.extend(CORS)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
                route = scope.get("path_template", "")
                service.metrics.answered(route, message["status"], service.seconds() - began)
            await send(message)

        if scope["method"] == "OPTIONS":
            await self._app(scope, receive, send_on)
            return
        try:
            presented = presented_by(scope["headers"])
            allowance = self._admit(scope, presented, is_listenbrainz)
            if is_listenbrainz and allowance is not None:
                extra.extend(_encoded(allowance, service))
            if presented.encoding not in ("", "identity"):
                limit = service.settings[scope["route_handler"].opt.get("body_limit", BODY_LIMIT)]
                receive = unpacked(receive, presented.encoding, limit)
            service.ceiling.enter()
        except Problem as problem:
            request: Request[Any, Any, Any] = Request(scope, receive, send_on)
            shaped = scope["route_handler"].resolve_exception_handlers()[Exception]
            response = shaped(request, problem)
            await response.to_asgi_response(None, request)(scope, receive, send_on)
            return
        try:
            await self._app(scope, receive, send_on)
        finally:
            service.ceiling.leave()

    def _admit(
        self, scope: HTTPScope, presented: Presented, is_listenbrainz: bool
    ) -> Allowance | None:
        """Find the caller, hold it against the route's roles, and take a token.

        Raises
        ------
        Problem : 401, 403 or 429.
        """
        declared = scope["route_handler"].opt
        roles = declared.get("roles", frozenset())
        if declared.get("by_address"):
            self._count_address(scope)
        caller = self._caller(scope, presented, is_listenbrainz, declared.get("cookies", False))
        scope["user"] = caller
        if caller.role not in roles:
            raise _refused(caller, is_listenbrainz, presented)
        if caller is ANONYMOUS:
            return None
        allowance = taken_by(caller, self._service)
        if not allowance.granted:
            raise allowance.refusal(self._service.now().timestamp())
        return allowance

    def _caller(
        self, scope: HTTPScope, presented: Presented, is_listenbrainz: bool, cookies: bool
    ) -> Caller:
        service = self._service
        key = presented.key
        if not key and is_listenbrainz and b"token=" in scope["query_string"]:
            key = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not key and cookies and presented.cookie:
            return self._visitor(_jar(presented.cookie))
        return (service.keys.caller(key) or ANONYMOUS) if key else ANONYMOUS

    def _visitor(self, jar: dict[str, str]) -> Caller:
        """Find the holder of a session, else in a home open to visitors the listener picked."""
        session, picked = jar.get(SESSION_COOKIE), jar.get(LISTENER_COOKIE)
        holder = self._service.keys.caller(session) if session else None
        if holder is None and picked and self._service.open_to_visitors and can_be_listener(picked):
            return visiting(picked)
        return holder or ANONYMOUS

    def _count_address(self, scope: HTTPScope) -> None:
        service = self._service
        client = scope["client"]
        address = client[0] if client else "unknown"
        per_minute = service.settings["login_limit_per_minute"]
        allowance = service.buckets.take(f"address:{address}", per_minute)
        if not allowance.granted:
            raise allowance.refusal(service.now().timestamp())


def taken_by(caller: Caller, service: Service) -> Allowance:
    """Take a token from the bucket of a caller's key, at the rate of its role."""
    is_service = caller.role == "service"
    rate = "service_rate_limit_per_minute" if is_service else "rate_limit_per_minute"
    return service.buckets.take(f"key:{caller.key_id}", service.settings[rate])


def presented_by(headers: Iterable[tuple[bytes, bytes]]) -> Presented:
    """Read the headers the gate cares for in one pass."""
    presented = Presented()
    for name, value in headers:
        if name == b"authorization":
            scheme, _, credential = value.decode("latin-1").partition(" ")
            if scheme.lower() in ("bearer", "token"):
                presented.key = credential.strip()
        elif name == b"x-api-key":
            presented.key = presented.key or value.decode("latin-1").strip()
        elif name == b"cookie":
            presented.cookie = value.decode("latin-1")
        elif name == b"content-encoding":
            presented.encoding = value.decode("latin-1").strip().lower()
    return presented


def _jar(cookie: str) -> dict[str, str]:
    """Return the cookies of a header; none of a header that cannot be read."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
    except CookieError:
        return {}


def _refused(caller: Caller, is_listenbrainz: bool, presented: Presented) -> Problem:
    """Return the 401 or 403 of a caller whose role the route does not declare."""
    if caller.role != "anonymous":
        return Problem(403, "not-allowed", f"a {caller.role} key does not reach this")
    if not is_listenbrainz:
        detail = "no valid key: send Authorization: Bearer … (ritornello keys create makes one)"
    elif presented.key:
        detail = "Invalid authorization token."
    else:
        detail = "You need to provide an Authorization header."
    return Problem(401, "no-valid-key", detail, headers={"WWW-Authenticate": "Bearer"})


def _encoded(allowance: Allowance, service: Service) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode(), value.encode())
        for name, value in allowance.headers(service.now().timestamp()).items()
    ]

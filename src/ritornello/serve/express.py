"""The express lane: well-formed ``POST /v1/events`` past the framework.

Routing, middleware and request objects cost more than storing an event does. What needs nothing of
them (a valid key, a plain body, good events, room to write) is answered here; everything else is
handed to the application with its body unread again, and answered there: nothing of it has been stored,
or it is one event whose second try must end as the first.
"""

from collections import deque

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Receive, ReceiveMessage, Scope, Send

from ritornello.intake import events as intake
from ritornello.intake.elements import elements
from ritornello.kinds.errors import StorageUnavailable
from ritornello.serve import answers
from ritornello.serve.access import Caller
from ritornello.serve.api.events import KNOWN, post_events, respond, verdicts_of
from ritornello.serve.gate import NOSNIFF, presented_by, taken_by
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service

PATH = "/v1/events"


class Express:
    """An application with the express lane in front of it."""

    def __init__(self, app: Litestar, service: Service) -> None:
        self._app = app
        self._service = service
        self._roles = post_events.opt["roles"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request here if it is simple, else hand it on."""
        if scope["type"] == ScopeType.HTTP and scope["path"] == PATH and scope["method"] == "POST":
            caller = self._caller(scope)
            if caller is not None:
                read = await self._read(receive)
                if read.is_whole and await self._store(read.body, caller, send):
                    return
                receive = read.again(receive)
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller | None:
        """Return the caller of a plain body whose key may report events."""
        presented = presented_by(scope["headers"])
        if not presented.key or presented.encoding not in ("", "identity"):
            return None
        caller = self._service.keys.caller(presented.key)
        return caller if caller is not None and caller.role in self._roles else None

    async def _read(self, receive: Receive) -> "_Read":
        """Read a body up to the limit; what comes after it stays unread."""
        limit = self._service.settings["body_limit_bytes"]
        read = _Read()
        while not read.is_over and len(read.body) <= limit:
            read.take(await receive())
        read.is_whole &= len(read.body) <= limit
        return read

    async def _store(self, body: bytes, caller: Caller, send: Send) -> bool:
        """Store a body's events and answer; say no, having answered nothing, if that is not all."""
        service = self._service
        began = service.seconds()
        kept, faults = intake.read(body, now=service.now(), known=service.catalogue.latest.number)
        if faults or _foreign(kept, caller) or not taken_by(caller, service).granted:
            return False
        try:
            service.ceiling.enter()
        except Problem:
            return False
        try:
            verdicts = await answers.record(service, list(kept.values()), intake=intake.SOURCE)
        except StorageUnavailable:
            return False
        finally:
            service.ceiling.leave()
        status = 200 if KNOWN.issuperset(verdicts) else 207
        if status == 207 and elements(body, "events") is None:
            return False
        service.metrics.answered(PATH, status, service.seconds() - began)
        await respond(send, status, verdicts_of(kept, verdicts), NOSNIFF)
        return True


class _Read:
    """What was read of a body, to be looked at and, if need be, read once more."""

    def __init__(self) -> None:
        self.body = b""
        self.is_over = self.is_whole = False
        self._messages = deque[ReceiveMessage]()

    def take(self, message: ReceiveMessage) -> None:
        """Take in the next message; the last one says so, or that the client has gone."""
        self._messages.append(message)
        if message["type"] == "http.request":
            self.body += message["body"]
            self.is_over = self.is_whole = not message.get("more_body", False)
        else:
            self.is_over = True

    def again(self, receive: Receive) -> Receive:
        """Return a ``receive`` that begins with what was read already."""

        async def receive_again() -> ReceiveMessage:
            return self._messages.popleft() if self._messages else await receive()

        return receive_again


def _foreign(kept: intake.Kept, caller: Caller) -> bool:
    """Whether a listener's key reports for somebody else."""
    own = caller.listener_id
    return own is not None and any(event.listener_id != own for event in kept.values())

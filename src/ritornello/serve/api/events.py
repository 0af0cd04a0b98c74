"""``POST /v1/events``: one event or a batch, durable before the answer leaves.

The hot path of the house: the raw body, one decode, one append, one encode. A batch is explicit:
every item has its own verdict, the good ones are stored whatever the bad ones are, and nothing in
a body ever makes a 5xx.
"""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ASGIApp, Receive, Scope, Send

from ritornello.intake import events as intake
from ritornello.intake.elements import elements
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.times import to_us
from ritornello.serve import answers, bodies
from ritornello.serve.access import Caller, allow
from ritornello.serve.document import reads
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service
from ritornello.store import faults as kept_faults
from ritornello.store.appending import Verdict

Kept = dict[int, AnyEvent]
Header = tuple[bytes, bytes]


class ItemVerdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one item of a batch; a fault says which rule it broke, and where."""

    verdict: Verdict
    event_id: UUID | None = None
    field: str = ""
    rule: str = ""
    message: str = ""


class Verdicts(msgspec.Struct, frozen=True):
    """What became of a request's events, in the order they were sent."""

    verdicts: list[ItemVerdict]


class Batch(msgspec.Struct, frozen=True):
    """Several events at once."""

    events: list[AnyEvent]


KNOWN = frozenset[Verdict](("stored", "duplicate"))

_encode = msgspec.json.Encoder().encode


@post(
    "/events",
    status_code=200,
    opt={**allow("listener", "service"), **reads(AnyEvent, Batch)},
    responses={
        200: ResponseSpec(Verdicts, description="all are stored or known"),
        207: ResponseSpec(Verdicts, description="some were refused"),
    },
)
async def post_events(request: Request[Any, Any, Any]) -> ASGIApp:
    """Store events; 200 when all are stored or known, 207 when some were refused.

    A single event that contradicts a stored one answers 409, one of a listener who left 410, a bad
    one 422.
    """
    service: Service = request.app.state.service
    body = await bodies.whole(request.receive, service.settings["body_limit_bytes"])
    kept, faults = await _read(service, body, request.user)
    noted = kept_faults.changes(faults, to_us(service.now())) if faults else ()
    verdicts = await answers.record(service, list(kept.values()), noted, intake=intake.SOURCE)
    items = verdicts_of(kept, verdicts)
    if not faults and all(verdict in KNOWN for verdict in verdicts):
        return _answer(200, items)
    service.metrics.refused(faults)
    for fault in faults:
        items[fault.position] = ItemVerdict("fault", None, fault.field, fault.rule, fault.message)
    if elements(body, "events") is None:
        raise _alone(items[0], faults)
    return _answer(207, items)


async def _read(service: Service, body: bytes, caller: Caller) -> tuple[Kept, list[Fault]]:
    """Decode a body; what this key may not report becomes a fault."""
    now = service.now()
    kept, faults = intake.read(body, now=now, known=service.catalogue.latest.number)
    if any(fault.rule == "unknown_item" for fault in faults):
        view = await service.read(service.catalogue.newest)
        kept, faults = intake.read(body, now=now, known=view.number)
    if caller.listener_id is not None:
        for position, event in list(kept.items()):
            if event.listener_id != caller.listener_id:
                message = "no listener of that id that this key reaches"
                rule = "unknown_listener"
                faults.append(Fault.at(intake.SOURCE, position, rule, message, "listener_id"))
                del kept[position]
    return kept, faults


def verdicts_of(kept: Kept, verdicts: list[Verdict]) -> dict[int, ItemVerdict]:
    """Return each kept event's verdict by its position."""
    return {
        position: ItemVerdict(verdict, event.event_id)
        for (position, event), verdict in zip(kept.items(), verdicts, strict=True)
    }


async def respond(send: Send, status: int, items: dict[int, ItemVerdict], *extra: Header) -> None:
    """Send the bare response: on this path even Litestar's own is a quarter of the cost."""
    content = _encode(Verdicts([items[position] for position in sorted(items)]))
    length = str(len(content)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


def _answer(status: int, items: dict[int, ItemVerdict]) -> ASGIApp:
    """Return the bare response as an application."""

    async def answer(_: Scope, __: Receive, send: Send) -> None:
        await respond(send, status, items)

    return answer


def _alone(item: ItemVerdict, faults: list[Fault]) -> Problem:
    """Return the problem a single event's refusal is."""
    if item.verdict == "conflict":
        detail = f"another event is stored under {item.event_id}; the first stands"
        return Problem(409, "conflict", detail)
    if item.verdict == "erased":
        return Problem(410, "erased", "this listener was erased; nothing of theirs is taken in")
    if item.rule == "unknown_listener":
        return Problem(404, "not-found", item.message, errors=faults)
    return Problem(422, "bad-event", item.message, errors=faults)


handlers = (post_events,)

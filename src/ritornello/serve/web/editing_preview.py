"""Editors' pages: what any listener would be shown of a pool, with what it would be drawn with. It is no decision."""

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Response

from ritornello.kinds.errors import BadValue
from ritornello.kinds.events import Device
from ritornello.serve import answers, moments, pools
from ritornello.serve.access import can_be_listener
from ritornello.serve.moments import Preview
from ritornello.serve.web import cards
from ritornello.serve.web.editing import DEVICES, LOOKS, of_pool, show_to_editors, zone_of
from ritornello.serve.web.editing_words import MADE, on_device
from ritornello.serve.web.pages import sayer
from ritornello.serve.web.shell import Asked, clock_of, service_of
from ritornello.serve.web.wording import sentence_case

N_OFFERED = 50
ListenerParameter = Annotated[str, QueryParameter(name="listener", max_length=64)]
TimeParameter = Annotated[str, QueryParameter(max_length=40)]


@get("/edit/pools/{name:str}/preview", opt=LOOKS)
async def edit_preview(
    request: Asked,
    name: FromPath[str],
    listener_id: ListenerParameter = "",
    *,
    device: FromQuery[Device] = "mobile",
    at: TimeParameter = "",
) -> Response[str]:
    """Ask for a listener, then show the list they would get now, or at the time typed."""
    service = service_of(request)
    version = await pools.current(service, name)
    wrong, previewed = "", None
    try:
        when = _when(request, at)
        if listener_id.strip():
            who = _listener(listener_id.strip())
            previewed = await moments.preview(service, version.stands, who, device=device, at=when)
    except BadValue as error:
        wrong = str(error)
    return await show_to_editors(
        request,
        "edit_preview.html",
        status=422 if wrong else 200,
        wrong=wrong,
        asked={"listener": listener_id, "device": device, "at": at},
        devices=[(each, sentence_case(on_device(each))) for each in DEVICES],
        listeners=await answers.listeners(service, N_OFFERED),
        previewed=previewed,
        rows=[] if previewed is None else await _rows(request, previewed),
        made="" if previewed is None else MADE[previewed.decision.rung],
        **of_pool(version),
    )


async def _rows(request: Asked, previewed: Preview) -> list[tuple[cards.Card, list[str], float]]:
    """Return each slot as a card, every reason of it in words, and its propensity."""
    service, decision = service_of(request), previewed.decision
    known = await answers.items(service, {slot.item_id for slot in decision.slots})
    profile = await answers.profile(service, decision.listener_id)
    say = await sayer(service, clock_of(service, profile)[0])
    shown = cards.cards_of(decision, decision.slots, known, profile.loved, say)
    slots = {slot.position: slot for slot in decision.slots}
    return [
        (
            card,
            [say(each) for each in slots[card.position].reasons],
            slots[card.position].propensity,
        )
        for card in shown
    ]


def _listener(text: str) -> str:
    if not can_be_listener(text):
        raise BadValue(f"no listener can be called {text!r}; an id looks like listener-1")
    return text


def _when(request: Asked, text: str) -> datetime | None:
    """Return the instant typed, in the service's zone; nothing for now."""
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValue(f"{text!r} is no date and time") from error
    return typed if typed.tzinfo else typed.replace(tzinfo=zone_of(request))

"""Radio: its stations, one of them, and the next tracks for the player that goes on without an end."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from ritornello.kinds.events import FreeText, ShortText
from ritornello.kinds.ids import ItemId
from ritornello.serve import answers, bodies, radios
from ritornello.serve.radios import OnAir, WantedRadio
from ritornello.serve.web import cards
from ritornello.serve.web.forms import Nothing, form_of
from ritornello.serve.web.pages import N_COLLAGE, collage, sayer
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import CSRF_HEADER, must_be_ours, visitor
from ritornello.serve.web.wording import RUNGS


class Begun(msgspec.Struct, frozen=True):
    """The fields of a form that begins a station."""

    seed: FreeText = ""
    intent: ShortText = ""


class Entry(msgspec.Struct, frozen=True):
    """One track as the player queues it."""

    item_id: ItemId
    title: str
    by: str
    surface: str
    duration_ms: int | None
    decision_id: str
    slot: dict[str, str | int]
    station: UUID
    start_ms: int = 0


class Entries(msgspec.Struct, frozen=True):
    """What the player queues next; none where the station has come to its end."""

    title: str
    ends: bool
    entries: tuple[Entry, ...]


@get("/radio", opt=ANYBODY)
async def stations(request: Asked) -> Response[str]:
    """Show where a radio can begin, and the stations begun last."""
    service, who = service_of(request), visitor(request)
    found, profile = await asyncio.gather(
        radios.lately(service, who), answers.profile(service, who)
    )
    now, tz = clock_of(service, profile)
    return await show(request, "stations.html", stations=found, now=now, tz=tz)


@post("/radio", opt=ANYBODY)
async def begin(request: Asked) -> Redirect:
    """Begin a station and lead to it."""
    who, begun = visitor(request), await form_of(request, Begun)
    wanted = WantedRadio(seed=begun.seed, intent=begun.intent, device="web")
    found = await radios.go_on(service_of(request), who, wanted)
    return Redirect(f"/radio/{found.station.station_id}", status_code=303)


@get("/radio/{station_id:uuid}", opt=ANYBODY)
async def station(request: Asked, station_id: FromPath[UUID]) -> Response[str]:
    """Show a station: what it plays now, and what it has played."""
    service, who = service_of(request), visitor(request)
    (on_air, aired), profile = await asyncio.gather(
        radios.heard_on(service, who, station_id), answers.profile(service, who)
    )
    known = await answers.items(service, {each.item_id for each in aired})
    now, tz = clock_of(service, profile)
    decision = on_air.decision
    rows: tuple[cards.Card, ...] = ()
    if decision is not None:
        say = await sayer(service, now)
        rows = cards.cards_of(decision, decision.slots, known, profile.loved, say)
    shown = {row.item_id for row in rows}
    before = [known[e.item_id] for e in aired if e.item_id in known and e.item_id not in shown]
    return await show(
        request,
        "radio.html",
        on_air=on_air,
        rows=rows,
        before=[(item, cards.credit(item)[0]) for item in before],
        cover=collage([each.item_id for each in aired[:N_COLLAGE]], known),
        made=RUNGS[decision.rung] if decision else "",
        now=now,
        tz=tz,
    )


@post("/radio/{station_id:uuid}/next", opt=ANYBODY)
async def turn_on(request: Asked, station_id: FromPath[UUID]) -> Redirect:
    """Go on to the next track of a station, where no script does."""
    who = visitor(request)
    await form_of(request, Nothing)
    await radios.go_on(service_of(request), who, WantedRadio(station=station_id, device="web"))
    return Redirect(f"/radio/{station_id}", status_code=303)


@post("/radio/next", opt=ANYBODY, status_code=200)
async def queue(request: Asked) -> Entries:
    """Hand the player the next tracks of a station, or of one that goes on from a list."""
    who = visitor(request)
    must_be_ours(request, request.headers.get(CSRF_HEADER))
    wanted = bodies.read(await request.body(), WantedRadio)
    wanted = msgspec.structs.replace(wanted, device="web")
    found = await radios.go_on(service_of(request), who, wanted)
    return Entries(found.title, found.pace.phase == "ended", await _entries(request, found))


async def _entries(request: Asked, found: OnAir) -> tuple[Entry, ...]:
    decision = found.decision
    if decision is None:
        return ()
    known: dict[str, Any] = await answers.items(
        service_of(request), [slot.item_id for slot in decision.slots]
    )
    shown = cards.cards_of(decision, decision.slots, known, set(), lambda _: "")
    return tuple(
        Entry(
            item_id=card.item_id,
            title=card.title,
            by=card.by,
            surface=card.surface,
            duration_ms=card.duration_ms,
            decision_id=card.decision_id,
            slot={"shelf": card.shelf, "position": card.position},
            station=found.station.station_id,
        )
        for card in shown
    )

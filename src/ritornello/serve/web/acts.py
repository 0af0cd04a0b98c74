"""What is said: acts, corrections, listens, impressions, choices.

Each becomes a real event through ``serve.answers.record``, durable before the answer. A plain form
is answered by a redirect to the page it stood on; htmx by the notice alone.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import post
from litestar.response import Redirect, Response

from ritornello.kinds import abouts
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.events import (
    CORRECTIONS,
    Act,
    ActKind,
    AnyEvent,
    BeganBecause,
    Context,
    EndedBecause,
    Impression,
    Listen,
    Milliseconds,
    Query,
    ShortText,
    SlotAddress,
)
from ritornello.kinds.ids import AboutId, ItemId, uuid7
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import Instant
from ritornello.listeners.preferences import write_preferences
from ritornello.serve import answers, bodies, histories
from ritornello.serve.web.forms import form_of, led_back
from ritornello.serve.web.shell import ANYBODY, Asked, notice_of, service_of, show
from ritornello.serve.web.signing_in import (
    CSRF_HEADER,
    must_be_ours,
    visitor,
    within,
)

CLIENT = "ritornello-web"
MOST_AT_ONCE = 500
AHEAD = timedelta(minutes=5)


class Heard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A listen as the player reports it; ``pace`` is how fast its simulated clock ran, ``position_ms`` where it began."""

    event_id: UUID
    item_id: ItemId
    started_at: Instant
    ended_at: Instant
    ms_played: Milliseconds
    began_because: BeganBecause
    ended_because: EndedBecause
    pace: float
    position_ms: Milliseconds = 0
    duration_ms: Milliseconds | None = None
    surface: ShortText = "unknown"
    decision_id: UUID | None = None
    slot: SlotAddress | None = None
    station: UUID | None = None


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slot that was in view: at least half of it, for at least a second."""

    event_id: UUID
    decision_id: UUID
    surface: ShortText
    slot: SlotAddress
    seen_at: Instant
    visible_ms: Milliseconds


class Typed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What had been typed when something found for it was opened or played."""

    event_id: UUID
    happened_at: Instant
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page has to report at once."""

    listens: tuple[Heard, ...] = ()
    impressions: tuple[Seen, ...] = ()
    queries: tuple[Typed, ...] = ()

    def __len__(self) -> int:
        return len(self.listens) + len(self.impressions) + len(self.queries)


class Said(msgspec.Struct, frozen=True):
    """The fields of the form that says something about an item."""

    act: ActKind
    about_id: AboutId
    surface: ShortText = "unknown"
    decision_id: UUID | None = None
    shelf: ShortText | None = None
    position: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    back: str = "/"


class Chosen(msgspec.Struct, frozen=True):
    """The fields of the form of preferences; a box that is not ticked sends nothing.

    A dial that is not sent is as the service has it.
    """

    exploration_budget: Annotated[float, msgspec.Meta(ge=0, le=0.5)] | None = None
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = ""
    allow_explicit: bool = False
    back: str = "/you"


class Turned(msgspec.Struct, frozen=True):
    """The field of the dial, and where it stood."""

    exploration_budget: Annotated[float, msgspec.Meta(ge=0, le=0.5)]
    back: str = "/"


@post("/acts", opt=ANYBODY)
async def act(request: Asked) -> Response[Any]:
    """Record a love, a ban, a snooze, a correction, or its undoing."""
    visitor(request)
    said = await form_of(request, Said)
    about = await say(request, said)
    if "HX-Request" not in request.headers:
        back = led_back(said.back, said=said.act, about=said.about_id)
        return Redirect(back, status_code=303)
    response = await show(request, "notice.html", told=notice_of(said.act, said.about_id, about))
    told = {"said": {"act": said.act, "about_id": said.about_id}}
    response.headers["HX-Trigger"] = msgspec.json.encode(told).decode()
    return response


async def say(request: Asked, said: Said) -> AnyItem | None:
    """Record an act of who looks at the page; return the item it is about, if it is about one.

    Raises
    ------
    NotFound : there is no such item, or this listener has no such listen.
    BadValue : the act cannot be about that.
    """
    about = await _about(request, said)
    now = service_of(request).now()
    event = Act(
        event_id=uuid7(now),
        listener_id=visitor(request),
        happened_at=now,
        surface=said.surface,
        device="web",
        client=CLIENT,
        decision_id=said.decision_id,
        slot=None if said.shelf is None else SlotAddress(said.shelf, said.position),
        act=said.act,
        about_id=said.about_id,
    )
    await answers.record(service_of(request), [event])
    return about


@post("/report", opt=ANYBODY, status_code=204)
async def report(request: Asked) -> None:
    """Record listens, impressions and settled searches; the same report again changes nothing."""
    who = visitor(request)
    must_be_ours(request, request.headers.get(CSRF_HEADER))
    reported = bodies.read(await request.body(), Report)
    if len(reported) > MOST_AT_ONCE:
        raise BadValue(f"a report holds at most {MOST_AT_ONCE} events; send it in parts")
    events: list[AnyEvent] = [_listen(who, heard) for heard in reported.listens]
    events += [_impression(who, seen) for seen in reported.impressions]
    events += [_query(who, typed) for typed in reported.queries]
    latest = service_of(request).now() + AHEAD
    if any(event.happened_at > latest for event in events):
        raise BadValue("an event lies in the future; set the clock of this device right")
    await _known(request, {heard.item_id for heard in reported.listens})
    if events:
        await answers.record(service_of(request), events)


@post("/preferences", opt=ANYBODY)
async def preferences(request: Asked) -> Redirect:
    """Keep a listener's choices; the region, which no page asks for, stays as it is."""
    who, chosen = visitor(request), await form_of(request, Chosen)
    service = service_of(request)
    before = (await answers.profile(service, who)).preferences
    wanted = msgspec.structs.replace(
        before,
        time_zone=chosen.time_zone or None,
        allow_explicit=chosen.allow_explicit,
        exploration_budget=chosen.exploration_budget,
    ).checked()
    await answers.change(service, lambda conn: write_preferences(conn, who, wanted))
    return Redirect(f"{within(chosen.back).partition('?')[0]}?kept=1", status_code=303)


@post("/dial", opt=ANYBODY)
async def dial(request: Asked) -> Redirect:
    """Keep how adventurous a listener wants their pages; all else they chose stays."""
    who, turned = visitor(request), await form_of(request, Turned)
    service = service_of(request)
    before = (await answers.profile(service, who)).preferences
    wanted = msgspec.structs.replace(before, exploration_budget=turned.exploration_budget)
    await answers.change(service, lambda conn: write_preferences(conn, who, wanted))
    return Redirect(within(turned.back).partition("?")[0], status_code=303)


async def _about(request: Asked, said: Said) -> AnyItem | None:
    about = abouts.parse(said.about_id)
    if about.kind == "item":
        return (await _known(request, [said.about_id]))[said.about_id]
    if said.act not in CORRECTIONS:
        raise BadValue(f"nobody can {said.act} {said.about_id!r}; name an item or an artist")
    if about.event_id is not None:
        await histories.listen(service_of(request), visitor(request), about.event_id)
    return None


async def _known(request: Asked, item_ids: Collection[ItemId]) -> dict[ItemId, AnyItem]:
    """Return the items of these ids.

    Raises
    ------
    NotFound : the catalogue does not know one of them.
    """
    known = await answers.items(service_of(request), item_ids)
    unknown = [item_id for item_id in item_ids if item_id not in known]
    if unknown:
        raise NotFound(f"the catalogue does not know {unknown[0]!r}; nothing was recorded")
    return known


def _listen(who: str, heard: Heard) -> Listen:
    return Listen(
        event_id=heard.event_id,
        listener_id=who,
        happened_at=heard.ended_at,
        surface=heard.surface,
        device="web",
        client=CLIENT,
        decision_id=heard.decision_id,
        slot=heard.slot,
        item_id=heard.item_id,
        started_at=heard.started_at,
        ms_played=heard.ms_played,
        position_ms=heard.position_ms,
        duration_ms=heard.duration_ms,
        began_because=heard.began_because,
        ended_because=heard.ended_because,
        context=_context(heard),
        attribution="stated" if heard.decision_id else "none",
        extra={"simulated_clock": heard.pace},
    )


def _context(heard: Heard) -> Context | None:
    if heard.station is not None:
        return Context("radio", str(heard.station))
    return Context("shelf", heard.slot.shelf) if heard.slot else None


def _impression(who: str, seen: Seen) -> Impression:
    return Impression(
        event_id=seen.event_id,
        listener_id=who,
        happened_at=seen.seen_at,
        surface=seen.surface,
        device="web",
        client=CLIENT,
        decision_id=seen.decision_id,
        slot=seen.slot,
        seen_at=seen.seen_at,
        visible_ms=seen.visible_ms,
    )


def _query(who: str, typed: Typed) -> Query:
    return Query(
        event_id=typed.event_id,
        listener_id=who,
        happened_at=typed.happened_at,
        surface="search",
        device="web",
        client=CLIENT,
        text=typed.text,
    )

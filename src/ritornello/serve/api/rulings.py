"""What editors rule: pins, blocks and boosts, with a reason and an end; withdrawn, never deleted."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath

from ritornello.catalog import rulings
from ritornello.catalog.rulings import Ruling, Strength
from ritornello.kinds.events import FreeText, ShortText, SlotAddress
from ritornello.kinds.ids import ItemId, uuid7
from ritornello.kinds.times import Instant
from ritornello.serve import answers, bodies
from ritornello.serve.access import allow
from ritornello.serve.document import reads
from ritornello.serve.service import Service


class WantedRuling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A pin (this item stands in this slot), a block (never this item, artist or show) or a boost (rather it than its like)."""

    verdict: Literal["pin", "block", "boost"]
    about_id: ItemId
    reason: Annotated[FreeText, msgspec.Meta(min_length=1)]
    surface: ShortText | None = None
    slot: SlotAddress | None = None
    strength: Strength = 1.0
    until_at: Instant | None = None


@get("/rulings", opt=allow("editor", "scientist", "service"))
async def list_rulings(request: Request[Any, Any, Any]) -> list[Ruling]:
    """Return the rulings in force, oldest first."""
    service: Service = request.app.state.service
    now = service.now()
    return await service.read(lambda conn: rulings.listed(conn, now))


@post("/rulings", opt={**allow("editor", "service"), **reads(WantedRuling)})
async def make_ruling(request: Request[Any, Any, Any]) -> Ruling:
    """Put a pin, a block or a boost in force; the next page obeys."""
    service: Service = request.app.state.service
    wanted, now = bodies.read(await request.body(), WantedRuling), service.now()
    ruling = Ruling(
        ruling_id=uuid7(now),
        verdict=wanted.verdict,
        about_id=wanted.about_id,
        made_at=now,
        by_role=request.user.role,
        reason=wanted.reason,
        surface=wanted.surface,
        slot=wanted.slot,
        strength=wanted.strength,
        until_at=wanted.until_at,
    )
    await answers.record(service, [], rulings.changes(ruling))
    return ruling


@delete("/rulings/{ruling_id:uuid}", opt=allow("editor", "service"))
async def withdraw_ruling(request: Request[Any, Any, Any], ruling_id: FromPath[UUID]) -> None:
    """End a ruling now."""
    service: Service = request.app.state.service
    now = service.now()
    await answers.change(service, lambda conn: rulings.withdraw(conn, ruling_id, at=now))


handlers = (list_rulings, make_ruling, withdraw_ruling)

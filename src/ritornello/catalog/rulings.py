"""What editors ruled: pins (this item stands here), blocks (never this item, or this artist) and boosts (rather this).

A ruling names a role, never a person. It is withdrawn, never deleted, so that what was in force on
any day can be told.
"""

import sqlite3
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.events import FreeText, ShortText, SlotAddress
from ritornello.kinds.ids import ItemId, kind_of
from ritornello.kinds.items import PLAYABLE_KINDS
from ritornello.kinds.times import Instant, to_us
from ritornello.store.database import Change

NAMEABLE_KINDS = (*PLAYABLE_KINDS, "artist", "show")
Strength = Annotated[float, msgspec.Meta(gt=0, le=4)]

_WRITE = """
INSERT INTO rulings (ruling_id, body, made_at_us, until_at_us) VALUES (?, ?, ?, ?)
ON CONFLICT (ruling_id) DO NOTHING
"""
_WITHDRAW = """
UPDATE rulings SET withdrawn_at_us = ? WHERE ruling_id = ? AND withdrawn_at_us IS NULL
"""
_IN_FORCE = """
SELECT body FROM rulings
WHERE made_at_us <= ?1 AND coalesce(until_at_us, ?1 + 1) > ?1
    AND coalesce(withdrawn_at_us, ?1 + 1) > ?1
ORDER BY made_at_us, ruling_id
"""


class Ruling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One pin, block or boost. ``surface`` none means everywhere, which a pin cannot be.

    ``slot`` is where a pin stands, ``strength`` how much a boost adds to what a shelf's objective reads;
    ``until_at`` is when the ruling ends by itself.
    """

    ruling_id: UUID
    verdict: Literal["pin", "block", "boost"]
    about_id: ItemId
    made_at: Instant
    by_role: Literal["editor", "service"]
    reason: Annotated[FreeText, msgspec.Meta(min_length=1)]
    surface: ShortText | None = None
    slot: SlotAddress | None = None
    strength: Strength = 1.0
    until_at: Instant | None = None


class Rulings(msgspec.Struct, frozen=True):
    """The rulings in force. ``blocked``: ids of items, artists and shows that may not be shown.

    Blocks and boosts of single surfaces and all pins appear once narrowed to a surface with ``on``.
    """

    blocked: frozenset[str] = frozenset()
    pins: tuple[Ruling, ...] = ()
    elsewhere: tuple[Ruling, ...] = ()
    boosts: tuple[Ruling, ...] = ()

    def on(self, surface: str) -> "Rulings":
        """Return what holds on one surface: its pins in order of position, every block and every boost there.

        Of two pins of one slot the later made stands; a blocked item is not pinned.
        """
        here = [ruling for ruling in self.elsewhere if ruling.surface == surface]
        blocks = {ruling.about_id for ruling in here if ruling.verdict == "block"}
        blocked = self.blocked | blocks
        pins = {
            (ruling.slot.shelf, ruling.slot.position): ruling
            for ruling in here
            if ruling.slot is not None and ruling.about_id not in blocked
        }
        lifted = (*self.boosts, *(ruling for ruling in here if ruling.verdict == "boost"))
        in_order = tuple(pins[place] for place in sorted(pins))
        return Rulings(blocked, in_order, self.elsewhere, lifted)


NO_RULINGS = Rulings()


def changes(ruling: Ruling) -> list[Change]:
    """Return the change that puts a ruling in force.

    Raises
    ------
    BadValue : a pin without surface and slot, anything else with a slot, or a kind it cannot be about.
    """
    kinds = PLAYABLE_KINDS if ruling.verdict == "pin" else NAMEABLE_KINDS
    if kind_of(ruling.about_id) not in kinds:
        message = f"a {ruling.verdict} is about {' or '.join(kinds)}, not {ruling.about_id!r}"
        raise BadValue(message)
    if ruling.verdict == "pin" and (ruling.surface is None or ruling.slot is None):
        raise BadValue("a pin needs a surface and a slot (shelf and position) to stand at")
    if ruling.verdict != "pin" and ruling.slot is not None:
        raise BadValue(
            f"a {ruling.verdict} has no slot; it holds for a whole surface, or everywhere"
        )
    body = msgspec.json.encode(ruling).decode()
    until_at_us = None if ruling.until_at is None else to_us(ruling.until_at)
    return [(_WRITE, [(ruling.ruling_id.bytes, body, to_us(ruling.made_at), until_at_us)])]


def withdraw(conn: sqlite3.Connection, ruling_id: UUID, *, at: datetime) -> None:
    """End a ruling now; it stays on record.

    Raises
    ------
    NotFound : no such ruling in force.
    """
    if conn.execute(_WITHDRAW, (to_us(at), ruling_id.bytes)).rowcount == 0:
        raise NotFound(f"no ruling {ruling_id} that could be withdrawn")


def listed(conn: sqlite3.Connection, now: datetime) -> list[Ruling]:
    """Return the rulings in force, oldest first."""
    rows = conn.execute(_IN_FORCE, (to_us(now),))
    return [msgspec.json.decode(body, type=Ruling) for (body,) in rows]


def in_force(conn: sqlite3.Connection, now: datetime) -> Rulings:
    """Return the rulings in force, arranged for serving."""
    found = listed(conn, now)
    everywhere = [ruling for ruling in found if ruling.surface is None]
    return Rulings(
        frozenset(ruling.about_id for ruling in everywhere if ruling.verdict == "block"),
        elsewhere=tuple(ruling for ruling in found if ruling.surface is not None),
        boosts=tuple(ruling for ruling in everywhere if ruling.verdict == "boost"),
    )

"""What an editor does by hand to one item of a pool: include, order, pin, block, boost, add, and take each back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.ids import ItemId
from ritornello.surfaces import pool_edits
from ritornello.surfaces.pools import ContradictoryPins, Pool, checked, made_of

HandAct = Literal[
    "include", "leave_out", "earlier", "later", "order", "add", "remove", "block", "unblock",
    "pin", "unpin", "boost", "unboost",
]  # fmt: skip


class Wanted(msgspec.Struct, frozen=True):
    """The fields of the form of one act by hand. ``after`` is the version it was made on.

    ``place`` counts from 1 as pages do; ``until`` is typed in the service's zone; ``order`` are ids parted by spaces; ``q``
    is what was searched for on the page it came from.
    """

    act: HandAct
    after: int
    about_id: ItemId = ""
    place: int | None = None
    factor: float | None = None
    reason: str = ""
    until: str = ""
    order: str = ""
    q: str = ""


def done(pool: Pool, wanted: Wanted, tz: ZoneInfo) -> Pool:
    """Return the pool after an act.

    Raises
    ------
    BadValue : what is wanted cannot be, or something is missing; the message names the field.
    NotFound : what should be taken back is not there.
    """
    if wanted.act == "pin":
        return _pinned(pool, wanted)
    if wanted.act == "boost":
        return _boosted(pool, wanted, tz)
    if wanted.act == "order":
        return _ordered(pool, wanted.order.split())
    return _BY_ID[wanted.act](pool, wanted.about_id)


def note(wanted: Wanted, named: str) -> str:
    """Return what a version says of the act that made it.

    Parameters
    ----------
    named : what the act is about, in words.
    """
    factor = "" if wanted.factor is None else f"{wanted.factor:g}"
    said = _NOTES[wanted.act].format(item=named, place=wanted.place, factor=factor)
    return said[:MOST_OF_A_NOTE]


def _pinned(pool: Pool, wanted: Wanted) -> Pool:
    if wanted.place is None:
        raise BadValue("place: say at which place it should stand, from 1")
    taken = {pin.position for pin in pool.pins if pin.item_id != wanted.about_id}
    if wanted.place - 1 in taken:
        raise ContradictoryPins(
            f"place: something is pinned to place {wanted.place}; unpin it first"
        )
    if wanted.place > pool.length:
        raise ContradictoryPins(f"place: a list has {pool.length} places, not {wanted.place}")
    row = {"item_id": wanted.about_id, "position": wanted.place - 1, "reason": _reason(wanted)}
    return _with_row(pool, "pins", "item_id", row)


def _boosted(pool: Pool, wanted: Wanted, tz: ZoneInfo) -> Pool:
    if wanted.factor is None:
        raise BadValue("factor: say how many times as likely it should be, from 0.1 to 10")
    try:
        typed = datetime.fromisoformat(wanted.until)
    except ValueError as error:
        raise BadValue("until: say when the boost ends, a date and a time") from error
    until_at = typed if typed.tzinfo else typed.replace(tzinfo=tz)
    row = {"about_id": wanted.about_id, "factor": wanted.factor, "reason": _reason(wanted)}
    return _with_row(pool, "boosts", "about_id", {**row, "until_at": until_at.isoformat()})


def _reason(wanted: Wanted) -> str:
    if not wanted.reason.strip():
        raise BadValue("reason: say why, in a few words; whoever comes after you will ask")
    return wanted.reason.strip()


def _with_row(pool: Pool, key: str, by: str, row: dict[str, Any]) -> Pool:
    """Return the pool with one pin or boost instead of the one of the same item, checked like a file."""
    values = msgspec.to_builtins(pool)
    others = [each for each in values.get(key, ()) if each[by] != row[by]]
    return made_of({**values, key: [*others, row]}, pool.name)


def _ordered(pool: Pool, item_ids: list[str]) -> Pool:
    if sorted(item_ids) != sorted(pool.must_include):
        raise BadValue("order: these are no longer the items that must be included")
    return replace(pool, must_include=tuple(item_ids))


def _moved(pool: Pool, item_id: ItemId, step: int) -> Pool:
    """Let an item change places with its neighbour among what must be included."""
    if item_id not in pool.must_include:
        raise NotFound(f"{item_id} is not among what must be included")
    ids, place = list(pool.must_include), pool.must_include.index(item_id)
    other = min(max(place + step, 0), len(ids) - 1)
    ids[place], ids[other] = ids[other], ids[place]
    return replace(pool, must_include=tuple(ids))


def _earlier(pool: Pool, item_id: ItemId) -> Pool:
    return _moved(pool, item_id, -1)


def _later(pool: Pool, item_id: ItemId) -> Pool:
    return _moved(pool, item_id, 1)


def _added(pool: Pool, item_id: ItemId) -> Pool:
    by_hand = tuple(dict.fromkeys((*pool.by_hand, item_id)))
    return checked(replace(pool, by_hand=by_hand), pool.name)


def _removed(pool: Pool, item_id: ItemId) -> Pool:
    kept = tuple(each for each in pool.by_hand if each != item_id)
    if len(kept) == len(pool.by_hand):
        raise NotFound(f"{item_id} was not added by hand")
    return checked(replace(pool, by_hand=kept), pool.name)


MOST_OF_A_NOTE = 1000
_BY_ID: dict[HandAct, Callable[[Pool, ItemId], Pool]] = {
    "include": pool_edits.include,
    "leave_out": pool_edits.leave_out,
    "earlier": _earlier,
    "later": _later,
    "add": _added,
    "remove": _removed,
    "block": pool_edits.block,
    "unblock": pool_edits.unblock,
    "unpin": pool_edits.unpin,
    "unboost": pool_edits.unboost,
}
_NOTES: dict[HandAct, str] = {
    "include": "{item} stands on every list",
    "leave_out": "{item} need not stand on every list",
    "earlier": "{item} moved up",
    "later": "{item} moved down",
    "order": "what must be included in another order",
    "add": "{item} added by hand",
    "remove": "{item} no longer added by hand",
    "block": "{item} blocked",
    "unblock": "{item} no longer blocked",
    "pin": "{item} pinned to place {place}",
    "unpin": "{item} no longer pinned",
    "boost": "{item} weighs {factor} times as much",
    "unboost": "{item} no longer boosted",
}

"""One change to a pool at a time, as an editor makes it: pin, block, boost, include, and take each back.

Each returns another pool, checked like one that was written by hand.
"""

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from ritornello.kinds.errors import NotFound
from ritornello.surfaces.pools import Boost, Pin, Pool, checked

T = TypeVar("T")


def pin(pool: Pool, wanted: Pin) -> Pool:
    """Let an item stand at a place of every list; it leaves the place it was pinned to.

    Raises
    ------
    ContradictoryPins : another stands there, or it is blocked.
    """
    others = tuple(each for each in pool.pins if each.item_id != wanted.item_id)
    return checked(replace(pool, pins=(*others, wanted)), pool.name)


def unpin(pool: Pool, item_id: str) -> Pool:
    """Let an item stand where it may again. Raises NotFound where it is not pinned."""
    kept = tuple(each for each in pool.pins if each.item_id != item_id)
    return replace(pool, pins=_fewer(pool.pins, kept, f"{item_id} is not pinned"))


def include(pool: Pool, item_id: str) -> Pool:
    """Let an item stand on every list."""
    return checked(replace(pool, must_include=_with(pool.must_include, item_id)), pool.name)


def leave_out(pool: Pool, item_id: str) -> Pool:
    """Let an item stand on the list only as chance and taste have it. Raises NotFound where it need not stand."""
    kept = tuple(each for each in pool.must_include if each != item_id)
    message = f"{item_id} is not among what must be included"
    return replace(pool, must_include=_fewer(pool.must_include, kept, message))


def block(pool: Pool, about_id: str) -> Pool:
    """Let an item, or anything by an artist or of a show, never stand on the list.

    Raises
    ------
    ContradictoryPins : it is pinned, or must be included.
    """
    return checked(replace(pool, blocks=_with(pool.blocks, about_id)), pool.name)


def unblock(pool: Pool, about_id: str) -> Pool:
    """Take a block back. Raises NotFound where there is none."""
    kept = tuple(each for each in pool.blocks if each != about_id)
    return replace(pool, blocks=_fewer(pool.blocks, kept, f"{about_id} is not blocked"))


def boost(pool: Pool, wanted: Boost) -> Pool:
    """Put a factor on the weight of an item, an artist or a show; a boost there was gives way."""
    others = tuple(each for each in pool.boosts if each.about_id != wanted.about_id)
    return checked(replace(pool, boosts=(*others, wanted)), pool.name)


def unboost(pool: Pool, about_id: str) -> Pool:
    """Take a boost back. Raises NotFound where there is none."""
    kept = tuple(each for each in pool.boosts if each.about_id != about_id)
    return replace(pool, boosts=_fewer(pool.boosts, kept, f"{about_id} is not boosted"))


def _with(ids: Sequence[str], item_id: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*ids, item_id)))


def _fewer(before: tuple[T, ...], kept: tuple[T, ...], message: str) -> tuple[T, ...]:
    if len(kept) == len(before):
        raise NotFound(message)
    return kept

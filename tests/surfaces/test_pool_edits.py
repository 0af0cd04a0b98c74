"""One change at a time, checked like what was written by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ritornello.kinds.errors import NotFound
from ritornello.surfaces import pool_edits
from ritornello.surfaces.pools import Boost, ContradictoryPins, Pin, Pool

RAIN = Pool(name="rain", title="Rain", brief="Wet.", intent="focus", by_hand=("track:a", "track:b"))
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def pin(item_id: str, position: int) -> Pin:
    return Pin(item_id=item_id, position=position, reason="Because.")


def test_a_pin_moves_with_its_item_and_contradicts_another_at_its_place() -> None:
    moved = pool_edits.pin(pool_edits.pin(RAIN, pin("track:a", 0)), pin("track:a", 4))
    assert [(each.item_id, each.position) for each in moved.pins] == [("track:a", 4)]
    with pytest.raises(ContradictoryPins):
        pool_edits.pin(moved, pin("track:b", 4))
    assert pool_edits.unpin(moved, "track:a") == RAIN


def test_what_is_blocked_cannot_be_made_to_stand_nor_the_other_way_round() -> None:
    blocked = pool_edits.block(RAIN, "track:a")
    with pytest.raises(ContradictoryPins):
        pool_edits.include(blocked, "track:a")
    with pytest.raises(ContradictoryPins):
        pool_edits.block(pool_edits.include(RAIN, "track:a"), "track:a")
    assert pool_edits.block(blocked, "track:a") == blocked
    assert pool_edits.unblock(blocked, "track:a") == RAIN
    assert pool_edits.leave_out(pool_edits.include(RAIN, "track:b"), "track:b") == RAIN


def test_a_boost_gives_way_to_a_later_one() -> None:
    first = Boost(about_id="artist:a", factor=2.0, reason="Tour.", until_at=UNTIL)
    later = Boost(about_id="artist:a", factor=4.0, reason="Prize.", until_at=UNTIL)
    both = pool_edits.boost(pool_edits.boost(RAIN, first), later)
    assert both.boosts == (later,)
    assert pool_edits.unboost(both, "artist:a") == RAIN


@pytest.mark.parametrize("back", ["unpin", "leave_out", "unblock", "unboost"])
def test_what_is_not_there_cannot_be_taken_back(back: Any) -> None:
    with pytest.raises(NotFound, match="track:a is not"):
        getattr(pool_edits, back)(RAIN, "track:a")

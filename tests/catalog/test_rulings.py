"""Pins, blocks and boosts hold where and as long as they say."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ritornello.catalog import rulings
from ritornello.catalog.rulings import NO_RULINGS, Ruling
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.events import SlotAddress

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def ruling(number, about_id, **other):
    stated = {"verdict": "block", "made_at": NOW, "by_role": "editor", "reason": "because"} | other
    return Ruling(ruling_id=UUID(int=number), about_id=about_id, **stated)


def pin(number, about_id, position, **other):
    slot = SlotAddress(shelf="popular", position=position)
    return ruling(number, about_id, **{"verdict": "pin", "surface": "home", "slot": slot} | other)


def in_force(shelf, *found, at=NOW):
    for one in found:
        shelf.put(rulings.changes(one))
    return rulings.in_force(shelf.conn, at)


def test_a_block_holds_everywhere_or_on_its_surface(shelf):
    found = in_force(
        shelf, ruling(1, "track:a"), ruling(2, "artist:b"), ruling(3, "track:c", surface="home")
    )
    assert found.blocked == {"track:a", "artist:b"}
    assert found.on("home").blocked == {"track:a", "artist:b", "track:c"}
    assert found.on("radio").blocked == {"track:a", "artist:b"}


def test_pins_stand_in_order_and_the_later_takes_the_slot(shelf):
    found = in_force(
        shelf,
        pin(1, "track:b", 4),
        pin(2, "track:a", 0),
        pin(3, "track:c", 4, made_at=NOW + timedelta(seconds=1)),
        at=NOW + DAY,
    )
    assert [p.about_id for p in found.on("home").pins] == ["track:a", "track:c"]
    assert found.on("radio").pins == ()


@pytest.mark.parametrize("where", [{}, {"surface": "home"}])
def test_a_blocked_item_is_not_pinned(shelf, where):
    found = in_force(shelf, pin(1, "track:a", 0), ruling(2, "track:a", **where))
    assert found.on("home").pins == ()


def test_a_boost_holds_everywhere_or_on_its_surface_and_blocks_nothing(shelf):
    boosts = [
        ruling(1, "artist:a", verdict="boost", strength=2.0),
        ruling(2, "track:b", verdict="boost", surface="home"),
    ]
    found = in_force(shelf, *boosts)
    assert found.blocked == found.on("home").blocked == frozenset()
    assert [(b.about_id, b.strength) for b in found.on("home").boosts] == [
        ("artist:a", 2.0),
        ("track:b", 1.0),
    ]
    assert [b.about_id for b in found.on("radio").boosts] == ["artist:a"]
    with pytest.raises(BadValue, match="has no slot"):
        rulings.changes(pin(3, "track:a", 0, verdict="boost"))


def test_a_ruling_ends_by_itself_and_begins_when_made(shelf):
    found = ruling(1, "track:a", until_at=NOW + DAY)
    assert in_force(shelf, found).blocked == {"track:a"}
    assert rulings.in_force(shelf.conn, NOW + DAY) == NO_RULINGS
    assert rulings.in_force(shelf.conn, NOW - DAY) == NO_RULINGS


def test_a_withdrawn_ruling_is_on_record_for_its_time(shelf):
    in_force(shelf, ruling(1, "track:a"))
    rulings.withdraw(shelf.conn, UUID(int=1), at=NOW + DAY)
    assert rulings.in_force(shelf.conn, NOW).blocked == {"track:a"}
    assert rulings.in_force(shelf.conn, NOW + DAY) == NO_RULINGS
    with pytest.raises(NotFound):
        rulings.withdraw(shelf.conn, UUID(int=1), at=NOW + 2 * DAY)
    with pytest.raises(NotFound):
        rulings.withdraw(shelf.conn, UUID(int=9), at=NOW)


def test_a_ruling_comes_back_as_it_went(shelf):
    stated = pin(1, "episode:e", 2, until_at=NOW + DAY)
    in_force(shelf, stated)
    in_force(shelf, stated)
    assert rulings.listed(shelf.conn, NOW) == [stated]


@pytest.mark.parametrize(
    "bad",
    [
        pin(1, "artist:a", 0),
        pin(1, "track:a", 0, surface=None),
        pin(1, "track:a", 0, slot=None),
        ruling(1, "playlist:p"),
        ruling(1, "album:a"),
        ruling(1, "track:a", surface="home", slot=SlotAddress(shelf="popular", position=0)),
    ],
)
def test_what_cannot_be_meant_is_refused(bad):
    with pytest.raises(BadValue):
        rulings.changes(bad)

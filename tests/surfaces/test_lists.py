from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ritornello.surfaces import discover_weekly
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms, is_listed, readable
from ritornello.surfaces.recipes import load

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def at(service, listener):
    def at(moment):
        profile = msgspec.structs.replace(listener, at=moment)
        return service.situation(profile, "discover_weekly")

    return at


@pytest.fixture
def two_weeks(service, store, at):
    terms = Terms(load("discover_weekly"), Ladder(lambda: 0.0), 5)
    for week in range(2):
        situation = at(MONDAY + timedelta(weeks=week))
        discover_weekly.current(store.conn, store.writer, situation, terms)
    return store.conn


def test_a_list_is_readable_from_its_first_instant_for_four_weeks(two_weeks, at):
    def periods(moment):
        return [each.period for each in readable(two_weeks, at(moment))]

    second = timedelta(seconds=1)
    assert periods(MONDAY - second) == []
    assert periods(MONDAY) == ["2026-W48"]
    assert periods(MONDAY + timedelta(weeks=1)) == ["2026-W49", "2026-W48"]
    assert periods(MONDAY + timedelta(weeks=4) - second) == ["2026-W49", "2026-W48"]
    assert periods(MONDAY + timedelta(weeks=4)) == ["2026-W49"]
    assert periods(MONDAY + timedelta(weeks=5)) == []


def test_a_week_is_listed_when_it_or_a_later_one_is(two_weeks, at):
    situation = at(MONDAY)
    assert is_listed(two_weeks, situation, "2026-W48")
    assert is_listed(two_weeks, situation, "2026-W47")
    assert not is_listed(two_weeks, situation, "2026-W50")


def test_what_may_no_longer_be_shown_is_left_out_of_every_list(two_weeks, service, listener):
    whole = readable(two_weeks, service.situation(
        msgspec.structs.replace(listener, at=MONDAY), "discover_weekly"))[0]  # fmt: skip
    gone = whole.slots[0].item_id
    marks = {(gone, "feeling"): -1}
    banned = msgspec.structs.replace(listener, at=MONDAY, marks=marks)
    shorter = readable(two_weeks, service.situation(banned, "discover_weekly"))[0]
    assert [slot.item_id for slot in shorter.slots] == [s.item_id for s in whole.slots[1:]]
    assert shorter.decision == whole.decision

"""What was shown and passed over stands back; what was played since does not."""

from datetime import timedelta
from itertools import permutations

import msgspec
import numpy as np
import pytest

from ritornello.kinds.ids import uuid7
from ritornello.store.appending import reduce
from ritornello.surfaces import home
from ritornello.surfaces.recipes import load
from ritornello.surfaces.showings import (
    HALF_LIFE_DAYS,
    N_DAYS,
    discounted,
    exposure,
    recall,
    remember,
)
from ritornello.surfaces.sources import Candidates, same
from ritornello.testing.small_service import profile_of, track_id

RECIPE = load("home")


@pytest.fixture
def page(service, listener):
    return home.personal(service.situation(listener), RECIPE)


@pytest.fixture
def conn(service):
    service.conn.execute("BEGIN")
    yield service.conn
    service.conn.execute("ROLLBACK")


def later(page, **step):
    at = page.made_at + timedelta(**step)
    slots = page.slots[at.hour : at.hour + 20]
    return msgspec.structs.replace(page, decision_id=uuid7(at), made_at=at, slots=slots)


def test_the_last_page_of_each_day_is_remembered_in_any_order(conn, page):
    pages = [page, later(page, hours=3), later(page, hours=9), later(page, days=1)]
    for order in permutations(pages):
        conn.execute("DELETE FROM showings")
        for each in order:
            reduce(conn, [each], [remember])
        shown = recall(conn, page.listener_id, "home")
        assert {day: len(ids) for day, ids in shown.items()} == {"2026-11-21": 20, "2026-11-22": 20}
        assert shown["2026-11-21"] == [slot.item_id for slot in pages[2].slots]


def test_memory_does_not_grow(conn, page):
    reduce(conn, [later(page, days=n) for n in range(3 * N_DAYS)], [remember])
    assert len(recall(conn, page.listener_id, "home")) == N_DAYS


def test_the_day_is_the_listeners_own(conn, page):
    reduce(conn, [msgspec.structs.replace(page, time_zone="Pacific/Auckland")], [remember])
    assert set(recall(conn, page.listener_id, "home")) == {"2026-11-22"}


def test_lists_of_a_period_are_not_remembered(page):
    assert list(remember([msgspec.structs.replace(page, period="2026-W47")])) == []


def test_exposure_fades_and_today_and_what_was_played_do_not_count(service):
    passed, played, skipped = track_id(0, 0), track_id(6, 0), track_id(12, 0)
    profile = profile_of([played], service.now)
    today = service.now.date()

    def shown(n_days, *item_ids):
        return {str(today - timedelta(days=n_days)): list(item_ids)}

    def at(showings, item_id):
        view = service.stock.view
        own = service.situation(profile).own
        return exposure(showings, view, own, today)[view.number[item_id]]

    assert at(shown(0, passed), passed) == 0
    assert at(shown(1, passed), passed) == 1
    assert at(shown(4, passed), passed) == pytest.approx(2 ** (-3 / HALF_LIFE_DAYS))
    assert at(shown(1, passed) | shown(4, passed), passed) == pytest.approx(1.5)
    assert at(shown(N_DAYS + 1, passed), passed) == 0
    assert at(shown(1, played, skipped), played) == 0
    assert at(shown(1, played, skipped), skipped) == 1
    assert at(shown(1, "track:gone"), passed) == 0


def test_what_was_passed_over_falls_by_spreads_and_the_rest_keeps_its_order():
    candidates = Candidates(
        "s", np.array([3, 1, -1, 2], np.int32), np.array([4.0, 3.0, 2.0, 1.0]), list
    )
    shown = np.zeros(5)
    shown[3] = 2.0
    found = discounted(candidates, shown, 1.0, n=4)
    spread = candidates.scores.std()
    assert found.rows.tolist() == [1, -1, 3, 2]
    assert found.scores.tolist() == pytest.approx([3.0, 2.0, 4.0 - 2 * spread, 1.0])
    assert found.reasons(np.array([2])) == [0]
    assert discounted(candidates, shown, 0.0, n=4) is candidates
    assert discounted(candidates, np.zeros(5), 1.0, n=4) is candidates


def test_tomorrow_shows_less_of_the_same_and_the_same_page_stays_all_day(service, ladder, listener):
    def decide(profile, shown):
        situation = service.situation(profile)
        before = home.Before(shown)
        return home.decide(
            situation, RECIPE, ladder, remembered=lambda: None, counted=list, before=before
        )

    first = decide(listener, {})
    ids = [slot.item_id for slot in first.slots]
    assert decide(listener, {"2026-11-21": ids}).slots == first.slots
    tomorrow = msgspec.structs.replace(listener, at=listener.at + timedelta(days=1))
    resting = decide(tomorrow, {"2026-11-21": ids})
    twice = {slot.item_id for slot in resting.slots} & set(ids)
    always = {slot.item_id for slot in decide(tomorrow, {}).slots} & set(ids)
    assert len(twice) < 0.75 * len(always)


def test_reasons_stay_with_their_items():
    candidates = Candidates(
        "s", np.array([0, 1], np.int32), np.array([2.0, 1.0]), lambda p: [("a", "b")[n] for n in p]
    )
    assert candidates.scored(np.array([0.0, 1.0])).reasons(np.array([0, 1])) == ["b", "a"]
    assert same(("x",), np.array([0])) == [("x",)]

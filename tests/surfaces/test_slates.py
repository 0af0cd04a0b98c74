import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.decisions import Reason
from ritornello.policies.replay import probability
from ritornello.surfaces.recipes import ShelfShape
from ritornello.surfaces.slates import Slate, rank_in_group, shortlist
from ritornello.surfaces.sources import Candidates
from ritornello.testing.small_service import profile_of, track_id

WHY = (Reason("popular", 1.0),)


def shape(**changed):
    usual = {"name": "a", "title": "A", "length": 4, "shortlist": 10, "per_artist": 1}
    return ShelfShape(**usual | changed)


def candidates(service, *pairs):
    """Tracks given as (artist, track), best first, with scores n, n − 1, …"""
    rows = service.stock.view.rows(track_id(a, t) for a, t in pairs)
    scores = np.arange(len(rows), 0, -1, dtype=np.float32)
    return Candidates("blend", rows, scores, lambda places: [WHY] * len(places))


@pytest.fixture
def slate(service, listener):
    return Slate(service.situation(listener), np.random.default_rng(0))


def shown(slate, name="a"):
    return [slot.item_id for slot in slate.slots if slot.shelf == name]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_rank_in_group_counts_earlier_ones_of_the_same_key(keys):
    expected = [keys[:k].count(key) for k, key in enumerate(keys)]
    assert rank_in_group(np.array(keys, dtype=np.int64)).tolist() == expected


def test_an_artist_has_one_place_in_the_shortlist(service, slate):
    slate.add(shape(), candidates(service, (1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (4, 1)))
    assert shown(slate) == [track_id(1, 1), track_id(2, 1), track_id(3, 1), track_id(4, 1)]
    assert [c.item_id for c in slate.shelves[0].shortlist] == shown(slate)


def test_a_shelf_that_could_not_be_filled_takes_the_best_of_the_others(service, slate):
    slate.add(shape(), candidates(service, (1, 1), (1, 2), (2, 1), (1, 3), (2, 2)))
    assert sorted(shown(slate)) == sorted(
        [track_id(1, 1), track_id(2, 1), track_id(1, 2), track_id(1, 3)]
    )


def test_what_stands_on_one_shelf_is_closed_to_the_next(service, slate):
    same = candidates(service, *[(a, 1) for a in range(1, 9)])
    slate.add(shape(), same)
    slate.add(shape(name="b"), same)
    assert shown(slate, "b") == [track_id(a, 1) for a in range(5, 9)]
    assert {c.item_id for c in slate.shelves[1].shortlist}.isdisjoint(shown(slate))


def test_the_second_shelf_of_a_name_is_numbered(service, slate):
    for start in (1, 11, 21):
        slate.add(shape(), candidates(service, *[(a, 1) for a in range(start, start + 4)]))
    assert [s.name for s in slate.shelves] == ["a", "a_2", "a_3"]


def test_a_row_named_twice_is_shown_once(service, slate):
    slate.add(shape(), candidates(service, (1, 1), (1, 1), (2, 1), (2, 1)))
    assert shown(slate) == [track_id(1, 1), track_id(2, 1)]


def test_a_shelf_on_which_nothing_may_stand_is_left_out(service, slate):
    slate.add(shape(), candidates(service, (0, 1)))
    assert slate.shelves == []
    assert slate.slots == []


def test_only_what_is_among_the_wanted_is_shown(service, listener):
    among = np.zeros(len(service.stock.view), dtype=bool)
    among[service.stock.view.number[track_id(3, 1)]] = True
    slate = Slate(service.situation(listener), np.random.default_rng(0), among)
    slate.add(shape(), candidates(service, (1, 1), (3, 1)))
    assert shown(slate) == [track_id(3, 1)]


def test_an_exploring_shelf_logs_the_weights_it_drew_from(service, slate):
    pairs = [(a, 1) for a in range(1, 11)]
    slate.add(shape(policy="plackett_luce(budget=0.5)"), candidates(service, *pairs))
    shelf = slate.shelves[0]
    assert shelf.policy == "plackett_luce(budget=0.1,temperature=1.0,floor=0.0)"
    spread = np.arange(10, 0, -1).std()
    expected = np.exp((np.arange(10, 0, -1) - 10) / spread)
    np.testing.assert_allclose([c.weight for c in shelf.shortlist], expected)


def test_a_reason_is_given_where_nothing_speaks_for_an_item(service, slate):
    silent = candidates(service, (1, 1), (2, 1))
    silent = Candidates("blend", silent.rows, silent.scores, lambda places: [()] * len(places))
    slate.add(shape(), silent)
    assert {r.kind for slot in slate.slots for r in slot.reasons} == {"exploring"}


def test_the_shortlist_is_bounded(service, listener):
    situation = service.situation(listener)
    many = candidates(service, *[(a, 1) for a in range(1, 50)])
    assert len(shortlist(shape(shortlist=10), many, situation, situation.allowed)) == 10


def test_every_propensity_of_every_draw_is_the_one_that_replays(service, listener):
    from ritornello.kinds.decisions import Decision
    from ritornello.kinds.ids import uuid7

    for seed in range(50):
        slate = Slate(service.situation(listener, budget=0.4), np.random.default_rng(seed))
        pairs = [(a, 1) for a in range(1, 30)]
        slate.add(shape(policy="plackett_luce", shortlist=25), candidates(service, *pairs))
        decision = Decision(
            decision_id=uuid7(service.now), listener_id="listener-1", surface="home",
            made_at=service.now, shelves=tuple(slate.shelves), slots=tuple(slate.slots),
            rung="personal", policy_version="1", model_version="m", recipe_hash="h",
        )  # fmt: skip
        logged = [slot.propensity for slot in slate.slots]
        np.testing.assert_allclose(probability(decision), logged, atol=1e-9)


def test_the_familiar_takes_no_more_than_its_share_of_a_shelf(service):
    heard = [(1, 1), (2, 1), (3, 1), (4, 1)]
    listener = profile_of([track_id(a, t) for a, t in heard], service.now)
    situation = service.situation(listener)
    offered = candidates(service, *heard, (5, 1), (6, 1), (7, 1), (8, 1))
    slate = Slate(situation, np.random.default_rng(0))
    slate.add(shape(familiar_share=0.5), offered)
    assert shown(slate) == [track_id(a, 1) for a in (1, 2, 5, 6)]
    only_familiar = candidates(service, *heard)
    slate = Slate(situation, np.random.default_rng(0))
    slate.add(shape(familiar_share=0.5), only_familiar)
    assert sorted(shown(slate)) == sorted(track_id(a, t) for a, t in heard)

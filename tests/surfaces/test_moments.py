"""A moment's list: the pool's, the listener's, in an order, replayable, and never what the rules close."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritornello.catalog.rulings import NO_RULINGS, Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.listeners.preferences import Preferences
from ritornello.policies.replay import probability
from ritornello.surfaces import moments
from ritornello.surfaces.moment_lists import N_BEST, N_SHORTLIST, Asked
from ritornello.surfaces.pools import Boost, Pin, Pool, Rule
from ritornello.surfaces.situation import stock_of
from ritornello.testing.small_service import artist_id, profile_of, track_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SMALL = tuple(track_id(artist, track) for artist in range(12) for track in (2, 3, 4))
LARGE = tuple(track_id(artist, track) for artist in range(60) for track in range(8))


def pool_of(by_hand: tuple[str, ...] = SMALL, **more: Any) -> Pool:
    known = {"name": "rain", "title": "Rain", "brief": "Wet.", "intent": "focus", "length": 10}
    return Pool(**{**known, "by_hand": by_hand, **more})


def items(decision: Any) -> list[str]:
    return [slot.item_id for slot in decision.slots]


@pytest.fixture
def decide(service: Any, ladder: Any, listener: Any) -> Callable[..., Any]:
    def decided(pool: Pool, profile: Any = listener, **more: Any) -> Any:
        earlier, counted = more.pop("earlier", None), more.pop("counted", list)
        asked = Asked(service.situation(profile, "moments", **more), pool)
        return moments.decide(asked, ladder, remembered=lambda: earlier, counted=counted)

    return decided


@pytest.mark.parametrize("by_hand", [SMALL, LARGE], ids=["small", "large"])
def test_a_list_replays_from_its_own_record(decide: Any, by_hand: Any) -> None:
    decision = decide(pool_of(by_hand, arc=(0.2, 0.8), must_include=(SMALL[5],), spacing=2))
    assert decision.rung == "personal", decision.rung_because
    assert [slot.position for slot in decision.slots] == list(range(10))
    assert set(items(decision)) <= set(by_hand)
    logged = [slot.propensity for slot in decision.slots]
    np.testing.assert_allclose(probability(decision), logged, atol=1e-12)
    (shelf,) = decision.shelves
    assert shelf.intent == "focus"
    assert len(shelf.shortlist) == min(len(by_hand) - 1, N_SHORTLIST)
    assert shelf.explored <= shelf.budget == 0.5


def test_every_item_has_its_share_however_little_it_fits(decide: Any) -> None:
    weights = [each.weight for each in decide(pool_of()).shelves[0].shortlist]
    assert min(weights) >= 0.099 * np.mean(weights)


def test_a_list_stands_until_something_is_heard(decide: Any, service: Any, listener: Any) -> None:
    pool = pool_of(LARGE)
    first = decide(pool)
    later = replace(listener, at=listener.at + timedelta(hours=3))
    assert decide(pool, later, earlier=first) == first
    skipped = replace(
        listener, plays={**listener.plays, LARGE[9]: replace(next(iter(listener.plays.values())))}
    )
    banned = replace(listener, marks={(items(first)[0], "ban"): 1})
    for changed in (
        replace(listener, at=listener.at + timedelta(days=1)),
        skipped,
        banned,
        replace(listener, preferences=Preferences(exploration_budget=0.2)),
    ):
        again = decide(pool, changed, earlier=first)
        assert again.decision_id != first.decision_id
        assert items(again) != items(first)
    assert items(first)[0] not in items(decide(pool, banned, earlier=first))
    louder = replace(pool, title="Heavy rain")
    assert decide(louder, earlier=first).decision_id != first.decision_id
    assert items(decide(pool)) == items(first)


def test_a_list_made_again_by_the_same_chances_is_the_same(service: Any, decide: Any) -> None:
    first = decide(pool_of(LARGE))
    tomorrow = replace(service.listener(6), at=NOW + timedelta(days=1))
    situation = service.situation(tomorrow, "moments")
    again = moments.personal(Asked(situation, pool_of(LARGE), first.seed), lambda: first)
    assert again.seed == first.seed
    assert len(set(items(again)) & set(items(first))) >= 8


def test_the_day_begins_at_five(decide: Any, listener: Any) -> None:
    def seed(hour: int) -> str:
        return decide(pool_of(), replace(listener, at=NOW.replace(hour=hour, day=22))).seed

    assert seed(1) == decide(pool_of(), replace(listener, at=NOW.replace(hour=23))).seed
    assert seed(6) != seed(4)


def test_pins_and_what_must_be_stand_for_sure_at_their_places(service: Any, decide: Any) -> None:
    ruled = Ruling(
        ruling_id=uuid7(NOW), verdict="pin", about_id=SMALL[7], made_at=NOW, by_role="editor",
        reason="A debut.", surface="moments", slot=SlotAddress("rain", 1),
    )  # fmt: skip
    pool = pool_of(
        pins=(
            Pin(item_id=SMALL[3], position=9, reason="It ends well."),
            Pin(item_id=SMALL[7], position=4, reason="Not here: a ruling stands before it."),
        ),
        must_include=(SMALL[0], SMALL[3]),
    )
    stock = service.stock_with(rulings=Rulings(elsewhere=(ruled,)), bundle=service.bundle)
    decision = decide(pool, stock=stock)
    sure = {s.position: s.item_id for s in decision.slots if s.source == "editors_pin"}
    assert sure == {1: SMALL[7], 5: SMALL[0], 9: SMALL[3]}
    assert all(s.propensity == 1 for s in decision.slots if s.position in sure)
    notes = {s.position: s.reasons[0].note for s in decision.slots if s.position in sure}
    assert notes == {1: "A debut.", 5: None, 9: "It ends well."}
    np.testing.assert_allclose(probability(decision), [s.propensity for s in decision.slots])


def test_a_pin_made_since_ends_a_list_and_keeps_an_earlier_one_away(
    service: Any, decide: Any
) -> None:
    first = decide(pool_of())
    missing = next(item_id for item_id in SMALL if item_id not in items(first))
    ruled = Ruling(
        ruling_id=uuid7(NOW), verdict="pin", about_id=missing, made_at=NOW, by_role="editor",
        reason="A debut.", surface="moments", slot=SlotAddress("rain", 0),
    )  # fmt: skip
    rulings = Rulings(elsewhere=(ruled,))
    stock = service.stock_with(rulings=rulings, bundle=service.bundle)
    assert items(decide(pool_of(), stock=stock, earlier=first))[0] == missing
    without = decide(pool_of(), stock=service.stock_with(rulings=rulings), earlier=first)
    assert items(without)[0] == missing
    assert "lacks what must stand on it" in without.rung_because


def test_a_pin_that_may_not_be_shown_leaves_its_place_to_the_draw(decide: Any) -> None:
    pin = Pin(item_id=SMALL[3], position=0, reason="It opens.")
    careful = profile_of(list(SMALL[10:16]), NOW, marks={(SMALL[3], "ban"): 1})
    decision = decide(pool_of(pins=(pin,), must_include=(SMALL[3],)), careful)
    assert SMALL[3] not in items(decision)
    assert len(decision.slots) == 10


def test_an_arc_and_spacing_order_the_list(service: Any, decide: Any) -> None:
    view = service.stock.view
    known = (np.arange(len(view)) * 37 % 97 / 96).astype(np.float32)
    stock = stock_of(dataclasses.replace(view, energy=known), NO_RULINGS, service.bundle)
    arc = np.linspace(0.1, 0.9, 30)

    def off(*points: float) -> float:
        decision = decide(pool_of(LARGE, length=30, arc=points), stock=stock)
        rows = [view.number[item_id] for item_id in items(decision)]
        artists = view.artist[rows]
        near = [len(set(artists[at : at + 4])) == 4 for at in range(len(artists) - 3)]
        assert np.mean(near) > 0.9
        return float(np.abs(known[rows] - arc).mean())

    assert off(0.1, 0.9) < 0.75 * off()


def test_energies_nobody_knows_are_no_nan(decide: Any) -> None:
    decision = decide(pool_of(arc=(0.1, 0.9)))
    traits = np.array([each.traits for each in decision.shelves[0].shortlist])
    assert np.isfinite(traits).all()
    assert set(traits[:, 0]) == {0.5}


def test_a_boost_lifts_with_its_reason_until_it_ends(decide: Any) -> None:
    def odds(*boosts: Boost) -> float:
        shortlist = decide(pool_of(boosts=boosts)).shelves[0].shortlist
        weights = {each.item_id: each.weight for each in shortlist}
        return weights[SMALL[0]] / weights[SMALL[9]]

    boost = Boost(about_id=artist_id(0), factor=8.0, reason="On tour.", until_at=NOW + timedelta(1))
    over = replace(boost, until_at=NOW)
    assert odds(over) == odds()
    assert odds(boost) == pytest.approx(8 * odds())
    slots = decide(pool_of(SMALL[:9], boosts=(boost,))).slots
    lifted = [s.reasons for s in slots if s.item_id in SMALL[:3]]
    for reasons in lifted:
        lift = next(each for each in reasons if each.kind == "chosen_by_editors")
        assert (lift.note, lift.by_role) == ("On tour.", "editor")
        assert lift.share == pytest.approx(1 - 1 / 8)


def test_of_a_large_pool_the_best_are_listed_and_some_of_all_others(decide: Any) -> None:
    listed = [
        {each.item_id for each in decide(pool_of(LARGE), at).shelves[0].shortlist}
        for at in (profile_of(list(LARGE[:40:4]), NOW + timedelta(days=day)) for day in range(12))
    ]
    assert {len(each) for each in listed} == {N_SHORTLIST}
    always = set.intersection(*listed)
    assert N_BEST * 0.8 <= len(always) <= N_SHORTLIST
    ever = set.union(*listed)
    assert len(ever) > 1.8 * N_SHORTLIST


def test_the_dial_says_how_many_places_differ_from_greedy(decide: Any, listener: Any) -> None:
    for dial in (0.0, 0.2):
        chosen = replace(listener, preferences=Preferences(exploration_budget=dial))
        (shelf,) = decide(pool_of(LARGE), chosen).shelves
        assert shelf.budget == dial
        assert shelf.explored == pytest.approx(dial, abs=0.02)


def test_every_rung_answers_with_the_pool(service: Any, decide: Any, listener: Any) -> None:
    stranger = profile_of([], NOW)
    pool = pool_of(pins=(Pin(item_id=SMALL[3], position=2, reason="Here."),))
    without = service.stock_with()
    personal = decide(pool)
    answers = {
        "last_good": decide(pool, stock=without, earlier=replace(personal, seed="yesterday")),
        "segment": decide(pool, stranger),
        "popular": decide(pool, stock=without, counted=lambda: [(SMALL[9], 5), (SMALL[1], 3)]),
        "editorial": decide(pool, stock=without),
    }
    for rung, decision in answers.items():
        assert decision.rung == rung, decision.rung_because
        assert len(decision.slots) == 10
        assert set(items(decision)) <= set(SMALL)
        assert items(decision)[2] == SMALL[3]
        logged = [slot.propensity for slot in decision.slots]
        np.testing.assert_allclose(probability(decision), logged, atol=1e-12)
    assert items(answers["popular"])[:2] == [SMALL[9], SMALL[1]]
    assert "nothing is known" in answers["segment"].rung_because


def test_an_earlier_list_of_another_moment_or_with_little_left_is_not_shown_again(
    service: Any, decide: Any
) -> None:
    personal, without = decide(pool_of()), service.stock_with()
    other = decide(pool_of(name="snow"), stock=without, earlier=personal)
    assert other.rung == "editorial"
    bans = {(item_id, "ban"): 1 for item_id in items(personal)[:6]}
    little = decide(pool_of(), service.listener(6, marks=bans), stock=without, earlier=personal)
    assert "4 of 10 items of the earlier list are left" in little.rung_because
    more = {(item_id, "ban"): 1 for item_id in items(personal)[:3]}
    kept = decide(pool_of(), service.listener(6, marks=more), stock=without, earlier=personal)
    assert (kept.rung, items(kept), kept.fit_for_replay) == (
        "last_good", items(personal)[3:], False,
    )  # fmt: skip


@pytest.mark.parametrize("has_models", [True, False])
def test_a_pool_of_which_nothing_may_be_shown_is_answered_all_the_same(
    service: Any, decide: Any, listener: Any, has_models: bool
) -> None:
    all_banned = service.listener(6, marks={(artist_id(n), "ban"): 1 for n in range(12)})
    stock = service.stock if has_models else service.stock_with()
    empty = pool_of(("track:nowhere",), blocks=(artist_id(20),))
    for pool, profile in ((pool_of(), all_banned), (empty, listener)):
        decision = decide(pool, profile, stock=stock)
        assert decision.rung == ("popular" if has_models else "editorial")
        assert "nothing of this pool may be shown" in decision.rung_because or not has_models
        assert len(decision.slots) == 10
        assert decision.shelves[0].name == "rain"
    shown = {slot.item_id.partition("t")[0] for slot in decision.slots}
    assert artist_id(20) not in shown


def test_a_pool_without_what_is_explicit_never_stands_in_with_it(
    service: Any, decide: Any, listener: Any
) -> None:
    clean = pool_of((), eligible=(Rule(genres=("lullaby",), explicit=False),), length=60)
    view = service.stock.view
    rows = [view.number[item_id] for item_id in items(decide(clean))]
    assert len(rows) == 60
    assert not view.explicit[rows].any()


def test_moments_are_offered_by_the_listeners_own_clock(service: Any, listener: Any) -> None:
    pools = [
        pool_of(name="always"),
        pool_of(name="evening", hours=("18-23",)),
        pool_of(name="car", devices=("car",)),
        pool_of(name="gone", until_at=NOW),
        pool_of(name="saturday", weekdays=("saturday",)),
    ]

    def names(zone: str) -> list[str]:
        situation = service.situation(listener, "moments", zone=zone)
        return [pool.name for pool in moments.offered(pools, situation)]

    assert names("UTC") == ["saturday", "always", "car"]
    assert names("Asia/Tokyo") == ["saturday", "evening", "always", "car"]
    assert names("Pacific/Honolulu") == ["always", "car"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_ban_block_or_pin_makes_a_list_break_the_rules(
    service: Any, decide: Any, data: st.DataObject
) -> None:
    some = st.lists(st.sampled_from(SMALL), max_size=8, unique=True)
    makers = st.lists(st.integers(0, 11), max_size=4).map(
        lambda found: [artist_id(n) for n in found]
    )
    bans, blocks = data.draw(some) + data.draw(makers), data.draw(some)
    wanted = [item_id for item_id in data.draw(some) if item_id not in blocks]
    pins = tuple(Pin(item_id=each, position=n, reason="So.") for n, each in enumerate(wanted[:3]))
    profile = service.listener(6, marks={(about, "ban"): 1 for about in bans})
    pool = pool_of(blocks=tuple(blocks), pins=pins, must_include=tuple(wanted[:6]))
    decision = decide(pool, profile)
    asked = Asked(service.situation(profile, "moments"), pool)
    assert len(decision.slots) == min(10, int(asked.may.sum()))
    rows = [service.stock.view.number[item_id] for item_id in items(decision)]
    assert asked.may[rows].all()
    assert len(set(rows)) == len(rows)
    np.testing.assert_allclose(
        probability(decision), [slot.propensity for slot in decision.slots], atol=1e-9
    )

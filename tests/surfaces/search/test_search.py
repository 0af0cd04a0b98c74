"""Search as a surface: under the rules, replayable, exact hits undisturbed, on every rung an answer or why not."""

from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.evaluate.drawn_rounds import Rounds
from ritornello.evaluate.targets import Logged
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.kinds.events import SlotAddress
from ritornello.listeners.preferences import Preferences
from ritornello.models.bundle import Bundle
from ritornello.policies.choice import EXACT
from ritornello.policies.replay import probability
from ritornello.surfaces.recipes import load
from ritornello.surfaces.search import search
from ritornello.surfaces.search.chips import Chip, parse
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.own_lists import OwnList
from ritornello.testing.small_service import artist_id, profile_of, track_id

RECIPE = load("search")


def love(artist):
    return f"track:love{artist}"


def on(decision, shelf):
    return [slot.item_id for slot in decision.slots if slot.shelf == shelf]


@pytest.fixture
def somebody(service):
    """Who often plays the Love of artist 3, and little else."""
    return profile_of([love(3)] * 8 + [track_id(9, 2)], service.now)


@pytest.fixture
def nobody(service):
    return profile_of([], service.now)


def test_the_one_i_always_play_is_the_top_result_and_says_why(house, somebody, nobody):
    decision = house.answer(somebody, "love", p_known_item=1.0)
    (top,) = [slot for slot in decision.slots if slot.shelf == "top"]
    assert top.item_id == love(3)
    assert decision.rung == "personal"
    kinds = [reason.kind for reason in top.reasons]
    assert kinds[:2] == ["asked_for", "you_keep_returning"]
    assert top.reasons[1].n_plays == 8
    assert on(house.answer(nobody, "love", p_known_item=1.0), "top") != [love(3)]


def test_every_kind_has_its_shelf_and_nothing_stands_twice(house, somebody):
    decision = house.answer(somebody, "love")
    found = {shelf.name: on(decision, shelf.name) for shelf in decision.shelves}
    assert set(found["tracks"]) | set(found["top"]) >= {love(n) for n in range(4)}
    assert found["artists"] == ["artist:love"]
    assert found["albums"] == ["album:love"]
    assert found["shows"] == ["show:love"]
    assert set(found["episodes"]) == {"episode:love0", "episode:love1"}
    every = [slot.item_id for slot in decision.slots]
    assert len(set(every)) == len(every)


def test_what_there_is_nothing_of_to_play_is_not_found(house, somebody):
    shown = {slot.item_id for slot in house.answer(somebody, "love").slots}
    assert not shown & {"album:empty", "artist:nobody"}


@pytest.mark.parametrize("p_known_item", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("words", ["love", "track 0", "artist 0003", "story"])
def test_every_answer_replays_from_its_own_record(house, service, words, p_known_item):
    profile = service.listener(3, n_plays=60)
    decision = house.answer(profile, words, p_known_item=p_known_item, budget=0.4)
    again = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
    logged = [slot.propensity for slot in again.slots]
    np.testing.assert_allclose(probability(again), logged, atol=1e-12)


def test_who_explores_is_tried_more_on_and_who_knows_nothing(house, somebody):
    explored = {}
    for p in (0.0, 0.5, 1.0):
        decision = house.answer(somebody, "track", p_known_item=p)
        explored[p] = decision.shelf("tracks").budget
    assert explored == pytest.approx({0.0: 0.2, 0.5: 0.05, 1.0: 0.0})
    familiar = msgspec.structs.replace(somebody, preferences=Preferences(exploration_budget=0.0))
    assert house.answer(familiar, "track", p_known_item=0.0).shelf("tracks").budget == 0


def test_no_exploration_displaces_an_exact_hit(house, service):
    first = set()
    for day in range(10):
        profile = profile_of([track_id(9, 2)], service.now, listener_id=f"listener-{day}")
        decision = house.answer(profile, "artist 0003", p_known_item=0.0, budget=0.5)
        assert on(decision, "top") == [artist_id(3)]
        decision = house.answer(profile, "love", p_known_item=0.0, budget=0.5)
        at_head = next(slot for slot in decision.slots if slot.shelf == "tracks")
        assert (at_head.source, at_head.propensity) == (EXACT, 1.0)
        first.add(at_head.item_id)
    assert len(first) == 1


def test_a_banned_snoozed_or_blocked_maker_never_stands(house, service):
    marks = {("artist:love", "ban"): 1, ("album:love", "ban"): 1}
    careful = profile_of([], service.now, marks=marks, snoozed=[artist_id(2)])
    shown = {slot.item_id for slot in house.answer(careful, "love").slots}
    assert not shown & {"artist:love", "album:love", "track:own", love(2)}
    assert love(1) in shown
    blocked = Rulings(frozenset({"show:love"}))
    stock = msgspec.structs.replace(house.stock, rulings=blocked)
    shown = {slot.item_id for slot in house.answer(careful, "love", stock=stock).slots}
    assert not {item_id for item_id in shown if "show" in item_id or "episode" in item_id}


def test_region_and_explicit_hold(house, service, nobody):
    assert {love(4), love(5)} & {slot.item_id for slot in house.answer(nobody, "love").slots} == {
        love(4), love(5),
    }  # fmt: skip
    strict = Preferences(region="DE", allow_explicit=False)
    there = msgspec.structs.replace(nobody, preferences=strict)
    shown = {slot.item_id for slot in house.answer(there, "love").slots}
    assert not shown & {love(4), love(5)}
    assert love(0) in shown


def test_a_pin_says_nothing_about_a_query(house, nobody, service):
    pin = Ruling(
        ruling_id=UUID(int=1), verdict="pin", about_id=track_id(50, 2), made_at=service.now,
        by_role="editor", reason="a debut", surface="search", slot=SlotAddress("tracks", 0),
    )  # fmt: skip
    stock = msgspec.structs.replace(house.stock, rulings=Rulings(elsewhere=(pin,)))
    decision = house.answer(nobody, "love", stock=stock)
    assert track_id(50, 2) not in {slot.item_id for slot in decision.slots}


def test_chips_take_away_and_lean(house, nobody):
    view = house.stock.view
    must = np.array([str(item_id).endswith("t3") for item_id in view.ids])
    lean = np.zeros(len(view), dtype=np.float32)
    lean[view.number[track_id(44, 3)]] = 1.0
    chips = (parse("mood:calm"),)
    decision = house.answer(nobody, "", chips=chips, must=must, lean=lean, p_known_item=0.0)
    assert on(decision, "top") == [track_id(44, 3)]
    assert all(slot.item_id.endswith("t3") for slot in decision.slots)
    assert {slot.source for slot in decision.slots} == {search.BY_MEANING}
    candidates = [c.item_id for shelf in decision.shelves for c in shelf.shortlist]
    assert all(item_id.endswith("t3") for item_id in candidates)
    np.testing.assert_allclose(probability(decision), [s.propensity for s in decision.slots])


def test_words_no_name_is_near_leave_what_was_meant(house, nobody):
    chips = (parse("mood:calm"),)
    decision = house.answer(nobody, "qwertzuiop", chips=chips, p_known_item=0.0)
    assert decision.slots
    assert "no name is near" in decision.rung_because


def test_passages_say_where_to_enter_and_stand_before_episodes(house, nobody):
    passages = tuple(
        EntryPoint(episode_id=f"episode:love{n}", start_ms=at, end_ms=at + 9000, words="…", score=s)
        for n, at, s in ((0, 1000, 1.0), (1, 5000, 3.0), (1, 90_000, 2.0))
    )
    decision = house.answer(nobody, "qwertzuiop", passages=passages)
    slots = [slot for slot in decision.slots if slot.shelf == "passages"]
    assert [(s.item_id, s.start_ms, s.end_ms) for s in slots] == [
        ("episode:love1", 5000, 14_000), ("episode:love0", 1000, 10_000),
    ]  # fmt: skip
    assert {slot.source for slot in slots} == {search.SPOKEN}
    assert probability(decision).tolist() == [1.0, 1.0]
    banned = msgspec.structs.replace(nobody, marks={("show:love", "ban"): 1})
    assert not house.answer(banned, "qwertzuiop", passages=passages).slots


def test_a_listeners_own_list_is_found_by_name(house, nobody):
    lists = (
        OwnList("playlist:weekly", "Discover Weekly", "2026-W47", "playlist"),
        OwnList("playlist:gym", "Gym", "running", "moment"),
    )
    decision = house.answer(nobody, "discover weekly", lists=lists)
    assert on(decision, "top") == ["playlist:weekly"]
    decision = house.answer(nobody, "gym", lists=lists)
    assert on(decision, "top") == ["playlist:gym"]
    assert not house.answer(nobody, "nothing such", lists=lists).slots
    read = house.answer(nobody, "", chips=(Chip("activity", "gym", "gym"),), lists=lists)
    assert "playlist:gym" in [slot.item_id for slot in read.slots]
    unwanted = (Chip("activity", "gym", "gym", is_not=True),)
    left = house.answer(nobody, "", chips=unwanted, lists=lists).slots
    assert "playlist:gym" not in [slot.item_id for slot in left]


def test_without_models_names_are_still_found(house, somebody):
    stock = msgspec.structs.replace(house.stock, bundle=None, rows=np.empty(0, np.int32))
    decision = house.answer(somebody, "love", stock=stock, p_known_item=1.0)
    assert decision.rung == "editorial"
    assert on(decision, "top") == [love(3)]
    assert "there is no model" in decision.rung_because


def test_with_a_broken_blend_everything_but_taste_remains(house, service, somebody):
    scorers = {name: s for name, s in service.bundle.scorers.items() if name != "ease"}
    broken = msgspec.structs.replace(service.bundle, scorers=scorers, broken={"ease": "altered"})
    assert isinstance(broken, Bundle)
    with pytest.raises(ArtefactUnusable):
        _ = broken.blend
    stock = msgspec.structs.replace(house.stock, bundle=broken)
    decision = house.answer(somebody, "love", stock=stock, p_known_item=1.0)
    assert decision.rung == "popular"
    assert on(decision, "top") == [love(3)]
    assert "ease" in decision.rung_because


def test_without_an_index_what_one_plays_is_found_and_it_says_so(house, somebody, nobody):
    decision = house.answer(somebody, "love", index=None)
    assert on(decision, "top") == [love(3)]
    assert "there is no index" in decision.rung_because
    decision = house.answer(nobody, "love", index=None)
    assert decision.slots == ()
    assert "there is no index" in decision.rung_because


@pytest.mark.parametrize("words", ["", "   ", "\u200b"])
def test_who_asks_for_nothing_is_told_so(house, somebody, words):
    decision = house.answer(somebody, words)
    assert (decision.slots, decision.shelves) == ((), ())
    assert "nothing was asked for" in decision.rung_because


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "🎧🎵",
            '"love AND (',
            "love" * 2500,
            "(a+)+$",
            "ʇxǝʇ שלום",
            "title:*",
            "-",
            "\\",
            "a" * 10_000,
            "☃ " * 99,
        ]
    ),
)


@settings(max_examples=30)
@given(words=HOSTILE)
def test_whatever_is_typed_is_answered_or_told_why_not(house, service, words):
    profile = profile_of([love(3)], service.now)
    decision = house.answer(profile, words)
    assert decision.slots or decision.rung_because
    for slot in decision.slots:
        assert 1 <= len(slot.reasons) <= 3
        assert sum(reason.share for reason in slot.reasons) <= 1 + 1e-9


def test_the_same_request_gives_the_same_answer(house, somebody):
    one, two = (house.answer(somebody, "track 1", p_known_item=0.0, budget=0.5) for _ in range(2))
    assert (one.slots, one.shelves, one.seed) == (two.slots, two.shelves, two.seed)


def test_what_chance_filled_is_rounds_of_a_log_and_what_it_did_not_is_counted(house, service):
    profile = service.listener(3, n_plays=60)
    decision = house.answer(profile, "artist 0003", p_known_item=0.0, budget=0.4)
    rounds = Rounds()
    rounds.take(decision, {(slot.shelf, slot.position): 1.0 for slot in decision.slots})
    log = rounds.log("search")
    n_sure = sum(slot.source == EXACT for slot in decision.slots)
    assert len(log.reward) == len(decision.slots) - n_sure
    np.testing.assert_allclose(log.propensity, log.replayed, atol=1e-9)
    p = Logged().probabilities(log, 0)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)


def test_excluded_listening_is_absent_from_the_answer(house, service):
    heard = [track_id(9, 2)] * 3 + [love(3)] * 6
    excluding = profile_of(heard, service.now, unused=[love(3)])
    twin = profile_of(heard, service.now)
    twin = msgspec.structs.replace(
        twin,
        plays={i: played for i, played in twin.plays.items() if i != love(3)},
        recent=tuple(each for each in twin.recent if each.item_id != love(3)),
    )
    one, other = (house.answer(who, "love", p_known_item=0.2) for who in (excluding, twin))
    assert (one.slots, one.shelves, one.rung) == (other.slots, other.shelves, other.rung)

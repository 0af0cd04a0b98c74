"""The next tracks of a station: near the seed, injected at the dose, on every rung, replayable."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import msgspec
import numpy as np
import pytest

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.listeners.preferences import Preferences
from ritornello.policies.names import parse
from ritornello.policies.replay import probability
from ritornello.surfaces import radio
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.recipes import load
from ritornello.surfaces.stations import Aired
from ritornello.testing.small_service import artist_id, profile_of, track_id

RADIO = load("radio")
SHAPE = radio.shape_of(RADIO)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STYLE = 6


def decided(request, ladder=None):
    ladder = ladder or Ladder(lambda: 0.0)
    return radio.decide(request, ladder, remembered=lambda: None, counted=list)


def style_of(item_id):
    return int(item_id[7:9]) % STYLE


def test_a_station_is_near_its_seed_even_for_somebody_else(service, somebody, asking):
    decision = decided(asking(somebody, seed=track_id(7, 1), n=8, budget=0.0))
    assert sum(style_of(slot.item_id) == 1 for slot in decision.slots) >= 6
    assert decision.shelves[0].about_id == track_id(7, 1)
    assert decision.decision_id == decision.station.station_id


def test_the_reasons_are_parts_of_the_score_and_name_an_unheard_seed(service, somebody, asking):
    decision = decided(asking(somebody, seed=track_id(7, 1), n=5, budget=0.0))
    for slot in decision.slots:
        if style_of(slot.item_id) == 1:
            assert slot.reasons[0].kind == "fits_moment"
            assert slot.reasons[0].about_id == track_id(7, 1)
            assert 0.3 < slot.reasons[0].share <= 1


def test_the_new_is_injected_at_the_listeners_dose_and_never_against_their_word(service, asking):
    somebody = profile_of([track_id(a, 1) for a in (0, 6, 12, 18)], NOW - timedelta(days=2))
    doses = {}
    for budget in (0.0, 0.1, 0.4):
        request = asking(somebody, seed=track_id(6, 1), budget=budget)
        shelf = decided(request).shelves[0]
        weights = [c.weight for c in shelf.shortlist]
        new = [k for k, c in enumerate(shelf.shortlist) if c.source == radio.INJECTED]
        p = [parse(shelf.policy).probabilities(weights, [k])[0] for k in range(len(weights))]
        doses[budget] = sum(p[k] for k in new)
        assert sum(p) == pytest.approx(1)
        heard = {artist_id(a) for a in (0, 6, 12, 18)}
        for k in new:
            item_id = shelf.shortlist[k].item_id
            assert f"artist:{item_id[6:9]}" not in heard
    assert doses[0.0] == 0
    assert doses[0.4] == pytest.approx(4 * doses[0.1])
    assert 0.05 < doses[0.1] <= 0.1


@pytest.mark.parametrize("n", [1, 2, 10])
def test_every_answer_replays_from_its_own_record(service, somebody, n, asking):
    request = asking(somebody, seed=artist_id(6), n=n, budget=0.5)
    decision = msgspec.json.decode(msgspec.json.encode(decided(request)), type=radio.Decision)
    logged = [slot.propensity for slot in decision.slots]
    np.testing.assert_allclose(probability(decision), logged, atol=1e-12)
    assert len(logged) == n


def test_the_rungs_answer_in_turn(service, somebody, asking):
    sound = asking(somebody, seed=track_id(6, 1), n=3)
    earlier = decided(sound)
    request = msgspec.structs.replace(sound, n=2)
    again = radio.last_good(request, earlier)
    left = {candidate.item_id for candidate in earlier.shelves[0].shortlist}
    assert {slot.item_id for slot in again.slots} <= left
    assert {slot.source for slot in radio.segment(request).slots} == {"popular_near_you"}
    assert {slot.source for slot in radio.popular(request, list).slots} == {"popular"}
    assert {slot.source for slot in radio.editorial(request).slots} == {"newest"}
    with pytest.raises(NoAnswer, match="no earlier answer"):
        radio.last_good(asking(somebody), earlier)


def test_an_earlier_answer_says_nothing_after_a_correction(service, somebody, asking):
    request = asking(somebody, seed=track_id(6, 1))
    earlier = decided(request)
    corrected = msgspec.structs.replace(
        request.situation.profile, marked_at={("genre:pop", "exclude"): NOW + timedelta(seconds=1)}
    )
    later = service.situation(corrected, "radio")
    with pytest.raises(NoAnswer, match="corrected"):
        radio.last_good(msgspec.structs.replace(request, situation=later), earlier)


def test_somebody_unknown_with_a_seed_is_answered_by_the_seed(service, asking):
    nobody = profile_of([], NOW)
    decision = decided(asking(nobody, seed=track_id(7, 1), n=4, budget=0.0))
    assert decision.rung == "personal"
    assert {style_of(slot.item_id) for slot in decision.slots} == {1}
    assert decided(asking(nobody)).rung in {"segment", "popular"}


def test_without_models_many_or_the_newest_play(service, somebody, asking):
    bare = service.stock_with()
    decision = decided(asking(somebody, seed=track_id(6, 1), n=10, stock=bare))
    assert decision.rung == "editorial"
    assert len(decision.slots) == 10


def test_a_catalogue_of_three_is_never_silent(service, somebody, asking):
    left = {track_id(6, 1), track_id(6, 2), track_id(12, 1)}
    blocked = {i for i in service.stock.view.ids if i.startswith("track:")} - left
    stock = service.stock_with(rulings=Rulings(frozenset(blocked)), bundle=service.bundle)
    aired, heard = [], []
    for step in range(9):
        at = NOW + timedelta(minutes=5 * step)
        request = asking(somebody, seed=track_id(6, 1), aired=tuple(aired), stock=stock, at=at)
        decision = decided(request)
        (slot,) = decision.slots
        heard.append(slot.item_id)
        aired = [each for each in aired if each.item_id != slot.item_id]
        aired.insert(0, Aired(slot.item_id, int(at.timestamp() * 1e6), UUID(int=1), 0, UUID(int=2)))
    assert set(heard) == left
    assert all(one != two for one, two in pairwise(heard))
    assert "nothing else is left" in decision.rung_because


def test_a_pin_stands_at_its_place_once_a_window_and_outside_the_draw(service, somebody, asking):
    pin = Ruling(
        ruling_id=UUID(int=1), verdict="pin", about_id=track_id(50, 2), made_at=NOW, by_role="editor",
        reason="a debut", surface="radio", slot=SlotAddress("radio", 1),
    )  # fmt: skip
    stock = service.stock_with(rulings=Rulings(elsewhere=(pin,)), bundle=service.bundle)
    decision = decided(asking(somebody, n=3, stock=stock))
    assert (decision.slots[1].item_id, decision.slots[1].propensity) == (track_id(50, 2), 1.0)
    np.testing.assert_allclose(probability(decision), [s.propensity for s in decision.slots])
    offered = (Aired(track_id(50, 2), int(NOW.timestamp() * 1e6), UUID(int=1), 1, UUID(int=2)),)
    again = decided(asking(somebody, n=3, aired=offered, stock=stock))
    assert track_id(50, 2) not in {slot.item_id for slot in again.slots}


def test_the_same_situation_gives_the_same_tracks_and_another_instant_others(
    service, somebody, asking
):
    request = asking(somebody, seed=track_id(6, 1), n=5, budget=0.5)
    assert decided(request).slots == decided(request).slots


def test_the_dial_stands_before_the_service(service, somebody, asking):
    familiar = msgspec.structs.replace(somebody, preferences=Preferences(exploration_budget=0.0))
    assert decided(asking(familiar)).shelves[0].explored == 0

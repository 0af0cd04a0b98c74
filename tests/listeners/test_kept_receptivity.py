from datetime import timedelta

import msgspec
import pytest

from ritornello.listeners import kept_receptivity, receptivity
from ritornello.listeners.kept_receptivity import Kept
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import read_profile
from ritornello.surfaces.situation import Request
from ritornello.testing.small_service import profile_of
from tests.listeners.test_receptivity import house


def test_everybodys_multiple_is_their_own_share_over_the_crowds():
    slots, plays = [], []
    for who in range(6):
        for n in range(8):
            slots.append((f"listener-{who}", n, f"artist:{who}-{n}", {}))
            if n < who:
                plays += [
                    (f"listener-{who}", n + d, f"artist:{who}-{n}", {}) for d in (0.1, 2, 4, 6)
                ]
    trials = receptivity.read(house(plays, slots))
    found = receptivity.multiples(trials, "randomised")
    crowd = receptivity.crowd_of(trials, "randomised")
    assert sorted(found) == [f"listener-{who}" for who in range(6)]
    for listener_id, multiple in found.items():
        one = receptivity.of(trials, listener_id, "randomised", crowd)
        assert multiple == pytest.approx(one.share / one.crowd)
    assert found["listener-5"] > 1 > found["listener-0"]


def test_where_chance_offered_nothing_nobody_has_one():
    assert receptivity.multiples(receptivity.read(house([])), "randomised") == {}


def test_what_is_learned_again_stands_in_the_place_of_what_was_before(conn, now):
    kept_receptivity.replace(conn, {"listener-1": 0.4, "listener-2": 1.2}, now)
    kept_receptivity.replace(conn, {"listener-1": 0.5}, now)
    assert kept_receptivity.read(conn, "listener-1") == Kept(0.5, now)
    assert kept_receptivity.read(conn, "listener-2") is None
    assert read_profile(conn, "listener-1", now).receptivity == 0.5


def budget_of(profile):
    return Request.of(profile, "home", time_zone="UTC", budget=0.1, seed=1).budget


def test_a_surface_explores_by_it_unless_the_dial_is_set_or_something_was_corrected(now):
    profile = profile_of(["track:1"], now)
    taught = msgspec.structs.replace(profile, kept_new=Kept(0.5, now - timedelta(days=1)))
    assert budget_of(profile) == pytest.approx(0.1)
    assert budget_of(taught) == pytest.approx(0.05)
    dial = Preferences(exploration_budget=0.3)
    assert budget_of(msgspec.structs.replace(taught, preferences=dial)) == 0.3
    for days, budget in ((2, 0.05), (0.5, 0.1)):
        at = {("track:1", "exclude"): now - timedelta(days=days)}
        corrected = msgspec.structs.replace(taught, marked_at=at)
        assert budget_of(corrected) == pytest.approx(budget)

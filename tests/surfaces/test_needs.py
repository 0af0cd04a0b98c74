"""What an hour and a device are for, and how a listener's own habits bend it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import pytest

from ritornello.surfaces.needs import (
    CLASSES,
    KAPPA,
    NEEDS,
    begun_for,
    needs_of,
    part_of,
    segment_of,
    shrunk,
    usual,
)
from ritornello.testing.small_service import profile_of, track_id

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def test_every_hour_and_device_is_for_something_and_nothing_is_ruled_out():
    for hour, device in product(range(7 * 24), CLASSES):
        needs = usual(MONDAY + timedelta(hours=hour), device)
        assert needs.sum() == pytest.approx(1)
        assert needs.min() > 0.02


def test_the_week_has_its_parts_and_a_night_reaches_into_the_morning():
    def parts(day):
        return [part_of(MONDAY + timedelta(days=day, hours=hour)) for hour in (4, 5, 9, 10, 17, 22)]

    assert parts(0) == ["night", "morning", "morning", "working_hours", "evening", "night"]
    assert parts(5) == ["night", *["free_day"] * 4, "night"]


def test_who_is_on_the_road_does_not_look_around_and_a_free_evening_does():
    commute = usual(MONDAY + timedelta(hours=8), "car")
    sunday = usual(MONDAY + timedelta(days=6, hours=15), "desktop")
    assert segment_of(commute, "car") == "now/road"
    assert segment_of(sunday, "desktop") == "new/desk"
    assert commute[NEEDS.index("new")] < 0.1 < sunday[NEEDS.index("new")]


def test_listens_are_told_apart_by_what_they_were_begun_for(service):
    at = MONDAY + timedelta(hours=14)
    again, back, fresh = track_id(0, 0), track_id(6, 0), track_id(12, 0)
    heard = [again, again, fresh]
    profile = profile_of(heard, at)
    situation = service.situation(profile)
    counts = begun_for(situation.own, situation.view, at)
    assert counts.tolist() == [1, 0, 2]
    long_ago = profile.recent[-1].started_at - timedelta(days=30)
    earlier = profile.recent[-1]
    profile.plays[back] = type(profile.plays[again])(2, 0, int(long_ago.timestamp() * 1e6), 0)
    returned = type(earlier)(back, at - timedelta(minutes=5), None, "play")
    known = type(profile)(**{**_fields(profile), "recent": (returned, *profile.recent)})
    situation = service.situation(known)
    assert begun_for(situation.own, situation.view, at).tolist() == [1, 1, 2]


def test_only_listens_of_the_same_part_of_the_week_count(service):
    at = MONDAY + timedelta(hours=14)
    profile = profile_of([track_id(a, 0) for a in range(6)], at)
    situation = service.situation(profile)
    counts = begun_for(situation.own, situation.view, at)
    assert counts.sum() == 4  # from 10 o'clock on; 8 and 9 are the morning
    in_tokyo = at.astimezone(UTC) + timedelta(hours=9)
    assert begun_for(situation.own, situation.view, in_tokyo).sum() == 1


def test_a_listeners_own_habits_outweigh_the_usual_once_there_are_enough():
    prior = np.array([0.2, 0.3, 0.5])
    assert shrunk(prior, np.zeros(3)) == pytest.approx(prior)
    own = np.array([0.0, KAPPA, 0.0])
    assert shrunk(prior, own) == pytest.approx([0.1, 0.65, 0.25])


def test_the_needs_of_a_request_go_by_the_listeners_own_clock(service):
    profile = profile_of([], MONDAY + timedelta(hours=6))
    in_berlin = needs_of(service.situation(profile, zone="Europe/Berlin"))
    in_auckland = needs_of(service.situation(profile, zone="Pacific/Auckland"))
    assert in_berlin == pytest.approx(usual(MONDAY + timedelta(hours=7), "unknown"))
    assert in_auckland == pytest.approx(usual(MONDAY + timedelta(hours=19), "unknown"))


def _fields(profile):
    return {name: getattr(profile, name) for name in profile.__struct_fields__}

"""What may come next, and how a station for sleep ends."""

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.times import to_us
from ritornello.listeners.profile import RecentListen
from ritornello.surfaces import pacing, radio
from ritornello.surfaces.pacing import last_touch, open_rows, pace_of
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import stock_of
from ritornello.surfaces.stations import Aired, begin
from ritornello.testing.small_service import N_ARTISTS, N_TRACKS, profile_of, track_id

SHAPE = radio.shape_of(load("radio"))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def on(service, profile, *, intent="", seed="", began_h=0.0):
    situation = service.situation(profile, "radio")
    station = begin(situation, seed, intent=intent, decision=lambda _: None, purpose=lambda _: "")
    started_at = NOW - timedelta(hours=began_h)
    return situation, msgspec.structs.replace(station, started_at=started_at)


def offered(item_id, hours_ago):
    at_us = to_us(NOW - timedelta(hours=hours_ago))
    return Aired(item_id, at_us, UUID(int=1), 0, UUID(int=2))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nothing_comes_twice_within_the_window_while_there_is_enough_else(service, data):
    track = st.builds(track_id, st.integers(0, N_ARTISTS - 1), st.integers(0, N_TRACKS - 1))
    items = data.draw(st.lists(track, max_size=450, unique=True))
    aired = tuple(offered(item_id, 20 * k / 450) for k, item_id in enumerate(items))
    n = data.draw(st.integers(1, 10))
    situation, station = on(service, profile_of([], NOW))
    found = open_rows(situation, station, aired, SHAPE, n)
    rows = situation.view.rows(items)
    n_allowed = int(situation.allowed.sum())
    assert found.rows.sum() >= min(n, n_allowed)
    assert not (found.rows & ~situation.allowed).any()
    left = np.setdiff1d(np.flatnonzero(situation.allowed), rows)
    if len(left) >= n:
        assert not found.rows[rows].any()
    assert (found.because == "") == (
        found.rows.sum() >= n
        and not (found.rows & pacing._by_the_last(situation, aired, SHAPE)).any()
    )


def test_a_track_comes_again_after_the_window(service):
    situation, station = on(service, profile_of([], NOW))
    row = situation.view.number[track_id(6, 1)]
    assert not open_rows(situation, station, (offered(track_id(6, 1), 23.9),), SHAPE, 1).rows[row]
    assert open_rows(situation, station, (), SHAPE, 1).rows[row]


def test_what_was_heard_elsewhere_counts_too(service):
    situation, station = on(service, profile_of([track_id(6, 1)], NOW))
    assert not open_rows(situation, station, (), SHAPE, 1).rows[
        situation.view.number[track_id(6, 1)]
    ]


def test_an_artist_rests_for_four_tracks(service):
    situation, station = on(service, profile_of([], NOW))
    aired = tuple(offered(track_id(artist, 1), artist / 10) for artist in range(1, 7))
    found = open_rows(situation, station, aired, SHAPE, 1).rows
    for artist in range(1, 7):
        assert found[situation.view.number[track_id(artist, 2)]] == (artist > SHAPE.artist_spacing)


def test_a_station_from_a_track_plays_tracks_and_only_of_necessity_anything_else(service):
    situation, station = on(service, profile_of([], NOW), seed=track_id(6, 1))
    kinds = np.unique(situation.view.kind[open_rows(situation, station, (), SHAPE, 1).rows])
    assert kinds.tolist() == [0]


@pytest.mark.parametrize(
    ("hours", "phase"),
    [(0.0, "settling"), (0.9, "settling"), (1.0, "ending"), (2.9, "ending"), (3.0, "ended")],
)
def test_sleep_settles_ends_and_is_silent(service, hours, phase):
    situation, station = on(service, profile_of([], NOW), intent="sleep", began_h=hours)
    pace = pace_of(situation, station, (), SHAPE)
    assert pace.phase == phase
    assert pace.ends_at == station.started_at + timedelta(hours=3)
    assert pace.energy == pytest.approx(0.5 * max(0.0, 1 - hours * 60 / SHAPE.settle_min))


def test_only_sleep_ever_ends(service):
    situation, station = on(service, profile_of([], NOW), intent="focus", began_h=100)
    assert pace_of(situation, station, (), SHAPE) == pacing.Pace()


def test_a_skip_a_word_and_another_play_are_touches_and_a_track_heard_out_is_none(service):
    nobody = profile_of([], NOW)

    def touched(*recent, marked_at=None):
        profile = msgspec.structs.replace(nobody, recent=recent, marked_at=marked_at or {})
        situation, station = on(service, profile, intent="sleep", began_h=3)
        return NOW - last_touch(situation, station, (offered(track_id(6, 1), 2),))

    at = NOW - timedelta(hours=1)
    assert touched() == timedelta(hours=3)
    assert touched(RecentListen(track_id(6, 1), at, 200_000, "play")) == timedelta(hours=3)
    assert touched(RecentListen(track_id(6, 1), at, None, "skip")) == timedelta(hours=1)
    assert touched(RecentListen(track_id(7, 1), at, None, "play")) == timedelta(hours=1)
    assert touched(marked_at={(track_id(6, 1), "feeling"): at}) == timedelta(hours=1)


def test_the_end_is_quiet_and_has_nothing_new(service):
    calm = {track_id(artist, 2) for artist in range(0, N_ARTISTS, 6)}
    view = service.stock.view
    energy = np.full(len(view), 0.9, dtype=np.float32)
    energy[view.rows(calm)] = 0.05
    quiet = dataclasses.replace(view, energy=energy)
    stock = stock_of(quiet, service.stock.rulings, service.bundle)
    profile = service.listener(6, at=NOW - timedelta(days=2))
    profile = msgspec.structs.replace(profile, at=NOW)
    situation = service.situation(profile, "radio", stock=stock, budget=0.5)
    station = begin(
        situation, track_id(6, 1), intent="sleep", decision=lambda _: None, purpose=lambda _: ""
    )
    station = msgspec.structs.replace(station, started_at=NOW - timedelta(minutes=90))
    request = radio.asked(situation, station, load("radio"), (), 5)
    shelf = radio.personal(request).shelves[0]
    assert request.pace.phase == "ending"
    assert {c.source for c in shelf.shortlist} == {"near_station"}
    assert {slot.item_id for slot in radio.personal(request).slots} <= calm
    assert shelf.budget == 0

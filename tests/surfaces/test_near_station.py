"""What is near a station: its seed, what was done since, the last event most; a score whose parts are its reasons."""

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from ritornello.listeners.profile import RecentListen
from ritornello.surfaces import radio
from ritornello.surfaces.near_station import gist_of, near
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import artist_id, profile_of, track_id

SHAPE = radio.shape_of(load("radio"))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def just(profile, item_id, reading):
    """The same listener a moment after they played or skipped something."""
    listen = RecentListen(item_id, NOW - timedelta(seconds=1), 3000, reading)
    return msgspec.structs.replace(profile, recent=(listen, *profile.recent))


def score_of(request, item_id):
    found = near(request.situation, request.station, SHAPE, request.open.rows).candidates
    ids = [request.situation.view.ids[row] for row in found.rows]
    return float(found.scores[ids.index(item_id)])


@pytest.mark.parametrize(("reading", "sign"), [("skip", -1), ("play", 1)])
def test_the_last_event_moves_what_is_like_it_before_the_next_track(
    service, somebody, reading, sign, asking
):
    request = asking(just(somebody, track_id(12, 1), reading), seed=track_id(6, 1))
    gist = gist_of(request.situation, request.station, SHAPE)
    column = service.bundle.vocabulary.columns[track_id(12, 1)]
    assert np.sign(gist.weights[gist.columns.tolist().index(column)]) == sign


def test_the_nearest_to_a_skip_fall_and_the_nearest_to_a_play_rise(service, somebody, asking):
    last = track_id(12, 1)
    column = service.bundle.vocabulary.columns[last]
    neighbours = service.bundle.cooccurrence.neighbours[column]
    nearest = service.bundle.vocabulary.ids[neighbours.indices[neighbours.data.argmax()]]
    scores = [
        score_of(asking(profile, seed=track_id(6, 1)), nearest)
        for profile in (just(somebody, last, "skip"), somebody, just(somebody, last, "play"))
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


def test_what_was_skipped_lately_weighs_more_than_what_was_skipped_before(
    service, somebody, asking
):
    profile = somebody
    for track in range(4):
        profile = just(profile, track_id(12, track), "skip")
    request = asking(profile)
    gist = gist_of(request.situation, request.station, SHAPE)
    columns = service.bundle.vocabulary.columns
    weights = dict(zip(gist.columns.tolist(), gist.weights.tolist(), strict=True))
    by_age = [weights[columns[track_id(12, track)]] for track in (3, 2, 1, 0)]
    assert by_age == pytest.approx([-(0.5 ** (age / SHAPE.half_life)) for age in range(4)])


def test_the_score_is_the_sum_the_docstring_says(service, somebody, asking):
    request = asking(somebody, seed=artist_id(6))
    found = near(request.situation, request.station, SHAPE, request.open.rows)
    anchors = request.station.anchor_ids
    once = profile_of(anchors, NOW)
    taste = service.situation(once, "radio").taste
    situation, rows = request.situation, found.candidates.rows
    columns = situation.stock.columns[rows]
    blend = service.bundle.blend
    # what the blend makes of all anchors at once, less what no history explains
    whole = blend.score(taste)[columns] - blend.contributions(taste, columns)[:, -1]
    others = ~np.isin(columns, taste.columns)
    assert len(anchors) == 8
    np.testing.assert_allclose(
        found.nearness[others], 4 / len(anchors) * whole[others], rtol=1e-3, atol=1e-5
    )
    own = situation.scores[columns] / np.abs(situation.scores).max()
    expected = 0.6 * found.nearness / np.abs(found.nearness).max() + 0.4 * own
    np.testing.assert_allclose(found.candidates.scores, expected, atol=1e-6)

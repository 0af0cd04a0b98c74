import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ritornello.catalog import aliases
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.listeners.preferences import Preferences
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.situation import Request, best, checked, stock_of
from ritornello.testing.small_service import LATEST, profile_of, small_service, track_id


@given(
    arrays(np.float32, 40, elements=st.integers(-5, 5).map(float)),
    arrays(np.bool_, 40),
    st.integers(1, 45),
)
def test_best_is_a_stable_sort_cut_short(scores, allowed, n):
    expected = sorted(np.flatnonzero(allowed), key=lambda column: (-scores[column], column))[:n]
    assert best(scores, allowed, n).tolist() == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite_or_of_another_shape_are_not_served(bad):
    with pytest.raises(ArtefactUnusable, match="not finite"):
        checked(np.array([1.0, bad], dtype=np.float32), 2)
    with pytest.raises(ArtefactUnusable, match=r"shape \(3,\) for 2 items"):
        checked(np.zeros(3, dtype=np.float32), 2)


def test_what_a_listener_chose_outranks_the_service(service):
    def asked(**chosen):
        profile = profile_of([], service.now, preferences=Preferences(**chosen))
        return Request.of(profile, "home", time_zone="UTC", budget=0.1, seed=7)

    assert (asked().time_zone, asked().budget) == ("UTC", 0.1)
    chosen = asked(time_zone="Asia/Kolkata", exploration_budget=0.0)
    assert (chosen.time_zone, chosen.budget) == ("Asia/Kolkata", 0.0)


def test_without_models_there_is_no_answer_from_them(service, listener):
    with pytest.raises(NoAnswer, match="no model"):
        _ = service.situation(listener, stock=service.stock_with()).scores


def test_each_column_knows_its_row(service):
    rows, ids = service.stock.rows, service.bundle.vocabulary.ids
    assert [service.stock.view.ids[row] for row in rows[:50]] == list(ids[:50])


def test_a_growing_catalogue_keeps_what_was_looked_up_and_follows_merges(now):
    service = small_service(now)
    before = service.stock
    order = before.by_popularity
    aliases.merge(service.conn, track_id(1, 1), LATEST, at=now)
    after = stock_of(before.view.refresh(service.conn), NO_RULINGS, service.bundle, before)
    column = service.bundle.vocabulary.columns[track_id(1, 1)]
    assert after.view.ids[after.rows[column]] == LATEST
    assert after.by_popularity is order
    assert after.rows.dtype == np.int32


def test_a_model_of_items_the_catalogue_lacks_names_none_of_them(service, listener):
    blind = stock_of(View.read(service.conn), NO_RULINGS, service.bundle)
    rows = blind.rows.copy()
    rows[:10] = -1
    situation = service.situation(listener, stock=msgspec.structs.replace(blind, rows=rows))
    assert not situation.allowed_columns[:10].any()
    assert not set(situation.pool.tolist()) & set(range(10))


def test_heard_artists_include_those_of_tallies(service):
    profile = profile_of([], service.now, tallies={track_id(7, 1): 2})
    situation = service.situation(profile)
    rows = service.stock.view.rows([track_id(7, 2), track_id(8, 2)])
    assert situation.by_new_artist(rows).tolist() == [False, True]
    assert situation.new(rows).tolist() == [True, True]


def test_scores_of_a_batch_are_used_as_they_are(service, listener):
    situation = service.situation(listener)
    row = service.bundle.blend.score_batch([situation.taste])[0]
    np.testing.assert_allclose(
        situation.with_scores(row).scores, situation.scores, rtol=1e-4, atol=1e-6
    )
    assert situation.with_scores(row * 2).scores[3] == row[3] * 2


def test_reach_is_the_share_of_listeners_on_a_logarithmic_scale_and_makers_have_that_of_all_of_theirs(
    service,
):
    popularity, view = service.stock.popularity, service.stock.view
    share = dict(
        zip(service.bundle.vocabulary.ids, service.bundle.popularity.all_time, strict=True)
    )
    of_track = {i: float(share[i]) for i in (track_id(6, 2), track_id(7, 3))}
    missed = [1 - float(share[track_id(6, t)]) for t in range(8)]
    of_artist = 1 - np.prod(missed)
    scale = np.log1p(1e4 * of_artist) / float(popularity[view.number["artist:a06"]])
    for item_id, p in of_track.items():
        assert popularity[view.number[item_id]] == pytest.approx(
            np.log1p(1e4 * p) / scale, rel=1e-4
        )
    assert popularity.max() == 1
    assert popularity[view.number[LATEST]] == 0
    assert not service.stock_with().popularity.any()


def test_who_made_something_playable_has_something_to_play(service):
    view = service.stock.view
    playable = {view.ids[row] for row in np.flatnonzero(service.stock.has_playable)}
    assert playable == {i for i in view.ids if i.startswith("artist:")}


def test_search_shows_makers_where_other_surfaces_do_not(service, listener):
    artist = service.stock.view.number["artist:a06"]
    assert service.situation(listener, "search").drawable[artist]
    assert not service.situation(listener, "home").drawable[artist]

import numpy as np
import pytest

from ritornello.surfaces import fallbacks
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.recipes import load
from ritornello.surfaces.slates import Slate
from ritornello.testing.small_service import profile_of, track_id

RECIPE = load("home")


def ids_of(service, candidates):
    return [service.stock.view.ids[row] for row in candidates.rows]


def test_a_segment_is_that_of_what_was_heard_and_of_whom_nothing_is_known_light(service, listener):
    situation = service.situation(listener)
    candidates = fallbacks.segment(situation)
    popularity = service.bundle.popularity
    scores = popularity.of_segment(popularity.segment_of(situation.taste))
    allowed = np.where(situation.allowed_columns, scores, -np.inf)
    assert candidates.scores[0] == allowed.max()
    newcomer = service.situation(profile_of([], service.now))
    light = popularity.of_segment("activity:light")
    assert fallbacks.segment(newcomer).scores[0] == light[newcomer.allowed_columns].max()


def test_popular_goes_by_the_models_before_the_tables(service, listener):
    def failing():
        raise AssertionError("the tables were asked")

    candidates = fallbacks.popular(service.situation(listener), failing)
    best = int(np.argmax(service.bundle.popularity.all_time))
    assert ids_of(service, candidates)[0] == service.bundle.vocabulary.ids[best]


def test_popular_by_the_tables_leaves_out_strangers_and_the_forbidden(service, listener):
    counted = [("track:stranger", 9), (track_id(0, 1), 8), (track_id(3, 1), 7), (track_id(4, 1), 6)]
    situation = service.situation(listener, stock=service.stock_with())
    candidates = fallbacks.popular(situation, lambda: counted)
    assert ids_of(service, candidates) == [track_id(3, 1), track_id(4, 1)]
    assert candidates.scores.tolist() == [7, 6]
    with pytest.raises(NoAnswer, match="nobody"):
        fallbacks.popular(situation, list)


def test_newest_is_by_day_of_release(service, listener):
    candidates = fallbacks.newest(service.situation(listener))
    released = service.stock.view.released_on[candidates.rows]
    assert (np.diff(released) <= np.timedelta64(0, "D")).all()


def test_counting_listeners_in_the_tables(store):
    rows = [("a", "track:1", 2), ("b", "track:1", 9), ("c", "track:2", 1), ("c", "track:3", 0)]
    for listener_id, item_id, n_plays in rows:
        store.conn.execute(
            "INSERT INTO plays VALUES (?, ?, ?, 0, 0, 0)", (listener_id, item_id, n_plays)
        )
    assert fallbacks.counted(store.conn) == [("track:1", 2), ("track:2", 1)]


def test_a_shelf_is_as_long_as_what_the_page_still_lacks(service, listener):
    situation = service.situation(listener)
    slate = Slate(situation, np.random.default_rng(0))
    few = fallbacks.popular(service.situation(listener, stock=service.stock_with()),
                            lambda: [(track_id(3, 1), 7)])  # fmt: skip
    fallbacks.fill(slate, RECIPE, few)
    fallbacks.fill(slate, RECIPE, fallbacks.newest(situation))
    fallbacks.fill(slate, RECIPE, fallbacks.segment(situation))
    assert [shelf.name for shelf in slate.shelves] == ["popular", "newest"]
    assert len(slate.slots) == RECIPE.fallback_length

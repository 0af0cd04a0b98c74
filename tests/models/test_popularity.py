"""What many play, counted by hand."""

import numpy as np
import pytest

from ritornello.models.interactions import Pairs, Plays, from_plays, gather
from ritornello.models.popularity import ACTIVITIES, PopularityConfig, train_popularity
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.tastes import DAY_S, taste

ITEMS = Vocabulary.of(["track:a", "track:b", "track:c", "track:d"])
GENRES = ["jazz", "jazz", "rock", None]


def named(n):
    return tuple(f"listener-{row}" for row in range(n))


def test_it_counts_listeners_not_plays():
    pairs = Pairs([0, 1, 2, 2], [0, 0, 1, 2], n_plays=[1, 1, 10_000, 0], n_skips=[0, 0, 0, 5])
    found = train_popularity(gather(named(4), ITEMS, pairs), PopularityConfig())
    assert found.all_time.tolist() == [0.5, 0.25, 0.0, 0.0]


def test_the_recent_one_halves_with_every_half_life():
    plays = Plays([0, 0, 1], [0, 1, 1], [10 * DAY_S, 0.0, 5 * DAY_S])
    world = from_plays(named(2), ITEMS, plays, now_s=10 * DAY_S)
    found = train_popularity(world, PopularityConfig(half_life_s=5 * DAY_S))
    assert found.recent.tolist() == pytest.approx([1 / 2, (1 / 4 + 1 / 2) / 2, 0, 0])


def test_tallies_are_of_all_time_only():
    found = train_popularity(gather(named(1), ITEMS, Pairs([0], [2], [50])), PopularityConfig())
    assert found.all_time[2] == 1
    assert not found.recent.any()


def two_camps():
    """Ten listeners of jazz, ten of rock; everybody knows d."""
    rows = np.repeat(np.arange(20), 2)
    columns = np.where(rows < 10, np.arange(40) % 2, 2)
    pairs = Pairs(np.append(rows, range(20)), np.append(columns, [3] * 20), np.ones(60))
    config = PopularityConfig(n_labelled=1, shrinkage=5.0)
    return train_popularity(gather(named(20), ITEMS, pairs), config, GENRES)


def test_a_segment_is_the_genre_of_most_of_a_history():
    found = two_camps()
    assert found.segment_of(taste([0, 1, 2])) == "genre:jazz"
    assert found.segment_of(taste([2, 3])) == "genre:rock"


def test_without_a_genre_a_segment_is_how_much_one_plays():
    found = two_camps()
    assert found.segment_of(taste()) == "activity:light"
    assert found.segment_of(taste([3], n_plays=1e6)) == "activity:heavy"


def test_a_segment_ranks_what_its_own_listeners_play():
    found = two_camps()
    jazz, rock = found.of_segment("genre:jazz"), found.of_segment("genre:rock")
    assert jazz[0] > jazz[2]
    assert rock[2] > rock[0]
    assert jazz[0] == pytest.approx((10 + 5 * 0.5) / (10 + 5))


def test_every_segment_a_taste_can_have_is_there():
    found = two_camps()
    assert set(found.segments) == {"genre:jazz", "genre:rock", *ACTIVITIES}
    assert found.by_segment.shape == (5, 4)


def test_a_segment_of_nobody_is_everybodys_popularity():
    found = two_camps()
    assert found.of_segment("activity:heavy") == pytest.approx(found.all_time)


def test_nobody_at_all_leaves_zeros():
    found = train_popularity(gather((), ITEMS, Pairs([], [], [])), PopularityConfig())
    assert not found.all_time.any()
    assert np.isfinite(found.activity_from).all()
    assert found.segment_of(taste()) in found.segments

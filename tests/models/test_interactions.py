"""Pairs and plays as arrays, against counting by hand."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.models.interactions import Pairs, Plays, from_plays, gather
from ritornello.models.vocabulary import Vocabulary

LISTENERS = ("listener-1", "listener-2", "listener-3")
ITEMS = Vocabulary(("track:a", "track:b", "track:c", "track:d"))
PLAYS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.floats(0, 1e6)), max_size=30)


def world(plays, now_s=None):
    rows, columns, at_s = (
        (list(each) for each in zip(*plays, strict=True)) if plays else ([], [], [])
    )
    return from_plays(LISTENERS, ITEMS, Plays(rows, columns, at_s), now_s=now_s)


@given(PLAYS)
def test_counts_and_times_follow_from_the_plays(plays):
    found = world(plays, now_s=1e6)
    counts = Counter((row, column) for row, column, _ in plays)
    pairs = list(zip(found.rows.tolist(), found.columns.tolist(), strict=True))
    assert pairs == sorted(counts)
    assert found.n_plays.tolist() == [counts[pair] for pair in pairs]
    times = {pair: [at for row, column, at in plays if (row, column) == pair] for pair in counts}
    assert found.first_at_s.tolist() == [min(times[pair]) for pair in pairs]
    assert found.last_at_s.tolist() == [max(times[pair]) for pair in pairs]


@given(PLAYS)
def test_plays_stand_by_listener_oldest_first(plays):
    found = world(plays)
    wanted = sorted((row, at, column) for row, column, at in plays)
    assert found.play_rows.tolist() == [row for row, _, _ in wanted]
    assert found.play_at_s.tolist() == [at for _, at, _ in wanted]
    assert found.play_columns.tolist() == [column for _, _, column in wanted]


def test_a_taste_is_one_listeners_history_seen_from_now():
    found = world([(1, 2, 40.0), (1, 0, 10.0), (1, 2, 70.0), (0, 3, 5.0)], now_s=100.0)
    taste = found.taste(1)
    assert taste.columns.tolist() == [0, 2]
    assert taste.n_plays.tolist() == [1, 2]
    assert taste.first_age_s.tolist() == [90, 60]
    assert taste.last_age_s.tolist() == [90, 30]
    assert taste.recent_columns.tolist() == [2, 2, 0]
    assert taste.recent_age_s.tolist() == [30, 60, 90]
    assert found.taste(1, n_recent=1).recent_age_s.tolist() == [30]
    assert found.taste(2).is_empty


def test_ages_count_from_the_last_play_unless_told():
    assert world([(0, 1, 5.0), (0, 1, 9.0), (1, 1, 3.0)]).now_s.tolist() == [9.0, 3.0, 0.0]


def test_pairs_said_twice_add_up_and_tallies_have_no_time():
    pairs = Pairs(
        rows=[0, 0, 1],
        columns=[1, 1, 0],
        n_plays=[3, 40, 7],
        n_skips=[1, 0, 0],
        loved=[False, True, False],
        first_at_s=[5.0, np.nan, np.nan],
        last_at_s=[9.0, np.nan, np.nan],
    )
    found = gather(LISTENERS, ITEMS, pairs)
    assert found.n_plays.tolist() == [43, 7]
    assert found.n_skips.tolist() == [1, 0]
    assert found.loved.tolist() == [True, False]
    assert found.first_at_s.tolist()[0] == 5.0
    assert np.isnan(found.last_at_s[1])


def test_a_matrix_leaves_its_interactions_as_they_are():
    found = world([(0, 1, 1.0), (0, 2, 2.0), (1, 2, 3.0)])
    matrix = found.matrix(np.array([0.0, 1.0, 2.0], dtype=np.float32))
    assert matrix.toarray().tolist() == [[0, 0, 1, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    assert matrix.nnz == 2
    assert found.columns.tolist() == [1, 2, 2]


def test_an_index_outside_its_range_is_refused():
    with pytest.raises(BadValue, match="outside 0…3"):
        world([(0, 4, 1.0)])


def test_nobody_and_nothing_is_a_world_too():
    found = gather((), Vocabulary(()), Pairs([], [], []))
    assert found.n_listeners == found.n_items == 0
    assert found.tastes() == []

"""What is hidden is hidden, and the past stands as it stood."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.models.holdout import hide, hide_last, hide_some
from ritornello.models.interactions import Pairs, Plays, from_plays, gather
from ritornello.models.vocabulary import Vocabulary

ITEMS = Vocabulary.of(f"track:{column}" for column in range(6))


def named(n):
    return tuple(f"listener-{row:02d}" for row in range(n))


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=0, max_size=15), min_size=1, max_size=4),
    st.floats(0.1, 0.6),
)
def test_the_last_plays_are_the_future_and_the_rest_the_past(histories, share):
    rows = [row for row, history in enumerate(histories) for _ in history]
    columns = [column for history in histories for column in history]
    at_s = [float(place) for history in histories for place in range(len(history))]
    world = from_plays(named(len(histories)), ITEMS, Plays(rows, columns, at_s))
    found = hide_last(world, np.array([len(h) > 0 for h in histories]), share)
    for row, history in enumerate(histories):
        cut = len(history) - max(round(share * len(history)), 1) if history else 0
        past, future = history[:cut], history[cut:]
        taste = found.past.taste(row)
        assert dict(zip(taste.columns.tolist(), taste.n_plays.tolist(), strict=True)) == Counter(
            past
        )
        assert taste.recent_columns.tolist() == past[::-1]
        assert found.future[row].indices.tolist() == sorted(set(future))
        assert found.novel[row].nonzero()[1].tolist() == sorted(set(future) - set(past))
        assert (taste.last_age_s > 0).all()
        if future:
            assert found.past.now_s[row] == cut
            lasts = {column: cut - place for place, column in enumerate(past)}
            ages = dict(zip(taste.columns.tolist(), taste.last_age_s.tolist(), strict=True))
            assert ages == lasts


def counts(n_listeners=40, n_each=6):
    rows = np.repeat(np.arange(n_listeners), n_each)
    columns = np.tile(np.arange(n_each), n_listeners)
    return gather(named(n_listeners), ITEMS, Pairs(rows, columns, 1.0 + columns))


def test_by_chance_a_share_of_each_listeners_items_is_hidden_and_all_of_it_is_novel():
    found = hide_some(counts(), np.random.default_rng(0), 0.34)
    assert not found.by_time
    assert (np.diff(found.future.indptr) == 2).all()
    assert (found.future != found.novel).nnz == 0
    assert (np.diff(found.past.starts) == 4).all()
    hidden = np.bincount(found.future.indices, minlength=6)
    assert hidden.min() > 3


def test_who_has_fewer_than_five_items_keeps_them():
    found = hide_some(counts(n_each=4), np.random.default_rng(0), 0.5)
    assert found.future.nnz == 0


def test_the_same_generator_hides_the_same():
    a, b = (hide(counts(), np.random.default_rng(3)).future for _ in range(2))
    assert (a != b).nnz == 0


def test_a_love_of_something_hidden_is_hidden_with_it():
    pairs = Pairs([0] * 6, range(6), np.ones(6), loved=[True] * 6)
    found = hide_some(gather(named(1), ITEMS, pairs), np.random.default_rng(0), 0.34)
    taste = found.past.taste(0)
    assert not set(taste.columns.tolist()) & set(found.future.indices.tolist())


@pytest.mark.parametrize(("n", "by_time"), [(49, False), (50, True)])
def test_time_splits_where_fifty_listeners_have_five_timed_plays(n, by_time):
    rows = np.repeat(np.arange(n), 5)
    plays = Plays(rows, np.tile(np.arange(5), n), np.tile(np.arange(5.0), n))
    world = from_plays(named(n), ITEMS, plays)
    assert hide(world, np.random.default_rng(0)).by_time is by_time


def test_a_tally_beside_timed_plays_stays_known():
    pairs = Pairs([0, 0], [0, 1], [100 + 5, 1], first_at_s=[0.0, 9.0], last_at_s=[4.0, 9.0])
    plays = Plays([0] * 6, [0, 0, 0, 0, 0, 1], [0.0, 1.0, 2.0, 3.0, 4.0, 9.0])
    found = hide_last(gather(named(1), ITEMS, pairs, plays), np.array([True]), 0.34)
    taste = found.past.taste(0)
    assert taste.columns.tolist() == [0]
    assert taste.n_plays.tolist() == [104]
    assert found.novel.nonzero()[1].tolist() == [1]
    assert found.future.indices.tolist() == [0, 1]

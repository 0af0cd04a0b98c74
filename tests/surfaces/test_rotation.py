"""Everything has its turn, the heavy more often; and an artist's tracks stand apart."""

import itertools
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.rotation import spread, turns

DAYS = [(date(2026, 11, 21) + timedelta(days=n)).isoformat() for n in range(64)]


def shown(rows, weights, n):
    return [set(turns(rows, weights, n, day)[:n].tolist()) for day in DAYS]


def test_where_there_is_twice_as_much_little_stands_two_days_running():
    rows, weights = np.arange(100, dtype=np.int32), np.ones(100)
    days = shown(rows, weights, 40)
    again = [len(a & b) / 40 for a, b in itertools.pairwise(days)]
    assert np.mean(again) < 0.25
    assert len(set.union(*days[:8])) > 90


def test_the_heavy_have_their_turn_more_often():
    rows = np.arange(200, dtype=np.int32)
    weights = np.where(rows < 20, 8.0, 1.0)
    times = Counter(place for day in shown(rows, weights, 40) for place in day)
    heavy = np.mean([times[place] for place in range(20)])
    light = np.mean([times[place] for place in range(20, 200)])
    assert heavy > 2 * light


@pytest.mark.parametrize("n_rows", [0, 1, 5, 40])
def test_what_is_no_more_than_is_shown_all_has_its_turn(n_rows):
    rows, weights = np.arange(n_rows, dtype=np.int32), np.linspace(1, 9, n_rows)
    assert sorted(turns(rows, weights, 40, DAYS[0]).tolist()) == list(range(n_rows))


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60), st.integers(1, 50), st.integers(0, 63)
)
def test_turns_are_an_order_and_the_same_for_the_same_day(weights, n, day):
    rows = np.arange(len(weights), dtype=np.int32) * 7
    first = turns(rows, np.array(weights), n, DAYS[day])
    assert sorted(first.tolist()) == list(range(len(weights)))
    assert (first == turns(rows, np.array(weights), n, DAYS[day])).all()


@given(
    st.lists(st.integers(1, 3), min_size=4, max_size=14),
    st.integers(0, 63),
    st.dictionaries(st.integers(0, 13), st.floats(0, 0.99), max_size=5),
)
def test_an_artist_is_spread_over_the_list(counts, day, fixed):
    artists = np.repeat(np.arange(len(counts)), counts)
    order = artists[spread(artists, DAYS[day], fixed)]
    assert sorted(order.tolist()) == artists.tolist()
    for artist in set(order.tolist()):
        places = np.flatnonzero(order == artist) / len(order)
        if len(places) > 1:
            even = 1 / (len(places) + (artist in fixed))
            assert np.diff(places).min() > even - 0.45


def test_days_differ_in_their_order():
    artists = np.repeat(np.arange(10), 3)
    orders = {tuple(spread(artists, day, {}).tolist()) for day in DAYS[:7]}
    assert len(orders) == 7

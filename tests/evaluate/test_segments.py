"""Groups of listeners: thirds with equals together, and none too small to speak of."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ritornello.evaluate.segments import LEAST, members, thirds


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_equals_stay_together_and_more_is_never_lower(values):
    found = thirds(np.array(values, float))
    for value, third in zip(values, found, strict=True):
        assert all(other >= third for v, other in zip(values, found, strict=True) if v >= value)
    assert set(found) <= {0, 1, 2}


def test_different_values_make_three_groups_alike():
    assert np.bincount(thirds(np.arange(30.0))).tolist() == [10, 10, 10]


def test_who_has_no_number_is_in_no_third():
    assert thirds(np.array([np.nan, np.nan])).tolist() == [-1, -1]
    assert thirds(np.array([np.nan, 1.0, 2.0, 3.0])).tolist() == [-1, 0, 1, 2]


def test_small_groups_are_left_out():
    groups = [{"device": "car"}] * (LEAST - 1) + [{"device": "web"}] * LEAST + [{}]
    assert {key: len(places) for key, places in members(groups).items()} == {
        ("device", "web"): LEAST
    }

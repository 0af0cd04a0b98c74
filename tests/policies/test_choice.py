import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import exponential, floored, positive, tilted, within

SCORES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(SCORES, st.floats(0.05, 10))
def test_the_best_weighs_one_and_order_is_kept(scores, temperature):
    weights = exponential(scores, temperature)
    assert weights.max() == 1.0
    assert (weights > 0).all()
    assert (np.diff(weights[np.argsort(scores, kind="stable")]) >= 0).all()


def test_of_draws_the_mean_counts():
    draws = [[1.0, 4.0], [3.0, 0.0]]
    np.testing.assert_array_equal(exponential(draws), exponential([2.0, 2.0]))


def test_a_draw_that_is_not_a_number_names_its_row():
    with pytest.raises(BadValue, match="row 1"):
        exponential([[1.0, 2.0], [1.0, np.nan]])


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40), st.floats(0, 0.99))
def test_a_floor_is_the_least_share_and_keeps_the_whole(weights, floor):
    weights = np.array(weights)
    mixed = floored(weights, floor)
    assert mixed.sum() == pytest.approx(weights.sum())
    assert (mixed / mixed.sum()).min() >= floor / len(weights) * (1 - 1e-12)


def test_weights_too_large_to_be_added_are_refused():
    with pytest.raises(BadValue, match="row 1 is 1e\\+308"):
        positive([1.0, 1e308])


def test_a_tilt_of_another_shortlist_is_refused():
    with pytest.raises(BadValue, match=r"\(2,\) for a shortlist of 3"):
        tilted(np.ones(3), lambda _: np.ones(2), [])


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan, np.inf])
def test_a_parameter_out_of_range_is_named(bad):
    with pytest.raises(BadValue, match=r"share must be in \[0, 1\]"):
        within("share", bad, 0, 1)

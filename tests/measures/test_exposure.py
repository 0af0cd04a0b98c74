"""How listing is spread: toy counts, and what holds of any counts."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ritornello.measures.exposure import counts_of, coverage, entropy_bits, gini, simpson

COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=30).map(
    lambda counts: np.array(counts, dtype=float)
)


@pytest.mark.parametrize(
    ("counts", "expected"), [([1, 1, 1, 1], 0.0), ([0, 0, 0, 10], 0.75), ([1, 2, 3, 4], 0.25)]
)
def test_gini_of_toys(counts, expected) -> None:
    assert gini(np.array(counts, dtype=float)) == pytest.approx(expected)


@settings(max_examples=40)
@given(COUNTS)
def test_gini_is_the_mean_difference_of_two_items_by_twice_the_mean(counts) -> None:
    assume(counts.any())
    apart = np.abs(counts[:, None] - counts[None, :]).mean()
    assert gini(counts) == pytest.approx(apart / (2 * counts.mean()), abs=1e-12)


@settings(max_examples=40)
@given(COUNTS, st.randoms(use_true_random=False))
def test_no_order_and_no_scale_changes_how_listing_is_spread(counts, random) -> None:
    assume(counts.any())
    shuffled = counts.copy()
    random.shuffle(shuffled)
    for statistic in (coverage, gini, entropy_bits, simpson):
        assert statistic(shuffled * 3) == pytest.approx(statistic(counts), abs=1e-12)


def test_one_item_has_it_all_or_all_have_the_same() -> None:
    one, even = np.array([0.0, 0, 0, 8]), np.full(4, 2.0)
    assert [coverage(one), entropy_bits(one), simpson(one)] == [0.25, 0.0, 0.0]
    assert [coverage(even), entropy_bits(even), simpson(even)] == [1.0, 2.0, 0.75]


def test_what_was_never_listed_counts_as_0() -> None:
    assert counts_of(np.array([[2, 0], [2, -1]]), 4).tolist() == [1, 0, 2, 0]

"""Proximity: against a search of every stretch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.proximity import BETWEEN, closest, in_order

LETTERS = list("abcdefgh")
WEIGHTS = {"a": 3.0, "b": 2.0, "c": 1.0}


def best_share(said, n_asked):
    reach = n_asked + BETWEEN
    held = [
        sum(WEIGHTS[term] for term in WEIGHTS if term in said[begin : begin + reach + 1])
        for begin in range(len(said))
    ]
    return max(held, default=0.0) / sum(WEIGHTS.values())


@given(st.lists(st.sampled_from([*LETTERS, *"xyz"]), max_size=60))
def test_the_share_is_that_of_the_best_stretch(said):
    found = closest(said, ["a", "b", "c"], WEIGHTS)
    assert found.covered == pytest.approx(best_share(said, 3))
    assert 0 <= found.proximity <= 1.5


@given(st.lists(st.sampled_from([*LETTERS, *"xyz"]), min_size=1, max_size=60))
def test_the_place_holds_that_share_from_there_on(said):
    found = closest(said, ["a", "b", "c"], WEIGHTS)
    there = said[found.row : found.row + 3 + BETWEEN + 1]
    held = sum(WEIGHTS[term] for term in WEIGHTS if term in there) / sum(WEIGHTS.values())
    assert held >= found.covered - 1e-9


def test_neighbours_count_by_weight_and_a_single_term_has_none():
    assert in_order(["x", "a", "b", "c"], ["a", "b", "c"], WEIGHTS) == 1.0
    assert in_order(["a", "b", "x", "c"], ["a", "b", "c"], WEIGHTS) == pytest.approx(5 / 8)
    assert in_order(["x"], ["a"], WEIGHTS) == 1.0


def test_what_is_not_said_is_nowhere():
    assert closest(["x", "y"], ["a"], WEIGHTS) == (0.0, 0.0, 0)
    assert closest([], ["a"], WEIGHTS).covered == 0.0

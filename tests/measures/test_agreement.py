"""The adjusted Rand index, against scikit-learn 1.9.1's ``metrics.adjusted_rand_score``."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.agreement import adjusted_rand

ORACLE = [
    ([0, 0, 1, 1], [0, 0, 1, 1], 1.0),
    ([0, 0, 1, 1], [0, 0, 1, 2], 0.5714285714285714),
    ([0, 0, 1, 2], [0, 0, 1, 1], 0.5714285714285714),
    ([0, 0, 0, 0], [0, 1, 2, 3], 0.0),
    ([0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2, 0, 2], 0.047619047619047616),
    ([0, 1], [0, 0], 0.0),
    ([0, 0], [0, 0], 1.0),
    ([0, 1, 2], [2, 1, 0], 1.0),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), ORACLE)
def test_agrees_with_scikit_learn(ours, theirs, expected):
    assert adjusted_rand(np.array(ours), np.array(theirs)) == pytest.approx(expected, abs=1e-15)


def test_agrees_with_scikit_learn_where_most_agree():
    rng = np.random.default_rng(5)
    ours = rng.integers(4, size=50)
    theirs = np.where(rng.random(50) < 0.6, ours, rng.integers(4, size=50))
    assert adjusted_rand(ours, theirs) == pytest.approx(0.2771528674165591, abs=1e-12)


groups = st.integers(0, 4)


@given(st.lists(st.tuples(groups, groups), min_size=1, max_size=30), st.permutations(range(5)))
def test_names_order_and_sides_do_not_matter(pairs, renamed):
    ours, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    found = adjusted_rand(ours, theirs)
    assert -1 <= found <= 1
    assert adjusted_rand(ours, ours) == 1
    assert adjusted_rand(theirs, ours) == pytest.approx(found)
    assert adjusted_rand(np.array(renamed)[ours], theirs) == pytest.approx(found)
    assert adjusted_rand(ours[::-1], theirs[::-1]) == pytest.approx(found)


def test_chance_is_nought():
    rng = np.random.default_rng(3)
    found = [adjusted_rand(rng.integers(3, size=60), rng.integers(5, size=60)) for _ in range(400)]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20


def test_other_things_are_refused():
    with pytest.raises(BadValue, match="same things"):
        adjusted_rand(np.array([1, 2]), np.array([1, 2, 3]))
    assert adjusted_rand(np.array([]), np.array([])) == 1

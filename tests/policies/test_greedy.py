import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.policies.greedy import Greedy

RNG = np.random.default_rng(0)


def test_equal_weights_keep_the_order_of_the_shortlist():
    assert Greedy().choose([1.0, 2.0, 2.0, 1.0], 4, RNG).rows.tolist() == [1, 2, 0, 3]


def test_a_row_that_is_not_the_heaviest_left_has_probability_zero():
    assert Greedy().probabilities([3.0, 2.0, 1.0], [0, 2, 1]).tolist() == [1.0, 0.0, 1.0]


def test_negative_scores_are_fine_weights():
    assert Greedy().choose([-3.0, -1.0], 1, RNG).rows.tolist() == [1]


def test_a_matrix_of_weights_is_refused():
    with pytest.raises(BadValue, match="vector"):
        Greedy().choose([[1.0, 2.0]], 1, RNG)

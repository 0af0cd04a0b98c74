import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from ritornello.kinds.errors import BadValue
from ritornello.listeners.preferences import Preferences
from ritornello.policies.budgets import MOST, budget_of

RECEPTIVITY = st.one_of(st.none(), st.floats(0, 1e9))


@given(st.floats(0, 1), st.floats(0, 0.5), RECEPTIVITY)
def test_the_dial_stands_before_everything(default, dial, receptivity):
    assert budget_of(default, Preferences(exploration_budget=dial), receptivity) == dial


@given(st.floats(0, 1), RECEPTIVITY)
def test_a_budget_is_a_share_the_dial_could_say(default, receptivity):
    assert 0 <= budget_of(default, Preferences(), receptivity) <= MOST


@given(st.floats(0, 1), st.floats(0, 10), st.floats(0, 10))
def test_who_keeps_more_of_the_new_explores_more(default, a, b):
    a, b = sorted((a, b))
    assert budget_of(default, receptivity=a) <= budget_of(default, receptivity=b)


def test_the_unknown_and_the_usual_explore_by_default():
    assert budget_of(0.1) == budget_of(0.1, Preferences(), 1.0) == 0.1


def test_who_likes_what_they_have_is_left_a_quarter():
    assert budget_of(0.2, receptivity=0.0) == pytest.approx(0.05)
    assert budget_of(0.2, receptivity=50.0) == pytest.approx(0.4)


@pytest.mark.parametrize("share", [0.5, 1.0, 1.7])
def test_it_is_the_best_budget_where_discoveries_are_worth_ever_less(share):
    """Maximise share · K log b − c b numerically, with K / c such that the crowd's is the default."""
    default, cost = 0.1, 3.0
    best = minimize_scalar(
        lambda b: cost * b - share * default * cost * np.log(b), bounds=(1e-4, 1), method="bounded"
    )
    assert budget_of(default, receptivity=share) == pytest.approx(best.x, abs=1e-4)


@pytest.mark.parametrize(
    ("default", "receptivity", "said"),
    [
        (-0.1, None, "default"),
        (np.nan, None, "default"),
        (0.1, -1.0, "recept"),
        (0.1, np.nan, "recept"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(default, receptivity, said):
    with pytest.raises(BadValue, match=said):
        budget_of(default, receptivity=receptivity)

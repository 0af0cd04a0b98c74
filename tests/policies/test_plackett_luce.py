from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.policies.plackett_luce import PlackettLuce

WEIGHTS = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=12)
BUDGETS = st.floats(0, 1)


def by_hand(weights, budget, chosen):
    """The mixture written out with its ε, as the definition says; the module never forms ε."""
    left = dict(enumerate(weights))
    p = []
    for row in chosen:
        best = max(left, key=lambda r: (left[r], -r))
        total = sum(left.values())
        away = 1 - left[best] / total
        epsilon = min(1.0, budget / away) if away > 0 else 0.0
        p.append((1 - epsilon) * (row == best) + epsilon * left.pop(row) / total)
    return p


@given(WEIGHTS, BUDGETS, st.randoms(use_true_random=False))
def test_propensities_are_the_mixture_of_greedy_and_plackett_luce(weights, budget, random):
    chosen = random.sample(range(len(weights)), len(weights))
    got = PlackettLuce(budget=budget).probabilities(weights, chosen)
    np.testing.assert_allclose(got, by_hand(weights, budget, chosen), atol=1e-9)


@given(WEIGHTS, BUDGETS, st.integers(0, 2**32 - 1))
def test_probabilities_of_the_rows_left_sum_to_one_at_each_slot(weights, budget, seed):
    policy = PlackettLuce(budget=budget)
    rows = policy.choose(weights, len(weights), np.random.default_rng(seed)).rows.tolist()
    for k in range(len(rows)):
        total = sum(policy.probabilities(weights, [*rows[:k], row])[-1] for row in rows[k:])
        assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("weights", [[1.0], [1, 1], [5, 1, 3], [8, 4, 2, 1], [1e-9, 1, 1e9]])
@pytest.mark.parametrize("budget", [0, 0.1, 0.6, 1])
def test_all_slates_of_a_small_shortlist_together_have_probability_one(weights, budget):
    policy = PlackettLuce(budget=budget)
    slates = permutations(range(len(weights)))
    total = sum(np.prod(policy.probabilities(weights, slate)) for slate in slates)
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("budget", [0.05, 0.1, 0.3])
def test_expected_share_of_slots_away_from_greedy_is_the_budget(budget):
    """Over every slate of two from four, weighted by its probability."""
    policy, weights = PlackettLuce(budget=budget), [4.0, 3.0, 2.0, 2.0]
    expected = 0.0
    for slate in permutations(range(4), 2):
        p = np.prod(policy.probabilities(weights, slate))
        greedy_second = min(set(range(4)) - {slate[0]})
        expected += p * ((slate[0] != 0) + (slate[1] != greedy_second)) / 2
    assert expected == pytest.approx(budget, abs=1e-12)


def test_monte_carlo_agrees_with_the_closed_form():
    policy, weights, n = PlackettLuce(budget=0.4), [5.0, 3.0, 1.0, 0.5], 20_000
    rng = np.random.default_rng(20261116)
    drawn = np.array([policy.choose(weights, 3, rng).rows for _ in range(n)])
    code = drawn @ [100, 10, 1]
    for slate in permutations(range(4), 3):
        p = float(np.prod(policy.probabilities(weights, slate)))
        share = (code == np.dot(slate, [100, 10, 1])).mean()
        assert abs(share - p) / np.sqrt(p * (1 - p) / n) < 4


def test_a_pure_plackett_luce_draw_is_the_cap():
    """Nine tenths of the weight on one row: even ε = 1 leaves it only a tenth of the time."""
    choice = PlackettLuce(budget=0.5).choose([9.0, 1.0], 1, np.random.default_rng(0))
    assert choice.explored == pytest.approx(0.1)
    assert PlackettLuce(budget=0.5).probabilities([9.0, 1.0], [1])[0] == pytest.approx(0.1)


def test_the_last_candidate_is_certain():
    assert PlackettLuce(budget=1).probabilities([2.0, 1.0], [1, 0])[1] == 1.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_weights_keep_the_order_of_scores_and_are_above_zero(scores):
    weights = PlackettLuce(temperature=0.05).weigh(scores)
    assert (weights > 0).all()
    assert weights.max() == 1.0
    order = np.argsort(scores, kind="stable")
    assert (np.diff(weights[order]) >= 0).all()


def test_the_scale_of_scores_does_not_matter():
    policy = PlackettLuce()
    np.testing.assert_allclose(policy.weigh([1, 2, 3]), policy.weigh([10, 20, 30]))


def test_equal_scores_weigh_the_same():
    assert PlackettLuce().weigh([2.0, 2.0]).tolist() == [1.0, 1.0]


def test_an_empty_shortlist_gives_an_empty_slate():
    policy = PlackettLuce()
    choice = policy.choose(policy.weigh([]), 5, np.random.default_rng(0))
    assert (len(choice.rows), choice.explored) == (0, 0.0)


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_weights_that_nobody_could_draw_are_refused(bad):
    with pytest.raises(BadValue, match="row 1"):
        PlackettLuce().choose([1.0, bad], 1, np.random.default_rng(0))


@pytest.mark.parametrize(
    "parameters",
    [{"budget": -0.1}, {"budget": 1.1}, {"budget": float("nan")}, {"temperature": 0}, {"floor": 1}],
)
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(BadValue, match=next(iter(parameters))):
        PlackettLuce(**parameters)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_a_floor_bounds_every_share_and_keeps_the_order(scores, floor):
    weights = PlackettLuce(temperature=0.05, floor=floor).weigh(scores)
    assert (weights / weights.sum()).min() >= floor / len(scores) * (1 - 1e-9)
    assert (np.diff(weights[np.argsort(scores, kind="stable")]) >= 0).all()

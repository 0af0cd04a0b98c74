from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.policies.mixing import Mixture

WEIGHTS = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=9)


class Leaning:
    """Factors from a table: the row chosen last says which row of it counts."""

    def __init__(self, table):
        self.table = np.asarray(table)

    def __call__(self, chosen):
        return self.table[chosen[-1] if chosen else -1]


def leaning(n, seed, low=0.1, high=10.0):
    return Leaning(np.random.default_rng(seed).uniform(low, high, (n + 1, n)))


def by_hand(weights, budget, chosen, tilt):
    """The mixture written out with its ε over tilted weights, in plain Python."""
    left = set(range(len(weights)))
    p = []
    for slot, row in enumerate(chosen):
        factors = tilt(list(chosen[:slot]))
        now = {r: weights[r] * float(factors[r]) for r in left}
        best = max(now, key=lambda r: (now[r], -r))
        total = sum(now.values())
        away = 1 - now[best] / total
        epsilon = min(1.0, budget / away) if len(left) > 1 else 0.0
        p.append((1 - epsilon) * (row == best) + epsilon * now[row] / total)
        left.remove(row)
    return p


@given(WEIGHTS, st.floats(0, 1), st.integers(0, 99), st.randoms(use_true_random=False))
def test_a_tilt_multiplies_the_weights_of_each_slot(weights, budget, seed, random):
    chosen = random.sample(range(len(weights)), len(weights))
    tilt = leaning(len(weights), seed)
    got = Mixture(budget=budget).probabilities(weights, chosen, tilt)
    np.testing.assert_allclose(got, by_hand(weights, budget, chosen, tilt), atol=1e-9)


@pytest.mark.parametrize("budget", [0, 0.1, 0.6, 1])
def test_all_tilted_slates_together_have_probability_one(budget):
    policy, weights, tilt = Mixture(budget=budget), [5.0, 3.0, 1.0, 0.2, 0.2], leaning(5, 1)
    for n in (1, 2, 5):
        slates = permutations(range(5), n)
        total = sum(np.prod(policy.probabilities(weights, slate, tilt)) for slate in slates)
        assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("budget", [0.05, 0.1, 0.3])
def test_the_budget_is_the_expected_share_of_slots_away_from_the_tilted_best(budget):
    """Over every slate of three from five, weighted by its probability; nothing dominates here."""
    policy, weights, tilt = (
        Mixture(budget=budget),
        np.array([4.0, 3.0, 2.0, 2.0, 1.5]),
        leaning(5, 3, 0.5, 2.0),
    )
    expected = 0.0
    for slate in permutations(range(5), 3):
        p = np.prod(policy.probabilities(weights, slate, tilt))
        for slot in range(3):
            now = weights * tilt(list(slate[:slot]))
            now[list(slate[:slot])] = 0
            expected += p * (slate[slot] != now.argmax()) / 3
    assert expected == pytest.approx(budget, abs=1e-12)


@given(WEIGHTS, st.floats(0, 1), st.integers(0, 99))
def test_explored_is_what_the_propensities_of_the_greedy_leave(weights, budget, seed):
    tilt, policy = leaning(len(weights), seed), Mixture(budget=budget)
    choice = policy.choose(weights, len(weights), np.random.default_rng(seed), tilt)
    rows, left, share = choice.rows.tolist(), np.array(weights), 0.0
    for slot in range(len(rows)):
        best = int((left * tilt(rows[:slot])).argmax())
        share += 1 - policy.probabilities(weights, [*rows[:slot], best], tilt)[-1]
        left[rows[slot]] = 0
    assert choice.explored == pytest.approx(share / len(rows), abs=1e-9)


def test_a_tilt_sees_what_was_chosen_in_order():
    seen = []

    def tilt(chosen):
        seen.append(list(chosen))
        return np.ones(4)

    rows = Mixture(budget=1.0).choose(np.ones(4), 3, np.random.default_rng(0), tilt).rows.tolist()
    assert seen == [rows[:slot] for slot in range(3)]


def test_a_factor_too_small_to_multiply_stops_nothing():
    """Weights that vanish under a tilt keep a chance, and the draw says the same again."""
    policy, weights = Mixture(budget=0.5), np.array([1e-300, 1e-300, 1e-200])
    choice = policy.choose(weights, 3, np.random.default_rng(0), lambda _: np.full(3, 1e-200))
    again = policy.probabilities(weights, choice.rows.tolist(), lambda _: np.full(3, 1e-200))
    np.testing.assert_array_equal(again, choice.propensities)
    assert (choice.propensities > 0).all()

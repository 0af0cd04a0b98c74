import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ritornello.kinds.errors import BadValue
from ritornello.policies.thompson import Thompson

DRAWS = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 7)),
    elements=st.integers(0, 4).map(float),
)


def by_hand(draws, floor, places):
    """Shares of the first t places, averaged over t, counted one by one."""
    n = len(draws[0])
    places = min(places, n)
    weights = [0.0] * n
    for t in range(1, places + 1):
        for draw in draws:
            ranked = sorted(range(n), key=lambda row: (-draw[row], row))
            for row in ranked[:t]:
                weights[row] += 1 / t / len(draws) / places
    return [(1 - floor) * weight + floor / n for weight in weights]


@given(DRAWS, st.floats(0.001, 0.99), st.integers(1, 9))
def test_weights_are_shares_of_the_first_places_counted_by_hand(draws, floor, places):
    weights = Thompson(floor=floor, places=places).weigh(draws)
    np.testing.assert_allclose(weights, by_hand(draws.tolist(), floor, places), atol=1e-12)
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= floor / draws.shape[1] * (1 - 1e-12)


def test_one_place_counts_wins():
    """Beta(3, 1) against Beta(1, 3): P(first wins) = 0.95, by integrating."""
    draws = np.random.default_rng(0).beta([3, 1], [1, 3], size=(100_000, 2))
    weights = Thompson(floor=0.02, places=1).weigh(draws)
    np.testing.assert_allclose(weights, [0.98 * 0.95 + 0.01, 0.98 * 0.05 + 0.01], atol=3e-3)


def test_the_pure_draw_follows_the_weights_themselves():
    weights = Thompson(floor=0.1, places=1).weigh([[3.0, 1, 2], [1, 3, 2], [3, 1, 2], [3, 2, 1]])
    p = [Thompson(budget=1.0).probabilities(weights, [row])[0] for row in range(3)]
    np.testing.assert_allclose(p, weights, atol=1e-12)


def test_scores_are_one_draw_without_a_doubt():
    weights = Thompson(floor=0.3, places=1).weigh([0.1, 0.9, 0.5])
    np.testing.assert_allclose(weights, [0.1, 0.8, 0.1])


def test_an_empty_shortlist_weighs_nothing():
    assert Thompson().weigh([]).size == 0
    assert Thompson().weigh(np.empty((5, 0))).size == 0


def test_a_propensity_of_zero_is_refused_by_name():
    with pytest.raises(BadValue, match="propensities of 0"):
        Thompson(floor=0)
    with pytest.raises(BadValue, match="row 1"):
        Thompson().choose([1.0, 0.0], 1, np.random.default_rng(0))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_draw_that_is_no_number_is_named(bad):
    with pytest.raises(BadValue, match=r"draw 1 of row 2"):
        Thompson().weigh([[1.0, 2.0, 3.0], [1.0, 2.0, bad]])


@pytest.mark.parametrize("shape", [(0, 3), (2, 2, 2)])
def test_draws_of_another_shape_are_refused(shape):
    with pytest.raises(BadValue, match="n_draws"):
        Thompson().weigh(np.ones(shape))


@pytest.mark.parametrize(
    "parameters", [{"floor": -0.1}, {"floor": 1.0}, {"places": 0}, {"budget": 2}]
)
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(BadValue, match=next(iter(parameters))):
        Thompson(**parameters)


def regret_of(policy, seed, n_arms=30, n_slots=6, n_rounds=40, n_each=15):
    """Mean regret of slates from Beta beliefs, all slots seen; truth is Beta(1, 20)."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 20, n_arms)
    best, lost = np.sort(truth)[-n_slots:].sum(), 0.0
    a, b = np.ones(n_arms), np.full(n_arms, 20.0)
    for _ in range(n_rounds):
        weights = policy.weigh(rng.beta(a, b, (128, n_arms)))
        for _ in range(n_each):
            rows = policy.choose(weights, n_slots, rng).rows
            lost += best - truth[rows].sum()
            played = rng.random(n_slots) < truth[rows]
            a[rows] += played
            b[rows] += ~played
    return lost / n_rounds / n_each


@pytest.mark.slow
def test_a_slate_needs_as_many_places_as_it_has_slots():
    seeds = range(8)
    slates, winners = (
        np.mean([regret_of(Thompson(budget=0.1, places=places), seed) for seed in seeds])
        for places in (6, 1)
    )
    assert slates < 0.8 * winners

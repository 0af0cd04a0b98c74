"""A mixture's probabilities, against plain multiplication, whatever is missing."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import vonmises

from ritornello.kinds.errors import BadValue
from ritornello.signals.mixture import Features, Mixture, Shape, log_sum_exp, numbered

SHAPE = Shape(
    continuous=("pace",),
    angles=("hour",),
    categories={"device": ("car", "mobile", "tv")},
    shares=("skipped",),
)
THREE = Mixture(
    SHAPE,
    np.array([0.5, 0.3, 0.2]),
    np.array([[0.0], [2.0], [-1.0]]),
    np.array([[1.0], [0.25], [4.0]]),
    np.array([[0.0], [3.0], [-2.0]]),
    np.array([[0.0], [1.5], [12.0]]),
    (np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]),),
    np.array([[0.1], [0.6], [0.3]]),
)


def rows(*each):
    """Features of rows ``(pace, hour, device, hits, trials)``."""
    pace, hour, device, hits, trials = zip(*each, strict=True)
    return numbered(
        SHAPE,
        {"pace": np.array(pace, dtype=float), "hour": np.array(hour, dtype=float)},
        {"device": np.array(device)},
        {"skipped": (np.array(hits, dtype=float), np.array(trials, dtype=float))},
    )


def by_hand(pace, hour, device, hits, trials):
    """p(z | x), multiplied out."""
    joint = []
    for z in range(3):
        p = THREE.weights[z]
        if not math.isnan(pace):
            mean, variance = THREE.means[z, 0], THREE.variances[z, 0]
            p *= math.exp(-((pace - mean) ** 2) / (2 * variance))
            p /= math.sqrt(2 * math.pi * variance)
        if not math.isnan(hour):
            concentration, direction = THREE.concentrations[z, 0], THREE.directions[z, 0]
            p *= vonmises.pdf(hour, max(concentration, 1e-12), loc=direction) * 2 * math.pi
        if device in SHAPE.categories["device"]:
            p *= THREE.shares[0][z, SHAPE.categories["device"].index(device)]
        p *= THREE.chances[z, 0] ** hits * (1 - THREE.chances[z, 0]) ** (trials - hits)
        joint.append(p)
    return np.array(joint)


@given(
    st.floats(-5, 5) | st.just(math.nan),
    st.floats(-7, 7) | st.just(math.nan),
    st.sampled_from(["car", "mobile", "tv", "fridge", ""]),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_each_row_is_the_product_of_what_is_known(pace, hour, device, hits, misses):
    row = (pace, hour, device, hits, hits + misses)
    found, expected = rows(row), by_hand(*row)
    np.testing.assert_allclose(
        THREE.infer(found)[0], expected / expected.sum(), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(THREE.log_likelihood(found)[0], math.log(expected.sum()), atol=1e-9)


def test_the_probabilities_of_everything_that_can_be_sum_to_one():
    every = [
        (math.nan, math.nan, device, skipped, 1)
        for device, skipped in itertools.product(SHAPE.categories["device"], (0, 1))
    ]
    assert np.exp(THREE.log_likelihood(rows(*every))).sum() == pytest.approx(1)


def test_nothing_known_leaves_the_weights():
    found = rows((math.nan, math.nan, "", 0, 0), (math.nan, math.nan, "fridge", 0, 0))
    np.testing.assert_allclose(THREE.infer(found), [THREE.weights] * 2)
    np.testing.assert_allclose(THREE.log_likelihood(found), 0, atol=1e-12)


def test_what_is_far_from_everything_still_sums_to_one():
    found = rows((1e6, 1, "car", 0, 900_000), (-1e6, 9, "tv", 900_000, 900_000))
    np.testing.assert_allclose(THREE.infer(found).sum(axis=1), 1)
    assert np.isfinite(THREE.log_likelihood(found)).all()


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=6), st.floats(-1e6, 1e6))
def test_log_sum_exp_moves_with_what_is_added_to_all(values, more):
    found = log_sum_exp(np.array([values]) + more)
    assert found[0] == pytest.approx(math.log(sum(map(math.exp, values))) + more, abs=1e-6)


def test_words_become_numbers_in_the_order_of_the_shape():
    shape = Shape(categories={"device": ("tv", "car"), "none": ()})
    found = numbered(shape, {}, {n: np.array(["car", "tv", "x"]) for n in shape.categories}, {})
    assert found.levels.tolist() == [[1, -1], [0, -1], [-1, -1]]
    assert found.continuous.shape == (3, 0)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"continuous": np.zeros((1, 2))}, "columns"),
        ({"continuous": np.full((1, 1), np.inf)}, "infinite"),
        ({"angles": np.full((1, 1), np.inf)}, "infinite"),
        ({"levels": np.array([[3]])}, "out of its category's range"),
        ({"levels": np.array([[-2]])}, "out of its category's range"),
        ({"hits": np.array([[2.0]])}, "hits"),
        ({"hits": np.array([[math.nan]])}, "hits"),
    ],
)
def test_features_that_cannot_be_meant_are_refused(changed, says):
    one = {
        "shape": SHAPE, "continuous": np.zeros((1, 1)), "angles": np.zeros((1, 1)), "levels": np.zeros((1, 1), dtype=int),
        "hits": np.ones((1, 1)), "trials": np.ones((1, 1)),
    }  # fmt: skip
    with pytest.raises(BadValue, match=says):
        Features(**(one | changed))

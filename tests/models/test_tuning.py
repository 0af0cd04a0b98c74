"""A bounded search that keeps what it was given where nothing is better."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.models.ials import IalsConfig
from ritornello.models.tuning import Range, tune, with_parameters

RANGES = {
    "n_factors": Range(8, 128, "integer"),
    "alpha": Range(1, 64, "log"),
    "evidence.log_weight": Range(0.0, 1.0),
}
START = IalsConfig(n_factors=16, alpha=2.0)


def distance(config):
    return -(
        abs(np.log(config.alpha / 20))
        + abs(config.n_factors - 100) / 50
        + abs(config.evidence.log_weight - 0.7)
    )


def test_it_comes_near_what_is_best_and_asks_as_often_as_allowed():
    asked = []

    def judge(config):
        asked.append(config)
        return distance(config)

    found = tune(START, RANGES, judge, 40, np.random.default_rng(1))
    assert len(asked) == 40
    assert asked[0] == START
    assert distance(found) == max(map(distance, asked)) > -0.5


@pytest.mark.parametrize("n_trials", [0, 1])
def test_without_trials_everything_stays(n_trials):
    assert tune(START, RANGES, distance, n_trials, np.random.default_rng(0)) == START


def test_ties_keep_the_start():
    assert tune(START, RANGES, lambda _: 1.0, 10, np.random.default_rng(0)) == START


def test_the_same_generator_finds_the_same():
    a, b = (tune(START, RANGES, distance, 12, np.random.default_rng(5)) for _ in range(2))
    assert a == b


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_parameters_stay_within_their_ranges(position):
    found = with_parameters(START, RANGES, np.array(position))
    assert 8 <= found.n_factors <= 128
    assert 1 <= found.alpha <= 64 * (1 + 1e-12)
    assert 0 <= found.evidence.log_weight <= 1
    assert found.regularization == START.regularization


@given(st.sampled_from(list(RANGES.values())), st.floats(0, 1))
def test_a_position_and_its_value_lead_to_each_other(range_, position):
    exact = msgspec.structs.replace(range_, scale="linear") if range_.scale == "integer" else range_
    assert exact.position_of(exact.at(position)) == pytest.approx(position, abs=1e-9)


def test_a_path_that_leads_nowhere_is_named():
    with pytest.raises(KeyError, match=r"evidence\.depth"):
        with_parameters(START, {"evidence.depth": Range(0, 1)}, np.array([0.5]))

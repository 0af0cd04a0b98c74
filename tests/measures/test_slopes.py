"""Hyper-parameters the log chooses: those obp chooses, and no worse than a fixed one where the truth is known."""

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.measures import off_policy as op
from ritornello.measures.slopes import by_mse, by_slope

TUNED = {
    "InverseProbabilityWeightingTuning": (op.clipped, False),
    "DoublyRobustTuning": (op.clipped, True),
    "SwitchDoublyRobustTuning": (op.switched, True),
    "DoublyRobustWithShrinkageTuning": (op.shrunk, True),
}


@pytest.mark.parametrize("name", TUNED)
@pytest.mark.parametrize("method", ["slope", "mse"])
def test_choices_equal_those_of_obp(synthetic_rounds, name, method):
    w, r, q, v, reference = synthetic_rounds
    temper, with_model = TUNED[name]
    if not with_model:
        q, v = 0 * q, 0 * v
    wanted = reference["tuning"][f"{name}_{method}"]
    tempered = [temper(w, value) for value in wanted["lambdas"]]
    found = [op.dr(each, r, q, v) for each in tempered]
    place = by_slope(found) if method == "slope" else by_mse(found, tempered, w, r - q)
    assert found[place].value == pytest.approx(wanted["value"], rel=1e-9)
    chosen = wanted["lambdas"].index(wanted["chosen"])
    if name.startswith("Inverse") and method == "slope":
        assert found[place].value == found[chosen].value  # 100, 10 and 5 all clip nothing
    else:
        assert place == chosen


def test_slope_keeps_to_the_widest_where_narrower_ones_contradict_it():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=1_000)
    wide, near, far = 1 + noise, 1.01 + 0.5 * noise, 3 + 0.1 * noise
    found = [op.ips(np.ones(1_000), each) for each in (wide, near, far)]
    assert by_slope(found) == 1
    assert by_slope(found[::-1]) == 1
    assert by_slope(found[:1]) == 0


def test_slope_is_near_the_best_fixed_clip():
    """Heavy weights on a rare action: the chosen clip does nearly as well as the best, which nobody knows beforehand."""
    rng = np.random.default_rng(2)
    clips, errors = (np.inf, 20.0, 5.0, 2.0), []
    for _ in range(120):
        rare = rng.random(400) < 0.01
        r = (rng.random(400) < np.where(rare, 0.5, 0.4)).astype(float)
        w = np.where(rare, 0.6 / 0.01, 0.4 / 0.99)
        found = [op.ips(op.clipped(w, clip), r) for clip in clips]
        errors.append([each.value - 0.46 for each in (*found, found[by_slope(found)])])
    rmse = np.sqrt(np.mean(np.square(errors), axis=0))
    assert rmse[-1] < 1.5 * rmse[:-1].min()


def test_equal_candidates_give_the_first():
    rounds = [op.ips(np.ones(5), np.arange(5.0)) for _ in range(3)]
    weights = [np.ones(5)] * 3
    assert by_slope(rounds) == 0
    assert by_mse(rounds, weights, np.ones(5), np.arange(5.0)) == 0


def test_a_choice_needs_candidates_and_rounds():
    for found in ([], [op.ips(np.ones(1), np.ones(1))]):
        with pytest.raises(BadValue, match="candidates"):
            by_slope(found)

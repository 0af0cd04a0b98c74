"""Weighted rounds: equal to obp's numbers, and to what each estimator promises."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ritornello.kinds.errors import BadValue
from ritornello.measures import off_policy as op

CAMPAIGNS = ("men", "all")
MODELS = ("constant_q", "smoothed_item_position_ctr_q")
ESTIMATORS = {
    "ipw": lambda w, r, q, v: op.ips(w, r),
    "ipw_clip10": lambda w, r, q, v: op.ips(op.clipped(w, 10), r),
    "ipw_clip5": lambda w, r, q, v: op.ips(op.clipped(w, 5), r),
    "ipw_clip1": lambda w, r, q, v: op.ips(op.clipped(w, 1), r),
    "snipw": lambda w, r, q, v: op.snips(w, r),
    "dm": lambda w, r, q, v: op.dm(v),
    "dr": op.dr,
    "dr_clip5": lambda w, r, q, v: op.dr(op.clipped(w, 5), r, q, v),
    "sndr": op.sndr,
    "switch-dr1": lambda w, r, q, v: op.dr(op.switched(w, 1), r, q, v),
    "switch-dr100": lambda w, r, q, v: op.dr(op.switched(w, 100), r, q, v),
    "switch-dr_tau2": lambda w, r, q, v: op.dr(op.switched(w, 2), r, q, v),
    "dr-os1": lambda w, r, q, v: op.dr(op.shrunk(w, 1), r, q, v),
    "dr-os100": lambda w, r, q, v: op.dr(op.shrunk(w, 100), r, q, v),
    "dr-os_2": lambda w, r, q, v: op.dr(op.shrunk(w, 2), r, q, v),
    "sg-ipw": lambda w, r, q, v: op.ips(op.harmonic(w, 0.01), r),
    "sg-dr": lambda w, r, q, v: op.dr(op.harmonic(w, 0.01), r, q, v),
    "sg-ipw_.01": lambda w, r, q, v: op.ips(op.harmonic(w, 0.01), r),
    "sg-dr_.01": lambda w, r, q, v: op.dr(op.harmonic(w, 0.01), r, q, v),
}
OURS_REFUSES = {"rm"}
"""obp's replay method keeps the rounds of a deterministic target; this one has none, and obp answers 0."""


def open_bandit(shared, campaign):
    """Rounds of the sample as (weights, rewards, actions, positions, target by action and position)."""
    folder = shared / "oracles/ope/obd_sample"
    log = np.genfromtxt(
        folder / f"log_random_{campaign}.csv", delimiter=",", skip_header=1, usecols=(1, 2, 3, 4)
    )
    action, position = log[:, 0].astype(int), log[:, 1].astype(int) - 1
    target = np.loadtxt(folder / f"bts_action_dist_{campaign}.csv", delimiter=",")
    return target[action, position] / log[:, 3], log[:, 2], action, position, target


def table_of(model, target, action, position, reward):
    """The oracle's reward models, learned of the very rounds, as (n_actions, n_positions)."""
    if model == "constant_q":
        return np.full(target.shape, reward.mean())
    clicks, shown = np.zeros(target.shape), np.zeros(target.shape)
    np.add.at(clicks, (action, position), reward)
    np.add.at(shown, (action, position), 1)
    return (clicks + 1) / (shown + 200)


@pytest.mark.parametrize("campaign", CAMPAIGNS)
@pytest.mark.parametrize("model", MODELS)
def test_every_estimator_equals_obp_on_the_open_bandit_sample(shared, campaign, model):
    reference = json.loads((shared / "oracles/ope/obd_sample/reference.json").read_text())
    wanted = reference["campaigns"][campaign][f"bts_value_estimated_from_random__{model}"]
    w, r, action, position, target = open_bandit(shared, campaign)
    q = table_of(model, target, action, position, r)
    v = op.expected(target.T[position], q.T[position])
    for name in wanted.keys() - OURS_REFUSES:
        value = ESTIMATORS[name](w, r, q[action, position], v).value
        assert value == pytest.approx(wanted[name], rel=1e-9), name
    found = reference["campaigns"][campaign]["weights"]
    assert op.effective_n(w) == pytest.approx(found["ess"], rel=1e-9)
    assert w.mean() == pytest.approx(found["mean"], rel=1e-9)


def test_every_estimator_equals_obp_on_synthetic_rounds(synthetic_rounds):
    w, r, q, v, reference = synthetic_rounds
    for name, value in reference["estimates"].items():
        found = ESTIMATORS[name](w, r, q, v)
        of_rounds = reference["round_rewards"][name]
        assert found.value == pytest.approx(value, rel=1e-9), name
        assert found.rounds.std(ddof=1) == pytest.approx(of_rounds["std_round_ddof1"], rel=1e-9)
        if found.gains is None:
            assert found.standard_error == pytest.approx(of_rounds["stderr"], rel=1e-9)


def test_influence_is_what_leaving_a_round_out_changes(synthetic_rounds):
    """The jackknife is the independent oracle of the standard error of ratios, where obp's is too wide."""
    w, r, q, v, _ = synthetic_rounds
    w, r, q, v = w[:200], r[:200], q[:200], v[:200]
    keep = ~np.eye(200, dtype=bool)
    for estimator in (ESTIMATORS["ipw"], ESTIMATORS["snipw"], op.dr, op.sndr):
        found = estimator(w, r, q, v)
        without = [estimator(w[k], r[k], q[k], v[k]).value for k in keep]
        moved = -199 * (np.array(without) - np.mean(without))
        np.testing.assert_allclose(found.influence, moved, atol=0.15 * moved.std())
        jackknife = np.sqrt(199 / 200 * np.sum((without - np.mean(without)) ** 2))
        assert found.standard_error == pytest.approx(jackknife, rel=0.02)


columns = st.integers(2, 30).flatmap(
    lambda n: st.tuples(
        arrays(float, n, elements=st.floats(0.01, 50)),
        arrays(float, n, elements=st.floats(0, 1)),
        arrays(float, n, elements=st.floats(0, 1)),
        arrays(float, n, elements=st.floats(0, 1)),
    )
)


@settings(max_examples=20)
@given(columns)
def test_influence_sums_to_nothing_and_rounds_average_to_the_value(rounds):
    w, r, q, v = rounds
    for estimator in ESTIMATORS.values():
        found = estimator(w, r, q, v)
        assert found.rounds.mean() == pytest.approx(found.value, abs=1e-9)
        assert found.influence.sum() == pytest.approx(0, abs=1e-7)


@settings(max_examples=20)
@given(columns)
def test_tempering_that_never_bites_changes_nothing(rounds):
    w, r, q, v = rounds
    for same in (op.clipped(w, 50), op.switched(w, 50), op.shrunk(w, np.inf), op.harmonic(w, 0)):
        np.testing.assert_array_equal(same, w)
    assert op.dr(w, r, 0 * q, 0 * v).value == pytest.approx(op.ips(w, r).value)
    assert op.dr(op.switched(w, 0.001), r, q, v).value == pytest.approx(op.dm(v).value)


@settings(max_examples=20)
@given(columns, st.floats(0.05, 30))
def test_tempered_weights_stay_within_their_bounds(rounds, parameter):
    w = rounds[0]
    assert op.clipped(w, parameter).max() <= parameter
    assert op.switched(w, parameter).max() <= parameter
    assert op.shrunk(w, parameter).max() <= np.sqrt(parameter) / 2 + 1e-9
    share = parameter / 30
    assert op.harmonic(w, share).max() <= 1 / share + 1e-9


@settings(max_examples=20)
@given(columns, st.floats(-5, 5))
def test_snips_moves_with_its_rewards_and_stays_among_them(rounds, shift):
    w, r, _, _ = rounds
    value = op.snips(w, r).value
    assert r.min() - 1e-9 <= value <= r.max() + 1e-9
    assert op.snips(w, r + shift).value == pytest.approx(value + shift, abs=1e-9)


def test_estimators_are_right_on_average_where_the_truth_is_known():
    """Two actions, rewards 0.2 and 0.6; logged 0.8 : 0.2, target 0.3 : 0.7, so 0.48 is true."""
    rng = np.random.default_rng(4)
    action = (rng.random((500, 400)) < 0.2).astype(int)
    r = (rng.random(action.shape) < np.array([0.2, 0.6])[action]).astype(float)
    w = np.array([0.3 / 0.8, 0.7 / 0.2])[action]
    q = np.array([0.5, 0.1])[action]
    v = np.full(400, 0.3 * 0.5 + 0.7 * 0.1)
    for estimator in (ESTIMATORS["ipw"], ESTIMATORS["snipw"], op.dr, op.sndr):
        values = [estimator(*each, v).value for each in zip(w, r, q, strict=True)]
        assert np.mean(values) == pytest.approx(0.48, abs=4 * np.std(values) / np.sqrt(500))
    assert op.dm(v).value == pytest.approx(0.22)


def test_what_cannot_be_meant_is_refused():
    w = np.ones(3)
    for bad in (
        lambda: op.ips(w, np.ones(2)),
        lambda: op.ips(np.empty(0), np.empty(0)),
        lambda: op.snips(0 * w, w),
        lambda: op.sndr(0 * w, w, w, w),
        lambda: op.clipped(w, 0),
        lambda: op.switched(w, -1),
        lambda: op.shrunk(w, float("nan")),
        lambda: op.harmonic(w, 1.5),
    ):
        with pytest.raises(BadValue):
            bad()
    assert np.isnan(op.ips(w[:1], w[:1]).standard_error)
    assert op.effective_n(0 * w) == 0

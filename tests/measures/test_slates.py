"""Values of slates against published estimators, an enumerated world, and their own definitions."""

import csv
import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.slates import (
    Slates,
    SlateValue,
    cascade_dr,
    dynamic_rips,
    iips,
    n_effective,
    rips,
    sips,
)

STRUCTURES = ("standard_additive", "cascade_additive", "independent")
N_PLACES = 3


def columns(path):
    with path.open() as lines:
        rows = list(csv.reader(lines))
    return dict(zip(rows[0], np.array(rows[1:], dtype=np.float64).T, strict=True))


class Oracle:
    """One file of logged slates with the values published packages gave."""

    def __init__(self, folder, structure):
        log = columns(folder / "slate" / f"slate_{structure}.csv")
        grid = {name: values.reshape(-1, N_PLACES) for name, values in log.items()}
        self.action = grid["action"].astype(int)
        p = conditional(grid["pscore_cascade"])
        pi = conditional(grid["eval_pscore_cascade"])
        self.slates = Slates.of(grid["reward"], p, pi)
        self.marginal = np.log(grid["eval_pscore_item_position"] / grid["pscore_item_position"])
        self.known = json.loads((folder / "slate" / f"reference_{structure}.json").read_text())
        model = columns(folder / "slate" / f"cascade_dr_inputs_{structure}.csv")
        shape = (-1, N_PLACES, 5)
        self.q = np.stack([model[f"qhat_{a}"] for a in range(5)], axis=1).reshape(shape)
        rounded = np.stack([model[f"pi_e_{a}"] for a in range(5)], axis=1).reshape(shape)
        self.pi_e = rounded / rounded.sum(axis=2, keepdims=True)  # kept with 8 decimals
        released = json.loads((folder / "rips_kdd2020.json").read_text())
        self.released = released["on_obp_slate_csv"][structure]


def conditional(joint):
    return joint / np.concatenate([np.ones((len(joint), 1)), joint[:, :-1]], axis=1)


@pytest.fixture(scope="module", params=STRUCTURES)
def oracle(request, shared):
    return Oracle(shared / "oracles" / "ope", request.param)


def test_equals_obp(oracle):
    """Against obp 0.5.5: SlateStandardIPS and its kin, and SlateCascadeDoublyRobust with the model given."""
    slates, known = oracle.slates, oracle.known["estimates"]
    of_logged = np.take_along_axis(oracle.q, oracle.action[:, :, None], axis=2)[:, :, 0]
    found = {
        "sips": sips(slates),
        "iips": iips(slates, oracle.marginal),
        "rips": rips(slates),
        "snsips": sips(slates, normalised=True),
        "sniips": iips(slates, oracle.marginal, normalised=True),
        "snrips": rips(slates, normalised=True),
    }
    for name, value in found.items():
        assert value.value == pytest.approx(known[name], rel=1e-9), name
    doubly = cascade_dr(slates, of_logged, (oracle.q * oracle.pi_e).sum(axis=2))
    assert doubly.value == pytest.approx(oracle.known["cascade_dr_tree_depth3"], rel=1e-9)


def test_equals_released_rips(oracle):
    """Against spotify-research/RIPS_KDD2020, whose standard error takes the mean weight for known."""
    found = {
        "RIPSEstimator(conditional ratios)": rips(oracle.slates, normalised=True),
        "IIPSEstimator(item-position ratios)": iips(
            oracle.slates, oracle.marginal, normalised=True
        ),
    }
    for name, value in found.items():
        terms = np.cumsum(value.weights * oracle.slates.reward, axis=1)
        error = terms.std(axis=0) / np.sqrt(len(terms))
        for cutoff, mean, stderr in zip(*oracle.released[name].values(), strict=True):
            assert value.by_place[:cutoff].sum() == pytest.approx(mean, rel=1e-12)
            assert error[cutoff - 1] == pytest.approx(stderr, rel=1e-12)


def dynamic_by_hand(reward, ratio, least_share):
    """DynamicRIPS as its definition reads, one slate and one step at a time."""
    n, n_places = ratio.shape
    total, look_back = 0.0, []
    for place in range(n_places):
        kept, steps, last = None, -1, float("inf")
        for back in range(place + 1):
            product = [float(np.prod(ratio[i, place - back : place + 1])) for i in range(n)]
            share = [value / sum(product) for value in product]
            effective = 1 / sum(value**2 for value in share)
            if back and (effective / n < least_share or effective > last):
                break
            kept, steps, last = share, back, effective
        total += sum(s * r for s, r in zip(kept, reward[:, place], strict=True))
        look_back.append(steps)
    return total, look_back


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-4, 0.05, 0.5]))
def test_looks_back_as_defined(seed, least_share):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(2, 12)), int(rng.integers(1, 6)))
    reward, p, pi = rng.random(shape), rng.uniform(0.05, 1, shape), rng.uniform(0.05, 1, shape)
    found, look_back = dynamic_rips(Slates.of(reward, p, pi), least_share=least_share)
    value, steps = dynamic_by_hand(reward, pi / p, least_share)
    assert found.value == pytest.approx(value)
    assert look_back.tolist() == steps


def test_the_released_threshold_never_binds_below_ten_thousand_slates():
    """An effective sample is at least 1 of n, so a share of 1e-4 says nothing before n = 10,000."""
    rng = np.random.default_rng(1)
    ratio = rng.lognormal(sigma=3, size=(5_000, 6))
    slates = Slates(rng.random(ratio.shape), np.log(ratio), np.ones(ratio.shape, bool))
    released, without = dynamic_rips(slates), dynamic_rips(slates, least_share=0.0)
    assert released[0].value == without[0].value
    assert released[1].tolist() == without[1].tolist()


class World:
    """Slates of 2 of 3 items: drawn by weight without replacement; what stands first changes what follows."""

    def __init__(self):
        self.slates = list(permutations(range(3), 2))
        self.mean = {(a, b): (0.2 + 0.2 * a, 0.9 if a == 2 else 0.1 * b) for a, b in self.slates}

    def p(self, weights, slate):
        a, b = slate
        return weights[a] / sum(weights), weights[b] / (sum(weights) - weights[a])

    def value(self, weights):
        return sum(np.prod(self.p(weights, s)) * sum(self.mean[s]) for s in self.slates)

    def log(self, logging, target, n, rng):
        odds = np.array([np.prod(self.p(logging, s)) for s in self.slates])
        drawn = rng.choice(len(self.slates), n, p=odds / odds.sum())
        mean, p, pi = (
            np.array(table)[drawn]
            for table in (
                [self.mean[s] for s in self.slates],
                [self.p(logging, s) for s in self.slates],
                [self.p(target, s) for s in self.slates],
            )
        )
        return Slates.of((rng.random(mean.shape) < mean).astype(float), p, pi), drawn

    def predicted(self, target, first, second):
        """Return a model's reward to go of each slate, and its mean over the target: first(a), then second(a, b)."""
        start = sum(target[a] / sum(target) * first(a) for a in range(3))
        below = np.zeros(3)
        for a, b in self.slates:
            below[a] += self.p(target, (a, b))[1] * second(a, b)
        q = np.array([(first(a), second(a, b)) for a, b in self.slates])
        return q, np.array([(start, below[a]) for a, _ in self.slates])


def test_recovers_an_enumerated_truth():
    """Over 300 logs each mean error is within 4 of its own standard errors, and stated errors are those seen.

    The model of cascade-DR is made up: it may be wrong as long as both its parts are of one model.
    """
    world, rng = World(), np.random.default_rng(3)
    logging, target = (1.0, 1.0, 1.0), (1.0, 2.0, 5.0)
    q, v = world.predicted(target, lambda a: 3.0 - a, lambda a, b: a + 0.5 * b)
    runs: dict[str, list[SlateValue]] = {"sips": [], "rips": [], "snrips": [], "dr": []}
    for _ in range(300):
        slates, drawn = world.log(logging, target, 400, rng)
        runs["sips"].append(sips(slates))
        runs["rips"].append(rips(slates))
        runs["snrips"].append(rips(slates, normalised=True))
        runs["dr"].append(cascade_dr(slates, q[drawn], v[drawn]))
    for name, found in runs.items():
        values = np.array([each.value for each in found])
        error = values.std(ddof=1)
        bias = abs(values.mean() - world.value(target))
        assert bias < 4 * error / np.sqrt(len(values)) + 0.002, name
        stated = np.mean([each.standard_error for each in found])
        assert stated == pytest.approx(error, rel=0.15), name


def test_a_model_that_is_right_leaves_little_to_weigh():
    """Cascade-DR with the true reward to go: the truth, with less than two thirds of RIPS's standard error."""
    world, rng = World(), np.random.default_rng(4)
    logging, target = (3.0, 1.0, 1.0), (1.0, 1.0, 3.0)
    below = world.predicted(target, lambda _: 0.0, lambda a, b: world.mean[a, b][1])[1][:, 1]
    of_first = {a: below[k] for k, (a, _) in enumerate(world.slates)}
    q, v = world.predicted(
        target,
        lambda a: world.mean[a, (a + 1) % 3][0] + of_first[a],
        lambda a, b: world.mean[a, b][1],
    )
    slates, drawn = world.log(logging, target, 4_000, rng)
    found = cascade_dr(slates, q[drawn], v[drawn])
    assert v[0, 0] == pytest.approx(world.value(target))
    assert abs(found.value - v[0, 0]) < 4 * found.standard_error
    assert found.standard_error < rips(slates).standard_error / 1.5


@given(st.integers(0, 2**32 - 1))
def test_the_logging_policy_itself_gets_the_mean_reward(seed):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 9)), int(rng.integers(1, 5)))
    reward, p = rng.normal(size=shape), rng.uniform(0.01, 1, shape)
    there = np.arange(shape[1]) < rng.integers(1, shape[1] + 1, shape[0])[:, None]
    slates = Slates.of(reward, p, p, there)
    truth = pytest.approx(slates.reward.sum(axis=1).mean(), abs=1e-12)
    ones = np.zeros(shape)
    used = slates.first(int(there.sum(axis=1).max()))
    assert sips(slates).value == rips(slates).value == truth
    assert iips(slates, ones).value == truth
    assert rips(used, normalised=True).value == truth
    assert dynamic_rips(used)[0].value == truth
    assert cascade_dr(slates, ones, ones).value == truth


@given(st.integers(0, 2**32 - 1))
def test_the_scale_of_logged_propensities_drops_out_when_normalised(seed):
    rng = np.random.default_rng(seed)
    shape = (6, 4)
    reward, p, pi = rng.random(shape), rng.uniform(0.1, 1, shape), rng.uniform(0.1, 1, shape)
    at = Slates.of(reward, p, pi)
    scaled = Slates.of(reward, p / 7, pi)
    for estimate in (sips, rips):
        one, other = estimate(at, normalised=True), estimate(scaled, normalised=True)
        assert one.value == pytest.approx(other.value)
        assert one.influence.mean(axis=0) == pytest.approx(one.by_place)
        assert reward.min() * 4 <= one.value <= reward.max() * 4


def test_counts_the_effective_sample_by_place():
    logs = np.log([[1.0, 1.0], [1.0, 3.0], [1.0, 5.0]])
    there = np.array([[True, True], [True, True], [True, False]])
    assert n_effective(logs, there).tolist() == pytest.approx([3.0, 16 / 10])
    nothing = n_effective(np.full((2, 1), -np.inf), np.ones((2, 1), bool))
    assert nothing.tolist() == [0.0]


def test_long_slates_do_not_overflow():
    """60 places of ratios of a million: their product is beyond any float."""
    n_places = 60
    slates = Slates.of(*(np.full((2, n_places), value) for value in (1.0, 1e-6, 1.0)))
    assert rips(slates, normalised=True).value == pytest.approx(n_places)
    with pytest.raises(BadValue, match="place 52 is inf; weigh self-normalised"):
        rips(slates)


@pytest.mark.parametrize(
    ("reward", "p", "pi", "there", "says"),
    [
        ([[1, 1]], [[0.5, 0]], [[1, 1]], None, "logged propensity of slate 0, place 2 is 0.0"),
        ([[1, 1]], [[0.5, 1.2]], [[1, 1]], None, "place 2 is 1.2; it must lie in"),
        ([[1, 1]], [[0.5, 0.5]], [[1, -0.1]], None, "target's propensity of slate 0, place 2"),
        ([[1, np.nan]], [[0.5, 0.5]], [[1, 1]], None, "reward of slate 0, place 2 is nan"),
        ([[1, 1]], [[0.5, 0.5]], [[1, 1]], [[False, True]], "lacks a slot above"),
        ([[1, 1]], [[0.5]], [[1, 1]], None, "was expected"),
        ([1, 1], [1, 1], [1, 1], None, "was expected"),
        (np.empty((0, 2)), np.empty((0, 2)), np.empty((0, 2)), None, "was expected"),
    ],
)
def test_refuses_what_cannot_be_a_log(reward, p, pi, there, says):
    with pytest.raises(BadValue, match=says):
        Slates.of(reward, p, pi, there)


def test_says_where_nothing_is_left_to_weigh():
    slates = Slates.of([[1.0, 1.0]] * 2, [[0.5, 0.5]] * 2, [[0.5, 0.0]] * 2)
    assert rips(slates).by_place.tolist() == [1.0, 0.0]
    with pytest.raises(BadValue, match="no logged slate shows at place 2"):
        rips(slates, normalised=True)
    with pytest.raises(BadValue, match="predictions of shapes"):
        cascade_dr(slates, np.zeros((2, 1)), np.zeros((2, 2)))
    with pytest.raises(BadValue, match="must be finite"):
        cascade_dr(slates, np.full((2, 2), np.nan), np.zeros((2, 2)))
    with pytest.raises(BadValue, match="weights of shape"):
        iips(slates, np.zeros((2, 1)))

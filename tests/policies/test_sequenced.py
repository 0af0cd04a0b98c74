import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.greedy import Greedy
from ritornello.policies.objectives import Objective, parse
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.sequenced import ARCS, Sequenced, points_of
from ritornello.policies.traits import Traits

NAMES = ("energy", "artist")


def by_hand(rows, chosen, objective, arc):
    """The formula, candidate by candidate."""
    energies = [energy for energy, _ in rows]
    spread = np.std(energies) or 1.0
    here = arc[min(len(chosen), len(arc) - 1)]
    before = energies[chosen[-1]] if chosen else here
    gains = []
    for energy, artist in rows:
        gain = -objective.strength / 2 / spread * (abs(energy - here) + abs(energy - before))
        for ago, row in enumerate(reversed(chosen), 1):
            if artist >= 0 and rows[row][1] == artist and ago <= objective.spacing:
                gain -= 15 * (1 + (objective.spacing - ago) / objective.spacing)
                break
        gains.append(gain)
    return gains


ROWS = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([-1.0, 1.0, 2.0, 5.0])), min_size=2, max_size=8
)


@given(ROWS, st.floats(0.1, 5), st.integers(0, 4), st.randoms(use_true_random=False))
def test_the_gain_is_the_formula(rows, strength, spacing, random):
    chosen = random.sample(range(len(rows)), random.randrange(len(rows)))
    objective = Sequenced("0.2/0.8/0.4", strength, spacing, 5)
    gain = objective.gain(Traits.of(NAMES, rows))(np.array(chosen, int))
    arc = [0.2, 0.5, 0.8, 0.6, 0.4]
    left = [row for row in range(len(rows)) if row not in chosen]
    wanted = np.array(by_hand(rows, chosen, objective, arc))
    np.testing.assert_allclose(gain[left], wanted[left], atol=1e-9)


def pool(seed, n=60, n_artists=20):
    rng = np.random.default_rng(seed)
    return Traits.of(NAMES, np.column_stack([rng.random(n), rng.integers(0, n_artists, n)]))


def drawn(text, traits, n, policy=None, seed=0):
    policy, rng = policy or Greedy(), np.random.default_rng(seed)
    weights = policy.weigh(rng.normal(size=len(traits.values)))
    return policy.choose(weights, n, rng, parse(text).tilt(traits)).rows


@pytest.mark.parametrize("seed", range(5))
def test_energy_rises_and_falls_as_asked(seed):
    traits, n = pool(seed), 20
    for arc, sign in (("rise", 1), ("fall", -1)):
        rows = drawn(f"sequenced(arc={arc},strength=5,length={n})", traits, n, seed=seed)
        assert sign * np.corrcoef(np.arange(n), traits.values[rows, 0])[0, 1] > 0.9


def test_transitions_are_smoother_than_without():
    traits = pool(1)
    plain = drawn("balanced", traits, 20)
    smooth = drawn("sequenced(arc=wave,strength=3,length=20)", traits, 20)
    steps = [np.abs(np.diff(traits.values[rows, 0])).mean() for rows in (plain, smooth)]
    assert steps[1] < 0.5 * steps[0]


def test_an_artist_keeps_its_distance_while_there_are_others():
    traits = pool(2)
    for seed in range(20):
        rows = drawn("sequenced(strength=0.5,spacing=4)", traits, 20, PlackettLuce(0.3), seed)
        artists = traits.values[rows, 1].tolist()
        for place, artist in enumerate(artists):
            assert artist not in artists[max(place - 4, 0) : place]


def test_where_only_near_artists_are_left_the_one_of_longest_ago_comes():
    traits = Traits.of(("artist",), [[1.0], [2.0], [3.0], [1.0], [2.0], [3.0]])
    rows = Greedy().choose(
        [6.0, 5, 4, 3, 2, 1], 6, np.random.default_rng(0),
        parse("sequenced(strength=0,spacing=5)").tilt(traits),
    ).rows  # fmt: skip
    assert rows.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_pool_of_one_artist_still_gives_a_list_with_full_support():
    traits = Traits.of(NAMES, np.column_stack([np.linspace(0, 1, 8), np.ones(8)]))
    tilt, policy = parse("sequenced(arc=rise,length=8)").tilt(traits), PlackettLuce(0.2)
    assert sorted(policy.choose(np.ones(8), 8, np.random.default_rng(0), tilt).rows) == list(
        range(8)
    )
    p = [policy.probabilities(np.ones(8), [0, row], tilt)[1] for row in range(1, 8)]
    assert min(p) > 0
    assert sum(p) == pytest.approx(1)


@pytest.mark.parametrize("arc", ARCS)
def test_a_named_arc_stays_within_the_shortlist(arc):
    energy = np.random.default_rng(0).uniform(0.05, 0.2, 50)
    points = Sequenced(arc, length=9).energies(energy)
    assert len(points) == 9
    assert np.quantile(energy, 0.1) <= points.min() <= points.max() <= np.quantile(energy, 0.9)


def test_points_are_energies_themselves_and_the_last_one_stays():
    objective = Sequenced("0.2/0.8", length=4)
    np.testing.assert_allclose(objective.energies(np.array([0.5])), [0.2, 0.4, 0.6, 0.8])
    traits = Traits.of(NAMES, [[0.8, -1.0], [0.2, -1.0], [0.8, -1.0]] * 4)
    gain = objective.gain(traits)
    np.testing.assert_array_equal(gain(np.array([0, 3, 6, 9])), gain(np.array([1, 0, 3, 6, 9])))


def test_one_place_is_where_an_arc_begins():
    assert Sequenced("rise", length=1).energies(np.array([0.0, 1.0])).tolist() == pytest.approx(
        [0.1]
    )
    assert Sequenced("0.7").energies(np.array([0.1])).tolist() == [0.7] * 30


def test_equal_energies_and_an_empty_shortlist_are_fine():
    equal = Traits.of(NAMES, [[0.5, -1.0]] * 3)
    assert Objective((Sequenced(),)).tilt(equal)([1])[[0, 2]].tolist() == [1.0, 1.0]
    empty = Objective((Sequenced(),)).tilt(Traits.of(NAMES, np.empty((0, 2))))
    assert Greedy().choose([], 3, np.random.default_rng(0), empty).rows.size == 0


def test_arcs_that_cannot_be_meant_are_refused():
    with pytest.raises(UnknownName, match="did you mean 'rise'"):
        Sequenced("rize")
    with pytest.raises(BadValue, match=r"energies in \[0, 1\]"):
        points_of("0.2/1.2")
    with pytest.raises(UnknownName, match="no arc ''"):
        points_of("")


@pytest.mark.parametrize("parameters", [{"strength": -1}, {"spacing": -1}, {"length": 0}])
def test_parameters_out_of_range_are_named(parameters):
    with pytest.raises(BadValue, match=next(iter(parameters))):
        Sequenced(**parameters)

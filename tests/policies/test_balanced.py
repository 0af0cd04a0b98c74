from itertools import combinations
from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.policies.balanced import Balanced
from ritornello.policies.greedy import Greedy
from ritornello.policies.traits import Traits

NAMES = ("new", "artist", "boost")
ROW = st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 3).map(float), st.floats(0, 4))
ROWS = st.lists(ROW, min_size=2, max_size=7)
STRENGTHS = st.tuples(*[st.floats(0, 5)] * 3)


def utility(rows, strengths):
    """What a list of (new, artist, boost) is worth, without its scores."""
    discovery, artists, boost = strengths
    by_artist = {}
    for _, artist, _ in rows:
        by_artist[artist] = by_artist.get(artist, 0) + 1
    return (
        discovery * sqrt(sum(new for new, _, _ in rows))
        + artists * sum(sqrt(n) for n in by_artist.values())
        + boost * sqrt(sum(boosted for _, _, boosted in rows))
    )


def gain_of(rows, strengths):
    return Balanced(*strengths).gain(Traits.of(NAMES, rows))


@given(ROWS, STRENGTHS, st.randoms(use_true_random=False))
def test_the_gain_is_what_a_candidate_adds_to_the_utility(rows, strengths, random):
    chosen = random.sample(range(len(rows)), random.randrange(len(rows)))
    gain = gain_of(rows, strengths)(np.array(chosen, int))
    before = [rows[row] for row in chosen]
    wanted = [utility([*before, row], strengths) - utility(before, strengths) for row in rows]
    np.testing.assert_allclose(gain, wanted, atol=1e-9)


@given(ROWS, STRENGTHS, st.randoms(use_true_random=False))
def test_a_candidate_adds_ever_less(rows, strengths, random):
    """Submodular: what is added to a list is at least what is added to a longer one."""
    order = random.sample(range(len(rows)), len(rows))
    gain = gain_of(rows, strengths)
    for k in range(len(rows) - 1):
        last = order[-1]
        assert gain(np.array(order[:k], int))[last] >= gain(np.array(order[: k + 1]))[last] - 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_one_place_after_the_other_is_near_the_best_list(seed):
    rng = np.random.default_rng(seed)
    rows = np.column_stack(
        [rng.integers(0, 2, 16), rng.integers(0, 5, 16), rng.exponential(size=16)]
    )
    scores, strengths = rng.random(16), (1.0, 0.7, 0.5)
    gain = gain_of(rows, strengths)
    chosen = (
        Greedy()
        .choose(np.exp(scores), 4, rng, lambda chosen: np.exp(gain(np.array(chosen, int))))
        .rows
    )

    def worth(listed):
        return utility([rows[row] for row in listed], strengths) + scores[list(listed)].sum()

    best = max(worth(listed) for listed in combinations(range(16), 4))
    assert worth(chosen) >= (1 - exp(-1)) * best
    assert worth(chosen) >= 0.95 * best


def test_an_end_of_strength_zero_needs_no_trait():
    assert Balanced(discovery=1.0).gain(Traits.of(("new",), [[1.0]]))(np.array([], int)) == [1.0]
    assert Balanced().gain(Traits.of((), np.empty((2, 0))))(np.array([0])).tolist() == [0.0, 0.0]


def test_unknown_artists_do_not_stand_for_each_other():
    gain = Balanced(artists=1.0).gain(Traits.of(("artist",), [[-1.0], [-1.0]]))
    assert gain(np.array([0]))[1] == 1.0


@pytest.mark.parametrize("name", ["new", "boost"])
def test_a_trait_below_zero_is_named(name):
    values = [[1.0 if each == name else 0.0 for each in NAMES]] * 2
    values[1] = [-v for v in values[1]]
    with pytest.raises(BadValue, match=f"{name!r} of row 1"):
        Balanced(1.0, 1.0, 1.0).gain(Traits.of(NAMES, values))


@pytest.mark.parametrize("name", ["discovery", "artists", "boost"])
def test_a_strength_out_of_range_is_named(name):
    with pytest.raises(BadValue, match=name):
        Balanced(**{name: -1})

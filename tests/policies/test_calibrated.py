"""Against the divergence written out in loops, and against every list of a small shortlist."""

from itertools import combinations
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.policies.calibrated import Calibrated
from ritornello.policies.greedy import Greedy
from ritornello.policies.traits import Traits


def divergence(listed, target, alpha=0.01):
    """Steck's C_KL of a list of genre rows."""
    whole, total = sum(target), 0.0
    for genre, wanted in enumerate(target):
        p = wanted / whole
        q = sum(row[genre] for row in listed) / len(listed)
        if p > 0:
            total += p * log(p / ((1 - alpha) * q + alpha * p))
    return total


def traits_of(shares, target):
    names = tuple(f"genre:{n}" for n in range(len(target)))
    return Traits.of(names, shares, tuple(target))


@st.composite
def shelves(draw):
    n, n_genres = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    share = st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0])
    shares = draw(
        st.lists(st.lists(share, min_size=n_genres, max_size=n_genres), min_size=n, max_size=n)
    )
    share_wanted = st.floats(0, 1, allow_subnormal=False)
    target = draw(st.lists(share_wanted, min_size=n_genres, max_size=n_genres))
    chosen = draw(st.lists(st.integers(0, n - 1), unique=True, max_size=n - 1))
    return shares, target, chosen


@given(shelves(), st.floats(0, 10))
def test_the_gain_is_the_divergence_of_the_longer_list(shelf, strength):
    shares, target, chosen = shelf
    if sum(target) < 1e-6:
        target = [1.0] * len(target)
    gain = Calibrated(strength=strength).gain(traits_of(shares, target))(np.array(chosen, int))
    wanted = [
        -strength * (len(chosen) + 1) * divergence([shares[row] for row in [*chosen, each]], target)
        for each in range(len(shares))
    ]
    # a genre of a billionth of the target is left out: it would add p log(1/α p) < 3e-8 a place
    left_out = 3e-8 * strength * (len(chosen) + 1)
    np.testing.assert_allclose(gain - gain[0], np.array(wanted) - wanted[0], atol=1e-8 + left_out)


def test_a_list_gets_the_shares_of_the_listener():
    """Folk scores best; the listener is 60 folk, 30 jazz, 10 punk: of ten, six, three and one."""
    shares = np.repeat(np.eye(3), 20, axis=0)
    weights = Greedy().weigh(np.repeat([3.0, 2.0, 1.0], 20))
    target = (0.6, 0.3, 0.1)
    tilt = objective_tilt(Calibrated(strength=10.0), shares, target)
    rows = Greedy().choose(weights, 10, np.random.default_rng(0), tilt).rows
    assert np.bincount(rows // 20, minlength=3).tolist() == [6, 3, 1]
    plain = Greedy().choose(weights, 10, np.random.default_rng(0)).rows
    assert np.bincount(plain // 20, minlength=3).tolist() == [10, 0, 0]


def objective_tilt(part, shares, target):
    gain = part.gain(traits_of(shares, target))
    return lambda chosen: np.exp(gain(np.array(chosen, int)))


@pytest.mark.parametrize("strength", [0.5, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_one_place_after_the_other_is_near_the_best_list(seed, strength):
    """Of all 1,820 lists of four from sixteen; 0 is the worst of them, 1 the best."""
    rng = np.random.default_rng(seed)
    shares = np.eye(4)[rng.integers(0, 4, 16)] * 0.7 + 0.3 * np.eye(4)[rng.integers(0, 4, 16)]
    target, scores = rng.dirichlet(np.ones(4)), rng.normal(size=16)

    def worth(listed):
        lost = strength * 4 * divergence([shares[row] for row in listed], target)
        return scores[list(listed)].sum() - lost

    tilt = objective_tilt(Calibrated(strength=strength), shares, target)
    found = worth(Greedy().choose(np.exp(scores), 4, rng, tilt).rows)
    every = [worth(listed) for listed in combinations(range(16), 4)]
    assert (found - min(every)) / (max(every) - min(every)) > 0.98


def test_without_a_target_or_a_genre_nothing_changes():
    no_target = Calibrated().gain(Traits.of(("genre:folk",), [[1.0], [0.0]]))
    no_genre = Calibrated().gain(Traits.of(("new",), [[1.0], [0.0]], (1.0,)))
    for gain in (no_target, no_genre):
        assert gain(np.array([], int)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("strength", [-1, 101, float("nan")])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(BadValue, match="strength"):
        Calibrated(strength=strength)

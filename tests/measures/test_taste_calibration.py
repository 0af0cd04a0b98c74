"""Distances between mixes of traits, against scipy and what holds of any mix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr

from ritornello.measures import taste_calibration
from ritornello.measures.about import About, Entries, Lists
from ritornello.measures.taste_calibration import SMOOTHING, hellinger, js_distance, kl_bits

MASS = arrays(float, 4, elements=st.sampled_from([0.0, 0.1, 0.5, 1.0])).filter(np.any)


@settings(max_examples=40)
@given(MASS, MASS)
def test_distances_are_scipys_and_within_their_ranges(p, q) -> None:
    p, q = (p / p.sum())[None, :], (q / q.sum())[None, :]
    smoothed = (1 - SMOOTHING) * q + SMOOTHING * p
    assert kl_bits(p, q)[0] == pytest.approx(rel_entr(p, smoothed).sum() / np.log(2), abs=1e-9)
    assert js_distance(p, q)[0] == pytest.approx(jensenshannon(p[0], q[0], base=2), abs=1e-7)
    assert hellinger(p, q)[0] ** 2 == pytest.approx(1 - np.sqrt(p * q).sum(), abs=1e-9)
    assert -1e-12 <= kl_bits(p, q)[0] <= np.log2(1 / SMOOTHING)
    assert 0 <= hellinger(p, q)[0] <= 1 + 1e-12


def about(*, n_traits: int = 3, histories: Entries) -> About:
    """Six items: two of each of three traits; the last has none."""
    traits = Entries(np.arange(5), np.arange(5) % n_traits, np.ones(5))
    return About(n_topics=3, n_items=6, traits=traits, histories=histories)


def test_the_listeners_own_mix_is_calibrated_and_no_trait_is_no_answer() -> None:
    histories = Entries(np.array([0, 0, 1]), np.array([0, 1, 5]), np.array([2.0, 2.0, 4.0]))
    lists = Lists(np.array([0, 1, 2]), np.array([[3, 4], [0, 1], [0, 1]]))
    found = taste_calibration.miscalibration(lists, about(histories=histories))
    assert found[0] == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(found[1:]).all()


def test_blocks_change_nothing(monkeypatch) -> None:
    rng = np.random.default_rng(5)
    histories = Entries(rng.integers(0, 3, 9), rng.integers(0, 5, 9), rng.random(9))
    lists = Lists(np.arange(3), rng.integers(0, 5, (3, 4)))
    known = about(histories=histories)
    whole = taste_calibration.miscalibration(lists, known, by="JS")
    monkeypatch.setattr(taste_calibration, "_CELLS_A_BLOCK", 1)
    assert taste_calibration.miscalibration(lists, known, by="JS").tolist() == whole.tolist()

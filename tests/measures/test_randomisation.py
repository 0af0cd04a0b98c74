"""The randomisation test against scipy's and its level; Holm against statsmodels' values."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from ritornello.kinds.errors import BadValue
from ritornello.measures import randomisation
from ritornello.measures.randomisation import holm, sign_flip


@settings(max_examples=40)
@given(st.lists(st.sampled_from([-0.3, -0.1, 0.0, 0.1, 0.2, 0.7]), max_size=8))
def test_few_differences_are_tried_with_every_sign(differences) -> None:
    found = sign_flip(np.array(differences), np.random.default_rng(1))
    moved = [each for each in differences if each]
    sums = [abs(np.dot(signs, moved)) for signs in product((1, -1), repeat=len(moved))]
    assert found.exact
    assert found.n_assignments == 2 ** len(moved)
    assert found.p_value == pytest.approx(np.mean(np.array(sums) >= abs(sum(moved)) - 1e-9))


@pytest.mark.parametrize("n", [9, 60])
def test_is_scipys(n: int) -> None:
    rng = np.random.default_rng(n)
    ours, theirs = rng.normal(0.25, 1, n), rng.normal(0, 1, n)
    oracle = permutation_test(
        (ours, theirs),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        vectorized=True,
        rng=np.random.default_rng(2),
    )
    found = sign_flip(ours - theirs, np.random.default_rng(3), n_draws=20_000)
    near = 1e-12 if found.exact else 0.02
    assert found.exact == (n == 9)
    assert found.p_value == pytest.approx(oracle.pvalue, abs=near)


def test_drawn_signs_never_say_0_and_hold_their_level() -> None:
    rng = np.random.default_rng(4)
    assert sign_flip(np.full(200, 1.0), rng, n_draws=99).p_value == 0.01
    p = np.array([sign_flip(rng.normal(size=40), rng, n_draws=199).p_value for _ in range(400)])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.035)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.08)


def test_bundles_hold_the_level_too(monkeypatch) -> None:
    monkeypatch.setattr(randomisation, "MOST_FLIPPED", 50)
    rng = np.random.default_rng(5)
    p = np.array([sign_flip(rng.normal(size=500), rng, n_draws=199).p_value for _ in range(400)])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.035)
    assert sign_flip(rng.normal(0.5, 1, 500), rng, n_draws=199).p_value == 1 / 200


def test_nothing_moved_is_no_difference() -> None:
    assert sign_flip(np.zeros(30), np.random.default_rng(6)).p_value == 1.0


def test_the_same_generator_draws_the_same() -> None:
    values = np.random.default_rng(7).normal(0.1, 1, 100)
    first, second = (sign_flip(values, np.random.default_rng(8)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("values", "n_draws"), [([np.nan, 1.0], 10), ([1.0], 0)])
def test_refuses_what_cannot_be_tested(values, n_draws) -> None:
    with pytest.raises(BadValue, match="finite differences"):
        sign_flip(np.array(values), np.random.default_rng(0), n_draws=n_draws)


def test_holm_is_statsmodels() -> None:
    """statsmodels 0.15.0: multipletests([.012, .001, .04, .04, .6, .02], method="holm")[1]."""
    p = np.array([0.012, 0.001, 0.04, 0.04, 0.6, 0.02])
    assert holm(p).tolist() == pytest.approx([0.06, 0.006, 0.12, 0.12, 0.6, 0.08], abs=1e-12)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_raises_keeps_the_order_and_never_more_than_bonferroni(p) -> None:
    p = np.array(p)
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(len(p) * p, 1) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()

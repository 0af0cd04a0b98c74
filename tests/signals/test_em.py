"""Fitting: never downhill, as scikit-learn does where both can, by hand where that is few; choosing k."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import vonmises

from ritornello.kinds.errors import BadValue
from ritornello.measures.agreement import adjusted_rand
from ritornello.signals.em import Effort, choose, fit
from ritornello.signals.mixture import Features, Shape

TWO_PLACES = Shape(continuous=("x", "y"))
UNBIASED = Effort(least_variance=0.0, pseudo_count=0.0, tolerance=1e-12, n_starts=20, n_steps=2000)


def continuous(shape, x):
    n = len(x)
    none = np.zeros((n, 0))
    return Features(shape, x, none, none.astype(int), none, none)


def three_clouds():
    rng = np.random.default_rng(20261121)
    which = rng.choice(3, size=600, p=[0.5, 0.3, 0.2])
    centres = np.array([[0.0, 0.0], [3.0, 1.0], [-1.0, 4.0]])[which]
    spread = np.array([[1.0, 0.5], [0.7, 1.2], [0.4, 0.8]])[which]
    return which, centres + rng.normal(size=(600, 2)) * spread


def test_agrees_with_scikit_learn_on_continuous_features():
    """``GaussianMixture(3, covariance_type="diag", reg_covar=0, tol=1e-10, max_iter=2000, n_init=20,
    random_state=1).fit(x)`` of scikit-learn 1.9.1, components by weight."""
    _, x = three_clouds()
    assert x.sum() == pytest.approx(1066.0579145666961)
    fitted = fit(continuous(TWO_PLACES, x), 3, np.random.default_rng(1), UNBIASED).mixture
    assert fitted.log_likelihood(continuous(TWO_PLACES, x)).mean() == pytest.approx(
        -3.1306666551160114, abs=1e-9
    )
    near = {"rtol": 1e-4, "atol": 1e-5}
    np.testing.assert_allclose(fitted.weights, [0.49759353, 0.3007811, 0.20162537], **near)
    np.testing.assert_allclose(
        fitted.means,
        [
            [8.00032654e-03, -1.53906643e-03],
            [2.97212462e00, 9.57112662e-01],
            [-9.88678965e-01, 3.92336825e00],
        ],
        **near,
    )
    np.testing.assert_allclose(
        fitted.variances,
        [[0.77361977, 0.24177463], [0.59252265, 1.26398129], [0.17659396, 0.57030941]],
        **near,
    )
    np.testing.assert_allclose(
        fitted.infer(continuous(TWO_PLACES, x[:1]))[0],
        [1.76424597e-05, 9.99982358e-01, 1.95889608e-22],
        rtol=1e-3, atol=1e-9,
    )  # fmt: skip


def test_finds_what_is_best_of_all_where_that_can_be_tried_out():
    """Two categories of two words, one component: the shares are the counts, and no grid point beats them."""
    shape = Shape(categories={"a": ("x", "y"), "b": ("x", "y")})
    levels = np.array([[0, 0]] * 5 + [[0, 1]] * 2 + [[1, -1]] * 3)
    none = np.zeros((len(levels), 0))
    features = Features(shape, none, none, levels, none, none)
    found = fit(features, 1, np.random.default_rng(0), UNBIASED).mixture
    np.testing.assert_allclose(found.shares[0], [[0.7, 0.3]])
    np.testing.assert_allclose(found.shares[1], [[5 / 7, 2 / 7]])
    grid = np.linspace(0.01, 0.99, 99)
    best = max(
        7 * math.log(p) + 3 * math.log(1 - p) + 5 * math.log(q) + 2 * math.log(1 - q)
        for p, q in itertools.product(grid, grid)
    )
    assert found.log_likelihood(features).sum() >= best - 1e-9


def test_two_components_of_tied_words_are_found_as_enumeration_finds_them():
    """Words that always come together in threes: of all ways to sort eight rows in two, the best."""
    rows = np.array([[0, 0, 0]] * 3 + [[1, 1, 1]] * 4 + [[0, 0, 1]])
    shape = Shape(categories=dict.fromkeys("abc", ("x", "y")))
    none = np.zeros((len(rows), 0))
    features = Features(shape, none, none, rows, none, none)
    effort = Effort(pseudo_count=1e-9, n_starts=20, n_steps=5000, tolerance=1e-13)
    found = fit(features, 2, np.random.default_rng(2), effort)

    def complete(sorted_in):
        """The likelihood where everybody's component is known: a lower bound of the mixture's."""
        total = 0.0
        for z in (0, 1):
            mine = rows[np.array(sorted_in) == z]
            for column in mine.T:
                n = np.bincount(column, minlength=2)
                total += sum(c * math.log(c / len(mine)) for c in n if c)
            total += len(mine) * math.log(len(mine) / len(rows)) if len(mine) else 0.0
        return total

    best = max(itertools.product((0, 1), repeat=len(rows)), key=complete)
    assert found.mixture.log_likelihood(features).sum() >= complete(best) - 1e-6
    assert adjusted_rand(found.mixture.infer(features).argmax(axis=1), np.array(best)) == 1


MIXED = Shape(continuous=("x",), angles=("w",), categories={"c": ("a", "b", "c")}, shares=("s",))


@st.composite
def mixed(draw):
    n = draw(st.integers(1, 25))
    number = st.floats(-10, 10, allow_subnormal=False) | st.just(math.nan) | st.just(1.0)
    x = draw(st.lists(number, min_size=n, max_size=n))
    c = draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n))
    hits = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    misses = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))
    hits, misses = (np.array(each, dtype=float)[:, None] for each in (hits, misses))
    w = draw(st.lists(st.floats(-7, 7) | st.just(math.nan), min_size=n, max_size=n))
    x, w, c = (np.array(each)[:, None] for each in (x, w, c))
    return Features(MIXED, x, w, c, hits, hits + misses)


@given(mixed(), st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=60)
def test_no_step_goes_downhill_and_what_comes_out_can_be_used(features, n_components, seed):
    effort = Effort(n_starts=2, n_first=4, n_steps=40, tolerance=0.0)
    found = fit(features, n_components, np.random.default_rng(seed), effort)
    steps = np.array(found.objective)
    assert (np.diff(steps) >= -1e-8 * (1 + np.abs(steps[:-1]))).all()
    fitted = found.mixture
    assert fitted.weights.sum() == pytest.approx(1)
    assert (np.diff(fitted.weights) <= 0).all()
    assert (fitted.variances > 0).all()
    assert ((fitted.concentrations >= 0) & (fitted.concentrations <= 12)).all()
    assert ((fitted.chances > 0) & (fitted.chances < 1)).all()
    assert fitted.shares[0].sum(axis=1) == pytest.approx(1)
    np.testing.assert_allclose(fitted.infer(features).sum(axis=1), 1)


@pytest.mark.parametrize(("kappa", "direction"), [(0.5, 1.0), (2.0, -3.0), (8.0, 3.1)])
def test_angles_are_fitted_as_scipy_fits_them(kappa, direction):
    """One component; ``scipy.stats.vonmises.fit`` is the independent answer."""
    x = vonmises.rvs(kappa, loc=direction, size=400, random_state=np.random.default_rng(9))
    none = np.zeros((400, 0))
    shape = Shape(angles=("hour",))
    features = Features(shape, none, x[:, None], none.astype(int), none, none)
    found = fit(features, 1, np.random.default_rng(0), Effort(most_concentration=100.0)).mixture
    expected, at, _ = vonmises.fit(x, fscale=1)
    assert found.concentrations[0, 0] == pytest.approx(expected, rel=1e-6)
    assert math.cos(found.directions[0, 0] - at) == pytest.approx(1, abs=1e-9)
    said = found.log_likelihood(features) - math.log(2 * math.pi)
    np.testing.assert_allclose(said, vonmises.logpdf(x, expected, loc=at), atol=1e-6)


def test_angles_of_one_hour_are_not_closed_in_on():
    none = np.zeros((50, 0))
    same = Features(Shape(angles=("h",)), none, np.full((50, 1), 2.0), none.astype(int), none, none)
    found = fit(same, 2, np.random.default_rng(0)).mixture
    np.testing.assert_allclose(found.concentrations, 12)


def test_the_same_seed_fits_the_same():
    features = continuous(TWO_PLACES, three_clouds()[1])
    a, b = (fit(features, 3, np.random.default_rng(4)).mixture for _ in range(2))
    np.testing.assert_array_equal(a.means, b.means)


def test_what_is_missing_hides_little_where_the_rest_tells():
    which, x = three_clouds()
    holes = np.where(np.random.default_rng(8).random(x.shape) < 0.2, np.nan, x)
    fitted = fit(continuous(TWO_PLACES, holes), 3, np.random.default_rng(1)).mixture
    full = fitted.infer(continuous(TWO_PLACES, x)).argmax(axis=1)
    assert adjusted_rand(full, which) > 0.85


def test_as_many_components_are_chosen_as_were_planted():
    _, x = three_clouds()
    listeners = np.repeat(np.arange(150), 4)
    effort = Effort(n_starts=3)
    held = choose(
        continuous(TWO_PLACES, x), listeners, [1, 2, 3, 4, 5], np.random.default_rng(6), effort
    )
    assert [each.n_components for each in held if each.chosen] == [3]
    assert held[0].log_likelihood < held[1].log_likelihood < held[2].log_likelihood
    assert min(each.gap_se for each in held) == 0


def test_one_cloud_is_one_component():
    x = np.random.default_rng(2).normal(size=(300, 2))
    held = choose(
        continuous(TWO_PLACES, x), np.arange(300), [1, 2, 3], np.random.default_rng(6),
        Effort(n_starts=3), slack=0.0,
    )  # fmt: skip
    assert [each.n_components for each in held if each.chosen] == [1]


def test_nothing_to_fit_is_refused():
    nothing = continuous(TWO_PLACES, np.zeros((0, 2)))
    with pytest.raises(BadValue, match="cannot fit 2 components to 0 rows"):
        fit(nothing, 2, np.random.default_rng(0))
    few = continuous(TWO_PLACES, np.zeros((3, 2)))
    with pytest.raises(BadValue, match="5 folds need as many listeners; there are 3"):
        choose(few, np.arange(3), [1], np.random.default_rng(0))

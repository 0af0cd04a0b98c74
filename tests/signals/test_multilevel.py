"""The multilevel logit: against an optimiser that knows only the formula, and at its two limits."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from ritornello.kinds.errors import BadValue
from ritornello.signals.multilevel import GLOBAL_PRECISION, Grouped, fit


def planted(n=1_200, seed=5, spread=0.8):
    """Rows of three columns whose slopes differ by the first grouping, and the slopes."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    groups = np.column_stack([rng.integers(6, size=n), rng.integers(-1, 3, size=n)])
    beta, b = np.array([0.3, 0.8, -0.4]), rng.normal(0, spread, (6, 3))
    p = expit(((beta + b[groups[:, 0]]) * x).sum(axis=1))
    weights = rng.uniform(0.5, 1.5, n)
    return Grouped(x, (rng.random(n) < p).astype(float), weights, groups, (6, 3)), beta + b


def penalised(theta, rows, tau):
    """Return −log posterior of the formula, written down naively."""
    k = rows.x.shape[1]
    beta, rest = theta[:k], theta[k:]
    loss, slopes = GLOBAL_PRECISION / 2 * beta @ beta, np.tile(beta, (len(rows.y), 1))
    for g, n in enumerate(rows.n_groups):
        b, rest = rest[: n * k].reshape(n, k), rest[n * k :]
        loss += (b**2 / (2 * tau[g] ** 2)).sum()
        has = rows.groups[:, g] >= 0
        slopes[has] += b[rows.groups[has, g]]
    eta = (slopes * rows.x).sum(axis=1)
    return loss + rows.weights @ (np.logaddexp(0, eta) - rows.y * eta)


def test_the_mode_is_where_an_independent_optimiser_finds_it():
    rows, _ = planted(400)
    tau = (np.array([0.5, 1.0, 0.3]), np.array([0.2, 0.4, 0.6]))
    found = fit(rows, tau)
    ours = np.concatenate([found.beta, *(b.ravel() for b in found.deviations)])
    theirs = minimize(penalised, np.zeros(len(ours)), (rows, tau), method="BFGS", options={"gtol": 1e-6})  # fmt: skip
    assert np.allclose(ours, theirs.x, atol=2e-4)
    assert penalised(ours, rows, tau) <= theirs.fun + 1e-9


def test_the_errors_are_the_inverse_curvature():
    rows, _ = planted(400)
    tau = (np.array([0.5, 1.0, 0.3]), np.array([0.2, 0.4, 0.6]))
    found = fit(rows, tau)
    at, h = np.concatenate([found.beta, *(b.ravel() for b in found.deviations)]), 1e-3
    n = len(at)
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(i, n):
            e, f = np.eye(n)[i] * h, np.eye(n)[j] * h
            hessian[i, j] = hessian[j, i] = (
                penalised(at + e + f, rows, tau) - penalised(at + e - f, rows, tau)
                - penalised(at - e + f, rows, tau) + penalised(at - e - f, rows, tau)
            ) / (4 * h * h)  # fmt: skip
    covariance = np.linalg.inv(hessian)
    assert np.allclose(found.covariance, covariance, atol=1e-4)
    _, errors = found.slopes(0)
    pick = np.zeros(n)
    pick[1] = pick[3 + 2 * 3 + 1] = 1  # the second column of all and of the third group
    assert errors[2, 1] == pytest.approx(np.sqrt(pick @ covariance @ pick), rel=1e-3)


def test_shrunk_to_nothing_it_is_one_logit_for_all():
    rows, _ = planted()
    none = np.zeros((len(rows.y), 0), dtype=int)
    plain = fit(Grouped(rows.x, rows.y, rows.weights, none, ()), tau=())
    shrunk = fit(rows, (np.zeros(3), np.zeros(3)))
    assert np.allclose(shrunk.slopes(0)[0], plain.beta, atol=1e-3)


def test_not_shrunk_it_is_a_logit_a_group():
    rows, _ = planted()
    free = fit(rows, (np.full(3, 100.0), np.zeros(3)))
    for g in range(6):
        here = rows.groups[:, 0] == g
        none = np.zeros((here.sum(), 0), dtype=int)
        alone = fit(Grouped(rows.x[here], rows.y[here], rows.weights[here], none, ()), tau=())
        assert np.allclose(free.slopes(0)[0][g], alone.beta, atol=0.01)


def test_the_spread_of_groups_is_learned():
    wide, slopes = planted(12_000, spread=0.8)
    found = fit(wide)
    assert np.abs(found.slopes(0)[0] - slopes).max() < 0.35
    assert 0.4 < found.tau[0].mean() < 1.4
    assert found.tau[1].mean() < 0.2
    assert fit(planted(12_000, spread=0.0)[0]).tau[0].max() < 0.2


def test_a_group_with_few_rows_repeats_the_rest_and_says_how_unsure_it_is():
    rows, _ = planted(3_000)
    kept = (rows.groups[:, 0] != 5) | (np.arange(3_000) < 30)
    few = Grouped(*(getattr(rows, f)[kept] for f in ("x", "y", "weights", "groups")), (7, 3))
    found = fit(few)
    slopes, errors = found.slopes(0)
    assert np.allclose(slopes[6], found.beta)
    assert (errors[5] > errors[:5].max(axis=0)).all()
    assert (errors[6] > errors[5]).all()


def test_who_is_in_no_group_has_the_slopes_of_all():
    rows, _ = planted(400)
    found = fit(rows)
    x = rows.x[:5]
    p = found.predict(x, np.full((5, 2), -1))
    assert np.allclose(p, expit(x @ found.beta))


def test_twice_the_weight_is_twice_the_row():
    rows, _ = planted(200)
    tau = (np.full(3, 0.5), np.full(3, 0.5))
    heavy = fit(Grouped(rows.x, rows.y, rows.weights * 2, rows.groups, rows.n_groups), tau)
    twice = fit(Grouped(*(np.concatenate([a, a]) for a in (rows.x, rows.y, rows.weights, rows.groups)), rows.n_groups), tau)  # fmt: skip
    assert np.allclose(heavy.beta, twice.beta, atol=1e-7)


def test_separated_labels_still_have_an_answer():
    x = np.column_stack([np.ones(40), np.r_[-np.ones(20), np.ones(20)]])
    rows = Grouped(x, (x[:, 1] > 0).astype(float), np.ones(40), np.zeros((40, 1), int), (1,))
    found = fit(rows)
    assert np.isfinite(found.beta).all()
    assert np.isfinite(found.covariance).all()
    assert found.slopes(0)[0][0, 1] > 1


@pytest.mark.parametrize(
    "change",
    [
        {"x": np.full((2, 1), np.nan)},
        {"y": np.array([0.0, 2.0])},
        {"weights": np.array([1.0, -1.0])},
        {"groups": np.array([[0], [3]])},
        {"groups": np.array([0, 0])},
        {"y": np.array([0.0, 1.0, 1.0])},
    ],
)
def test_rows_that_cannot_be_meant_are_refused(change):
    good = {
        "x": np.ones((2, 1)), "y": np.array([0.0, 1.0]), "weights": np.ones(2),
        "groups": np.zeros((2, 1), int), "n_groups": (1,),
    }  # fmt: skip
    fit(Grouped(**good))
    with pytest.raises(BadValue):
        Grouped(**good | change)


def test_labels_of_one_kind_teach_nothing():
    rows, _ = planted(50)
    with pytest.raises(BadValue, match="labels of both kinds"):
        fit(Grouped(rows.x, np.ones(50), rows.weights, rows.groups, rows.n_groups))

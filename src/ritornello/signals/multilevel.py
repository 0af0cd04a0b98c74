"""A logit whose intercept and slopes differ by group, each shrunk to the slopes of all.

P(y = 1) = σ(x'(β + Σ_g b_g)), one b_g for each grouping of the row (such as its intent and its device), with
b_g ~ N(0, diag(τ²)) for the groups of one grouping and each column of x. Groups with many labels speak for
themselves, groups with few repeat the rest (Gelman, Hill, 2007; for satisfaction by intent Mehrotra et al., WWW 2019).
τ is learned by EM with a Laplace approximation (empirical Bayes): no reader sets how much is shared.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit
from threadpoolctl import threadpool_limits

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]

GLOBAL_PRECISION = 1e-4
LEAST_VARIANCE = 1e-8
N_NEWTON, N_EM, N_HALVINGS = 100, 200, 30
CLOSE_ENOUGH, ROUGHLY, SETTLED = 1e-10, 1e-5, 1e-3
PRIOR_GROUPS, PRIOR_TAU = 1.0, 0.1


class Grouped(msgspec.Struct, frozen=True):
    """Labelled rows and their groups.

    Parameters
    ----------
    x : (n, k), the first column ones.
    y : (n,), 0 or 1. weights : (n,), not below 0.
    groups : (n, n_groupings), the group of each row in each grouping, from 0; −1 for none, which has no slopes of its own.
    n_groups : how many groups each grouping has.
    """

    x: FloatArray
    y: FloatArray
    weights: FloatArray
    groups: NumberArray
    n_groups: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check that the arrays fit.

        Raises
        ------
        BadValue : lengths that differ, numbers that are not finite, a label that is not 0 or 1, a group out of range.
        """
        n = len(self.y)
        shapes = (self.x.shape[:1], self.weights.shape, self.groups.shape)
        if shapes != ((n,), (n,), (n, len(self.n_groups))):
            raise BadValue(f"{n} labels do not fit rows, weights and groups of shape {shapes}")
        if not (np.isfinite(self.x).all() and np.isin(self.y, (0.0, 1.0)).all()):
            raise BadValue("features must be finite and labels 0 or 1")
        if not (np.isfinite(self.weights).all() and (self.weights >= 0).all()):
            raise BadValue("weights must be finite and not below 0")
        if ((self.groups < -1) | (self.groups >= np.array(self.n_groups))).any():
            raise BadValue(f"a group is out of range; there are {self.n_groups}")


class Multilevel(msgspec.Struct, frozen=True):
    """The fitted slopes: ``beta`` (k,) of all, ``deviations`` one (n_groups, k) array a grouping.

    ``tau`` holds one (k,) array of prior deviations a grouping, ``covariance`` the Laplace covariance of everything,
    β first, then grouping by grouping, group by group.
    """

    beta: FloatArray
    deviations: tuple[FloatArray, ...]
    tau: tuple[FloatArray, ...]
    covariance: FloatArray

    def predict(self, x: FloatArray, groups: NumberArray) -> FloatArray:
        """Return P(y = 1) of rows (n, k) in groups (n, n_groupings); a group of −1 has the slopes of all."""
        slopes = np.tile(self.beta, (len(x), 1))
        for b, group in zip(self.deviations, groups.T, strict=True):
            slopes += np.vstack([b, np.zeros(len(self.beta))])[
                group
            ]  # −1, no group, is the last row
        return np.asarray(expit((slopes * x).sum(axis=1)))

    def slopes(self, grouping: int) -> tuple[FloatArray, FloatArray]:
        """Return the slopes β + b_g of each group and their standard errors, both (n_groups, k).

        The errors are those of the posterior given τ; they leave out that τ is estimated.
        """
        k, at = len(self.beta), _offsets(self.deviations, len(self.beta))[grouping]
        all_ = np.diag(self.covariance)[:k]
        errors = np.empty_like(self.deviations[grouping])
        for g in range(len(errors)):
            own = slice(at + g * k, at + (g + 1) * k)
            between = np.diag(self.covariance[:k, own])
            errors[g] = np.sqrt(np.maximum(all_ + np.diag(self.covariance)[own] + 2 * between, 0))
        return self.beta + self.deviations[grouping], errors


def fit(
    rows: Grouped, tau: Sequence[FloatArray] | None = None, start: Multilevel | None = None
) -> Multilevel:
    """Return the posterior mode; with ``tau`` given it is held, else learned; ``start`` only saves time.

    Minimises −Σ w ln P(y) + ½ Σ_g b_g² / τ² (+ 10⁻⁴/2 β², so that separated data have an answer) by Newton's method;
    EM sets τ² to the mean over groups of b_g² + its posterior variance, and to what one group more of
    τ = 0.1 would say, so that few groups cannot make it 0 (after Chung et al., Psychometrika 2013). τ = 0 is one logit for all, τ = ∞ one a group.
    Misleads where groups are few: τ from five groups is a guess, and shrinks too much or too little.

    Raises
    ------
    BadValue : no labels, or all of one kind.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, group = np.column_stack([np.ones(400), rng.normal(size=400)]), rng.integers(2, size=400)
    >>> y = rng.random(400) < expit(np.where(group == 0, 2.0, -2.0) * x[:, 1])
    >>> rows = Grouped(x, y.astype(float), np.ones(400), group[:, None], (2,))
    >>> np.sign(fit(rows).slopes(0)[0][:, 1]).tolist()
    [1.0, -1.0]
    """
    if len(set(rows.y[rows.weights > 0].tolist())) < 2:
        raise BadValue("a logit needs labels of both kinds; these are none or all alike")
    cells = _Cells.of(rows)
    with threadpool_limits(limits=1, user_api="blas"):  # products this small wait for threads
        if tau is not None:
            return _mode(cells, tuple(tau), start)
        return _learned(rows, cells, start)


def _learned(rows: Grouped, cells: "_Cells", start: Multilevel | None) -> Multilevel:
    """Return the posterior mode under the τ that EM finds."""
    k = rows.x.shape[1]
    known = [np.bincount(g[g >= 0], minlength=n) > 0 for g, n in zip(rows.groups.T, rows.n_groups, strict=True)]  # fmt: skip
    first = start.tau if start else tuple(np.full(k, 0.5) for _ in rows.n_groups)
    found = _mode(cells, first, start)
    for _ in range(N_EM):
        learned = _learned_tau(found, known)
        moved = max(np.abs(a - b).max() for a, b in zip(learned, found.tau, strict=True))
        found = _mode(cells, learned, found, ROUGHLY)
        if moved < SETTLED:
            break
    return _mode(cells, found.tau, found)


def _learned_tau(found: Multilevel, known: Sequence[NDArray[np.bool_]]) -> tuple[FloatArray, ...]:
    """Return the M-step's τ of each grouping over the groups that have rows."""
    k, variance = len(found.beta), np.diag(found.covariance)
    learned = []
    for at, b, has in zip(_offsets(found.deviations, k), found.deviations, known, strict=True):
        spread = b**2 + variance[at : at + b.size].reshape(b.shape)
        total = spread[has].sum(axis=0) + PRIOR_GROUPS * PRIOR_TAU**2
        learned.append(np.sqrt(total / (has.sum() + PRIOR_GROUPS)))
    return tuple(learned)


class _Cells(msgspec.Struct, frozen=True):
    """The rows sorted by their cell of groups; ``cells`` (m, n_groupings), cell i ends before row ``ends[i]``."""

    x: FloatArray
    y: FloatArray
    weights: FloatArray
    cells: NumberArray
    ends: NumberArray
    sizes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, rows: Grouped) -> "_Cells":
        cells, cell_of = np.unique(rows.groups, axis=0, return_inverse=True)
        order = np.argsort(cell_of.ravel(), kind="stable")
        sizes = tuple((n, rows.x.shape[1]) for n in rows.n_groups)
        ends = np.cumsum(np.bincount(cell_of.ravel(), minlength=len(cells)))
        return cls(rows.x[order], rows.y[order], rows.weights[order], cells, ends, sizes)

    @property
    def parts(self) -> list[slice]:
        """The rows of each cell."""
        starts = np.concatenate([[0], self.ends[:-1]])
        return [slice(int(a), int(b)) for a, b in zip(starts, self.ends, strict=True)]

    def eta(self, theta: FloatArray) -> FloatArray:
        """Return x'(β + Σ b_g) of every row."""
        beta, deviations = _parts(theta, self.sizes)
        eta = np.empty(len(self.y))
        for cell, part in zip(self.cells, self.parts, strict=True):
            own = (b[g] for b, g in zip(deviations, cell, strict=True) if g >= 0)
            eta[part] = self.x[part] @ sum(own, start=beta)
        return eta


def _mode(
    rows: _Cells,
    tau: tuple[FloatArray, ...],
    start: Multilevel | None,
    close: float = CLOSE_ENOUGH,
) -> Multilevel:
    """Return the posterior mode under given τ by Newton's method, halving a step that does not help."""
    precision = _precision(rows, tau)
    theta = np.zeros(len(precision))
    if start is not None:
        theta = np.concatenate([start.beta, *(b.ravel() for b in start.deviations)])
    loss = _loss(rows, theta, precision)
    for _ in range(N_NEWTON):
        gradient, hessian = _derivatives(rows, theta, precision)
        step = cho_solve(cho_factor(hessian), gradient)
        for _ in range(N_HALVINGS):
            lower = _loss(rows, theta - step, precision)
            if lower <= loss:
                break
            step = step / 2
        theta, gained, loss = theta - step, loss - lower, min(lower, loss)
        if gained <= close * (1 + abs(loss)):
            break
    _, hessian = _derivatives(rows, theta, precision)
    covariance = cho_solve(cho_factor(hessian), np.eye(len(theta)))
    beta, deviations = _parts(theta, rows.sizes)
    return Multilevel(beta, deviations, tau, np.asarray(covariance))


def _precision(rows: _Cells, tau: tuple[FloatArray, ...]) -> FloatArray:
    """Return the prior precision of every parameter; a group without rows keeps its prior."""
    parts = [np.full(rows.x.shape[1], GLOBAL_PRECISION)]
    for (n, _), each in zip(rows.sizes, tau, strict=True):
        parts.append(np.tile(1 / np.maximum(each, np.sqrt(LEAST_VARIANCE)) ** 2, n))
    return np.concatenate(parts)


def _parts(
    theta: FloatArray, sizes: Sequence[tuple[int, int]]
) -> tuple[FloatArray, tuple[FloatArray, ...]]:
    """Return β and the deviations of each grouping out of one long vector."""
    k = sizes[0][1] if sizes else len(theta)
    ends = np.cumsum([k, *(n * k for n, _ in sizes)])
    parts = np.split(theta, ends[:-1])
    return parts[0], tuple(part.reshape(size) for part, size in zip(parts[1:], sizes, strict=True))


def _offsets(deviations: Sequence[FloatArray], k: int) -> list[int]:
    """Return where each grouping's parameters begin in the long vector."""
    return [int(at) for at in np.cumsum([k, *(b.size for b in deviations)])[:-1]]


def _loss(rows: _Cells, theta: FloatArray, precision: FloatArray) -> float:
    eta = rows.eta(theta)
    fitted = rows.weights @ (np.logaddexp(0, eta) - rows.y * eta)
    return float(fitted + precision @ theta**2 / 2)


def _derivatives(
    rows: _Cells, theta: FloatArray, precision: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return gradient and Hessian; sums over rows are taken a cell of groups at a time, by BLAS."""
    k = rows.x.shape[1]
    p = expit(rows.eta(theta))
    pull, curve = rows.weights * (p - rows.y), rows.weights * p * (1 - p)
    gradient, hessian = precision * theta, np.diag(precision)
    starts = np.cumsum([k, *(n * k for n, _ in rows.sizes)])[:-1]
    for cell, part in zip(rows.cells, rows.parts, strict=True):
        x = rows.x[part]
        first, second = x.T @ pull[part], (x * curve[part, None]).T @ x
        blocks = [0, *(int(at + g * k) for at, g in zip(starts, cell, strict=True) if g >= 0)]
        for a in blocks:
            gradient[a : a + k] += first
            for b in blocks:
                hessian[a : a + k, b : b + k] += second
    return gradient, hessian

"""Rows and columns of a table of non-negative numbers, grouped together: spectral co-clustering.

Rows and columns that weigh on each other get the same number (Dhillon, KDD 2001).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import svds

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
NumberArray = NDArray[np.int64]

DENSE_BELOW = 200
N_STARTS, N_STEPS = 10, 300


def cocluster(
    A: csr_matrix, n_clusters: int, rng: np.random.Generator
) -> tuple[NumberArray, NumberArray]:
    """Return the cluster of each row and of each column, from 0; −1 for one without any weight.

    The left and right singular vectors 2 … 1 + ⌈log₂ k⌉ of D_r^-½ A D_c^-½, scaled by D_r^-½ and D_c^-½ and stacked, are
    grouped by k-means. Right where blocks stand out against the rest; where everything is spread evenly it still returns
    ``n_clusters`` groups, and they mean nothing.

    Parameters
    ----------
    A : (n_rows, n_columns), none below 0.

    Raises
    ------
    BadValue : fewer rows or columns with weight than clusters, fewer than two clusters, or a number below 0.
    """
    if A.nnz and A.data.min() < 0:
        raise BadValue("co-clustering needs numbers that are not below 0")
    of_row, of_column = np.asarray(A.sum(axis=1)).ravel(), np.asarray(A.sum(axis=0)).ravel()
    rows, columns = np.flatnonzero(of_row > 0), np.flatnonzero(of_column > 0)
    if n_clusters < 2 or min(len(rows), len(columns)) < n_clusters:
        raise BadValue(
            f"{n_clusters} co-clusters need two or more, and as many rows and columns with any weight; "
            f"there are {len(rows)} and {len(columns)}"
        )
    row_scale, column_scale = of_row[rows] ** -0.5, of_column[columns] ** -0.5
    scaled = diags(row_scale) @ A[rows][:, columns] @ diags(column_scale)
    n_vectors = 1 + int(np.ceil(np.log2(n_clusters)))
    U, V = _singular_vectors(csr_matrix(scaled), n_vectors, rng)
    stacked = np.vstack([row_scale[:, None] * U, column_scale[:, None] * V])
    found = kmeans(stacked, n_clusters, rng)
    row_cluster, column_cluster = np.full(len(of_row), -1), np.full(len(of_column), -1)
    row_cluster[rows], column_cluster[columns] = found[: len(rows)], found[len(rows) :]
    return row_cluster, column_cluster


def kmeans(points: FloatArray, k: int, rng: np.random.Generator) -> NumberArray:
    """Return the cluster of each of (n, d) points: the best of ten starts of Lloyd's algorithm (k-means++).

    Clusters are numbered in the order in which points first meet them.
    """
    best, least = np.zeros(len(points), dtype=np.int64), np.inf
    for _ in range(N_STARTS):
        centres = _spread_out(points, k, rng)
        for _ in range(N_STEPS):
            away = _squares(points, centres)
            cluster = away.argmin(axis=1)
            n = np.bincount(cluster, minlength=k)[:, None]
            total = np.zeros_like(centres)
            np.add.at(total, cluster, points)
            moved = np.where(n > 0, total / np.maximum(n, 1), centres)
            if np.allclose(moved, centres, rtol=0, atol=1e-12):
                break
            centres = moved
        inertia = float(away.min(axis=1).sum())
        if inertia < least - 1e-12:
            best, least = cluster, inertia
    _, first, number = np.unique(best, return_index=True, return_inverse=True)
    return first.argsort().argsort()[number].astype(np.int64)


def _singular_vectors(
    A: csr_matrix, n: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return left and right singular vectors 2 … n, the largest first."""
    if min(A.shape) <= max(DENSE_BELOW, n):
        U, _, Vt = np.linalg.svd(A.toarray(), full_matrices=False)
    else:
        U, s, Vt = svds(A, k=n, v0=rng.random(min(A.shape)))
        order = np.argsort(-s)
        U, Vt = U[:, order], Vt[order]
    return U[:, 1:n], Vt[1:n].T


def _spread_out(points: FloatArray, k: int, rng: np.random.Generator) -> FloatArray:
    """Draw k points, each in proportion to its squared distance from those drawn (Arthur, Vassilvitskii, SODA 2007)."""
    chosen = [int(rng.integers(len(points)))]
    away = _squares(points, points[chosen]).ravel()
    while len(chosen) < k:
        total = float(away.sum())
        weights = away / total if total > 0 else None
        chosen.append(int(rng.choice(len(points), p=weights)))
        away = np.minimum(away, _squares(points, points[chosen[-1:]]).ravel())
    return points[chosen]


def _squares(points: FloatArray, centres: FloatArray) -> FloatArray:
    """Return the squared distance of each point from each centre."""
    return np.asarray(((points[:, None, :] - centres[None]) ** 2).sum(axis=2))

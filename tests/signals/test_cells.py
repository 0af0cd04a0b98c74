"""Co-clustering finds planted blocks, as scikit-learn does, and says −1 where there is nothing."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from ritornello.kinds.errors import BadValue
from ritornello.measures.agreement import adjusted_rand
from ritornello.signals.cells import cocluster, kmeans


def blocks(strength):
    """Return a table of four planted blocks, and which row and column belongs to which."""
    rng = np.random.default_rng(7)
    g, h = rng.integers(4, size=60), rng.integers(4, size=40)
    A = rng.random((60, 40))
    if strength != 3.0:
        A = random_blocks(rng, g, h)
    return A + (g[:, None] == h[None]) * strength, g, h


def random_blocks(rng, g, h):
    """Return the noise of the second draw of the oracle."""
    return rng.random((60, 40))


def numbers(text):
    return np.array([int(digit) for digit in text])


def test_planted_blocks_are_found():
    A, g, h = blocks(3.0)
    rows, columns = cocluster(csr_matrix(A), 4, np.random.default_rng(0))
    assert adjusted_rand(rows, g) == 1
    assert adjusted_rand(columns, h) == 1


def test_faint_blocks_are_found_as_scikit_learn_finds_them():
    """SpectralCoclustering(n_clusters=4, random_state=0).fit(A).row_labels_, column_labels_; scikit-learn 1.9.1."""
    A, _, _ = blocks(0.35)
    rows, columns = cocluster(csr_matrix(A), 4, np.random.default_rng(0))
    theirs = numbers("022020033110031330313111213112222030221032030233133231030212")
    assert adjusted_rand(rows, theirs) > 0.9
    assert adjusted_rand(columns, numbers("1113033302032113202321003200223213322223")) > 0.9


def test_a_large_sparse_table_takes_the_other_road_to_the_same_blocks():
    rng = np.random.default_rng(3)
    g, h = rng.integers(3, size=400), rng.integers(3, size=260)
    there = random_sparse(400, 260, density=0.3, rng=rng).toarray() > 0
    A = there * np.where(g[:, None] == h[None], 5.0, 0.5)
    rows, columns = cocluster(csr_matrix(A), 3, np.random.default_rng(0))
    assert adjusted_rand(rows, g) > 0.95
    assert adjusted_rand(columns, h) > 0.95


def test_rows_and_columns_without_weight_belong_nowhere():
    A = np.kron(np.eye(2), np.ones((3, 3)))
    A = np.vstack([np.hstack([A, np.zeros((6, 1))]), np.zeros((1, 7))])
    rows, columns = cocluster(csr_matrix(A), 2, np.random.default_rng(0))
    assert rows.tolist() == [0, 0, 0, 1, 1, 1, -1]
    assert columns.tolist() == [0, 0, 0, 1, 1, 1, -1]


def test_the_same_seed_finds_the_same():
    A, _, _ = blocks(0.35)
    one, other = (cocluster(csr_matrix(A), 4, np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


def test_kmeans_of_points_that_are_all_the_same():
    assert kmeans(np.ones((5, 2)), 3, np.random.default_rng(0)).tolist() == [0] * 5


@pytest.mark.parametrize(
    ("A", "k"),
    [(np.ones((3, 3)), 1), (np.ones((3, 3)), 4), (np.zeros((3, 3)), 2), (-np.ones((3, 3)), 2)],
)
def test_what_cannot_be_clustered_is_refused(A, k):
    with pytest.raises(BadValue):
        cocluster(csr_matrix(A), k, np.random.default_rng(0))

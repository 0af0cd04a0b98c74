"""The dense algebra of a sparse matrix: products of its columns, their inverse, quadratic forms.

Importing this module loads numba, so only training does.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import spotrf, spotri
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.measures.compiling import compiled
from ritornello.models.scorer import FloatArray

Columns = NDArray[np.int32]
Places = NDArray[np.int64]


def gram(matrix: csr_matrix) -> FloatArray:
    """Return XᵀX on and above the diagonal, 0 below it, shape (n_columns, n_columns).

    One column after another is added up from the rows it occurs in, which costs Σ_rows (entries a
    row)² / 2 and no memory but the result.

    Examples
    --------
    >>> gram(csr_matrix(np.array([[1.0, 2.0], [0.0, 3.0]]))).tolist()
    [[1.0, 2.0], [0.0, 13.0]]
    """
    by_row = matrix.tocsr().sorted_indices().astype(np.float32)
    by_column = by_row.tocsc()
    found = np.zeros((matrix.shape[1], matrix.shape[1]), dtype=np.float32)
    _add_up(
        found,
        by_column.indptr.astype(np.int64),
        by_column.indices.astype(np.int32),
        by_column.data,
        by_row.indptr.astype(np.int64),
        by_row.indices.astype(np.int32),
        by_row.data,
    )
    return found


def inverse(upper: FloatArray) -> FloatArray:
    """Return the inverse of a symmetric positive definite matrix, in the memory it came in.

    By Cholesky in float32 (LAPACK's spotrf and spotri): a third of the work of a general inverse.

    Parameters
    ----------
    upper : C-contiguous; what is below the diagonal is not read.

    Raises
    ------
    BadValue : it is not positive definite in float32.
    """
    if not len(upper):
        return upper
    factor, trouble = spotrf(upper.T, lower=True, clean=False, overwrite_a=True)
    if trouble == 0:
        factor, trouble = spotri(factor, lower=True, overwrite_c=True)
    if trouble != 0:
        raise BadValue(
            f"a matrix of {len(upper)} rows is not positive definite in float32 (LAPACK says "
            f"{trouble}); ask for more regularization"
        )
    found: FloatArray = factor.T
    for row in range(len(found) - 1):
        found[row + 1 :, row] = found[row, row + 1 :]
    return found


def forms(rows: csr_matrix, matrix: FloatArray) -> FloatArray:
    """Return xᵀMx of every sparse row x with a symmetric M, shape (n_rows,).

    Examples
    --------
    >>> forms(csr_matrix(np.array([[1.0, 2.0]])), np.array([[1, 2], [2, 1]], np.float32)).tolist()
    [13.0]
    """
    found = np.zeros(rows.shape[0], dtype=np.float32)
    starts, columns = rows.indptr.astype(np.int64), rows.indices.astype(np.int32)
    _add_forms(found, starts, columns, rows.data.astype(np.float32), matrix)
    return found


@compiled
def _add_up(  # noqa: PLR0917 - a kernel takes arrays, not objects
    found: FloatArray,
    column_starts: Places,
    column_rows: Columns,
    column_values: FloatArray,
    row_starts: Places,
    row_columns: Columns,
    row_values: FloatArray,
) -> None:
    """Add up the products of each column with itself and the columns after it."""
    for column in range(len(found)):
        sums = found[column]
        for entry in range(column_starts[column], column_starts[column + 1]):
            row, value = column_rows[entry], column_values[entry]
            other = row_starts[row + 1] - 1
            while other >= row_starts[row] and row_columns[other] >= column:
                sums[row_columns[other]] += value * row_values[other]
                other -= 1


@compiled
def _add_forms(
    found: FloatArray, starts: Places, columns: Columns, values: FloatArray, matrix: FloatArray
) -> None:
    """Add up x_a x_b M_ab over the entries of each row, in double precision."""
    for row in range(len(found)):
        total = 0.0
        for a in range(starts[row], starts[row + 1]):
            for b in range(starts[row], starts[row + 1]):
                total += values[a] * matrix[columns[a], columns[b]] * values[b]
        found[row] = total

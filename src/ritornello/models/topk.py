"""The best columns of many listeners at once, without ever holding all their scores.

Scores are made in blocks that stay in the cache, and each block is looked through as soon as it is
made: what is not above the n-th best so far is passed over 16 at a time, what is above waits with its
column in a short buffer, which is cut back to the n best whenever it is full. What may not be listed is
only looked up when it would be. So selection costs less than the product, which is BLAS.

Ties go to the lower column; −inf and nan are never ranked. Scores are float32 sums whose order BLAS
chooses, so blocks of other sizes may differ in the last bit, and with it the order of two columns that
close. Right for building lists for everyone; a single request needs only ``numpy``, and importing this
module loads numba, so nothing that answers requests does.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ritornello.listeners.taste import Taste
from ritornello.models.scorer import FloatArray, Scorer

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]
Columns = NDArray[np.int32]

NOTHING = -1
N_QUERIES = 128
N_COLUMNS = 2048
N_TASTES = 64
STRIDE = 16
LEAST_BUFFER = 256
_EMPTY = np.iinfo(np.int64).min
_MOST = np.iinfo(np.int32).max


class Top(NamedTuple):
    """The best of each row: ``columns`` (rows, n), best first, −1 where there are fewer; ``scores``."""

    columns: Columns
    scores: FloatArray


def top_of_factors(
    queries: FloatArray,
    factors: FloatArray,
    n: int,
    *,
    excluded: csr_matrix | None = None,
    allowed: Mask | None = None,
    n_threads: int = 1,
) -> Top:
    """Return the ``n`` items of highest product with each query.

    Parameters
    ----------
    queries : (n_queries, n_factors), one a listener.
    factors : (n_items, n_factors).
    excluded : (n_queries, n_items); what is stored is not listed, such as what was heard.
    allowed : (n_items,) or (n_queries, n_items); everything where not given.
    n_threads : blocks at once, each with one thread of BLAS.
    """

    def best_of(rows: slice) -> Top:
        some = queries[rows]
        chosen = _Chosen(len(some), n, len(factors), _rows(excluded, rows), _rows(allowed, rows))
        space = np.empty((len(some), N_COLUMNS), dtype=np.float32)
        for start in range(0, len(factors), N_COLUMNS):
            part = factors[start : start + N_COLUMNS]
            scores = (
                space if len(part) == N_COLUMNS else np.empty((len(some), len(part)), np.float32)
            )
            chosen.offer(np.dot(some, part.T, out=scores), start)
        return chosen.top()

    blocks = [slice(i, i + N_QUERIES) for i in range(0, max(len(queries), 1), N_QUERIES)]
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(n_threads) as pool:
        return _joined(pool.map(best_of, blocks))


def top_of_scores(
    scores: FloatArray,
    n: int,
    *,
    excluded: csr_matrix | None = None,
    allowed: Mask | None = None,
) -> Top:
    """Return the ``n`` highest scores of each row.

    Parameters
    ----------
    scores : (n_rows, n_items), C-contiguous.
    excluded : (n_rows, n_items); what is stored is not listed.
    allowed : (n_items,) or (n_rows, n_items); everything where not given.

    Examples
    --------
    >>> top_of_scores(np.array([[0.5, 2.0, 0.5, 1.0]], dtype=np.float32), 3).columns.tolist()
    [[1, 3, 0]]
    """
    chosen = _Chosen(len(scores), n, scores.shape[1], excluded, allowed)
    chosen.offer(scores, 0)
    return chosen.top()


def top_of_tastes(
    scorer: Scorer,
    tastes: Sequence[Taste],
    n: int,
    *,
    excluded: csr_matrix | None = None,
    allowed: Mask | None = None,
) -> Top:
    """Return the ``n`` best columns of each taste by any scorer, such as the blend.

    The same as ranking the scorer's ``score_batch``, which is added up for 64 tastes at a time.

    Parameters
    ----------
    excluded : (n_tastes, n_items); what is stored is not listed. ``histories`` gives what was heard.
    allowed : (n_items,) or (n_tastes, n_items); everything where not given.
    """
    return _joined(
        top_of_scores(scores, n, excluded=_rows(excluded, rows), allowed=_rows(allowed, rows))
        for rows, scores in _scored(scorer, tastes)
    )


def histories(tastes: Sequence[Taste], n_items: int) -> csr_matrix:
    """Return what each taste holds, as ``excluded`` wants it, shape (len(tastes), n_items)."""
    starts = np.cumsum([0, *(len(taste.columns) for taste in tastes)])
    columns = np.concatenate([np.empty(0, np.int32), *(np.sort(t.columns) for t in tastes)])
    ones = np.ones(len(columns), dtype=np.bool_)
    return csr_matrix((ones, columns, starts), shape=(len(tastes), n_items))


def _scored(scorer: Scorer, tastes: Sequence[Taste]) -> Iterator[tuple[slice, FloatArray]]:
    """Yield the scores of a block of tastes, in a buffer that the next block uses again."""
    buffer = np.empty((min(N_TASTES, len(tastes)), scorer.n_items), dtype=np.float32)
    for start in range(0, max(len(tastes), 1), N_TASTES):
        some = tastes[start : start + N_TASTES]
        scores = buffer[: len(some)]
        scores[:] = 0
        scorer.add_to(scores, some, 1.0)
        yield slice(start, start + N_TASTES), scores


def _rows(of: csr_matrix | Mask | None, rows: slice) -> csr_matrix | Mask | None:
    """Return the rows of what has rows; one row for all stays."""
    return of if of is None or of.ndim == 1 else of[rows]


def _joined(parts: Iterator[Top]) -> Top:
    """Put blocks under one another."""
    columns, scores = zip(*parts, strict=True)
    return Top(np.concatenate(columns), np.concatenate(scores))


class _Chosen:
    """The best so far of a block of rows: a number each, by which they are sorted.

    The number has the score in its upper half, as bits that sort as the score does, and in the lower
    half the column, the lower the higher; so the order of numbers is the order of a list.
    """

    def __init__(
        self,
        n_rows: int,
        n: int,
        n_items: int,
        excluded: csr_matrix | None,
        allowed: Mask | None,
    ) -> None:
        self._n = min(n, n_items)
        size = max(3 * self._n, LEAST_BUFFER)
        self._numbers = np.full((n_rows, size), _EMPTY, dtype=np.int64)
        self._n_waiting = np.zeros(n_rows, dtype=np.int64)
        self._least = np.full(n_rows, -np.inf, dtype=np.float32)
        self._starts, self._excluded = _pattern(excluded, n_rows)
        if allowed is None:
            allowed = np.ones(n_items, dtype=np.bool_)
        self._allowed = np.ascontiguousarray(np.atleast_2d(allowed))

    def offer(self, scores: FloatArray, first_column: int) -> None:
        """Look through the scores of all rows for some columns; they come by rising columns."""
        if self._n:
            _offer(
                scores,
                first_column,
                self._n,
                self._numbers,
                self._n_waiting,
                self._least,
                self._starts,
                self._excluded,
                self._allowed,
            )

    def top(self) -> Top:
        """Return the best, in their order."""
        _settle(self._numbers, self._n_waiting, self._n)
        numbers = np.sort(self._numbers[:, : self._n], axis=1)[:, ::-1]
        missing = numbers == _EMPTY
        bits = (numbers >> 32).astype(np.int32)
        bits ^= (bits >> 31) & _MOST
        scores = np.where(missing, np.float32(-np.inf), bits.view(np.float32))
        return Top(np.where(missing, NOTHING, _MOST - (numbers & _MOST)).astype(np.int32), scores)


def _pattern(excluded: csr_matrix | None, n_rows: int) -> tuple[Numbers, Columns]:
    """Return where each row begins, and its rising columns."""
    if excluded is None:
        return np.zeros(n_rows + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
    if not excluded.has_sorted_indices:
        excluded = excluded.sorted_indices()
    return excluded.indptr.astype(np.int64), excluded.indices.astype(np.int32)


@njit(cache=True, nogil=True)
def _offer(  # noqa: PLR0913, PLR0917 - a kernel takes arrays, not objects
    scores: FloatArray,
    first_column: int,
    n: int,
    numbers: Numbers,
    n_waiting: Numbers,
    least: FloatArray,
    starts: Numbers,
    excluded: Columns,
    allowed: Mask,
) -> None:
    """Let each score wait that is above the n-th best of its row, where it may be listed."""
    bits_of_least = least.view(np.int32)
    all_bits = scores.view(np.int32)
    for row in range(scores.shape[0]):
        found, bits, waiting = scores[row], all_bits[row], numbers[row]
        rules = allowed[min(row, len(allowed) - 1)]
        barred = excluded[starts[row] : starts[row + 1]]
        for start in range(0, len(found), STRIDE):
            stop = min(start + STRIDE, len(found))
            if stop - start == STRIDE and not _any_above(found, start, least[row]):
                continue
            for j in range(start, stop):
                column = first_column + j
                if found[j] > least[row] and rules[column] and not _holds(barred, column):
                    if n_waiting[row] == len(waiting):
                        bits_of_least[row] = _cut_back(waiting, n)
                        n_waiting[row] = n
                        if not found[j] > least[row]:
                            continue
                    waiting[n_waiting[row]] = _number(found[j], bits[j], column)
                    n_waiting[row] += 1


@njit(cache=True, nogil=True)
def _settle(numbers: Numbers, n_waiting: Numbers, n: int) -> None:
    """Move the ``n`` highest numbers of every row to the front."""
    for row in range(len(numbers)):
        if n_waiting[row] > n:
            _cut_back(numbers[row, : n_waiting[row]], n)


@njit(cache=True, nogil=True)
def _any_above(scores: FloatArray, start: int, least: np.float32) -> bool:
    """Say whether one of ``STRIDE`` scores is higher; a fixed length compiles to wide registers."""
    above = np.int32(0)
    for j in range(STRIDE):
        above |= np.int32(scores[start + j] > least)
    return bool(above)


@njit(cache=True, nogil=True)
def _number(score: np.float32, bits: np.int32, column: int) -> np.int64:
    """Return the number of a score and its column; −0 counts as 0."""
    rising = np.int64(bits ^ ((bits >> 31) & _MOST)) if score != 0 else np.int64(0)
    return (rising << 32) | np.int64(_MOST - column)


@njit(cache=True, nogil=True)
def _cut_back(waiting: Numbers, n: int) -> np.int32:
    """Move the ``n`` highest numbers to the front; return the bits of the lowest one's score.

    By quickselect (Hoare, CACM 1961), with the middle of three as pivot.
    """
    low, high = 0, len(waiting) - 1
    while low < high:
        first, middle, last = waiting[low], waiting[(low + high) // 2], waiting[high]
        pivot = max(min(first, middle), min(max(first, middle), last))
        i, j = low, high
        while i <= j:
            while waiting[i] > pivot:
                i += 1
            while waiting[j] < pivot:
                j -= 1
            if i <= j:
                waiting[i], waiting[j] = waiting[j], waiting[i]
                i, j = i + 1, j - 1
        if n - 1 <= j:
            high = j
        elif n - 1 >= i:
            low = i
        else:
            break
    bits = np.int32(waiting[n - 1] >> 32)
    waiting[n:] = _EMPTY
    return bits ^ ((bits >> 31) & np.int32(_MOST))


@njit(cache=True, nogil=True)
def _holds(rising: Columns, wanted: int) -> bool:
    """Say whether a rising array holds a number."""
    low, high = 0, len(rising)
    while low < high:
        middle = (low + high) // 2
        if rising[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < len(rising) and bool(rising[low] == wanted)

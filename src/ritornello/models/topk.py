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
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ritornello.listeners.taste import Taste
from ritornello.measures.compiling import compiled
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
SAFELY = np.float32(1.0001)
"""What a bound is raised by, more than float32 can round a product up."""
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

    Items go by falling length, since no product is above the product of the lengths: where that bound
    is below the n-th best so far for a whole block of queries, the rest need not be multiplied (Teflioudi,
    Gemulla, Mykytiuk, SIGMOD 2015).

    Parameters
    ----------
    queries : (n_queries, n_factors), one a listener.
    factors : (n_items, n_factors).
    excluded : (n_queries, n_items); what is stored is not listed, such as what was heard.
    allowed : (n_items,) or (n_queries, n_items); everything where not given.
    n_threads : blocks at once, each with one thread of BLAS.
    """
    lengths = np.linalg.norm(factors, axis=1)
    order = np.argsort(-lengths, kind="stable").astype(np.int32)
    factors, lengths = factors[order], lengths[order] * SAFELY
    most = np.linalg.norm(queries, axis=1)

    def best_of(rows: slice) -> Top:
        some = queries[rows]
        chosen = _Chosen(len(some), n, len(factors), _rows(excluded, rows), _rows(allowed, rows))
        space = np.empty(len(some) * N_COLUMNS, dtype=np.float32)
        for start in range(0, len(factors), N_COLUMNS):
            if chosen.are_above(most[rows] * lengths[start]):
                break
            part = slice(start, start + N_COLUMNS)
            shape = (len(some), len(order[part]))
            scores = space[: shape[0] * shape[1]].reshape(shape)
            np.dot(some, factors[part].T, out=scores)
            chosen.offer(scores, order[part], rising=False)
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
    chosen.offer(scores, np.arange(scores.shape[1], dtype=np.int32), rising=True)
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
        self._enough = np.full(n_rows, np.finfo(np.float32).min, dtype=np.float32)
        self._starts, self._excluded = _pattern(excluded, n_rows)
        if allowed is None:
            allowed = np.ones(n_items, dtype=np.bool_)
        self._allowed = np.ascontiguousarray(np.atleast_2d(allowed))

    def are_above(self, bounds: FloatArray) -> bool:
        """Say whether nothing up to these scores, one a row, can be listed any more."""
        return bool((bounds < self._enough).all())

    def offer(self, scores: FloatArray, columns: Columns, *, rising: bool) -> None:
        """Look through the scores of some columns for all rows.

        Where all columns ever offered rise, what equals the n-th best is not looked at.
        """
        if self._n:
            _offer(
                scores,
                columns,
                rising,
                self._n,
                self._numbers,
                self._n_waiting,
                self._enough,
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


@compiled
def _offer(  # noqa: PLR0913, PLR0917 - a kernel takes arrays, not objects
    scores: FloatArray,
    columns: Columns,
    rising: bool,
    n: int,
    numbers: Numbers,
    n_waiting: Numbers,
    enough: FloatArray,
    starts: Numbers,
    excluded: Columns,
    allowed: Mask,
) -> None:
    """Let each score wait that may be among the n best of its row, where it may be listed."""
    bits_of_enough, all_bits = enough.view(np.int32), scores.view(np.int32)
    for row in range(scores.shape[0]):
        found, bits, waiting = scores[row], all_bits[row], numbers[row]
        rules = allowed[min(row, len(allowed) - 1)]
        barred = excluded[starts[row] : starts[row + 1]]
        for start in range(0, len(found), STRIDE):
            stop = min(start + STRIDE, len(found))
            if stop - start == STRIDE and not _any_reaches(found, start, enough[row]):
                continue
            for j in range(start, stop):
                column = columns[j]
                if found[j] >= enough[row] and rules[column] and not _holds(barred, column):
                    waiting[n_waiting[row]] = _number(found[j], bits[j], column)
                    n_waiting[row] += 1
                    if n_waiting[row] == len(waiting):
                        bits_of_enough[row] = _cut_back(waiting, n, rising)
                        n_waiting[row] = n


@compiled
def _settle(numbers: Numbers, n_waiting: Numbers, n: int) -> None:
    """Move the ``n`` highest numbers of every row to the front."""
    for row in range(len(numbers)):
        if n_waiting[row] > n:
            _cut_back(numbers[row, : n_waiting[row]], n, True)


@compiled
def _any_reaches(scores: FloatArray, start: int, enough: np.float32) -> bool:
    """Say whether one of ``STRIDE`` scores does; a fixed length compiles to wide registers."""
    reached = np.int32(0)
    for j in range(STRIDE):
        reached |= np.int32(scores[start + j] >= enough)
    return bool(reached)


@compiled
def _number(score: np.float32, bits: np.int32, column: int) -> np.int64:
    """Return the number of a score and its column; −0 counts as 0."""
    rising = np.int64(bits ^ ((bits >> 31) & _MOST)) if score != 0 else np.int64(0)
    return (rising << 32) | np.int64(_MOST - column)


@compiled
def _cut_back(waiting: Numbers, n: int, rising: bool) -> np.int32:
    """Move the ``n`` highest numbers to the front; return the bits of the score that is enough now.

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
    bits = np.int32(waiting[n - 1] >> 32) + np.int32(rising)
    waiting[n:] = _EMPTY
    return bits ^ ((bits >> 31) & np.int32(_MOST))


@compiled
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

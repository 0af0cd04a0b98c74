"""The gist of what is said: terms and passages as vectors of one space, near where they speak of the same.

Latent semantic analysis: the matrix of passages × terms, (1 + ln tf) · ln(N / df), rows of length one, is
cut to its k strongest directions, by a randomised SVD with power iterations. A passage or a question stands
where its weighted terms add up (folding in), so what comes later needs no new training.

Right where the same thing is said in other words; misleads for names and numbers, which say nothing of
their neighbours: it is one voice among several in ``focusing``, never the only one.

Sources: S. Deerwester et al., Indexing by latent semantic analysis, JASIS 1990; N. Halko, P.-G. Martinsson
and J. Tropp, Finding structure with randomness, SIAM Review 2011.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ritornello.kinds.errors import ArtefactUnusable

N_DIRECTIONS = 96
N_OVER = 12
N_POWERS = 2
MAX_TERMS = 30_000
LEAST_PASSAGES = 3
MOST_SHARE = 0.25

Floats = NDArray[np.float32]


class Gist(msgspec.Struct, frozen=True):
    """Terms as vectors.

    ``number`` leads from a term to its row of ``vectors`` (n_terms, k), float32, and of ``rarity``
    (n_terms,), the ln(N / df) it weighs. A term that stands nowhere here has no gist.
    """

    number: dict[str, int]
    rarity: Floats
    vectors: Floats

    def of(self, texts: Sequence[Sequence[str]]) -> Floats:
        """Return the vectors of texts given as terms, each of length one; of length 0 if none is known.

        Returns
        -------
        ``(len(texts), k)``.
        """
        found: Floats = _weighed(_counts(texts, self.number), self.rarity) @ self.vectors
        return _unit(found)

    def near(self, term: str, n: int) -> list[tuple[str, float]]:
        """Return the ``n`` terms nearest to one, with their cosines, the nearest first."""
        row = self.number.get(term)
        if row is None:
            return []
        cosines = _unit(self.vectors) @ _unit(self.vectors[row : row + 1])[0]
        cosines[row] = -np.inf
        best = np.argsort(-cosines, kind="stable")[:n]
        names = list(self.number)
        return [(names[i], float(cosines[i])) for i in best if np.isfinite(cosines[i])]


NOTHING = Gist({}, np.zeros(0, np.float32), np.zeros((0, 1), np.float32))
"""What is known before anything was said: every text has the vector (0,)."""


def train(
    texts: Sequence[Sequence[str]], rng: np.random.Generator, n_directions: int = N_DIRECTIONS
) -> Gist:
    """Learn the space of some passages, given as terms; too few of them make a space of fewer directions."""
    number, df = _vocabulary(texts)
    if not number:
        return NOTHING
    rarity = np.log(len(texts) / df).astype(np.float32)
    matrix = _weighed(_counts(texts, number), rarity)
    k = min(n_directions, *matrix.shape)
    with threadpool_limits(1, "blas"):  # factors this narrow wait for threads
        _, _, directions = truncated_svd(matrix, k, rng)
    return Gist(number, rarity, np.ascontiguousarray(directions.T, dtype=np.float32))


def truncated_svd(
    matrix: csr_matrix, k: int, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the ``k`` largest singular values of a sparse matrix with their vectors, nearly.

    A random range of k + 12 directions is multiplied twice by A Aᵀ, orthogonal in between; the small
    matrix that is left is decomposed exactly. The sign of each direction is that its largest entry is above 0.

    Returns
    -------
    ``(u, s, vt)`` of shapes ``(n, k)``, ``(k,)`` falling, ``(k, m)``.
    """
    n_over = min(k + N_OVER, *matrix.shape)
    across = matrix.T.tocsr()
    basis = _orthogonal(matrix @ rng.standard_normal((matrix.shape[1], n_over), np.float32))
    for _ in range(N_POWERS):
        basis = _orthogonal(across @ basis)
        basis = _orthogonal(matrix @ basis)
    u, s, vt = np.linalg.svd((across @ basis).T, full_matrices=False)
    u, s, vt = basis @ u[:, :k], s[:k], vt[:k]
    signs = np.sign(vt[np.arange(k), np.abs(vt).argmax(axis=1)])
    return u * signs, s, vt * signs[:, None]


def pack(gist: Gist) -> dict[str, NDArray[Any]]:
    """Return the arrays a gist rests as."""
    names = np.frombuffer("\n".join(gist.number).encode(), np.uint8)
    return {"terms": names, "rarity": gist.rarity, "vectors": gist.vectors}


def unpack(arrays: dict[str, NDArray[Any]]) -> Gist:
    """Return the gist that rests as arrays.

    Raises
    ------
    ArtefactUnusable : arrays are missing or do not fit each other.
    """
    try:
        names, rarity, vectors = arrays["terms"], arrays["rarity"], arrays["vectors"]
        terms = names.tobytes().decode().split("\n") if len(names) else []
    except (KeyError, UnicodeDecodeError) as error:
        raise ArtefactUnusable(f"the gist of passages lacks or garbles {error}") from error
    number = {term: row for row, term in enumerate(terms)}
    if not len(number) == len(rarity) == len(vectors):
        counts = f"{len(number)} terms, {len(rarity)} rarities, {len(vectors)} vectors"
        raise ArtefactUnusable(f"the gist of passages holds {counts}")
    return Gist(number, rarity, vectors)


def _vocabulary(texts: Iterable[Sequence[str]]) -> tuple[dict[str, int], NDArray[np.float64]]:
    """Return the terms that are neither rare nor everywhere, the commonest first, and their df."""
    df: Counter[str] = Counter()
    n = 0
    for text in texts:
        df.update(set(text))
        n += 1
    most = max(MOST_SHARE * n, LEAST_PASSAGES)
    fitting = [(term, d) for term, d in df.items() if LEAST_PASSAGES <= d <= most]
    fitting.sort(key=lambda pair: (-pair[1], pair[0]))
    kept = fitting[:MAX_TERMS]
    number = {term: row for row, (term, _) in enumerate(kept)}
    return number, np.array([d for _, d in kept], np.float64)


def _counts(texts: Sequence[Sequence[str]], number: dict[str, int]) -> csr_matrix:
    """Return how often each known term stands in each text."""
    rows = [[number[term] for term in text if term in number] for text in texts]
    begins = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter(chain.from_iterable(rows), np.int32, begins[-1])
    ones = np.ones(len(columns), np.float32)
    counts = csr_matrix((ones, columns, begins), shape=(len(texts), len(number)))
    counts.sum_duplicates()
    return counts


def _weighed(counts: csr_matrix, rarity: Floats) -> csr_matrix:
    """Return (1 + ln tf) · rarity, rows of length one."""
    weighed = counts.copy()
    if weighed.nnz:
        weighed.data = (1 + np.log(weighed.data)) * rarity[weighed.indices]
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    weighed.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(weighed.indptr))
    return weighed.astype(np.float32)


def _orthogonal(vectors: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = qr(vectors, mode="economic", overwrite_a=True, check_finite=False)[0]
    return found


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return found

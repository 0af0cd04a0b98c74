r"""Names found by how they sound: which of half a million are nearest to something misheard.

Every document's names are a set of features: runs of three sounds, the Double Metaphone keys of the words, and apart from
these the keys of who made it. What is asked weighs each by how rare it is, :math:`\log(n / n_f)`, and a document by the cosine
of what its names share with it. Two words heard as one share their sounds; a wrong sound costs three
runs, and leaves the keys of the other words. A few hundred come back, to be compared sound by sound (``sounded``).

The arrays lie beside the rows of a version of the index and number them as they do. The work of a question is the length of
the lists of its features; the longest, which tell least, are left out beyond ``MAX_POSTINGS``.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ritornello.surfaces.search import sounds, spelling
from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.sounds import SIGNS, read_aloud, word_sounding

FOLDER, KEYS = "sounds", "keys.txt"
MAX_POSTINGS = 400_000
LEAST_SHARE = 0.2
"""What has less than this of what the nearest has is not near."""
N_NAMES = 3
"""So many names of a document are sounded: its own, and its nearest other forms."""
MAKER = 0.5
"""What the key of a maker's word weighs beside one of the name."""
_ARRAYS = ("starts", "postings", "rarity", "norms")
_N_SIGNS = len(SIGNS) + 1
N_RUNS = _N_SIGNS**3
_CODE = np.zeros(128, dtype=np.int32)
_CODE[np.frombuffer(SIGNS.encode(), dtype=np.uint8)] = np.arange(1, _N_SIGNS)

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float32]


class Asked(NamedTuple):
    """What is asked for in one way to hear it: a name and who made it, both folded, and what this way weighs."""

    name: str
    maker: str
    weight: float


class SoundIndex(NamedTuple):
    """Documents by the sounds of their names.

    Attributes
    ----------
    keys : Double Metaphone key → its number *k*: feature ``N_RUNS + k`` in a name, ``N_RUNS + len(keys) + k`` in a maker's.
    starts, postings : the documents that have each feature, int64 (n_features + 1,) and int32.
    rarity : of each feature. ``norms`` : of each document.
    """

    keys: Mapping[str, int]
    starts: NDArray[np.int64]
    postings: IntArray
    rarity: FloatArray
    norms: FloatArray

    def near(self, asked: Iterable[Asked], n: int) -> tuple[IntArray, FloatArray]:
        """Return up to ``n`` documents near to what is asked for, and how near, the nearest first."""
        weights = self._weights(asked)
        features = np.fromiter(weights, dtype=np.int64, count=len(weights))
        lengths = self.starts[features + 1] - self.starts[features]
        order = np.argsort(lengths, kind="stable")
        order = order[np.cumsum(lengths[order]) <= MAX_POSTINGS]
        features, lengths = features[order], lengths[order]
        lists = [self.postings[self.starts[f] : self.starts[f + 1]] for f in features.tolist()]
        if not lists:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        given = np.fromiter(weights.values(), dtype=np.float64)[order] * self.rarity[features] ** 2
        documents = np.concatenate(lists)
        scores = np.bincount(documents, np.repeat(given, lengths), len(self.norms)) / self.norms
        near = np.flatnonzero(scores > LEAST_SHARE * scores.max(initial=0.0))
        if len(near) > n:
            near = near[np.argpartition(-scores[near], n)[:n]]
        near = near[np.argsort(-scores[near], kind="stable")]
        return near.astype(np.int32), scores[near].astype(np.float32)

    def write(self, folder: Path) -> None:
        """Write it into a version's folder."""
        place = folder / FOLDER
        place.mkdir()
        (place / KEYS).write_text("\n".join(self.keys), encoding="utf-8")
        for name in _ARRAYS:
            np.save(place / f"{name}.npy", getattr(self, name))

    def _weights(self, asked: Iterable[Asked]) -> dict[int, float]:
        """Return the features of what is asked for, each with the weights of all the ways that have it."""
        weights: dict[int, float] = {}
        for name, maker, weight in asked:
            features = [(feature, weight) for feature in set(self._of_name(name))]
            features += [(feature, MAKER * weight) for feature in set(self._of_maker(maker))]
            for feature, each in features:
                weights[feature] = weights.get(feature, 0.0) + each
        return weights

    def _of_name(self, name: str) -> Iterator[int]:
        words = [word_sounding(word) for word in read_aloud(name)]
        found = (self.keys.get(key) for word in words for key in word[:2])
        yield from (N_RUNS + key for key in found if key is not None)
        signs = "".join(word.sounds for word in words).encode()
        yield from _runs(np.pad(_CODE[np.frombuffer(signs, np.uint8)], 1)).tolist()

    def _of_maker(self, maker: str) -> Iterator[int]:
        found = (self.keys.get(word_sounding(word).primary) for word in read_aloud(maker))
        yield from (N_RUNS + len(self.keys) + key for key in found if key is not None)


def rules() -> str:
    """Return what names the rules by which names are folded and sounded."""
    return f"{spelling.fingerprint()} {sounds.fingerprint()}"


def opened(folder: Path) -> SoundIndex:
    """Open what lies in a version's folder; arrays are mapped, so that processes share them.

    Raises
    ------
    OSError, ValueError : the files are not there, or are none of ours.
    """
    place = folder / FOLDER
    keys = (place / KEYS).read_text(encoding="utf-8").splitlines()
    arrays = {name: np.load(place / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
    return SoundIndex({key: number for number, key in enumerate(keys)}, **arrays)


class Gathered:
    """The sounds of documents being gathered, one after the other; each word is sounded once."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._n = 0
        self._in_names = _Words()
        self._in_makers = _Words()
        self._makers: dict[str, list[int]] = {}

    def add(self, document: Document) -> None:
        """Take a document in; it gets the next number."""
        for name in document.names[:N_NAMES]:
            self._in_names.add(self._numbers(name), self._n)
        maker = document.credit
        if maker:
            if maker not in self._makers:
                self._makers[maker] = self._numbers(maker)
            self._in_makers.add(self._makers[maker], self._n)
        self._n += 1

    def index(self) -> SoundIndex:
        """Return the index of all that was added."""
        soundings = [word_sounding(word) for word in self._words]
        keys: dict[str, int] = {}
        of_word = np.array(
            [[keys.setdefault(key, len(keys)) for key in each[:2]] for each in soundings],
            dtype=np.int32,
        ).reshape(-1, 2)
        n, n_features = max(self._n, 1), N_RUNS + 2 * len(keys)
        pairs = np.concatenate([
            features.astype(np.int64) * n + documents
            for features, documents in self._features([each.sounds for each in soundings], of_word)
        ])  # fmt: skip
        pairs.sort()
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
        documents = (pairs % n).astype(np.int32)
        pairs //= n
        counts = np.bincount(pairs, minlength=n_features)
        rarity = np.log((n + 1.0) / (counts + 1.0)).clip(min=0.05)
        squares = np.where(np.arange(n_features) < N_RUNS + len(keys), rarity**2, 0.0)
        norms = np.sqrt(np.bincount(documents, squares[pairs], self._n)).clip(min=1.0)
        return SoundIndex(
            keys=keys,
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            postings=documents,
            rarity=rarity.astype(np.float32),
            norms=norms.astype(np.float32),
        )

    def _features(
        self, sounds_of_words: Sequence[str], keys_of_words: IntArray
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield features and the documents that have them: runs of sounds, both keys of words, those of makers."""
        yield self._runs(sounds_of_words)
        words, documents = self._in_names.flat()
        for side in (0, 1):
            yield N_RUNS + keys_of_words[words, side], documents
        words, documents = self._in_makers.flat()
        n_keys = int(keys_of_words.max(initial=-1)) + 1
        yield N_RUNS + n_keys + keys_of_words[words, 0], documents

    def _numbers(self, name: str) -> list[int]:
        known = self._words
        return [known.setdefault(word, len(known)) for word in read_aloud(name)]

    def _runs(self, of_words: Sequence[str]) -> tuple[IntArray, IntArray]:
        """Return the runs of three sounds of every name, its beginning and end included, and whose it is."""
        lengths = np.fromiter(map(len, of_words), dtype=np.int32, count=len(of_words))
        codes = _CODE[np.frombuffer("".join(of_words).encode("ascii"), dtype=np.uint8)]
        begins = np.cumsum(lengths, dtype=np.int32) - lengths
        words, owners = self._in_names.flat()
        long = lengths[words]
        ends = np.cumsum(long, dtype=np.int32)
        n = int(ends[-1]) if len(ends) else 0
        sound = np.arange(n, dtype=np.int32) + np.repeat(begins[words] - (ends - long), long)
        place = np.arange(1, n + 1, dtype=np.int32) + np.repeat(self._in_names.names(), long)
        signs = np.zeros(n + self._in_names.n_names + 1, dtype=np.int32)
        signs[place] = codes[sound]
        return _runs(signs), np.repeat(owners, long)


class _Words:
    """Words by number, name after name, each name with whose it is."""

    def __init__(self) -> None:
        self._words = array("i")
        self._lengths = array("i")
        self._owners = array("i")

    @property
    def n_names(self) -> int:
        return len(self._lengths)

    def add(self, words: Sequence[int], owner: int) -> None:
        self._words.extend(words)
        self._lengths.append(len(words))
        self._owners.append(owner)

    def flat(self) -> tuple[IntArray, IntArray]:
        """Return every word, and whose it is."""
        owners = np.array(self._owners, dtype=np.int32)
        return np.array(self._words, dtype=np.int32), np.repeat(owners, self._lengths)

    def names(self) -> IntArray:
        """Return in which name every word is."""
        return np.repeat(np.arange(self.n_names, dtype=np.int32), self._lengths)


def _runs(signs: IntArray) -> IntArray:
    """Return the run around every sound; between names, and at both ends, stand zeros."""
    runs = (signs[:-2] * _N_SIGNS + signs[1:-1]) * _N_SIGNS + signs[2:]
    found: IntArray = runs[signs[1:-1] > 0]
    return found

r"""Names found by how they sound: which of half a million are nearest to something misheard.

Every document's names are a set of features: runs of three sounds, the Double Metaphone keys of the words, the key of the
whole, and apart from these the keys of who made it. What is asked weighs each by how rare it is, :math:`\log(n / n_f)`, and a
document by the cosine of what its names share with it. Two words heard as one share their sounds; a wrong sound costs three
runs, and leaves the keys of the other words. A few hundred come back, to be compared sound by sound (``sounded``).

The arrays lie beside the rows of a version of the index and number them as they do. The work of a question is the length of
the lists of its features; the longest, which tell least, are left out beyond ``MAX_POSTINGS``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.sounds import SIGNS, Sounding, read_aloud, word_sounding

FOLDER, KEYS = "sounds", "keys.txt"
MAX_POSTINGS = 400_000
LEAST_SHARE = 0.35
"""What has less than this of what the nearest has is not near."""
N_NAMES = 3
"""So many names of a document are sounded: its own, and its nearest other forms."""
MAKER = 0.5
"""What the key of a maker's word weighs beside one of the name."""
_ARRAYS = ("starts", "postings", "rarity", "norms")
_N_SIGNS = len(SIGNS) + 1
N_RUNS = _N_SIGNS**3
_CODE = np.zeros(128, dtype=np.int64)
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
    keys : Double Metaphone key → its feature; ``=`` stands before that of a whole name, ``@`` before a maker's.
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
        near = np.flatnonzero(scores > LEAST_SHARE * scores.max())
        if len(near) > n:
            near = near[np.argpartition(-scores[near], n)[:n]]
        near = near[np.argsort(-scores[near], kind="stable")]
        return near.astype(np.int32), scores[near].astype(np.float32)

    def write(self, folder: Path) -> None:
        """Write it into a version's folder."""
        place = folder / FOLDER
        place.mkdir()
        (place / KEYS).write_text("\n".join(self.keys), encoding="ascii")
        for name in _ARRAYS:
            np.save(place / f"{name}.npy", getattr(self, name))

    def _weights(self, asked: Iterable[Asked]) -> dict[int, float]:
        """Return the features of what is asked for, each with the weights of all the ways that have it."""
        weights: dict[int, float] = {}
        for name, maker, weight in asked:
            features = [(f, weight) for f in set(self._of_name(name))]
            features += [(f, MAKER * weight) for f in self._known(_keys_of_maker(maker))]
            for feature, each in features:
                weights[feature] = weights.get(feature, 0.0) + each
        return weights

    def _of_name(self, name: str) -> Iterator[int]:
        words = [word_sounding(word) for word in read_aloud(name)]
        yield from self._known(_keys_of(words))
        yield from _runs(["".join(word.sounds for word in words)])[0].tolist()

    def _known(self, keys: Iterable[str]) -> list[int]:
        return [self.keys[key] for key in keys if key in self.keys]


def opened(folder: Path) -> SoundIndex:
    """Open what lies in a version's folder; arrays are mapped, so that processes share them.

    Raises
    ------
    OSError, ValueError : the files are not there, or are none of ours.
    """
    place = folder / FOLDER
    keys = (place / KEYS).read_text(encoding="ascii").split("\n")
    arrays = {name: np.load(place / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
    return SoundIndex({key: N_RUNS + n for n, key in enumerate(keys)}, **arrays)


class Gathered:
    """The sounds of documents being gathered, one after the other."""

    def __init__(self) -> None:
        self._n = 0
        self._sounds: list[str] = []
        self._of_sounds: list[int] = []
        self._keys: dict[str, int] = {}
        self._key_of: list[int] = []
        self._of_key: list[int] = []

    def add(self, document: Document) -> None:
        """Take a document in; it gets the next number."""
        keys: set[str] = set(_keys_of_maker(document.credit))
        for name in document.names[:N_NAMES]:
            words = [word_sounding(word) for word in read_aloud(name)]
            self._sounds.append("".join(word.sounds for word in words))
            self._of_sounds.append(self._n)
            keys.update(_keys_of(words))
        for key in keys:
            self._key_of.append(self._keys.setdefault(key, len(self._keys)))
            self._of_key.append(self._n)
        self._n += 1

    def index(self) -> SoundIndex:
        """Return the index of all that was added."""
        n, n_features = self._n, N_RUNS + len(self._keys)
        runs, places = _runs(self._sounds)
        owners = np.array(self._of_sounds, dtype=np.int64)[places]
        of_keys = np.array(self._of_key, dtype=np.int64)
        keys = np.array(self._key_of, dtype=np.int64) + N_RUNS
        pairs = np.unique(np.concatenate([runs * n + owners, keys * n + of_keys]))
        features, documents = np.divmod(pairs, max(n, 1))
        counts = np.bincount(features, minlength=n_features)
        rarity = np.log((n + 1.0) / (counts + 1.0)).clip(min=0.05)
        is_makers = np.zeros(n_features, dtype=np.bool_)
        is_makers[N_RUNS:] = [key.startswith("@") for key in self._keys]
        squares = np.where(is_makers, 0.0, rarity**2)[features]
        norms = np.sqrt(np.bincount(documents, squares, n)).clip(min=1.0)
        return SoundIndex(
            keys={key: N_RUNS + number for key, number in self._keys.items()},
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            postings=documents.astype(np.int32),
            rarity=rarity.astype(np.float32),
            norms=norms.astype(np.float32),
        )


def _keys_of(words: Sequence[Sounding]) -> set[str]:
    """Return the keys of words, and that of all of them."""
    keys = {key for word in words for key in (word.primary, word.secondary) if key}
    whole = "".join(word.primary for word in words)
    return keys | {f"={whole}"} if whole else keys


def _keys_of_maker(maker: str) -> set[str]:
    return {f"@{key}" for word in maker.split() if (key := word_sounding(word).primary)}


def _runs(sounds: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the runs of three sounds of each, beginning and end included, and the places they are of."""
    lengths = np.fromiter(map(len, sounds), dtype=np.int64, count=len(sounds))
    signs = np.frombuffer(" ".join(["", *sounds, ""]).encode("ascii"), dtype=np.uint8)
    codes = _CODE[signs]
    runs = (codes[:-2] * _N_SIGNS + codes[1:-1]) * _N_SIGNS + codes[2:]
    is_sound = codes[1:-1] > 0
    places = np.repeat(np.arange(len(sounds)), lengths + 1)[: len(runs)]
    return runs[is_sound], places[is_sound]

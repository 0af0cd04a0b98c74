"""A component of a bundle ↔ the arrays and facts it rests as.

Unpacking checks that the arrays fit each other and the vocabulary; that they are finite and unaltered
the artefact's own check has seen to.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import ArtefactUnusable
from ritornello.models.cooccurrence import CooccurrenceConfig, CooccurrenceScorer
from ritornello.models.ease import EaseConfig, EaseOfItems, EaseOfListeners, EaseScorer
from ritornello.models.ials import IalsConfig, IalsScorer, scorer_of
from ritornello.models.optional import OPTIONAL
from ritornello.models.popularity import Popularity, PopularityConfig
from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.models.scorer import Scorer
from ritornello.models.sequential import SequentialScorer
from ritornello.models.vocabulary import Vocabulary

Arrays = Mapping[str, NDArray[Any]]
Facts = Mapping[str, Any]


class Packed(NamedTuple):
    """What a component rests as."""

    arrays: Arrays
    facts: Facts


def pack(component: Scorer) -> Packed:
    """Return the arrays and facts of a scorer."""
    return _PACK[component.name](component)


def unpack(name: str, packed: Packed, n_items: int) -> Scorer:
    """Return the scorer of that name.

    Raises
    ------
    ArtefactUnusable : arrays or facts are missing, or fit neither each other nor the vocabulary.
    """
    try:
        return _UNPACK[name](packed.arrays, packed.facts, n_items)
    except (KeyError, msgspec.ValidationError) as error:
        raise ArtefactUnusable(f"{name} lacks or garbles {error}; train again") from error


def pack_vocabulary(vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """Return the ids as UTF-8 bytes, one a line."""
    return np.frombuffer("\n".join(vocabulary.ids).encode(), dtype=np.uint8)


def unpack_vocabulary(lines: NDArray[np.uint8], n_items: int) -> Vocabulary:
    """Return the vocabulary of these lines.

    Raises
    ------
    ArtefactUnusable : not ``n_items`` different ids.
    """
    try:
        ids = tuple(lines.tobytes().decode().split("\n")) if len(lines) else ()
    except UnicodeDecodeError as error:
        raise ArtefactUnusable("the vocabulary is not UTF-8; train again") from error
    _check("vocabulary", len(set(ids)) == len(ids) == n_items, f"{n_items} different ids")
    return Vocabulary(ids)


def _pack_popularity(scorer: Popularity) -> Packed:
    arrays: Arrays = {
        "all_time": scorer.all_time,
        "recent": scorer.recent,
        "by_segment": scorer.by_segment,
        "genre_of": scorer.genre_of,
        "activity_from": scorer.activity_from,
    }
    return Packed(arrays, {"config": _plain(scorer.config), "segments": list(scorer.segments)})


def _unpack_popularity(arrays: Arrays, facts: Facts, n_items: int) -> Popularity:
    segments = msgspec.convert(facts["segments"], tuple[str, ...])
    for name in ("all_time", "recent", "genre_of"):
        _check("popularity", arrays[name].shape == (n_items,), f"{n_items} values of {name}")
    shape = (len(segments), n_items)
    _check("popularity", arrays["by_segment"].shape == shape, f"segments of shape {shape}")
    _check("popularity", arrays["activity_from"].shape == (2,), "two thresholds of activity")
    genre_of = arrays["genre_of"]
    inside = not n_items or -1 <= genre_of.min() <= genre_of.max() < len(segments)
    _check("popularity", bool(inside), "genres among the segments")
    return Popularity(
        config=msgspec.convert(facts["config"], PopularityConfig),
        all_time=arrays["all_time"],
        recent=arrays["recent"],
        segments=segments,
        by_segment=arrays["by_segment"],
        genre_of=genre_of,
        activity_from=arrays["activity_from"],
    )


def _pack_cooccurrence(scorer: CooccurrenceScorer) -> Packed:
    found = scorer.neighbours
    arrays = {"indptr": found.indptr, "indices": found.indices, "similarity": found.data}
    return Packed(arrays, {"config": _plain(scorer.config)})


def _unpack_cooccurrence(arrays: Arrays, facts: Facts, n_items: int) -> CooccurrenceScorer:
    parts = (arrays["similarity"], arrays["indices"], arrays["indptr"])
    neighbours = _rows("cooccurrence", parts, (n_items, n_items))
    return CooccurrenceScorer(msgspec.convert(facts["config"], CooccurrenceConfig), neighbours)


def _pack_ease(scorer: EaseScorer) -> Packed:
    config = _plain(scorer.config)
    if isinstance(scorer, EaseOfItems):
        sides: Arrays = {"covered": scorer.covered, "weights": scorer.weights}
        return Packed(sides, {"config": config, "side": "items"})
    rows = scorer.by_item
    arrays = {
        "indptr": rows.indptr,
        "indices": rows.indices,
        "evidence": rows.data,
        "scale": scorer.scale,
        "own": scorer.own,
        "solution": scorer.solution,
    }
    return Packed(arrays, {"config": config, "side": "listeners"})


def _unpack_ease(arrays: Arrays, facts: Facts, n_items: int) -> EaseScorer:
    config = msgspec.convert(facts["config"], EaseConfig)
    if facts["side"] == "items":
        return _ease_of_items(arrays, config, n_items)
    solution, n_listeners = arrays["solution"], len(arrays["solution"])
    square = (n_listeners, n_listeners)
    _check("ease", solution.shape == square, "a square solution")
    for name in ("scale", "own"):
        _check("ease", arrays[name].shape == (n_items,), f"{n_items} values of {name}")
    parts = (arrays["evidence"], arrays["indices"], arrays["indptr"])
    by_item = _rows("ease", parts, (n_items, n_listeners))
    return EaseOfListeners(config, by_item, arrays["scale"], arrays["own"], solution)


def _ease_of_items(arrays: Arrays, config: EaseConfig, n_items: int) -> EaseOfItems:
    covered, weights = arrays["covered"], arrays["weights"]
    rises = bool((np.diff(covered, prepend=-1, append=n_items) > 0).all())
    _check("ease", rises, f"rising columns below {n_items}")
    square = (len(covered), len(covered))
    _check("ease", weights.shape == square, f"weights of shape {square}")
    return EaseOfItems(config, n_items, covered, weights)


def _pack_ials(scorer: IalsScorer) -> Packed:
    return Packed({"factors": scorer.factors}, {"config": _plain(scorer.config)})


def _unpack_ials(arrays: Arrays, facts: Facts, n_items: int) -> IalsScorer:
    config = msgspec.convert(facts["config"], IalsConfig)
    shape = (n_items, config.n_factors)
    _check("ials", arrays["factors"].shape == shape, f"factors of shape {shape}")
    return scorer_of(config, arrays["factors"])


def _pack_repeat(scorer: RepeatScorer) -> Packed:
    return Packed({}, {"config": _plain(scorer.config)})


def _unpack_repeat(_arrays: Arrays, facts: Facts, n_items: int) -> RepeatScorer:
    return RepeatScorer(msgspec.convert(facts["config"], RepeatConfig), n_items)


def _pack_sequential(scorer: SequentialScorer) -> Packed:
    table = scorer.table
    arrays: Arrays = {
        "indptr": table.indptr,
        "indices": table.indices,
        "values": table.data,
        "prior": scorer.prior,
    }
    return Packed(arrays, {"config": msgspec.to_builtins(scorer.config)})


def _unpack_sequential(name: str, arrays: Arrays, facts: Facts, n_items: int) -> SequentialScorer:
    config = msgspec.convert(facts["config"], type(OPTIONAL[name].config))
    _check(name, arrays["prior"].shape == (n_items,), f"a prior of {n_items} values")
    parts = (arrays["values"], arrays["indices"], arrays["indptr"])
    table = _rows(name, parts, (n_items, n_items))
    return SequentialScorer(name, config, table, arrays["prior"])


_PACK: dict[str, Callable[[Any], Packed]] = {
    "popularity": _pack_popularity,
    "cooccurrence": _pack_cooccurrence,
    "ease": _pack_ease,
    "ials": _pack_ials,
    "repeat": _pack_repeat,
    **dict.fromkeys(OPTIONAL, _pack_sequential),
}
_UNPACK: dict[str, Callable[[Arrays, Facts, int], Scorer]] = {
    "popularity": _unpack_popularity,
    "cooccurrence": _unpack_cooccurrence,
    "ease": _unpack_ease,
    "ials": _unpack_ials,
    "repeat": _unpack_repeat,
    **{name: partial(_unpack_sequential, name) for name in OPTIONAL},
}


def _rows(name: str, parts: tuple[NDArray[Any], ...], shape: tuple[int, int]) -> csr_matrix:
    """Return the sparse matrix of these values, columns and starts."""
    try:
        matrix = csr_matrix(parts, shape=shape)
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise ArtefactUnusable(f"{name} is no matrix: {error}; train again") from error
    return matrix


def _plain(config: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(config)
    return plain


def _check(name: str, holds: bool, wanted: str) -> None:
    if not holds:
        raise ArtefactUnusable(f"{name} does not hold {wanted}; train again")

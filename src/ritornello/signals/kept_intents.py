"""Where a home keeps its mixture of intents, and what its components are called.

``models/intents/`` holds the version in use as an artefact (arrays and facts with their SHA-256) and one
small file beside it, ``names.json``: which version that is and what its components are called. Naming
changes that file alone. No reader meets a half-written one.
"""

import os
import shutil
from typing import Any

import msgspec
import numpy as np

from ritornello.kinds.errors import ArtefactUnusable, BadValue, NotFound
from ritornello.signals import intents
from ritornello.signals.beginnings import SHAPE
from ritornello.signals.components import Facts, Trained
from ritornello.signals.mixture import Mixture
from ritornello.store import artefacts
from ritornello.store.home import Home, sync_file, sync_folder

FOLDER = "intents"
NAMES = "names.json"


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file beside the versions: which is in use, and its components' intents."""

    version: str
    names: dict[int, str] = {}


def save(home: Home, trained: Trained) -> str:
    """Keep a mixture in a home and put it in use; return its version. Earlier ones are removed."""
    mixture = trained.mixture
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "weights": mixture.weights,
        "means": mixture.means,
        "variances": mixture.variances,
        "directions": mixture.directions,
        "concentrations": mixture.concentrations,
        "chances": mixture.chances,
        **{f"shares.{n}": s for n, s in zip(mixture.shape.categories, mixture.shares, strict=True)},
    }
    version = artefacts.save(home.models / FOLDER, arrays, msgspec.to_builtins(trained.facts))
    _write(home, Names(version, dict(trained.names)))
    _remove_all_but(home, version)
    return version


def load(home: Home) -> Trained:
    """Return the mixture in use, verified.

    Raises
    ------
    NotFound : none was trained.
    ArtefactUnusable : its files are not what was written, or it was trained on other features.
    """
    found = _read(home)
    if found is None:
        raise NotFound(f"no intents trained in {home.path}; run `ritornello signals intents train`")
    arrays, plain = artefacts.load(home.models / FOLDER, found.version)
    try:
        facts = msgspec.convert(plain, Facts)
        mixture = Mixture(
            facts.shape,
            arrays["weights"],
            arrays["means"],
            arrays["variances"],
            arrays["directions"],
            arrays["concentrations"],
            tuple(arrays[f"shares.{name}"] for name in facts.shape.categories),
            arrays["chances"],
        )
    except (msgspec.ValidationError, KeyError) as error:
        raise _unusable(found.version, f"is no mixture: {error}") from error
    _check(mixture, found.version)
    return Trained(mixture, found.names, facts, found.version)


def find(home: Home) -> Trained | None:
    """Return the mixture in use, ``None`` where none was trained.

    Raises
    ------
    ArtefactUnusable : see :func:`load`.
    """
    return None if _read(home) is None else load(home)


def name(home: Home, component: int, intent: str) -> Trained:
    """Call a component of the mixture in use by an intent; ``unknown`` takes its name away.

    Raises
    ------
    NotFound : none was trained.
    UnknownName : no such intent.
    BadValue : no such component.
    """
    trained = load(home)
    n = trained.mixture.n_components
    if not 0 <= component < n:
        raise BadValue(f"no component {component}; there are 0 to {n - 1}")
    intents.number(intent)
    names = {z: word for z, word in trained.names.items() if z != component}
    if intent != intents.UNKNOWN:
        names[component] = intent
    _write(home, Names(trained.version, names))
    return msgspec.structs.replace(trained, names=names)


def versions(home: Home) -> list[str]:
    """Return the versions a home keeps: the one in use, and what a killed training left."""
    found = (home.models / FOLDER).glob(f"[!.]*/{artefacts.MANIFEST}")
    return [each.parent.name for each in found]


def forget(home: Home) -> int:
    """Remove every version and the names; return how many versions there were."""
    (home.models / FOLDER / NAMES).unlink(missing_ok=True)
    return _remove_all_but(home, None)


def _check(mixture: Mixture, version: str) -> None:
    """Refuse a mixture that cannot be asked.

    Raises
    ------
    ArtefactUnusable : other features than this version's, arrays of other sizes, or numbers out of range.
    """
    if mixture.shape != SHAPE:
        raise _unusable(version, "was trained on other features")
    k, shape = len(mixture.weights), mixture.shape
    sizes = [(k, len(names)) for names in (shape.continuous, shape.angles) for _ in range(2)]
    sizes += [(k, len(shape.shares))]
    sizes += [(k, len(words)) for words in shape.categories.values()]
    arrays = (
        mixture.means, mixture.variances, mixture.directions, mixture.concentrations,
        mixture.chances, *mixture.shares,
    )  # fmt: skip
    positive = (mixture.weights, mixture.variances, mixture.chances, *mixture.shares)
    if [array.shape for array in arrays] != sizes or not all((a > 0).all() for a in positive):
        raise _unusable(version, "holds arrays of other sizes, or numbers out of range")
    sums = (mixture.weights.sum(), *(shares.sum(axis=1) for shares in mixture.shares))
    if (
        not all(np.allclose(each, 1) for each in sums)
        or (mixture.chances >= 1).any()
        or (mixture.concentrations < 0).any()
    ):
        raise _unusable(version, "holds shares that do not sum to 1")


def _read(home: Home) -> Names | None:
    file = home.models / FOLDER / NAMES
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Names)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise _unusable(NAMES, f"cannot be read: {error}") from error
    for word in found.names.values():
        if word not in intents.MEANINGS:
            raise _unusable(NAMES, f"says the intent {word!r}, which nobody defined")
    return found


def _write(home: Home, names: Names) -> None:
    folder = home.models / FOLDER
    scratch = folder / f".{NAMES}.{os.getpid()}"
    scratch.write_bytes(msgspec.json.format(msgspec.json.encode(names)))
    sync_file(scratch)
    scratch.replace(folder / NAMES)
    sync_folder(folder)


def _remove_all_but(home: Home, version: str | None) -> int:
    folder = home.models / FOLDER
    others = [each for each in versions(home) if each != version]
    for each in others:
        shutil.rmtree(folder / each)
    artefacts.sweep_scratch(folder)
    return len(others)


def _unusable(what: str, why: str) -> ArtefactUnusable:
    return ArtefactUnusable(f"{FOLDER}/{what} {why}; run `ritornello signals intents train`")

"""Success functions by name: ``declared``, ``pooled@1f2e…``; kept in the home, found again, forgotten.

A trained function lies below ``models/success/NAME/`` as an artefact: arrays and facts, nothing that can execute. Those
that name listeners go, all of them, when anybody leaves: they are trained again, not edited.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ritornello.kinds.errors import ArtefactUnusable, NotFound, UnknownName
from ritornello.kinds.times import from_us
from ritornello.signals import coclusters, declared, pooled
from ritornello.signals.coclusters import Coclusters
from ritornello.signals.pooled import Pooled
from ritornello.signals.success import Success
from ritornello.store import artefacts
from ritornello.store.home import Home

FOLDER = "success"
TRAINED: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Pooled | Coclusters]] = {
    coclusters.NAME: coclusters.unpack,
    pooled.NAME: pooled.unpack,
}
NAMES = (declared.NAME, *TRAINED)


class Kept(msgspec.Struct, frozen=True):
    """One function at hand: its version, what it learned from, and until when (UTC)."""

    version: str
    trained_on: tuple[str, ...]
    trained_until: str


def keep(home: Home, function: Pooled | Coclusters) -> str:
    """Write a trained function into the home, durable before this returns; return its version."""
    version = function.facts.version
    arrays, facts = function.packed()
    artefacts.save(_folder(home, version.partition("@")[0]), arrays, {"version": version, **facts})
    return version


def find(home: Home, name: str) -> Success:
    """Return a function by ``name@version``, or the latest trained of a bare name.

    Raises
    ------
    UnknownName : no such name. NotFound : nothing was trained under it, or not that version.
    ArtefactUnusable : what was kept is altered or of another ritornello.
    """
    word, _, version = name.partition("@")
    if word not in NAMES:
        raise UnknownName.among("success function", word, NAMES)
    if word == declared.NAME:
        found: list[Success] = [declared.of_home(home)]
    else:
        found = _trained(home, word)
    for function in found:
        if not version or function.facts.version == name:
            return function
    there = ", ".join(function.facts.version for function in found) or "none"
    raise NotFound(
        f"no success function {name}; there is {there}; `signals success train` makes one"
    )


def known(home: Home) -> list[Kept]:
    """Return every function at hand, the latest of each name first."""
    found = [declared.of_home(home), *(each for word in TRAINED for each in _trained(home, word))]
    return [
        Kept(each.facts.version, each.facts.trained_on, _day(each.facts.trained_until_us))
        for each in found
    ]


def forget(home: Home) -> int:
    """Remove all trained functions, because they name listeners; return how many there were."""
    place = home.models / FOLDER
    n = len(list(place.glob(f"*/*/{artefacts.MANIFEST}")))
    shutil.rmtree(place, ignore_errors=True)
    return n


def _trained(home: Home, word: str) -> list[Success]:
    """Return the trained functions of a name, the latest first; those that cannot be read raise."""
    folder, found = _folder(home, word), []
    for place in sorted(folder.glob(f"[!.]*/{artefacts.MANIFEST}")):
        arrays, facts = artefacts.load(folder, place.parent.name)
        function = TRAINED[word](arrays, facts)
        if facts.get("version") != function.facts.version:
            raise ArtefactUnusable(
                f"{place.parent} is not the {word} it says it is; train it again"
            )
        found.append((place.stat().st_mtime_ns, function))
    return [function for _, function in sorted(found, key=lambda each: -each[0])]


def _folder(home: Home, word: str) -> Path:
    return home.models / FOLDER / word


def _day(us: int | None) -> str:
    return "" if us is None else from_us(us).date().isoformat()

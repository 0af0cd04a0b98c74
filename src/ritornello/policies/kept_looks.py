"""Where a home keeps how its listeners look through lists.

One version is kept: sums over listeners, no names; an erasure forgets it, and it is learned again.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from ritornello.kinds.errors import ArtefactUnusable
from ritornello.policies.examination import Examination
from ritornello.policies.looks import Looks
from ritornello.store import artefacts
from ritornello.store.home import Home

FOLDER = "looks"
FORMAT = 1
_ARRAYS = ("go_on", "after_play", "p_play")


class Kept(NamedTuple):
    """How listeners look through lists, and how many decisions that was learned from."""

    looks: Looks
    n_decisions: int


def keep(home: Home, looks: Looks, n_decisions: int) -> str:
    """Write what was learned in the place of what was before, durable before this returns; return its version."""
    model = looks.examination
    arrays = {name: np.asarray(getattr(model, name)) for name in _ARRAYS}
    facts = {
        "format": FORMAT,
        "devices": list(model.devices),
        "groups": dict(looks.groups),
        "n_decisions": n_decisions,
    }
    version = artefacts.save(_folder(home), arrays, facts)
    for other in _versions(home):
        if other != version:
            shutil.rmtree(_folder(home) / other)
    return version


def find(home: Home) -> Kept | None:
    """Return what is kept, ``None`` where nothing was learned yet.

    Raises
    ------
    ArtefactUnusable : it is altered, or of another ritornello.
    """
    for version in _versions(home)[:1]:
        arrays, facts = artefacts.load(_folder(home), version)
        if facts.get("format") != FORMAT:
            raise _unusable(version, f"has format {facts.get('format')}, not {FORMAT}")
        try:
            devices = msgspec.convert(facts["devices"], tuple[str, ...])
            groups = msgspec.convert(facts["groups"], dict[str, int])
            n_decisions = msgspec.convert(facts["n_decisions"], int)
            go_on, after_play, p_play = (arrays[name] for name in _ARRAYS)
        except (KeyError, msgspec.ValidationError) as error:
            raise _unusable(version, f"lacks or garbles {error}") from error
        model = Examination(devices, go_on, after_play, p_play)
        _check(version, model, list(groups.values()))
        return Kept(Looks(model, groups), n_decisions)
    return None


def forget(home: Home) -> int:
    """Remove what is kept; return how many versions there were."""
    n_versions = len(_versions(home))
    shutil.rmtree(_folder(home), ignore_errors=True)
    return n_versions


def _check(version: str, model: Examination, groups: Sequence[int]) -> None:
    """Refuse what cannot be asked.

    Raises
    ------
    ArtefactUnusable : arrays of other sizes, or numbers that are no probabilities.
    """
    n = len(model.devices)
    arrays = (model.go_on, model.after_play, model.p_play)
    sized = model.go_on.ndim == 2 and len(model.go_on) == len(model.after_play) == n
    if not sized or not all(0 <= group < len(model.p_play) for group in groups):
        raise _unusable(version, "holds arrays of other sizes than its names")
    if any(((array <= 0) | (array >= 1)).any() for array in arrays):
        raise _unusable(version, "holds numbers that are no probabilities")


def _folder(home: Home) -> Path:
    return home.models / FOLDER


def _versions(home: Home) -> list[str]:
    """Return the versions there are, the latest first: one, but for what was killed while it was kept."""
    found = [file.parent for file in _folder(home).glob(f"[!.]*/{artefacts.MANIFEST}")]
    latest = sorted(found, key=lambda place: (-place.stat().st_mtime_ns, place.name))
    return [place.name for place in latest]


def _unusable(version: str, why: str) -> ArtefactUnusable:
    return ArtefactUnusable(f"{FOLDER}/{version} {why}; run `ritornello policies rebuild`")

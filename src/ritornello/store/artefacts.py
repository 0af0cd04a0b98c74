"""Model folders: arrays as safetensors, facts as JSON, both verified before use, switched atomically.

A version is a folder named by its own content. It holds ``arrays.safetensors`` and
``manifest.json`` (size and SHA-256 of the arrays, dtype and shape of each, the facts). The file
``current`` names the version in use and the one before it; replacing that one small file is the
switch. Nothing here can execute: safetensors is a header and bytes, the manifest is JSON.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as read_arrays
from safetensors.numpy import save as write_arrays

from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.store.home import Home, make_folder, sync_file, sync_folder
from ritornello.store.locks import held

ARRAYS = "arrays.safetensors"
MANIFEST = "manifest.json"
POINTER = "current"
LOCK = ".training.lock"
FORMAT = 1
MANIFEST_LIMIT_BYTES = 64 * 1024 * 1024
_VERSION = re.compile(r"[0-9a-f]{16}")

Arrays = Mapping[str, np.ndarray[Any, Any]]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Dimension = Annotated[int, msgspec.Meta(ge=0)]


class ArrayFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dtype (numpy's name) and the shape an array must have."""

    dtype: str
    shape: tuple[Dimension, ...]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a version says of itself; ``facts`` are the writer's own."""

    format: int
    n_bytes: Dimension
    sha256: Sha256
    arrays: dict[str, ArrayFact]
    facts: dict[str, Any]


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is current, and which one was before it."""

    current: str
    previous: str | None = None


def save(folder: Path, arrays: Arrays, facts: Mapping[str, Any]) -> str:
    """Write a version under ``folder``, durable before this returns, and return its name.

    The same arrays and facts have the same name and are written once.

    Raises
    ------
    ArtefactUnusable : an array holds something that is not a finite number.
    """
    kept = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    for name, array in kept.items():
        _check_finite(name, array)
    data = write_arrays(kept)
    manifest = Manifest(
        FORMAT,
        len(data),
        hashlib.sha256(data).hexdigest(),
        {name: ArrayFact(array.dtype.name, array.shape) for name, array in kept.items()},
        dict(facts),
    )
    text = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"))
    version = hashlib.sha256(text).hexdigest()[:16]
    place = folder / version
    if (place / MANIFEST).is_file():
        return version
    make_folder(folder)
    scratch = folder / f".{version}.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for name, content in ((ARRAYS, data), (MANIFEST, text)):
        (scratch / name).write_bytes(content)
        sync_file(scratch / name)
    sync_folder(scratch)
    shutil.rmtree(place, ignore_errors=True)
    scratch.rename(place)
    sync_folder(folder)
    return version


def load(folder: Path, version: str) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """Return the arrays and facts of a version, verified.

    Raises
    ------
    ArtefactUnusable : the version, its manifest, hash, size, a dtype, a shape or a number is not what it must be; the message names which.
    """
    place = folder / _named(version)
    manifest = _read_manifest(place / MANIFEST)
    data = _read(place / ARRAYS, manifest.n_bytes)
    if len(data) != manifest.n_bytes:
        raise _unusable(place / ARRAYS, f"has {len(data)} bytes, not {manifest.n_bytes}")
    if hashlib.sha256(data).hexdigest() != manifest.sha256:
        raise _unusable(place / ARRAYS, "has another SHA-256 than its manifest says")
    try:
        arrays = read_arrays(data)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise _unusable(place / ARRAYS, f"is not safetensors: {error}") from error
    if arrays.keys() != manifest.arrays.keys():
        raise _unusable(place / ARRAYS, f"holds {sorted(arrays)}, not {sorted(manifest.arrays)}")
    for name, wanted in manifest.arrays.items():
        found = ArrayFact(arrays[name].dtype.name, arrays[name].shape)
        if found != wanted:
            raise _unusable(place / ARRAYS, f"array {name!r} is {found}, not {wanted}")
        _check_finite(name, arrays[name])
    return arrays, manifest.facts


def switch(home: Home, version: str) -> None:
    """Make a version current, atomically and durably; the one before it stays at hand.

    Raises
    ------
    NotFound : no such version in the home's models.
    """
    if not (home.models / _named(version) / MANIFEST).is_file():
        raise NotFound(f"no model version {version} in {home.models}; train one first")
    before = _pointer(home)
    if before is not None and before.current == version:
        return
    _point(home, Pointer(version, before.current if before else None))


def roll_back(home: Home) -> str:
    """Make the previous version current again, and return it.

    Raises
    ------
    NotFound : there is none.
    """
    pointer = _pointer(home)
    if pointer is None or pointer.previous is None:
        raise NotFound(f"no earlier model version in {home.models} to go back to")
    _point(home, Pointer(pointer.previous, pointer.current))
    return pointer.previous


def current_version(home: Home) -> str | None:
    """Return the version in use; ``None`` before the first training."""
    pointer = _pointer(home)
    return None if pointer is None else pointer.current


def previous_version(home: Home) -> str | None:
    """Return the version that was current before."""
    pointer = _pointer(home)
    return None if pointer is None else pointer.previous


def sweep(home: Home, *, keep: int = 2) -> list[str]:
    """Remove all but the ``keep`` latest versions, never the current or the previous one."""
    pointer = _pointer(home)
    if pointer is None:
        return []
    places = [place for place in home.models.iterdir() if _VERSION.fullmatch(place.name)]
    places.sort(key=lambda place: place.stat().st_mtime_ns, reverse=True)
    held = {pointer.current, pointer.previous, *(place.name for place in places[:keep])}
    swept = [place for place in places if place.name not in held]
    for place in swept:
        shutil.rmtree(place)
    return [place.name for place in swept]


def training(home: Home, patience_s: float = 0.0) -> AbstractContextManager[None]:
    """Hold the home's training lock: nobody else trains, or sweeps what is being saved.

    Raises
    ------
    Conflict : another training is at work, and was for ``patience_s``.
    """
    return held(home.models / LOCK, "training", patience_s)


def keep_only(home: Home, version: str | None) -> list[str]:
    """Make a version the only one there is, or leave none; return those removed.

    What an interrupted :func:`save` left goes too. Needs the training lock.
    """
    if version is None:
        (home.models / POINTER).unlink(missing_ok=True)
        sync_folder(home.models)
    else:
        _point(home, Pointer(version))
    removed = []
    for place in sorted(home.models.iterdir()):
        if _VERSION.fullmatch(place.name) and place.name != version:
            shutil.rmtree(place)
            removed.append(place.name)
    sweep_scratch(home.models)
    return removed


def sweep_scratch(folder: Path) -> None:
    """Remove what interrupted savings left in a folder of versions. Needs the training lock."""
    for place in folder.glob(".*"):
        if place.is_dir():
            shutil.rmtree(place)
        elif place.name != LOCK:
            place.unlink()


def _pointer(home: Home) -> Pointer | None:
    """Read the pointer file.

    Raises
    ------
    ArtefactUnusable : it holds something else.
    """
    file = home.models / POINTER
    try:
        pointer = msgspec.json.decode(file.read_bytes(), type=Pointer)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise _unusable(file, f"cannot be read: {error}") from error
    for version in (pointer.current, pointer.previous):
        if version is not None:
            _named(version)
    return pointer


def _point(home: Home, pointer: Pointer) -> None:
    scratch = home.models / f".{POINTER}.{os.getpid()}"
    scratch.write_bytes(msgspec.json.encode(pointer))
    sync_file(scratch)
    scratch.replace(home.models / POINTER)
    sync_folder(home.models)


def _read_manifest(file: Path) -> Manifest:
    text = _read(file, MANIFEST_LIMIT_BYTES)
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable(file, f"is not a manifest: {error}") from error
    if manifest.format != FORMAT:
        raise _unusable(file, f"has format {manifest.format}; this ritornello reads {FORMAT}")
    if hashlib.sha256(text).hexdigest()[:16] != file.parent.name:
        raise _unusable(file, "does not hash to the name of its version")
    return manifest


def _read(file: Path, limit: int) -> bytes:
    """Read a plain file of at most ``limit`` bytes; a link could lead out of the folder."""
    if file.is_symlink() or file.parent.is_symlink() or not file.is_file():
        raise _unusable(file, "is missing or is no plain file")
    try:
        size = file.stat().st_size
        if size > limit:
            raise _unusable(file, f"has {size} bytes, more than {limit}")
        return file.read_bytes()
    except OSError as error:
        raise _unusable(file, f"cannot be read: {error}") from error


def _named(version: str) -> str:
    """Return the version if it is a version's name: never a path."""
    if not _VERSION.fullmatch(version):
        raise ArtefactUnusable(f"{version!r} is no model version; versions are 16 hex digits")
    return version


def _check_finite(name: str, array: np.ndarray[Any, Any]) -> None:
    if array.dtype.kind not in "fiub":
        raise ArtefactUnusable(f"array {name!r} holds {array.dtype}, not numbers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ArtefactUnusable(f"array {name!r} holds numbers that are not finite")


def _unusable(file: Path, what: str) -> ArtefactUnusable:
    return ArtefactUnusable(f"{file.parent.name}/{file.name} {what}; train again or roll back")

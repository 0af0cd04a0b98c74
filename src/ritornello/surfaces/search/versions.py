"""Indexes on disk: folders made beside the one in use, one pointer, switched atomically, swept when nobody reads them.

``home/search/KIND/VERSION`` is a whole index (one of names never changes, one of passages is kept up in place);
``home/search/KIND/current`` names the one in use. A
version is written under a name that begins with a dot, made durable, renamed, and only then pointed to, so that a crash
anywhere leaves the one before. What says that a version can be read is in its ``facts.json``. Everything here is derived:
whatever is missing, altered or of other rules is made anew.
"""

import fcntl
import os
import secrets
import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from ritornello.store.home import Home, make_folder, sync_file, sync_folder
from ritornello.store.locks import held

Kind = Literal["catalogue", "passages"]
Facts = TypeVar("Facts")

POINTER, FACTS, HELD, LOCK = "current", "facts.json", "held", ".building.lock"
_Name = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]


class _Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current: _Name


def locked(home: Home, kind: Kind, patience_s: float = 0.0) -> AbstractContextManager[None]:
    """Hold the lock under which a version is made and others are swept.

    Raises
    ------
    Conflict : another process is at it, and was for ``patience_s``.
    """
    return held(_place(home, kind) / LOCK, f"indexing of {kind}", patience_s)


def begin(home: Home, kind: Kind) -> Path:
    """Make and return an empty folder to write a version into. Needs the lock."""
    folder = _place(home, kind) / f".{secrets.token_hex(8)}"
    make_folder(folder)
    return folder


def write_facts(folder: Path, facts: msgspec.Struct) -> None:
    """Write what a version says of itself."""
    (folder / FACTS).write_bytes(msgspec.json.encode(facts))


def read_facts(folder: Path, shape: type[Facts]) -> Facts | None:
    """Return what a version says of itself; ``None`` where it does not say that."""
    try:
        return msgspec.json.decode((folder / FACTS).read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None


def switch(home: Home, kind: Kind, folder: Path) -> Path:
    """Make what was written current, durably, and return where it lies from now on."""
    (folder / HELD).touch()
    for place in sorted(folder.rglob("*")):
        (sync_folder if place.is_dir() else sync_file)(place)
    sync_folder(folder)
    place = _place(home, kind)
    version = place / folder.name.removeprefix(".")
    folder.rename(version)
    scratch = place / f".{POINTER}"
    scratch.write_bytes(msgspec.json.encode(_Pointer(version.name)))
    sync_file(scratch)
    scratch.replace(place / POINTER)
    sync_folder(place)
    return version


def current(home: Home, kind: Kind) -> Path | None:
    """Return the folder in use; ``None`` where there is none, or the pointer points nowhere."""
    place = _place(home, kind)
    try:
        pointer = msgspec.json.decode((place / POINTER).read_bytes(), type=_Pointer)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
    return place / pointer.current if (place / pointer.current).is_dir() else None


def hold(folder: Path) -> int:
    """Keep a version from being swept, until the returned descriptor is closed.

    Raises
    ------
    OSError : it is gone already.
    """
    descriptor = os.open(folder / HELD, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def sweep(home: Home, kind: Kind) -> list[str]:
    """Remove what interrupted builds left and every version but the current that nobody holds. Needs the lock."""
    in_use, swept = current(home, kind), []
    for place in sorted(_place(home, kind).iterdir()):
        if place.is_dir() and place != in_use and not _is_held(place):
            shutil.rmtree(place)
            swept.append(place.name)
    return swept


def _is_held(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        descriptor = os.open(folder / HELD, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def _place(home: Home, kind: Kind) -> Path:
    return home.path / "search" / kind

"""Several files as one thing, a zip or a folder, that appears whole or not at all.

Every file is counted and hashed on its way out, readable by its owner alone.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from ritornello.kinds.errors import Conflict, NotFound
from ritornello.store.home import sync_file, sync_folder

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
EARLIEST_IN_A_ZIP = 1980

Open = Callable[[str], AbstractContextManager[IO[bytes]]]


class Packed(msgspec.Struct, frozen=True):
    """One file of a parcel."""

    name: str
    n_rows: int
    n_bytes: int
    sha256: str


class Parcel:
    """A parcel being filled."""

    def __init__(self, opening: Open) -> None:
        self._open = opening
        self.files: list[Packed] = []

    def write(self, name: str, parts: Iterator[bytes]) -> Packed:
        """Write a file of the parts, counting its lines."""
        digest, n_rows, n_bytes = hashlib.sha256(), 0, 0
        with self._open(name) as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                n_rows += part.count(b"\n")
                n_bytes += len(part)
        packed = Packed(name, n_rows, n_bytes, digest.hexdigest())
        self.files.append(packed)
        return packed


@contextmanager
def parcel(place: Path, now: datetime) -> Iterator[Parcel]:
    """Fill a parcel that stands at ``place`` once the block ends well: ``.zip``, or a folder.

    Raises
    ------
    NotFound : no folder to put it in.
    Conflict : a folder of that name holds something already.
    """
    if not place.absolute().parent.is_dir():
        raise NotFound(f"no folder {place.parent} to put {place.name} into; make it first")
    is_zip = place.suffix == ".zip"
    if not is_zip and place.is_dir() and any(place.iterdir()):
        raise Conflict(f"{place} holds something already; name a new folder, or a .zip")
    scratch = place.with_name(f".{place.name}.part")
    _remove(scratch)
    try:
        with _zip(scratch, now) if is_zip else _folder(scratch) as opening:
            yield Parcel(opening)
        sync_file(scratch)
        scratch.replace(place)
        sync_folder(place.absolute().parent)
    finally:
        _remove(scratch)


@contextmanager
def _zip(scratch: Path, now: datetime) -> Iterator[Open]:
    stamp = (max(now.year, EARLIEST_IN_A_ZIP), *now.timetuple()[1:6])

    def opening(name: str) -> AbstractContextManager[IO[bytes]]:
        entry = zipfile.ZipInfo(name, stamp)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = PRIVATE_FILE << 16
        return archive.open(entry, "w", force_zip64=True)

    with _private(scratch) as file, zipfile.ZipFile(file, "w") as archive:
        yield opening


@contextmanager
def _folder(scratch: Path) -> Iterator[Open]:
    @contextmanager
    def opening(name: str) -> Iterator[IO[bytes]]:
        path = scratch / name
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with _private(path) as file:
            yield file
        sync_file(path)
        sync_folder(path.parent)

    scratch.mkdir(mode=PRIVATE_FOLDER)
    yield opening


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb")


def _remove(scratch: Path) -> None:
    if scratch.is_dir():
        shutil.rmtree(scratch)
    scratch.unlink(missing_ok=True)

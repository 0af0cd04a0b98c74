"""A zip, a folder or a single file, opened alike and without trust.

A member is read only as a stream. Nothing is unpacked to disk, no archive inside an archive is
opened, no link is followed, no path leads out. What a header says of sizes is not believed: what
comes out is counted, and stops at a hundred times what went in. Everything left alone is named,
one fault a reason, however many there are of it.

=====================  ==========================================================================
bound                  why
=====================  ==========================================================================
``MAX_MEMBERS``        an export has hundreds of files at most
``MAX_ENTRIES``        what is looked at in a folder, wanted or not
``MAX_LISTING_BYTES``  a zip's own list of its entries is read into memory at once
``MAX_RATIO``          JSON of listens shrinks 10 to 40 times; a bomb a thousand
``FREE_BYTES``         a small file may shrink more
``MAX_BYTES``          one member of any kind
=====================  ==========================================================================
"""

import io
import os
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipExtFile, ZipFile, ZipInfo, is_zipfile

from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import NotFound
from ritornello.kinds.faults import Fault

MAX_MEMBERS = 1_000
MAX_ENTRIES = 100_000
MAX_LISTING_BYTES = 4 << 20
MAX_RATIO = 100
FREE_BYTES = 1 << 20
MAX_BYTES = 8 << 30

WANTED = frozenset({".json", ".jsonl", ".csv", ".tsv", ".txt", ".log"})
ARCHIVES = frozenset({".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z", ".rar", ".lz"})

_BUFFER_BYTES = 1 << 18
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_Bytes = io.RawIOBase | io.BufferedIOBase
_DRIVE = re.compile(r"[A-Za-z]:")
_WORDS = {
    "nested_archive": "an archive inside; open it and import what it holds",
    "path_outside": "a path that leads out of what was given",
    "link": "a link; give the file it leads to",
    "not_a_file": "neither a file nor a folder",
    "encrypted": "encrypted; unpack it with its password first",
    "unknown_compression": "compressed in a way that is not read; zip it anew",
    "overlapping": "an entry lying inside another, as in a bomb",
    "duplicate_name": "a second entry of one name; the first was taken",
    "too_many": f"beyond the first {MAX_MEMBERS:,} files or {MAX_ENTRIES:,} entries",
}


class Member(NamedTuple):
    """One file of an export.

    ``name`` is a clean relative POSIX path. ``n_bytes`` is the size it claims: good for a progress
    bar, never for a decision. ``open()`` gives a binary stream; opening and reading raise
    ``Refused`` where it is broken or longer than it may be.
    """

    name: str
    n_bytes: int
    open: Callable[[], BinaryIO]


def members(path: Path, source: str) -> tuple[list[Member], list[Fault]]:
    """List the files of an export in order of their names.

    Parameters
    ----------
    path : a zip, a folder, or a file; a file is its own only member whatever its name.
    source : what the faults are filed under; their positions count entries from 1.

    Returns
    -------
    the members with a name that listening data could have, and what was left alone.

    Raises
    ------
    NotFound : nothing at ``path``.
    """
    left = _Left(source)
    if path.is_dir():
        found = list(_of_folder(path, left))
    elif not path.is_file():
        raise NotFound(f"no file or folder {path}")
    elif _begins_as_zip(path) or path.suffix.lower() == ".zip":
        try:
            found = list(_of_zip(path, left))
        except Refused as refused:
            return [], [refused.fault(source, 0)]
    else:
        found = [_plain(path, path.name)]
    return sorted(found), left.faults()


class _Left:
    """What was left alone: for each rule how often, and the first as an example."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._first: dict[str, tuple[int, str]] = {}
        self._n: dict[str, int] = {}

    def add(self, rule: str, position: int, name: str) -> None:
        self._first.setdefault(rule, (position, name))
        self._n[rule] = self._n.get(rule, 0) + 1

    def faults(self) -> list[Fault]:
        found = []
        for rule, (position, name) in self._first.items():
            many = f" (and {self._n[rule] - 1:,} more)" if self._n[rule] > 1 else ""
            message = f"{name[:200]!r}{many}: {_WORDS[rule]}"
            found.append(Fault.at(self._source, position, rule, message))
        return found


class _Taken:
    """Which names become members, and which are left alone because there are too many of them."""

    def __init__(self, left: _Left) -> None:
        self._left = left
        self._names: set[str] = set()

    def takes(self, position: int, name: str) -> bool:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in ARCHIVES:
            self._left.add("nested_archive", position, name)
        elif suffix not in WANTED or PurePosixPath(name).name.startswith("._"):
            return False
        elif name in self._names:
            self._left.add("duplicate_name", position, name)
        elif len(self._names) == MAX_MEMBERS:
            self._left.add("too_many", position, name)
        else:
            self._names.add(name)
            return True
        return False


def _of_folder(folder: Path, left: _Left) -> Iterator[Member]:
    taken = _Taken(left)
    position = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted((*folders, *names)):
            position += 1
            path = Path(place, name)
            relative = path.relative_to(folder).as_posix()
            if position > MAX_ENTRIES:
                left.add("too_many", position, relative)
                return
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                left.add("link", position, relative)
            elif stat.S_ISREG(mode):
                if taken.takes(position, relative):
                    yield _plain(path, relative)
            elif not stat.S_ISDIR(mode):
                left.add("not_a_file", position, relative)


def _plain(path: Path, name: str) -> Member:
    open_ = partial(_stream, partial(io.FileIO, path), MAX_BYTES)
    return Member(name, path.stat().st_size, open_)


def _of_zip(path: Path, left: _Left) -> Iterator[Member]:
    taken = _Taken(left)
    inside = _inside_others(infos := _listing(path))
    for position, info in enumerate(infos, start=1):
        name = _clean(info.filename)
        if name is None:
            left.add("path_outside", position, info.filename)
        elif info.is_dir():
            continue
        elif stat.S_ISLNK(info.external_attr >> 16):
            left.add("link", position, name)
        elif not taken.takes(position, name):
            continue
        elif info.flag_bits & 1:
            left.add("encrypted", position, name)
        elif info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            left.add("unknown_compression", position, name)
        elif info.header_offset in inside:
            left.add("overlapping", position, name)
        else:
            limit = min(MAX_BYTES, max(FREE_BYTES, MAX_RATIO * info.compress_size))
            yield Member(
                name, info.file_size, partial(_stream, partial(_inflated, path, info), limit)
            )


def _listing(path: Path) -> list[ZipInfo]:
    """Return what a zip says it holds."""
    try:
        with _Capped(io.FileIO(path)) as file:
            if not is_zipfile(file):
                raise Refused("", "broken_zip", "no zip, or one that breaks off")
            with ZipFile(file) as archive:
                return archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise Refused("", "broken_zip", f"the zip cannot be read: {error}") from error


def _inside_others(infos: list[ZipInfo]) -> set[int]:
    """Return where the entries begin that lie, even in part, inside an earlier one."""
    found: set[int] = set()
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            found.add(info.header_offset)
        end = max(end, info.header_offset + _LOCAL_HEADER.size + info.compress_size)
    return found


def _inflated(path: Path, info: ZipInfo) -> ZipExtFile:
    """Open one entry by its place, without reading the whole list of entries again."""
    file = path.open("rb")
    file.seek(info.header_offset)
    head = file.read(_LOCAL_HEADER.size)
    if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\x03\x04"):
        file.close()
        raise BadZipFile("an entry is not where the list says")
    _, n_name, n_extra = _LOCAL_HEADER.unpack(head)
    file.seek(n_name + n_extra, io.SEEK_CUR)
    return ZipExtFile(file, "r", info, close_fileobj=True)


def _clean(name: str) -> str | None:
    """Return an entry's name as a relative POSIX path; ``None`` if it leads out."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or _DRIVE.match(parts[0]):
        return None
    return "/".join(part for part in parts if part not in ("", "."))


def _begins_as_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def _stream(open_: Callable[[], _Bytes], limit: int) -> BinaryIO:
    try:
        return io.BufferedReader(_Counted(open_(), limit), _BUFFER_BYTES)
    except (OSError, BadZipFile) as error:
        raise Refused("", "unreadable", f"cannot be opened: {error}") from error


class _Capped(io.BufferedReader):
    """A file that gives no more at once than a zip's list of entries may take."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = MAX_LISTING_BYTES + 1
        found = super().read(most if size is None or size < 0 else min(size, most))
        if len(found) == most:
            raise BadZipFile(f"its list of entries is longer than {MAX_LISTING_BYTES:,} bytes")
        return found


class _Counted(io.RawIOBase):
    """A stream that counts what comes out of another and stops at a limit."""

    def __init__(self, inner: _Bytes, limit: int) -> None:
        self._inner = inner
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview", /) -> int:  # type: ignore[override]
        try:
            n_read = self._inner.readinto(buffer) or 0
        except (OSError, EOFError, BadZipFile, zlib.error, RuntimeError) as error:
            raise Refused("", "broken_member", f"breaks off: {error}") from error
        self._left -= n_read
        if self._left < 0:
            message = f"more than {self._limit:,} bytes come out of it, as out of a bomb"
            raise Refused("", "too_large", message)
        return n_read

    def close(self) -> None:
        self._inner.close()
        super().close()

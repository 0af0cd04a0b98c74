"""What is left of somebody below a folder: every byte of every file, and what is packed in them.

Files are read raw. What is compressed is unpacked too: every row of a Parquet file, every zstd frame
anywhere in a file (a free page of a database as well), every member of a zip.
"""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

import duckdb
import numpy as np
import zstandard
from numpy.typing import NDArray

KEY_BYTES = 8
TABLE_BITS = 22
CHUNK_BYTES = 1 << 22
ROWS_A_LOOK = 1_000
FRAME = b"\x28\xb5\x2f\xfd"
UNPACKED_BYTES = 1 << 20


def spellings(event_id: UUID) -> tuple[bytes, bytes, bytes]:
    """Return an id as a file may hold it: raw, as text, as hexadecimal digits."""
    return event_id.bytes, str(event_id).encode(), event_id.hex.encode()


class Traces:
    """Looks for many byte strings at once, in time that does not depend on how many.

    Parameters
    ----------
    needles : at least eight bytes each; their last eight are looked up at every offset.

    Examples
    --------
    >>> Traces([b"somebody-1"]).within(b"that was somebody-1, and somebody-2")
    {b'somebody-1'}
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._of_key: dict[int, list[bytes]] = {}
        for needle in needles:
            key = int.from_bytes(needle[-KEY_BYTES:], "little")
            self._of_key.setdefault(key, []).append(needle)
        self._keys = np.array(sorted(self._of_key), np.uint64)
        self._maybe = np.zeros(1 << TABLE_BITS, bool)
        self._maybe[self._slots(self._keys)] = True
        self._longest = max((len(n) for found in self._of_key.values() for n in found), default=0)
        self.n_bytes = 0

    def within(self, data: bytes) -> set[bytes]:
        """Return the needles that are in the data."""
        self.n_bytes += len(data)
        found: set[bytes] = set()
        for first in range(min(KEY_BYTES, max(len(data) - KEY_BYTES + 1, 0))):
            words = np.frombuffer(data, "<u8", count=(len(data) - first) // KEY_BYTES, offset=first)
            at = np.flatnonzero(self._maybe[self._slots(words)])
            at = at[np.isin(words[at], self._keys)]
            for index in at:
                end = first + (int(index) + 1) * KEY_BYTES
                for needle in self._of_key[int(words[index])]:
                    if data[end - len(needle) : end] == needle and end >= len(needle):
                        found.add(needle)
        return found

    def below(self, folder: Path) -> dict[bytes, set[str]]:
        """Return each needle found with the files, below a folder, that hold it."""
        found: dict[bytes, set[str]] = {}
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = str(file.relative_to(folder))
            for part in (name.encode(), *_parts(file, self._longest)):
                for needle in self.within(part):
                    found.setdefault(needle, set()).add(name)
        return found

    def _slots(self, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Spread the words over the table."""
        return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - TABLE_BITS)


def _parts(file: Path, overlap: int) -> Iterator[bytes]:
    """Yield a file's bytes, and those of everything packed in it."""
    content = file.read_bytes()
    for start in range(0, max(len(content), 1), CHUNK_BYTES):
        yield content[max(start - overlap, 0) : start + CHUNK_BYTES]
    yield from _frames(content)
    if file.suffix == ".parquet":
        yield from _rows(file)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            yield from map(archive.read, archive.namelist())


def _frames(content: bytes) -> Iterator[bytes]:
    """Yield what every zstd frame unpacks to, as far as it goes: a page may cut it."""
    at = content.find(FRAME)
    while at >= 0:
        unpacked = b""
        unpacking = zstandard.ZstdDecompressor().decompressobj()
        try:
            for start in range(at, min(at + UNPACKED_BYTES, len(content)), 256):
                unpacked += unpacking.decompress(content[start : start + 256])
                if unpacking.eof:
                    break
        except zstandard.ZstdError:
            pass
        yield unpacked
        at = content.find(FRAME, at + 1)


def _rows(file: Path) -> Iterator[bytes]:
    """Yield a Parquet file's rows as JSON."""
    with duckdb.connect() as duck:
        found = duck.execute("SELECT to_json(r)::VARCHAR FROM read_parquet(?) AS r", [str(file)])
        while rows := found.fetchmany(ROWS_A_LOOK):
            yield "\n".join(row[0] for row in rows).encode()

"""What is known of each document beside its terms: its id and its names, as a line; a row is its number.

On disk lines are one file and where each begins another, both mapped, so that processes share them and opening reads
nothing. What was put in since lies in a list.
"""

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ritornello.surfaces.search.documents import Document

LINES, BEGINS = "lines.bin", "begins.npy"
_TAB = "\t"


class Row(NamedTuple):
    """A document as it is compared."""

    item_id: str
    credit: str
    words: str
    names: list[str]


class Rows(Protocol):
    """Documents by number."""

    def __len__(self) -> int: ...

    def lines(self, rows: Sequence[int]) -> list[bytes]:
        """Return the lines of some rows."""
        ...


def line_of(document: Document) -> bytes:
    """Return a document as a line; folded text has no tabs."""
    parts = (document.item_id, document.credit, document.words, *document.names)
    return _TAB.join(parts).encode()


def row_of(line: bytes) -> Row:
    """Return the document a line is of."""
    item_id, credit, words, *names = line.decode().split(_TAB)
    return Row(item_id, credit, words, names)


class RowsWritten:
    """Lines as they are written into a folder, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / LINES).open("wb")
        self._lengths: list[int] = []

    def add(self, document: Document) -> int:
        """Write a document and return its row."""
        self._lengths.append(self._file.write(line_of(document)))
        return len(self._lengths) - 1

    def close(self) -> None:
        """Write where the lines begin; nothing can be added any more."""
        self._file.close()
        np.save(self._folder / BEGINS, np.cumsum([0, *self._lengths], dtype=np.int64))


class RowsOnDisk:
    """The rows of a folder.

    Raises
    ------
    OSError, ValueError : the files are not there, or are no rows.
    """

    def __init__(self, folder: Path) -> None:
        self._begins: NDArray[np.int64] = np.load(folder / BEGINS, mmap_mode="r")
        with (folder / LINES).open("rb") as file:
            size = int(self._begins[-1])
            self._text = mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) if size else b""

    def __len__(self) -> int:
        return len(self._begins) - 1

    def lines(self, rows: Sequence[int]) -> list[bytes]:
        """Return the lines of some rows."""
        at = np.asarray(rows, dtype=np.int64)
        spans = zip(self._begins[at].tolist(), self._begins[at + 1].tolist(), strict=True)
        return [self._text[begin:end] for begin, end in spans]


class RowsInMemory:
    """Rows of a process's own, in a list."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, document: Document) -> int:
        """Take a document in and return its row."""
        self._lines.append(line_of(document))
        return len(self._lines) - 1

    def lines(self, rows: Sequence[int]) -> list[bytes]:
        """Return the lines of some rows."""
        return [self._lines[row] for row in rows]

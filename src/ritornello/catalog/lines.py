r"""The lines of a file, one at a time, none longer than a limit.

A line ends at ``\n`` alone (a name may hold any of Unicode's other line separators); a carriage
return before it is dropped. What a line says is read from the file as it is needed, so a file of
any size, and a line of any length, takes no more memory than one line.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LIMIT_BYTES = 1 << 20


class Line(NamedTuple):
    """One line: its number from 1, its bytes (cut at the limit), whether that is all of it.

    ``torn`` is the last line of a file that does not end in a line end.
    """

    number: int
    text: bytes
    whole: bool = True
    torn: bool = False


def lines(file: BinaryIO, *, limit: int = LIMIT_BYTES) -> Iterator[Line]:
    r"""Yield the lines of a file that hold anything.

    Examples
    --------
    >>> from io import BytesIO
    >>> [line.text for line in lines(BytesIO(b"a\r\n\nb"))]
    [b'a', b'b']
    """
    number = 0
    while text := file.readline(limit):
        number += 1
        if not text.endswith(b"\n") and len(text) == limit:
            _skip(file, limit)
            yield Line(number, text, whole=False)
        elif stripped := text.rstrip(b"\r\n"):
            yield Line(number, stripped, torn=not text.endswith(b"\n"))


def _skip(file: BinaryIO, limit: int) -> None:
    """Read on to the end of a line without keeping it."""
    while (text := file.readline(limit)) and not text.endswith(b"\n"):
        pass

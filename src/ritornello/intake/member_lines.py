"""The lines of an export's files, each with its place in the whole export.

A position counts lines through all members, from 1, so that an import can be taken up again after
any of them. A member that breaks off, or that more comes out of than it may, ends in what was wrong.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ritornello.catalog.lines import Line, lines
from ritornello.intake.archives import Member
from ritornello.intake.refusal import Refused


class Placed(NamedTuple):
    """A line, or why there are no more: its position in the export, and the share read so far."""

    position: int
    share: float
    line: Line | Refused


class Reading:
    """How far the members of an export have been read, one after the other."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._n_bytes = max(1, sum(member.n_bytes for member in members))
        self._n_read = 0
        self._position = 0

    def lines(self, member: Member) -> Iterator[Placed]:
        """Yield the lines of the next member that hold anything."""
        first, n_before, n_read = self._position, self._n_read, 0
        self._n_read += member.n_bytes
        try:
            with member.open() as file:
                for line in lines(file):
                    self._position = first + line.number
                    n_read += len(line.text) + 1
                    share = (n_before + min(n_read, member.n_bytes)) / self._n_bytes
                    yield Placed(self._position, share, line)
        except Refused as refused:
            self._position += 1
            yield Placed(self._position, self._n_read / self._n_bytes, refused)


def text_of(line: Line | Refused) -> str:
    """Return what a line says; a byte order mark before the first is no part of it.

    Raises
    ------
    Refused : the member broke off here, the line is too long, or it is not UTF-8.
    """
    if isinstance(line, Refused):
        raise line
    if not line.whole:
        raise Refused("", "too_long", f"a line of more than {len(line.text)} bytes")
    try:
        return line.text.decode("utf-8-sig" if line.number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise Refused("", "not_utf8", f"not UTF-8: {error.reason}") from error

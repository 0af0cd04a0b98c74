"""The rows of an export's files, each with its place in the whole export.

A position counts rows through all members, from 1, so that an import can be taken up again after
any of them. A member that breaks off, or that more comes out of than it may, ends in what was wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar

from ritornello.catalog.lines import Line, lines
from ritornello.intake import arrays
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Row
from ritornello.intake.member_arrays import BAD_ROWS_BORNE
from ritornello.intake.refusal import Refused
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.items import AnyItem

BEGINNING_BYTES = 1 << 16

T = TypeVar("T")


class Placed(NamedTuple, Generic[T]):
    """What stands at a position of an export, or why nothing does, and the share read so far.

    ``number`` counts the rows of the member called ``name``, from 1.
    """

    position: int
    share: float
    name: str
    number: int
    row: T | Refused

    def kept(self, event: AnyEvent, items: tuple[AnyItem, ...]) -> Row:
        """Return the event that was made of it."""
        return Row(self.position, self.share, event, items)

    def refused(self, source: str, refused: Refused) -> Row:
        """Return the fault it is; its message says where a person finds the row."""
        message = f"{PurePosixPath(self.name).name}, row {self.number:,}: {refused}"
        fault = Fault.at(source, self.position, refused.rule, message, refused.field)
        return Row(self.position, self.share, fault)


class Reading:
    """How far the members of an export have been read, one after the other."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._n_bytes = max(1, sum(member.n_bytes for member in members))
        self._n_read = 0
        self._position = 0

    def lines(self, member: Member) -> Iterator[Placed[Line]]:
        """Yield the lines of the next member that hold anything; a position is a line number."""
        return self._placed(member, _lines)

    def objects(self, member: Member) -> Iterator[Placed[dict[str, Any]]]:
        """Yield the objects of the JSON array that the next member is."""
        return self._placed(member, _objects)

    def _placed(
        self, member: Member, rows: Callable[[BinaryIO], Iterator[tuple[int, int, T | Refused]]]
    ) -> Iterator[Placed[T]]:
        first, n_before, number = self._position, self._n_read, 0
        self._n_read += member.n_bytes
        try:
            with member.open() as file:
                for number, n_bytes, row in rows(file):
                    self._position = first + number
                    share = (n_before + min(n_bytes, member.n_bytes)) / self._n_bytes
                    yield Placed(self._position, share, member.name, number, row)
        except Refused as refused:
            self._position += 1
            share = self._n_read / self._n_bytes
            yield Placed(self._position, share, member.name, number + 1, refused)


def within_reason(rows: Iterable[Row], source: str) -> Iterator[Row]:
    """Yield rows until hardly one of them is good: no good file is like that, and some never end."""
    n_good = n_bad = 0
    for row in rows:
        yield row
        if not isinstance(row.record, Fault):
            n_good += 1
            continue
        n_bad += 1
        if n_bad > BAD_ROWS_BORNE + 10 * n_good:
            message = f"{n_bad:,} bad rows among {n_good:,} good ones; the rest is left unread"
            position = row.position + 1
            yield Row(position, 1.0, Fault.at(source, position, "mostly_bad", message))
            return


def _lines(file: BinaryIO) -> Iterator[tuple[int, int, Line | Refused]]:
    n_bytes = 0
    for line in lines(file):
        n_bytes += len(line.text) + 1
        yield line.number, n_bytes, line


def _objects(file: BinaryIO) -> Iterator[tuple[int, int, dict[str, Any] | Refused]]:
    numbers = count(1)
    for decoded in arrays.decoded(file, dict):
        for row in decoded.rows:
            yield next(numbers), decoded.n_bytes, row


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


def beginning(member: Member) -> str:
    """Return how a member begins, empty where it cannot be read; what is not UTF-8 is replaced."""
    try:
        with member.open() as file:
            return file.read(BEGINNING_BYTES).decode("utf-8-sig", errors="replace")
    except Refused:
        return ""

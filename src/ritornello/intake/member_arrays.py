"""The rows of an export whose files are JSON arrays, made into events and gathered into chunks.

A position counts rows through all members, from 1, so that an import can be taken up again after
any chunk. A fault says in words in which file and at which row of it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Generic, NamedTuple, TypeVar

from ritornello.intake import arrays, chunks
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk
from ritornello.intake.refusal import Refused
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.items import AnyItem

BAD_ROWS_BORNE = 10_000
"""So many bad rows, and ten times the good ones, are borne; then the rest is left unread."""

T = TypeVar("T")


def begins_with(member: Member, keys: Sequence[str]) -> bool:
    """Whether all these keys stand in the beginning of a member, whatever its name."""
    try:
        with member.open() as file:
            beginning = arrays.head(file)
    except Refused:
        return False
    return all(re.search(rb'"%b"\s*:' % key.encode(), beginning) for key in keys)


def gathered(
    members: Sequence[Member],
    row: type[T],
    event_of: Callable[[T], AnyEvent],
    fresh: list[AnyItem],
    *,
    source: str,
    after: int,
) -> Iterator[Chunk]:
    """Yield the chunks after a position.

    Parameters
    ----------
    row : the struct each row is decoded as.
    event_of : makes an event of a row, or raises ``Refused``.
    fresh : where ``event_of`` leaves items not met before; emptied with every chunk.
    source : what the faults are filed under.
    """
    events: list[AnyEvent] = []
    faults: list[Fault] = []
    n_good = n_bad = 0
    stored = after
    for block in _blocks(members, row):
        good, bad = _made(block, event_of, after, source)
        events += good
        faults += bad
        n_good += len(good)
        n_bad += len(bad)
        hopeless = n_bad > BAD_ROWS_BORNE + 10 * n_good
        if hopeless:
            message = f"{n_bad:,} bad rows among {n_good:,} good ones; the rest is left unread"
            faults.append(Fault.at(source, block.end, "mostly_bad", message))
        if block.end > stored and (block.last or hopeless or block.end - stored >= chunks.ROWS):
            yield Chunk(
                position=block.end,
                share=block.share,
                events=tuple(events),
                items=tuple(fresh),
                faults=tuple(faults),
            )
            stored = block.end
            for done in (events, faults, fresh):
                done.clear()
        if hopeless:
            return


class _Block(NamedTuple, Generic[T]):
    """Rows of one file: what stands before them in the export and in the file, and how far it is."""

    rows: list[T | Refused]
    name: str
    position: int
    n_before: int
    share: float
    last: bool = False

    @property
    def end(self) -> int:
        return self.position + len(self.rows)


def _blocks(members: Sequence[Member], row: type[T]) -> Iterator[_Block[T]]:
    """Yield the rows of every member, then an empty last block."""
    position, n_read, n_all = 0, 0, max(1, sum(member.n_bytes for member in members))
    for member in members:
        name, first = PurePosixPath(member.name).name, position
        for rows, n_bytes in _decoded(member, row):
            share = min(1.0, (n_read + min(n_bytes, member.n_bytes)) / n_all)
            yield _Block(rows, name, position, position - first, share)
            position += len(rows)
        n_read += member.n_bytes
    yield _Block([], "", position, 0, 1.0, last=True)


def _decoded(member: Member, row: type[T]) -> Iterator[arrays.Decoded[T]]:
    """Yield what a member decodes to; one that breaks off ends in what was wrong."""
    try:
        with member.open() as file:
            yield from arrays.decoded(file, row)
    except Refused as refused:
        yield arrays.Decoded([refused], member.n_bytes)


def _made(
    block: _Block[T], event_of: Callable[[T], AnyEvent], after: int, source: str
) -> tuple[list[AnyEvent], list[Fault]]:
    """Make events of the rows of a block after a position, and faults of the bad ones."""
    events: list[AnyEvent] = []
    faults: list[Fault] = []
    n_known = max(0, after - block.position)
    for number, row in enumerate(block.rows[n_known:], start=n_known + 1):
        try:
            if isinstance(row, Refused):
                raise row
            events.append(event_of(row))
        except Refused as refused:
            message = f"{block.name}, row {block.n_before + number:,}: {refused}"
            position = block.position + number
            faults.append(Fault.at(source, position, refused.rule, message, refused.field))
    return events, faults

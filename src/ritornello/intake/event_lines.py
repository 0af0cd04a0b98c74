"""A file of our own events, one JSON object a line, as ``ritornello export events`` writes them."""

from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from ritornello.catalog.lines import Line, lines
from ritornello.intake import events
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import Fault

SOURCE = "event_lines"


def read(
    path: Path, *, now: datetime, known: Container[str] | None = None, after: int = 0
) -> Iterator[Chunk]:
    """Read a file of events; a position is a line number, from 1.

    Parameters
    ----------
    now : nothing may have happened after it.
    known : ids of the catalogue; an event about another item is a fault. Not checked if ``None``.
    after : position up to which everything is stored already.

    Raises
    ------
    NotFound : no such file.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}")
    return gathered(_rows(path, now, known), after=after)


def _rows(path: Path, now: datetime, known: Container[str] | None) -> Iterator[Row]:
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        for line in lines(file):
            yield Row(line.number, file.tell() / n_bytes, _record(line, now, known))


def _record(line: Line, now: datetime, known: Container[str] | None) -> AnyEvent | Fault:
    """Return the event of a line, or what was wrong with it."""
    if not line.whole:
        message = f"a line of more than {len(line.text)} bytes"
        return Fault.at(SOURCE, line.number, "too_long", message)
    kept, faults = events.read(line.text, now=now, known=known)
    if len(kept) == 1 and not faults:
        return next(iter(kept.values()))
    if len(faults) == 1 and not kept:
        rule = "torn_line" if line.torn and faults[0].rule == "malformed_json" else faults[0].rule
        return replace(faults[0], source=SOURCE, position=line.number, rule=rule)
    return Fault.at(SOURCE, line.number, "not_one_event", "a line holds one event, not a list")

"""One evaluation as somebody will read it: the verdict, then tables and figures, then how to make it again.

A report is plain values all through: numbers at full precision, no markup. :mod:`~ritornello.evaluate.reports` writes it
as a page and as JSON and reads it back; whoever makes one says what was found and leaves the looks alone.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec.structs import replace

from ritornello.evaluate.content import id_of
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.measures.calibration import Reliability
from ritornello.measures.resampling import Interval

Form = Literal["words", "code", "count", "number", "share", "interval", "p"]
Cell = str | int | float | Interval | None


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a column of a table holds, and how its cells are written.

    ``interval`` is drawn and printed, on one scale down the column, with a line at ``line`` where there is one.
    """

    title: str
    form: Form = "words"
    line: float | None = None


class Table(msgspec.Struct, frozen=True, tag="table"):
    """Rows of cells under columns; ``None`` is what nobody knows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that does not fit.

        Raises
        ------
        BadValue : a row with more or fewer cells than there are columns.
        """
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                message = f"row {number} of {self.title!r} has {len(row)} cells for {len(self.columns)} columns"
                raise BadValue(message)


class Named(msgspec.Struct, frozen=True):
    """An interval and whose it is; ``None`` where there was nothing to say."""

    name: str
    at: Interval | None


class Intervals(msgspec.Struct, frozen=True, tag="intervals"):
    """Intervals below each other on one scale, with a line to hold them against: 0, a baseline, a stated level."""

    title: str
    rows: tuple[Named, ...]
    line: float | None = None
    note: str = ""


class Segments(msgspec.Struct, frozen=True, tag="segments"):
    """The intervals of several entrants within each segment, on one scale; ``rows[i]`` are one segment's, in their order."""

    title: str
    entrants: tuple[str, ...]
    segments: tuple[str, ...]
    rows: tuple[tuple[Interval | None, ...], ...]
    note: str = ""


class Differences(msgspec.Struct, frozen=True, tag="differences"):
    """What each topic gained or lost, from the most lost to the most gained."""

    title: str
    values: tuple[float, ...]
    note: str = ""


class Weights(msgspec.Struct, frozen=True, tag="weights"):
    """How many rounds have an importance weight between each two edges; ``n_zero`` have none at all."""

    title: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    n_zero: int = 0
    note: str = ""


class Calibration(msgspec.Struct, frozen=True, tag="calibration"):
    """How often it happened against how likely it was said to be."""

    title: str
    curve: Reliability
    note: str = ""


Figure = Intervals | Segments | Differences | Weights | Calibration
Part = Table | Figure


class Section(msgspec.Struct, frozen=True):
    """A heading, a sentence on how to read what follows, and what follows."""

    title: str
    about: str
    parts: tuple[Part, ...]


class Report(msgspec.Struct, frozen=True):
    """One evaluation; ``verdict`` is what somebody reads who reads nothing else.

    ``recipe`` and ``command`` are everything needed to make it again.
    """

    title: str
    verdict: str
    sections: tuple[Section, ...] = ()
    recipe: dict[str, object] = msgspec.field(default_factory=dict)
    command: str = ""
    warnings: tuple[Warned, ...] = ()

    @property
    def id(self) -> str:
        """16 hex digits made of everything in it, as it reads when it is read back."""
        return id_of(msgspec.convert(msgspec.to_builtins(self), Report))

    def made_by(self, command: str) -> "Report":
        """Return the same report, saying which command made it."""
        return replace(self, command=command)


def collected(*warnings: Sequence[Warned]) -> tuple[Warned, ...]:
    """Return the warnings of several results, each sentence once, in the order they came."""
    return tuple({str(each): each for many in warnings for each in many}.values())

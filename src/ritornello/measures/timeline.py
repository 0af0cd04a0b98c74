"""Spans of audio on one line: items laid end to end, and cut wherever a span begins or ends."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.measures.matching import FloatArray, IntArray


class Spans(msgspec.Struct, frozen=True, eq=False):
    """Spans of items as arrays of one length (n,): of whom, from when to when, and their grades or scores.

    Times are milliseconds from an item's beginning; a span holds ``start_ms`` and not ``end_ms``.
    """

    topics: IntArray
    items: IntArray
    start_ms: IntArray
    end_ms: IntArray
    values: FloatArray

    def taken(self, rows: NDArray[np.bool_] | IntArray) -> "Spans":
        """Return some of the rows, in that order."""
        return Spans(*(getattr(self, name)[rows] for name in self.__struct_fields__))

    @property
    def lasts_ms(self) -> IntArray:
        """How long each lasts, (n,)."""
        return self.end_ms - self.start_ms


def nearest_start(relevant: Spans, entries: Spans) -> tuple[IntArray, FloatArray]:
    """Return which span of its topic and item begins nearest to where each entry does, and how many ms later it does.

    Of two as near it is the earlier. Where the item has none they are −1 and nan.

    Parameters
    ----------
    relevant : by topic, item and time; none overlap.
    """
    line = Line.of(relevant, entries)
    begins, of_begin = line.laid(relevant) + relevant.start_ms, line.laid(relevant)
    at, of_entry = line.laid(entries) + entries.start_ms, line.laid(entries)
    nearest, ahead_ms = np.full(len(at), -1), np.full(len(at), np.nan)
    after = np.searchsorted(begins, at)
    for candidate in (after - 1, after):
        inside = np.flatnonzero((candidate >= 0) & (candidate < len(begins)))
        which = candidate[inside]
        same = of_begin[which] == of_entry[inside]
        rows, which = inside[same], which[same]
        ahead = (begins[which] - at[rows]).astype(np.float64)
        nearer = ~(np.abs(ahead_ms[rows]) <= np.abs(ahead))
        nearest[rows[nearer]], ahead_ms[rows[nearer]] = which[nearer], ahead[nearer]
    return nearest, ahead_ms


class Line(msgspec.Struct, frozen=True, eq=False):
    """All items of all topics laid end to end and cut wherever a span begins or ends.

    ``pairs`` (2, n_pairs) are the topics and items laid, each ``room`` milliseconds long; ``cuts`` (n_cells + 1,) the
    instants on the line. What lies between two cuts is a cell: wholly within a span or wholly without.
    """

    pairs: IntArray
    room: int
    cuts: IntArray

    @classmethod
    def of(cls, *spans: Spans) -> "Line":
        """Lay whatever items these spans are of."""
        both = np.stack([np.concatenate([each.topics for each in spans]),
                         np.concatenate([each.items for each in spans])])  # fmt: skip
        pairs, pair = np.unique(both, axis=1, return_inverse=True)
        room = max(int(each.end_ms.max(initial=0)) for each in spans) + 1
        begins = pair * room + np.concatenate([each.start_ms for each in spans])
        ends = pair * room + np.concatenate([each.end_ms for each in spans])
        return cls(pairs, room, np.unique(np.concatenate((begins, ends))))

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return max(len(self.cuts) - 1, 0)

    @property
    def ms(self) -> IntArray:
        """How long each cell is, (n_cells,)."""
        return np.diff(self.cuts)

    def cells(self, spans: Spans) -> tuple[IntArray, IntArray]:
        """Return which cells each span holds: the span's row and the cell, of every one."""
        at = self.laid(spans)
        first = np.searchsorted(self.cuts, at + spans.start_ms)
        n = np.searchsorted(self.cuts, at + spans.end_ms) - first
        row = np.repeat(np.arange(len(n)), n)
        within = np.arange(len(row)) - np.repeat(np.cumsum(n) - n, n)
        return row, first[row] + within

    def stretches(self, judged: Spans) -> tuple[IntArray, Spans]:
        """Return the stretch of each cell, −1 of none, and the stretches."""
        row, cell = self.cells(judged)
        grades = np.zeros(self.n_cells)
        np.maximum.at(grades, cell, judged.values[row])
        begins = (grades > 0) & (np.diff(grades, prepend=0) != 0)
        stretch = np.where(grades > 0, np.cumsum(begins) - 1, -1)
        first = np.flatnonzero(begins)
        last = np.flatnonzero((grades > 0) & (np.diff(grades, append=0) != 0))
        pair, start = np.divmod(self.cuts[first], self.room)
        end = self.cuts[last + 1] - pair * self.room
        return stretch, Spans(self.pairs[0][pair], self.pairs[1][pair], start, end, grades[first])

    def laid(self, spans: Spans) -> IntArray:
        """Return where on the line each span's item begins."""
        n_items = int(self.pairs[1].max(initial=0)) + 1
        keys = self.pairs[0] * n_items + self.pairs[1]
        return np.searchsorted(keys, spans.topics * n_items + spans.items) * self.room

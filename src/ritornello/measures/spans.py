"""Which seconds were returned, and which of them were worth hearing: spans of audio in place of whole items.

A run's entries are spans, from when to when somebody is to hear which item, best first; what is judged are spans too.
A second has the highest grade of any judged span that holds it; touching seconds of one grade above 0 are a *stretch*.
Whatever was heard in an earlier entry is not heard again: each second counts once, in the first entry that holds it.
"""

from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import FloatArray, IntArray, Matched, NothingToJudge, Over
from ritornello.measures.timeline import Line, Spans

_NOT_HEARD = np.iinfo(np.int64).max


class Pieces(msgspec.Struct, frozen=True, eq=False):
    """What was heard for the first time and was relevant, as arrays (n_pieces,): in which entry, of which stretch, how long."""

    entry: IntArray
    stretch: IntArray
    ms: IntArray


class Graded(NamedTuple):
    """What of a ranking is right, as arrays of one length: of which topic, with which grade, at which place from 0."""

    topics: IntArray
    grades: FloatArray
    places: IntArray


class Heard(msgspec.Struct, frozen=True, eq=False):
    """What somebody hears who plays each topic's entries from the best one down.

    Attributes
    ----------
    topics : (n_topics,) rising.
    entries : (n_entries,) what was returned, by topic and then best first; their ``topics`` are places in ``topics``.
    new_ms : (n_entries,) how much of each no earlier entry of its topic held.
    judged : what was judged, as it was given; their ``topics`` are places in ``topics``.
    stretches : (n_stretches,) what is relevant, by topic, item and time, with its grade above 0; of no two a second is the same.
    pieces : where entries and stretches meet.
    """

    topics: IntArray
    entries: Spans
    new_ms: IntArray
    judged: Spans
    stretches: Spans
    pieces: Pieces

    @property
    def places(self) -> IntArray:
        """The place of each entry in its topic's ranking, from 0."""
        return places_within(self.entries.topics, len(self.topics))

    def by_place(self, values: NDArray[Any], depth: int | None = None) -> FloatArray:
        """Return values of entries as a table (n_topics, depth), 0 after a topic's last entry."""
        return table(self.entries.topics, self.places, values, (len(self.topics), depth))

    def as_matched(
        self, n_ranked: IntArray, hits: Graded, topics: IntArray, grades: FloatArray
    ) -> Matched:
        """Return hits and the grades of everything judged as a matched ranking, for the measures of relevance.

        Parameters
        ----------
        n_ranked : (n_topics,) how many places each ranking has.
        hits : by topic and then by place.
        topics, grades : (n_judged,) of everything judged, in any order.
        """
        order, every = np.lexsort((-grades, topics)), np.arange(len(self.topics) + 1)
        return Matched(
            self.topics,
            n_ranked,
            np.searchsorted(hits.topics, every),
            hits.places,
            hits.grades,
            np.searchsorted(topics[order], every),
            grades[order],
        )

    def relevant_ms(self, rel: float) -> IntArray:
        """Return how much of each entry is relevant from the grade ``rel`` up and was not heard before, (n_entries,)."""
        ms = np.where(self.stretches.values[self.pieces.stretch] >= rel, self.pieces.ms, 0)
        return np.bincount(self.pieces.entry, ms, len(self.new_ms)).astype(np.int64)

    def relevant(self, rel: float) -> Spans:
        """Return the stretches from the grade ``rel`` up; those that touch are one, of the higher grade."""
        kept = self.stretches.taken(self.stretches.values >= rel)
        if not len(kept.topics):
            return kept
        goes_on = (np.diff(kept.topics) == 0) & (np.diff(kept.items) == 0)
        goes_on &= kept.start_ms[1:] == kept.end_ms[:-1]
        first = np.flatnonzero(np.concatenate(([True], ~goes_on)))
        last = np.append(first[1:], len(kept.topics)) - 1
        grades = np.maximum.reduceat(kept.values, first)
        return Spans(
            kept.topics[first], kept.items[first], kept.start_ms[first], kept.end_ms[last], grades
        )


def hear(ranked: Spans, judged: Spans, over: Over = "both") -> Heard:
    """Find what is worth hearing in what was returned.

    Entries go by their scores, compared as float32; ties go to the higher item, then to the later start and end.

    Parameters
    ----------
    over : the topics that count, as in :func:`~ritornello.measures.matching.match`.

    Raises
    ------
    NothingToJudge : no topic is left.
    BadValue : arrays of different lengths, a span that begins before 0 or does not end after it begins, a score or grade
        that is not a number.

    Examples
    --------
    >>> def spans(*rows):
    ...     *columns, values = np.array(rows).T
    ...     return Spans(*columns, values.astype(float))
    >>> found = hear(spans((0, 5, 0, 4_000, 2), (0, 5, 3_000, 9_000, 1)), spans((0, 5, 2_000, 5_000, 1)))
    >>> found.new_ms, found.relevant_ms(1)
    (array([4000, 5000]), array([2000, 1000]))
    """
    for what, spans in (("run", ranked), ("judgements", judged)):
        _must_fit(what, spans)
    topics = _counted(ranked.topics, judged.topics, over)
    entries = _of_topics(ranked, topics)
    entries = entries.taken(_best_first(entries))
    known = _of_topics(judged, topics)
    line = Line.of(entries, known)
    entry, cell = line.cells(entries)
    first = np.full(line.n_cells, _NOT_HEARD)
    np.minimum.at(first, cell, entry)
    new_ms = np.bincount(
        entry, np.where(first[cell] == entry, line.ms[cell], 0), len(entries.topics)
    )
    stretch, stretches = line.stretches(known)
    meets = (stretch >= 0) & (first != _NOT_HEARD)
    pieces = Pieces(first[meets], stretch[meets], line.ms[meets])
    return Heard(topics, entries, new_ms.astype(np.int64), known, stretches, pieces)


def places_within(groups: IntArray, n_groups: int) -> IntArray:
    """Return the place of each row within its group, from 0; rows of a group stand together, groups rising."""
    return np.arange(len(groups)) - np.searchsorted(groups, np.arange(n_groups))[groups]


def table(
    rows: IntArray, columns: IntArray, values: NDArray[Any], shape: tuple[int, int | None]
) -> FloatArray:
    """Return values as a table of this shape, 0 elsewhere; without a width it is as wide as it must be, at least 1.

    What lies beyond the width is left out.
    """
    width = max(int(columns.max(initial=0)) + 1, 1) if shape[1] is None else shape[1]
    found, inside = np.zeros((shape[0], width)), columns < width
    found[rows[inside], columns[inside]] = values[inside]
    return found


def _counted(returned: IntArray, judged: IntArray, over: Over) -> IntArray:
    """Return the topics that count, rising.

    Raises
    ------
    NothingToJudge : none does.
    """
    both = np.intersect1d(returned, judged)
    if not len(both):
        raise NothingToJudge(
            f"{len(np.unique(returned))} topics were returned and {len(np.unique(judged))} judged, and none is both; "
            "are run and judgements of one collection?"
        )
    return {"both": both, "judged": np.unique(judged), "returned": np.unique(returned)}[over]


def _of_topics(spans: Spans, topics: IntArray) -> Spans:
    """Return the spans of these topics, their topics as places among them."""
    kept = spans.taken(np.isin(spans.topics, topics))
    return msgspec.structs.replace(kept, topics=np.searchsorted(topics, kept.topics))


def _best_first(entries: Spans) -> IntArray:
    with np.errstate(over="ignore"):
        levels = np.asarray(entries.values, np.float32)
    return np.lexsort((-entries.end_ms, -entries.start_ms, -entries.items, -levels, entries.topics))


def _must_fit(what: str, spans: Spans) -> None:
    """Make sure that these are spans.

    Raises
    ------
    BadValue : they are not.
    """
    columns = [getattr(spans, name) for name in spans.__struct_fields__]
    if len({np.shape(each) for each in columns}) > 1 or np.ndim(columns[0]) != 1:
        shapes = ", ".join(str(np.shape(each)) for each in columns)
        raise BadValue(f"the spans of the {what} must be arrays of one length; these are {shapes}")
    if np.isnan(np.asarray(spans.values, np.float64)).any():
        raise BadValue(f"a span of the {what} has no number as its score or grade; leave it out")
    broken = np.flatnonzero((spans.start_ms < 0) | (spans.end_ms <= spans.start_ms))
    if len(broken):
        start, end = int(spans.start_ms[broken[0]]), int(spans.end_ms[broken[0]])
        raise BadValue(
            f"{len(broken)} spans of the {what} begin before 0 or end before they begin, the first from {start} to "
            f"{end} ms; a span lasts at least a millisecond"
        )

"""Which places of a ranking hold what was judged? The one thing every measure of relevance is asked about.

A run and the judgements come as plain arrays of numbers, in any order. Matching ranks every topic's items as trec_eval
does (by score compared as float32, ties to the higher item) and keeps of each topic where its judged items stand, with
their grades, how many items there are, and all its grades in falling order. What was not judged only takes up places.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Over = Literal["judged", "returned", "both"]

SPARE_NUMBERS = 1_000_000


class NothingToJudge(BadValue):
    """A run and judgements that share no topic: no measure has a value."""


class Judged(msgspec.Struct, frozen=True, eq=False):
    """Judgements as arrays of one length (n_judged,); at most one grade a topic and item.

    A grade below 0 was judged and is worthless. What has no row was never judged.
    """

    topics: IntArray
    items: IntArray
    grades: NDArray[np.number]


class Ranked(msgspec.Struct, frozen=True, eq=False):
    """A run as arrays of one length (n_ranked,), in any order; an item at most once a topic."""

    topics: IntArray
    items: IntArray
    scores: NDArray[np.number]


class Matched(msgspec.Struct, frozen=True, eq=False):
    """Where the judged stand in each topic's ranking; topics rising.

    Attributes
    ----------
    n_ranked : (n_topics,) how many items the run holds of each topic.
    hit_starts : (n_topics + 1,); judged items that were returned are hits, those of topic t from ``hit_starts[t]`` on.
    places, grades : (n_hits,) where each hit stands, from 0 and rising within a topic, and its grade.
    ideal_starts, ideal : all grades of each topic, returned or not, falling.
    over : which topics these are.
    n_unjudged, n_missing : how many topics were returned and never judged, judged and not returned.
    """

    topics: IntArray
    n_ranked: IntArray
    hit_starts: IntArray
    places: IntArray
    grades: FloatArray
    ideal_starts: IntArray
    ideal: FloatArray
    over: Over = "judged"
    n_unjudged: int = 0
    n_missing: int = 0

    @property
    def topic_of_hit(self) -> IntArray:
        """The place in ``topics`` of each hit, (n_hits,)."""
        return np.repeat(np.arange(len(self.topics)), np.diff(self.hit_starts))

    @property
    def topic_of_ideal(self) -> IntArray:
        """The place in ``topics`` of each judgement, (n_judged,)."""
        return np.repeat(np.arange(len(self.topics)), np.diff(self.ideal_starts))

    def relevant(self, rel: float, k: int | None = None) -> tuple[IntArray, IntArray, IntArray]:
        """Return the relevant hits in the first k places: their topic, place, and how many of them stand above."""
        kept = self.grades >= max(rel, 0)
        if k is not None:
            kept &= self.places < k
        topic = self.topic_of_hit[kept]
        starts = np.searchsorted(topic, np.arange(len(self.topics)))
        return topic, self.places[kept], np.arange(len(topic)) - starts[topic]

    def n_hits(self, rel: float, k: int | None = None) -> FloatArray:
        """Return how many relevant items stand in the first k places of each topic."""
        topic = self.relevant(rel, k)[0]
        return np.bincount(topic, minlength=len(self.topics)).astype(np.float64)

    def n_relevant(self, rel: float) -> FloatArray:
        """Return how many items of each topic are relevant, returned or not."""
        topic = self.topic_of_ideal[self.ideal >= max(rel, 0)]
        return np.bincount(topic, minlength=len(self.topics)).astype(np.float64)

    def judged_only(self) -> "Matched":
        """Return the same as if nothing but items with a grade of 0 or more had been returned (trec_eval's -J)."""
        kept = self.grades >= 0
        n = np.bincount(self.topic_of_hit[kept], minlength=len(self.topics))
        starts = np.concatenate(([0], np.cumsum(n)))
        places = np.arange(starts[-1]) - np.repeat(starts[:-1], n)
        return msgspec.structs.replace(
            self, n_ranked=n, hit_starts=starts, places=places, grades=self.grades[kept]
        )

    def first(self, n: int) -> "Matched":
        """Return the same as if at most the first n items of each topic had been returned (trec_eval's -M)."""
        kept = self.places < n
        n_hits = np.bincount(self.topic_of_hit[kept], minlength=len(self.topics))
        return msgspec.structs.replace(
            self,
            n_ranked=np.minimum(self.n_ranked, n),
            hit_starts=np.concatenate(([0], np.cumsum(n_hits))),
            places=self.places[kept],
            grades=self.grades[kept],
        )


def match(ranked: Ranked, judged: Judged, over: Over = "both") -> Matched:
    """Find the judged in a run; O(rows), plus a topic's rows times its hits.

    Parameters
    ----------
    over : the topics that count. ``both`` are those returned and judged, as trec_eval takes them; ``judged`` also those
        without a run, which are worth 0 (trec_eval's -c, ir_measures); ``returned`` also those never judged, worth 0.

    Raises
    ------
    NothingToJudge : no topic is left.
    BadValue : arrays of different lengths, numbers below 0, a score or grade that is not a number, an item twice in a
        topic of the run or of the judgements.

    Examples
    --------
    >>> run = Ranked(np.array([7, 7, 7]), np.array([0, 1, 2]), np.array([0.1, 0.9, 0.9]))
    >>> match(run, Judged(np.array([7, 7]), np.array([0, 1]), np.array([3, 1]))).places
    array([1, 2])
    """
    numbers, run_topics, judged_topics = _small(ranked.topics, judged.topics)
    asked, known = _present(run_topics, len(numbers)), _present(judged_topics, len(numbers))
    both = asked & known
    if not both.any():
        raise NothingToJudge(
            f"{asked.sum()} topics were returned and {known.sum()} judged, and none is both; "
            "are run and judgements of one collection?"
        )
    chosen = {"both": both, "judged": known, "returned": asked}[over]
    run = msgspec.structs.replace(ranked, topics=run_topics)
    judgements = msgspec.structs.replace(judged, topics=judged_topics)
    return msgspec.structs.replace(
        matched(run, judgements, chosen, numbers),
        over=over,
        n_unjudged=int((asked & ~known).sum()),
        n_missing=int((known & ~asked).sum()),
    )


def matched(ranked: Ranked, judged: Judged, chosen: BoolArray, numbers: IntArray) -> Matched:
    """Find hits as :func:`match` does, of topics that are chosen.

    Parameters
    ----------
    ranked, judged : whose topics are small numbers from 0.
    chosen : (n,) which of the small numbers count; ``numbers`` (n,) are theirs outside.

    Raises
    ------
    BadValue : as :func:`match`.
    """
    from ritornello.measures import places  # numba: loaded by what judges alone

    bits, grades = _score_bits(ranked.scores), np.asarray(judged.grades, dtype=np.float64)
    if not np.isfinite(grades).all():
        raise BadValue("a grade must be a finite number; leave out what was not judged")
    _must_fit("run", ranked.topics, ranked.items, bits)
    _must_fit("judgements", judged.topics, judged.items, grades)
    topic, n = np.where(chosen, np.cumsum(chosen) - 1, -1), int(chosen.sum())
    items, run_items, judged_items = _small(ranked.items, judged.items)
    run_starts = places.begins(ranked.topics, topic, n)
    keys = np.empty(run_starts[-1], dtype=np.int64)  # numpy asks for large pages, numba does not
    places.key((ranked.topics, run_items, bits), topic, run_starts, keys)
    starts, its_items, its_grades = places.grouped(judged.topics, judged_items, grades, topic, n)
    hit_starts, standing, rows, twice = places.hits(run_starts, keys, starts, its_items, len(items))
    topics = numbers[chosen]
    if len(twice):
        where = "judgements" if twice[0] else "run"
        raise BadValue(
            f"item {items[twice[2]]} stands twice in the {where} of topic {topics[twice[1]]}; "
            "keep one row of it"
        )
    falling = -its_grades
    places.rise_each(starts, falling)
    n_ranked, found = np.diff(run_starts), its_grades[rows]
    return Matched(topics, n_ranked, hit_starts, standing, found, starts, -falling)


def _score_bits(scores: NDArray[np.number]) -> NDArray[np.int32]:
    """Return scores as float32 and those as their bits.

    Raises
    ------
    BadValue : a score that is not a number.
    """
    with np.errstate(over="ignore"):
        levels = np.ascontiguousarray(scores, dtype=np.float32)
    if np.isnan(levels).any():
        raise BadValue("a score must be a number; leave out items without one")
    return levels.view(np.int32)


def _small(some: IntArray, others: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the numbers that stand for small ones of the same order, and both arrays as small ones.

    Raises
    ------
    BadValue : numbers below 0.
    """
    some, others = (np.ascontiguousarray(each, dtype=np.int64) for each in (some, others))
    lowest = min(each.min(initial=0) for each in (some, others))
    if lowest < 0:
        raise BadValue(f"topics and items are numbers from 0 up; {lowest} is none")
    highest = int(max(each.max(initial=-1) for each in (some, others)))
    if highest < len(some) + len(others) + SPARE_NUMBERS:
        return np.arange(highest + 1), some, others
    numbers, small = np.unique(np.concatenate((some, others)), return_inverse=True)
    return numbers, small[: len(some)], small[len(some) :]


def _present(numbers: IntArray, n: int) -> BoolArray:
    found = np.zeros(n, dtype=np.bool_)
    found[numbers] = True
    return found


def _must_fit(what: str, topics: IntArray, items: IntArray, values: NDArray[np.number]) -> None:
    if not topics.shape == items.shape == values.shape or topics.ndim != 1:
        raise BadValue(
            f"the {what} must be arrays of one length; these are {topics.shape} topics, "
            f"{items.shape} items and {values.shape} values"
        )


def share(part: NDArray[np.number], whole: NDArray[np.number]) -> FloatArray:
    """Return part / whole, 0 where the whole is nothing."""
    found = np.zeros(len(whole))
    np.divide(part, whole, out=found, where=whole > 0)
    return found

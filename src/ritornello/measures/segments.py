"""Is a two-minute segment at the top where it is spoken of? TREC Podcasts' graded measures of segments.

An episode is its segments of two minutes, one beginning with each minute. A span stands for the last segment that begins
no later than it does. Of several entries that stand for one segment the first counts; a judged span gives its grade to the
segment it stands for and to every other that it fills by more than half, and a segment has the best grade it is given. So what
was judged and returned as segments is judged as TREC did, by ``nDCG``, ``nDCG@30`` and ``P@10`` of their ids.
"""

from functools import partial

import numpy as np

from ritornello.measures.definitions import (
    PLACES,
    PLACES_REQUIRED,
    REL,
    Definition,
    Parameter,
    Values,
)
from ritornello.measures.matching import FloatArray, IntArray, Matched
from ritornello.measures.relevance import ndcg, precision
from ritornello.measures.spans import Graded, Heard, places_within
from ritornello.measures.timeline import Spans

STEP_MS, LENGTH_MS = 60_000, 120_000


def segment_ndcg(heard: Heard, k: int | None, gain: str = "linear") -> Values:
    """Return the nDCG of the two-minute segments that entries stand for.

    See ``nDCG``; grades are those of segments. The main measure of TREC Podcasts, also at 30.

    Elsewhere: the same in trec_eval over segments' ids, where what was judged are segments. Source: Jones et al., TREC 2020
    Podcasts Track Overview, 2021.
    """
    return ndcg(graded(heard), k, gain)


def segment_precision(heard: Heard, k: int, rel: float = 1) -> Values:
    """Return the share of the first k two-minute segments that are relevant.

    See ``P``. Reported at 10 by TREC Podcasts. Source: Jones et al., TREC 2020 Podcasts Track Overview, 2021.
    """
    return precision(graded(heard), k, rel)


def graded(heard: Heard) -> Matched:
    """Return the segments that entries stand for, matched with the grades of segments."""
    entries = heard.entries
    known, given = _judged_segments(heard.judged)
    returned = np.stack((entries.topics, entries.items, entries.start_ms // STEP_MS))
    returned = returned[:, np.sort(np.unique(returned, axis=1, return_index=True)[1])]
    both = np.concatenate((known, returned), axis=1)
    every, of = np.unique(both, axis=1, return_inverse=True)
    grades = np.full(every.shape[1], np.nan)
    np.fmax.at(grades, of[: len(given)], given)
    its = grades[of[len(given) :]]
    topics, hit = returned[0], np.flatnonzero(~np.isnan(its))
    places = places_within(topics, len(heard.topics))
    judged = np.flatnonzero(~np.isnan(grades))
    return heard.as_matched(
        np.bincount(topics, minlength=len(heard.topics)),
        Graded(topics[hit], its[hit], places[hit]),
        every[0][judged],
        grades[judged],
    )


def _judged_segments(judged: Spans) -> tuple[IntArray, FloatArray]:
    """Return the segments that judged spans give their grades to, (3, n) topics, items and segments, and the grades (n,)."""
    first = np.maximum((judged.start_ms - LENGTH_MS) // STEP_MS + 1, 0)
    n = -(-judged.end_ms // STEP_MS) - first
    span = np.repeat(np.arange(len(n)), n)
    segment = first[span] + np.arange(len(span)) - np.repeat(np.cumsum(n) - n, n)
    begins = segment * STEP_MS
    shared = np.minimum(judged.end_ms[span], begins + LENGTH_MS)
    shared -= np.maximum(judged.start_ms[span], begins)
    enough = (2 * shared > LENGTH_MS) | (segment == judged.start_ms[span] // STEP_MS)
    span, segment = span[enough], segment[enough]
    return np.stack((judged.topics[span], judged.items[span], segment)), judged.values[span]


GAIN = Parameter("choice", "what a grade is worth", "linear", choices=("linear", "exp"))
_of_spans = partial(Definition, asks="spans", needs=("spans",))

MEASURES = (
    _of_spans("segment_nDCG", segment_ndcg, ("k", PLACES), {"gain": GAIN}),
    _of_spans("segment_P", segment_precision, ("k", PLACES_REQUIRED), {"rel": REL}),
)

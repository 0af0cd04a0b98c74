"""Spans of audio as ids: an item's id and from when to when, in seconds, as W3C's media fragments write it.

``episode:k3v9#t=812.5,846`` is what is heard from 812.5 s to 846 s. Being an id, a span stands wherever an item does: in
collections, runs, TREC's files and Parquet. Measures that ask about spans read it back.

Source: Troncy et al., Media Fragments URI 1.0, W3C Recommendation, 2012.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ritornello.evaluate.collections import Collection
from ritornello.evaluate.runs import Run, best_first
from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import FloatArray, IntArray, Over
from ritornello.measures.spans import Heard, hear, places_within
from ritornello.measures.timeline import Spans

_SPAN = re.compile(r"(.+)#t=([0-9]{1,9}(?:\.[0-9]{1,3})?),([0-9]{1,9}(?:\.[0-9]{1,3})?)")


class Span(NamedTuple):
    """An item from when to when, in milliseconds from its beginning."""

    item_id: str
    start_ms: int
    end_ms: int


class _Columns(NamedTuple):
    """Spans as columns; ``items`` are numbers into an order of ids."""

    items: IntArray
    start_ms: IntArray
    end_ms: IntArray


def write(item_id: str, start_ms: int, end_ms: int) -> str:
    """Return the id of a span.

    Examples
    --------
    >>> write("episode:k3v9", 812_500, 846_000)
    'episode:k3v9#t=812.5,846'
    """
    return f"{item_id}#t={start_ms / 1000:.10g},{end_ms / 1000:.10g}"


def read(text: str) -> Span | None:
    """Return the span that an id means; ``None`` where it is none, or does not end after it begins.

    Examples
    --------
    >>> read("episode:k3v9#t=812.5,846")
    Span(item_id='episode:k3v9', start_ms=812500, end_ms=846000)
    """
    if (found := _SPAN.fullmatch(text)) is None:
        return None
    start_ms, end_ms = (round(1000 * float(seconds)) for seconds in found.groups()[1:])
    return Span(found[1], start_ms, end_ms) if start_ms < end_ms else None


def heard(run: Run, collection: Collection, over: Over) -> Heard:
    """Return what is heard by who plays a run of spans, judged by spans.

    Raises
    ------
    BadValue : an id of either is no span. NothingToJudge : no topic is left.
    """
    columns = _columns((*collection.items, *run.others))
    order, judged = best_first(run, collection), collection.judged
    ranked = run.ranked
    topics = np.asarray(ranked.topics, np.int64)[order]
    place = places_within(topics, len(collection.topics))  # ties are decided: the later id first
    return hear(
        _spans(columns, topics, ranked.items[order], -place.astype(np.float64)),
        _spans(columns, judged.topics, judged.items, np.asarray(judged.grades, np.float64)),
        over,
    )


def _columns(ids: Sequence[str]) -> _Columns:
    """Return ids as columns.

    Raises
    ------
    BadValue : one is no span.
    """
    spans = [read(each) for each in ids]
    wrong = [each for each, span in zip(ids, spans, strict=True) if span is None]
    if wrong:
        raise BadValue(
            f"this measure needs spans, and {len(wrong):,} of {len(ids):,} ids are none, such as {wrong[0]!r}; "
            f"a span is written {write('episode:k3v9', 812_500, 846_000)}, in seconds"
        )
    known = [span for span in spans if span is not None]
    numbers = {each: n for n, each in enumerate(sorted({span.item_id for span in known}))}
    return _Columns(
        np.array([numbers[span.item_id] for span in known], np.int64),
        np.array([span.start_ms for span in known], np.int64),
        np.array([span.end_ms for span in known], np.int64),
    )


def _spans(columns: _Columns, topics: IntArray, rows: IntArray, values: FloatArray) -> Spans:
    return Spans(
        topics,
        columns.items[rows],
        columns.start_ms[rows],
        columns.end_ms[rows],
        values,
    )

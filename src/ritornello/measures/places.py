"""Where does what was judged stand? Compiled loops over the rows of a run and of its judgements.

A row of a run is one number whose order is the ranking's: its score as a float32, mapped to an integer that sorts
alike, above its item. Only the places of judged items are worked out, by counting what stands above them: where few of
many are judged, nothing has to be sorted.
"""

import numpy as np
from numpy.typing import NDArray

from ritornello.measures.compiling import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

FEW = 64
ITEM_BITS = 32
ITEM_MASK = (1 << ITEM_BITS) - 1


@compiled
def keyed(
    topics: IntArray, items: IntArray, bits: NDArray[np.int32], number: IntArray, n_topics: int
) -> tuple[IntArray, IntArray]:
    """Return the rows of a run as sorting numbers, topic by topic: starts (n_topics + 1,) and keys.

    ``bits`` are the scores' float32 as int32. Rows of a topic whose ``number`` is below 0 are left out.
    """
    starts = np.zeros(n_topics + 1, np.int64)
    for topic in topics:
        if number[topic] >= 0:
            starts[number[topic] + 1] += 1
    starts = np.cumsum(starts)
    nexts, keys = starts[:-1].copy(), np.empty(starts[-1], np.int64)
    for row in range(len(topics)):
        place = number[topics[row]]
        if place >= 0:
            level = np.int64(bits[row])
            if level < 0:  # the bits of negative floats fall as they rise; −0 is 0
                level = -(level & 0x7FFFFFFF)
            keys[nexts[place]] = (level << ITEM_BITS) | items[row]
            nexts[place] += 1
    return starts, keys


@compiled
def grouped(
    topics: IntArray, items: IntArray, grades: FloatArray, number: IntArray, n_topics: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return judgements topic by topic: starts (n_topics + 1,), items and grades."""
    starts = np.zeros(n_topics + 1, np.int64)
    for topic in topics:
        if number[topic] >= 0:
            starts[number[topic] + 1] += 1
    starts = np.cumsum(starts)
    nexts = starts[:-1].copy()
    its_items, its_grades = np.empty(starts[-1], np.int64), np.empty(starts[-1], np.float64)
    for row in range(len(topics)):
        place = number[topics[row]]
        if place >= 0:
            its_items[nexts[place]] = items[row]
            its_grades[nexts[place]] = grades[row]
            nexts[place] += 1
    return starts, its_items, its_grades


@compiled
def hits(
    run_starts: IntArray,
    keys: IntArray,
    judged_starts: IntArray,
    judged_items: IntArray,
    n_items: int,
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return where judged items stand: starts (n_topics + 1,), places from 0, rows of the judgements, and what is twice.

    The last is ``(0, topic, item)`` of an item that a run holds twice, ``(1, topic, item)`` of one judged twice, or empty.
    """
    n_topics = len(run_starts) - 1
    starts = np.zeros(n_topics + 1, np.int64)
    found = np.empty(min(len(keys), len(judged_items)), np.int64)
    row_of, seen_by = np.full(n_items, -1, np.int64), np.full(n_items, -1, np.int64)
    n = 0
    for topic in range(n_topics):
        first = judged_starts[topic]
        for row in range(first, judged_starts[topic + 1]):
            if row_of[judged_items[row]] >= first:
                return starts, found, found, np.array([1, topic, judged_items[row]])
            row_of[judged_items[row]] = row
        its = keys[run_starts[topic] : run_starts[topic + 1]]
        begin = n
        for key in its:
            item = key & ITEM_MASK
            if seen_by[item] == topic:
                return starts, found, found, np.array([0, topic, item])
            seen_by[item] = topic
            if row_of[item] >= first:
                found[n] = key
                n += 1
        _to_places(its, found[begin:n], row_of)
        starts[topic + 1] = n
    rows = found[:n] & ITEM_MASK
    return starts, found[:n] >> ITEM_BITS, rows, np.empty(0, np.int64)


@compiled
def _to_places(keys: IntArray, found: IntArray, row_of: IntArray) -> None:
    """Replace keys by ``place << 32 | row of the judgement``, rising."""
    ordered = np.sort(keys) if len(found) > FEW else keys
    for each in range(len(found)):
        key, above = found[each], 0
        if len(found) > FEW:
            above = len(keys) - 1 - np.searchsorted(ordered, key)
        else:
            for other in keys:
                above += other > key
        found[each] = (above << ITEM_BITS) | row_of[key & ITEM_MASK]
    found.sort()


@compiled
def fall(starts: IntArray, values: FloatArray) -> None:
    """Sort the values of each topic in falling order, in place."""
    for topic in range(len(starts) - 1):
        its = values[starts[topic] : starts[topic + 1]]
        its.sort()
        its[:] = its[::-1].copy()

"""Spans as rows, and what measures of them are when every second is looked at by itself."""

import numpy as np
from hypothesis import strategies as st

from ritornello.measures.spans import Heard, hear
from ritornello.measures.timeline import Spans

MINUTES = st.integers(0, 6)


def spans(*rows) -> Spans:
    """Return rows of topic, item, start and end in seconds, and a value."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    topics, items, start, end = (column.astype(np.int64) for column in columns[:4])
    return Spans(topics, items, start * 1000, end * 1000, columns[4])


def ranking(*rows) -> Spans:
    """Return rows of item, start and end in seconds, the best first, for topic 0."""
    return spans(*((0, *row, -place) for place, row in enumerate(rows)))


def heard(ranked, judged) -> Heard:
    """Return what is heard of rows (item, start, end) for judged rows (item, start, end, grade)."""
    return hear(ranking(*ranked), spans(*((0, *row) for row in judged)), "judged")


@st.composite
def rows(draw, values, max_size=6):
    """Draw spans of up to two items within a minute, as rows of item, start, end and a value."""
    found = draw(
        st.lists(
            st.tuples(st.integers(0, 1), st.integers(0, 50), st.integers(1, 20), values),
            min_size=1,
            max_size=max_size,
        )
    )
    return [(item, start, start + lasts, value) for item, start, lasts, value in found]


def grades_of_seconds(judged):
    """Return the grade of every relevant second by (item, second)."""
    found = {}
    for item, start, end, grade in judged:
        for second in range(start, end):
            found[item, second] = max(found.get((item, second), 0), grade)
    return {second: grade for second, grade in found.items() if grade > 0}


def stretches(judged, rel=None):
    """Return what is relevant as sets of seconds with their grade; from ``rel`` up those that touch are one."""
    grades, found = grades_of_seconds(judged), []
    for (item, second), grade in sorted(grades.items()):
        if rel is not None and grade < rel:
            continue
        goes_on = found and (item, second - 1) in found[-1][0]
        if goes_on and (rel is not None or found[-1][1] == grade):
            found[-1] = (found[-1][0] | {(item, second)}, max(found[-1][1], grade))
        else:
            found.append(({(item, second)}, grade))
    return found


def listened(ranked):
    """Return of each entry all its seconds, and those that no earlier one held."""
    before, found = set(), []
    for item, start, end in ranked:
        its = {(item, second) for second in range(start, end)}
        found.append((its, its - before))
        before |= its
    return found

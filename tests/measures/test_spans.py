"""What is heard, second by second: what counts once, what is relevant, and what cannot be heard at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import NothingToJudge
from ritornello.measures.spans import hear
from ritornello.measures.timeline import Spans
from tests.measures.spans_by_hand import heard, listened, rows, spans, stretches

GRADES = st.sampled_from([-1, 0, 1, 1, 2, 3])


@given(rows(st.just(0)), rows(GRADES), st.sampled_from([1, 2]))
def test_every_second_counts_once_as_when_each_is_looked_at(ranked, judged, rel):
    entries = [row[:3] for row in ranked]
    found = heard(entries, judged)
    by_hand = listened(entries)
    assert found.new_ms.tolist() == [1000 * len(new) for _, new in by_hand]
    right = {second for its, _ in stretches(judged, rel) for second in its}
    assert found.relevant_ms(rel).tolist() == [1000 * len(new & right) for _, new in by_hand]


@given(rows(GRADES), st.sampled_from([None, 1, 2]))
def test_stretches_are_touching_seconds(judged, rel):
    found = heard([(0, 0, 1)], judged)
    its = found.stretches if rel is None else found.relevant(rel)
    told = list(zip(its.items, its.start_ms, its.end_ms, its.values, strict=True))
    by_hand = [
        (min(seconds)[0], 1000 * min(seconds)[1], 1000 * (max(seconds)[1] + 1), grade)
        for seconds, grade in stretches(judged, rel)
    ]
    assert told == by_hand


def test_topics_and_items_do_not_touch_each_other():
    ranked = spans((3, 0, 0, 9, 1), (3, 1, 0, 9, 0.5), (8, 0, 0, 9, 1))
    judged = spans((3, 1, 0, 5, 1), (8, 0, 5, 9, 2), (9, 0, 0, 1, 1))
    found = hear(ranked, judged)
    assert found.topics.tolist() == [3, 8]
    assert found.new_ms.tolist() == [9000, 9000, 9000]
    assert found.relevant_ms(1).tolist() == [0, 5000, 4000]
    assert hear(ranked, judged, "judged").topics.tolist() == [3, 8, 9]


def test_of_one_score_the_higher_item_and_then_the_later_start_stand_first():
    found = hear(spans((0, 1, 0, 9, 1), (0, 1, 4, 9, 1), (0, 2, 0, 9, 1)), spans((0, 0, 0, 9, 1)))
    assert found.entries.items.tolist() == [2, 1, 1]
    assert found.entries.start_ms.tolist() == [0, 4000, 0]


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ((0, 0, 5, 5, 1), "from 5000 to 5000 ms"),
        ((0, 0, 5, 4, 1), "from 5000 to 4000 ms"),
        ((0, 0, -1, 4, 1), "from -1000 to 4000 ms"),
        ((0, 0, 1, 4, np.nan), "no number as its score or grade"),
    ],
)
def test_what_is_no_span_is_said_in_words(row, because):
    with pytest.raises(BadValue, match=f"spans? of the run.*{because}"):
        hear(spans(row), spans((0, 0, 0, 9, 1)))
    with pytest.raises(BadValue, match=f"spans? of the judgements.*{because}"):
        hear(spans((0, 0, 0, 9, 1)), spans(row))


def test_columns_of_different_lengths_are_refused():
    one = np.zeros(1, int)
    with pytest.raises(BadValue, match="arrays of one length"):
        hear(Spans(one, one, one, np.ones(2, int), one), spans((0, 0, 0, 9, 1)))


def test_a_run_of_other_topics_judges_nothing():
    with pytest.raises(NothingToJudge, match="none is both"):
        hear(spans((1, 0, 0, 9, 1)), spans((0, 0, 0, 9, 1)))

"""Segments of two minutes: what TREC Podcasts would have counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse
from ritornello.measures.segments import graded
from tests.measures.spans_by_hand import heard

LAST = 9
SEGMENTS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, LAST)), min_size=1, max_size=12, unique=True
)


def two_minutes(item, minute):
    """Return a segment of an episode that ends half a minute into its last."""
    return item, 60 * minute, min(60 * minute + 120, 60 * LAST + 30)


@given(SEGMENTS, SEGMENTS, st.data())
def test_segments_are_judged_as_their_ids_would_be(run, known, data):
    grades = data.draw(st.lists(st.integers(0, 3), min_size=len(known), max_size=len(known)))
    found = heard(
        [two_minutes(*each) for each in run],
        [(*two_minutes(*each), grade) for each, grade in zip(known, grades, strict=True)],
    )

    def numbers(segments):
        return np.array([10 * item + minute for item, minute in segments])

    ranked = Ranked(np.zeros(len(run), int), numbers(run), -np.arange(len(run)))
    plain = match(ranked, Judged(np.zeros(len(known), int), numbers(known), np.array(grades)))
    for ours, theirs in (
        ("segment_nDCG", "nDCG"),
        ("segment_nDCG@3", "nDCG@3"),
        ("segment_nDCG(gain=exp)@5", "nDCG(gain=exp)@5"),
        ("segment_P@10", "P@10"),
        ("segment_P(rel=2)@5", "P(rel=2)@5"),
    ):
        assert parse(ours)(found) == pytest.approx(parse(theirs)(plain))


def test_an_entry_stands_for_the_last_segment_that_has_begun():
    found = graded(heard([(0, 119, 140), (0, 60, 70), (0, 125, 130)], [(0, 60, 180, 2)]))
    assert found.n_ranked.tolist() == [2]
    assert (found.places.tolist(), found.grades.tolist()) == ([0], [2])


@pytest.mark.parametrize(
    ("span", "segments"),
    [
        ((70, 80), [1]),
        ((110, 130), [1]),
        ((170, 235), [2]),
        ((50, 115), [0]),
        ((50, 145), [0, 1]),
        ((0, 10), [0]),
        ((0, 300), [0, 1, 2, 3]),
        ((0, 120), [0]),
    ],
)
def test_a_span_gives_its_grade_to_where_it_begins_and_what_it_mostly_fills(span, segments):
    for minute in range(6):
        found = graded(heard([two_minutes(0, minute)], [(0, *span, 1)]))
        assert len(found.places) == (minute in segments)
        assert len(found.ideal) == len(segments)


def test_a_segment_has_the_best_grade_it_is_given():
    found = graded(heard([(0, 60, 90)], [(0, 70, 80, 1), (0, 90, 95, 3)]))
    assert found.grades.tolist() == [3]

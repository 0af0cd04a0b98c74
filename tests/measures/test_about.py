"""Rows as lists and cells as tables: nothing is lost, and what does not fit is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.about import About, Entries, lists_of, mean_over, with_scores

ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 9), st.sampled_from([0.0, 0.5, 1.0])),
    unique_by=lambda row: row[:2],
)


@settings(max_examples=40)
@given(ROWS)
def test_lists_hold_every_row_once_in_trec_evals_order(rows) -> None:
    topics, items, scores = (
        np.array(column) for column in (zip(*rows, strict=True) if rows else ([], [], []))
    )
    found = lists_of(topics.astype(np.int64), items.astype(np.int64), scores.astype(float))
    expected = {
        topic: [item for _, item in sorted(((-s, -i), i) for t, i, s in rows if t == topic)]
        for topic in sorted({t for t, _, _ in rows})
    }
    assert found.topics.tolist() == list(expected)
    assert [[i for i in row if i >= 0] for row in found.items.tolist()] == list(expected.values())


def test_scores_are_compared_as_float32() -> None:
    scores = np.array([1.0, 1.0 + 1e-12])
    found, at = with_scores(np.zeros(2, np.int64), np.array([5, 3]), scores)
    assert found.items.tolist() == [[5, 3]]
    assert at.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    "entries",
    [
        Entries(np.array([2]), np.array([0]), np.ones(1)),
        Entries(np.array([0]), np.array([-1]), np.ones(1)),
        Entries(np.array([0]), np.array([0]), np.array([np.nan])),
        Entries(np.array([0]), np.array([0]), np.array([-1.0])),
    ],
)
def test_cells_that_cannot_be_meant_are_refused(entries: Entries) -> None:
    with pytest.raises(BadValue, match="1 of 1 entries"):
        entries.matrix(2, 2)


def test_a_mean_over_places_leaves_out_what_is_empty() -> None:
    items = np.array([[0, 1], [1, -1], [-1, -1]])
    found = mean_over(items, np.array([1.0, 3.0]))
    assert found.tolist()[:2] == [2.0, 3.0]
    assert np.isnan(found[2])


def test_a_grade_below_0_was_judged_and_is_not_right() -> None:
    grades = Entries(np.array([0, 0]), np.array([0, 1]), np.array([-1.0, 2.0]))
    assert About(n_topics=1, n_items=2, relevant=grades).right.toarray().tolist() == [[0.0, 2.0]]

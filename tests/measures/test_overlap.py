"""How much of a list stood on earlier ones: against sets, topic by topic."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ritornello.measures.about import About, Lists
from ritornello.measures.overlap import overlap

TABLES = arrays(np.int64, (4, 3), elements=st.integers(-1, 6))


@settings(max_examples=40)
@given(TABLES, TABLES, arrays(np.int64, 4, elements=st.integers(0, 4)))
def test_is_the_share_that_sets_hold(today, before, topics) -> None:
    lists, earlier = Lists(np.arange(4), today), Lists(topics, before)
    found = overlap(lists, About(n_topics=5, n_items=7, earlier=earlier))
    for topic, value in enumerate(found):
        here = [item for item in today[topic] if item >= 0]
        there = {item for row in before[topics == topic] for item in row if item >= 0}
        if topic not in topics or not here:
            assert np.isnan(value)
        else:
            assert value == sum(item in there for item in here) / len(here)


def test_only_the_first_places_of_both_count() -> None:
    lists, earlier = (
        Lists(np.zeros(1, int), np.array([[1, 2]])),
        Lists(np.zeros(1, int), np.array([[2, 1]])),
    )
    about = About(n_topics=1, n_items=3, earlier=earlier)
    assert overlap(lists, about, k=1).tolist() == [0.0]
    assert overlap(lists, about, k=2).tolist() == [1.0]

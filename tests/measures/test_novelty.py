"""What is new to the crowd, to the listener, and beside what was to be expected."""

import numpy as np
import pytest

from ritornello.measures import novelty
from ritornello.measures.about import About, Entries, Lists

LISTS = Lists(np.array([0, 1]), np.array([[0, 1, 2], [3, 0, -1]]))
ABOUT = About(
    n_topics=2,
    n_items=4,
    popularity=np.array([8.0, 4.0, 1.0, 0.0]),
    n_listeners=8,
    histories=Entries(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([5.0, 0.0, 2.0])),
    relevant=Entries(np.array([0, 0, 1]), np.array([0, 2, 3]), np.array([1.0, 2.0, 1.0])),
    expected=Lists(np.array([0, 1]), np.array([[2, 0], [1, 3]])),
)


def test_novelty_is_bits_and_who_nobody_heard_counts_as_heard_by_one() -> None:
    assert novelty.novelty(LISTS, ABOUT).tolist() == pytest.approx([(0 + 1 + 3) / 3, (3 + 0) / 2])
    assert novelty.novelty(LISTS, ABOUT, k=1).tolist() == pytest.approx([0.0, 3.0])


def test_new_is_what_was_not_heard_and_no_play_is_no_hearing() -> None:
    assert novelty.new(LISTS, ABOUT).tolist() == pytest.approx([2 / 3, 1.0])


def test_unexpected_is_what_the_same_places_of_the_expected_do_not_hold() -> None:
    assert novelty.unexpectedness(LISTS, ABOUT).tolist() == pytest.approx([1 / 3, 1 / 2])
    assert novelty.unexpectedness(LISTS, ABOUT, k=1).tolist() == [1.0, 1.0]


def test_surprise_is_right_and_unexpected() -> None:
    assert novelty.surprise(LISTS, ABOUT).tolist() == [0.0, 0.0]
    assert novelty.surprise(LISTS, ABOUT, k=1).tolist() == [1.0, 1.0]


def test_serendipity_by_hand() -> None:
    """Popularities 8, 4, 1 stand at 1, 2, 3 of 4 items, so p(i) = 1, 3/4, 1/2; 0 for what nobody had heard."""
    assert novelty.serendipity(LISTS, ABOUT).tolist() == pytest.approx([0.0, 1.0 / 2])
    assert novelty.serendipity(LISTS, ABOUT, k=1).tolist() == pytest.approx([0.0, 1.0])


def test_a_topic_without_history_knows_nothing() -> None:
    stranger = Lists(np.array([1]), np.array([[0, 1, 3]]))
    assert novelty.new(stranger, ABOUT).tolist() == [1.0]

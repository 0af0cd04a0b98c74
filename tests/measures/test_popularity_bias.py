"""Popularity shown against popularity heard: by listener and by group."""

import numpy as np
import pytest

from ritornello.measures import popularity_bias
from ritornello.measures.about import About, Entries, Lists

ABOUT = About(
    n_topics=3,
    n_items=3,
    popularity=np.array([10.0, 4.0, 1.0]),
    histories=Entries(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([9.0, 1.0, 3.0])),
)
LISTS = Lists(np.arange(3), np.array([[0, -1], [0, 1], [0, 1]]))


def test_plays_do_not_weigh_only_what_was_heard() -> None:
    """The first heard items of popularity 4 and 1, the second one of 1; the third heard nothing."""
    found = popularity_bias.lift(LISTS, ABOUT)
    assert found[:2].tolist() == pytest.approx([(10 - 2.5) / 2.5, (7 - 1) / 1])
    assert np.isnan(found[2])


def test_the_groups_lift_is_of_means_and_leaves_out_who_heard_nothing() -> None:
    gap_p, gap_r = (2.5 + 1) / 2, (10 + 7) / 2
    assert popularity_bias.delta_gap(LISTS, ABOUT).tolist() == pytest.approx(
        [(gap_r - gap_p) / gap_p]
    )


def test_lists_like_the_history_lift_nothing() -> None:
    same = Lists(np.arange(2), np.array([[1, 2], [2, -1]]))
    assert popularity_bias.lift(same, ABOUT).tolist() == [0.0, 0.0]
    assert popularity_bias.delta_gap(same, ABOUT).tolist() == [0.0]


def test_a_group_that_heard_nothing_has_no_lift() -> None:
    assert np.isnan(popularity_bias.delta_gap(Lists(np.array([2]), np.array([[0]])), ABOUT)).all()

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ritornello.explain.deletion import lost, reasons_by_loss, share_lost, without
from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.ease import EaseConfig, train_ease
from ritornello.models.popularity import PopularityConfig, train_popularity
from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.testing.scorers import N_ITEMS, checkerboard, some_tastes
from ritornello.testing.tastes import taste

COLUMNS = np.array([0, 5, 7, 8, 39], dtype=np.int32)
ADDITIVE = {
    "cooccurrence": lambda world: train_cooccurrence(world, CooccurrenceConfig()),
    "ease of items": lambda world: train_ease(world, EaseConfig(most_listeners=0)),
    "ease of listeners": lambda world: train_ease(world, EaseConfig()),
    "popularity": lambda world: train_popularity(world, PopularityConfig()),
    "repeat": lambda world: RepeatScorer(RepeatConfig(), N_ITEMS),
}


@pytest.mark.parametrize("name", ADDITIVE)
def test_what_an_additive_scorer_loses_is_what_it_says_was_contributed(name):
    scorer = ADDITIVE[name](checkerboard())
    for what, each in some_tastes().items():
        parts = scorer.contributions(each, COLUMNS)
        gone = lost(scorer.score, each, COLUMNS.tolist())
        # a loss is the difference of two scores in single precision: no nearer than their last places
        scale = max(np.abs(parts).max(), np.abs(scorer.score(each)).max(), 1e-12)
        np.testing.assert_allclose(gone, parts, atol=2e-6 * scale, err_msg=what)


def test_what_does_not_add_up_is_shared_out_by_leaving_out():
    """A score that needs two items together loses all of itself with either."""

    def both(each):
        return np.full(3, float({3, 4} <= set(each.columns.tolist())), dtype=np.float32)

    parts = lost(both, taste([3, 4, 7]), [0])
    assert parts.tolist() == [[1.0, 1.0, 0.0, -1.0]]


def test_rows_sum_to_the_score():
    def bent(each):
        return np.sqrt(each.n_plays.sum(), dtype=np.float32) * np.ones(2, dtype=np.float32)

    history = taste([1, 2, 3], n_plays=[4, 9, 2])
    assert lost(bent, history, [0, 1]).sum(axis=1) == pytest.approx(bent(history))


def test_without_leaves_out_the_item_its_plays_and_nothing_else():
    history = taste([1, 2, 3], n_plays=[4, 9, 2], recent=[(2, 10.0), (3, 20.0)])
    left = without(history, {2})
    assert left.columns.tolist() == [1, 3]
    assert left.n_plays.tolist() == [4, 2]
    assert left.recent_columns.tolist() == [3]
    assert left.recent_age_s.tolist() == [20.0]
    assert without(history, set()).columns.tolist() == [1, 2, 3]


scores = arrays(np.float64, 4, elements=st.floats(-1e6, 1e6))


@given(scores, scores)
def test_shares_lie_between_nothing_and_everything(whole, left):
    found = share_lost(whole, left)
    assert ((found >= 0) & (found <= 1)).all()
    assert (found[whole <= 0] == 0).all()


def test_reasons_by_loss_are_two_parts_of_one_whole_the_larger_first():
    one, other, none = reasons_by_loss(
        [4.0, 4.0, 4.0], [1.0, 3.0, 4.0], "popular_near_you", "popular"
    )
    assert [(r.kind, r.share) for r in one] == [("popular_near_you", 0.75), ("popular", 0.25)]
    assert [(r.kind, r.share) for r in other] == [("popular", 0.75), ("popular_near_you", 0.25)]
    assert [(r.kind, r.share) for r in none] == [("popular", 1.0)]

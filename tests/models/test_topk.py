"""The best of many at once: the same lists as ranking all scores, and as the peer's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ritornello.measures.ranking import best
from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.topk import (
    LEAST_BUFFER,
    N_COLUMNS,
    N_QUERIES,
    N_TASTES,
    NOTHING,
    histories,
    top_of_factors,
    top_of_scores,
    top_of_tastes,
)
from ritornello.testing.scorers import checkerboard, some_tastes

FEW = st.sampled_from([-np.inf, -1.0, -0.0, 0.0, 0.5, 0.5000001, 2.0, 3e38])


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 90)), elements=FEW),
    st.integers(1, 95),
    st.integers(0, 2**31),
)
def test_any_scores_rank_as_sorting_them_all_does(scores, n, seed):
    chance = np.random.default_rng(seed)
    barred, allowed = chance.random((2, *scores.shape)) < 0.3
    ranked = np.where(barred | ~allowed, -np.inf, scores)
    top = top_of_scores(scores, n, excluded=csr_matrix(barred), allowed=allowed)
    assert np.array_equal(top.columns, best(ranked, n))
    listed = top.columns != NOTHING
    taken = np.take_along_axis(ranked, np.maximum(top.columns, 0), axis=1)
    assert np.array_equal(top.scores[listed], taken[listed].astype(np.float32))
    assert np.isneginf(top.scores[~listed]).all()


@pytest.mark.parametrize("n", [1, 100, LEAST_BUFFER, 2000])
@pytest.mark.parametrize("rises", [-1, 0, 1])
def test_long_rows_that_rise_fall_or_neither(n, rises):
    chance = np.random.default_rng(n)
    scores = chance.integers(0, 4000, (4, 12_000)) + rises * np.arange(12_000)
    scores = scores.astype(np.float32)
    assert np.array_equal(top_of_scores(scores, n).columns, best(scores, n))


def test_nan_is_never_listed():
    scores = np.array([[np.nan, 1.0, -np.inf, np.nan, 2.0]], dtype=np.float32)
    assert top_of_scores(scores, 5).columns.tolist() == [[4, 1, -1, -1, -1]]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_products_rank_as_implicits_do(n_threads):
    chance = np.random.default_rng(3)
    n_queries, n_items = N_QUERIES + 7, N_COLUMNS + 99
    queries = chance.normal(size=(n_queries, 16)).astype(np.float32)
    factors = chance.normal(size=(n_items, 16)).astype(np.float32)
    heard = csr_matrix(chance.random((n_queries, n_items)) < 0.01, dtype=np.float32)
    top = top_of_factors(queries, factors, 50, excluded=heard, n_threads=n_threads)
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(factors=16, num_threads=1)
        peer.user_factors, peer.item_factors = queries, factors
        theirs, scores = peer.recommend(
            np.arange(n_queries), heard, N=50, filter_already_liked_items=True
        )
    assert np.array_equal(top.columns, theirs)
    assert np.allclose(top.scores, scores, rtol=1e-4)


@pytest.mark.parametrize("share_of_nothing", [0.0, 0.97])
def test_short_factors_are_left_out_only_where_they_cannot_be_listed(share_of_nothing):
    """Lengths that fall steeply end the search early; items of length 0 tie, the lower one first."""
    chance = np.random.default_rng(9)
    n_items = 3 * N_COLUMNS + 5
    lengths = chance.gamma(0.2, size=n_items) * (chance.random(n_items) >= share_of_nothing)
    factors = (chance.normal(size=(n_items, 8)) * lengths[:, None]).astype(np.float32)
    queries = chance.normal(size=(40, 8)).astype(np.float32)
    queries[3] = 0
    barred = csr_matrix(chance.random((40, n_items)) < 0.3)
    wanted = best(np.where(barred.toarray(), -np.inf, queries @ factors.T), 150)
    assert np.array_equal(top_of_factors(queries, factors, 150, excluded=barred).columns, wanted)


def test_one_mask_for_all_and_one_each():
    chance = np.random.default_rng(4)
    queries, factors = (chance.normal(size=(n, 8)).astype(np.float32) for n in (300, 400))
    masks = chance.random((300, 400)) < 0.5
    scores = queries @ factors.T
    one = top_of_factors(queries, factors, 20, allowed=masks[0])
    assert np.array_equal(one.columns, best(np.where(masks[0], scores, -np.inf), 20))
    each = top_of_factors(queries, factors, 20, allowed=masks)
    assert np.array_equal(each.columns, best(np.where(masks, scores, -np.inf), 20))


def test_tastes_rank_as_their_batch_does():
    world = checkerboard(N_TASTES + 3)
    scorer = train_cooccurrence(world, CooccurrenceConfig())
    tastes = [*world.tastes(), *some_tastes().values()]
    heard = histories(tastes, scorer.n_items)
    top = top_of_tastes(scorer, tastes, 9, excluded=heard)
    scores = scorer.score_batch(tastes)
    scores[heard.toarray()] = -np.inf
    assert np.array_equal(top.columns, best(scores, 9))


def test_nobody_and_nothing():
    scorer = train_cooccurrence(checkerboard(), CooccurrenceConfig())
    assert top_of_tastes(scorer, [], 5).columns.shape == (0, 5)
    none = np.empty((0, 4), dtype=np.float32)
    assert top_of_factors(none, np.zeros((7, 4), dtype=np.float32), 5).columns.shape == (0, 5)
    assert top_of_factors(np.ones((2, 4), dtype=np.float32), none, 5).columns.shape == (2, 0)
    assert histories([], 4).shape == (0, 4)

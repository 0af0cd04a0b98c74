"""EASE from both sides, against the closed form by a plain inverse."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.models.ease import EaseConfig, EaseOfItems, EaseOfListeners, train_ease
from ritornello.models.evidence import EvidenceConfig, evidence_of_all, evidence_of_many
from ritornello.models.gram import forms, gram, inverse
from ritornello.models.interactions import Pairs, gather
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.tastes import taste

CONFIG = EaseConfig(regularization=5.0, dropout=0.0, evidence=EvidenceConfig(log_weight=0.3))


def world(seed, n_listeners, n_items, share=0.2):
    """A world with popular items, played more or less often, some skipped, some loved."""
    chance = np.random.default_rng(seed)
    odds = np.clip(share * 2 * np.linspace(1, 0.1, n_items), 0, 1)
    rows, columns = np.nonzero(chance.random((n_listeners, n_items)) < odds)
    return gather(
        tuple(f"listener-{row}" for row in range(n_listeners)),
        Vocabulary(tuple(f"track:{column:03d}" for column in range(n_items))),
        Pairs(
            rows,
            columns,
            n_plays=chance.integers(0, 30, len(rows)),
            n_skips=chance.integers(0, 3, len(rows)),
            loved=chance.random(len(rows)) < 0.1,
        ),
    )


def of_items(interactions, config):
    return train_ease(interactions, msgspec.structs.replace(config, most_listeners=0))


def of_listeners(interactions, config):
    return train_ease(interactions, msgspec.structs.replace(config, most_listeners=10_000))


def by_the_book(interactions, config):
    """Return B by a plain float64 inverse; column i is divided by the i-th of the diagonal."""
    values = np.maximum(evidence_of_all(interactions, config.evidence), 0)
    X = interactions.matrix(values).toarray().astype(np.float64)
    G = X.T @ X
    P = np.linalg.inv(G + np.diag(config.regularization + config.dropout * np.diag(G)))
    B = np.empty_like(P)
    for i in range(len(P)):
        B[:, i] = -P[:, i] / P[i, i]
        B[i, i] = 0
    return B


def close(found, wanted):
    return np.abs(found - wanted).max() <= 1e-4 * max(np.abs(wanted).max(), 1.0)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(0, 60),
    st.sampled_from([0.5, 5.0, 500.0]),
    st.sampled_from([0.0, 0.7]),
)
def test_both_sides_score_any_taste_as_the_book_does(seed, n_listeners, more, penalty, dropout):
    interactions = world(seed, n_listeners, n_listeners + more)
    config = msgspec.structs.replace(CONFIG, regularization=penalty, dropout=dropout)
    items, listeners = of_items(interactions, config), of_listeners(interactions, config)
    assert isinstance(items, EaseOfItems)
    assert isinstance(listeners, EaseOfListeners)
    strangers = [
        taste([0]),
        taste(list(range(interactions.n_items))[::3], n_plays=[0.0], n_skips=4),
    ]
    tastes = [*interactions.tastes(), *strangers]
    histories = evidence_of_many(tastes, interactions.n_items, config.evidence)
    wanted = histories @ by_the_book(interactions, config)
    for scorer in (items, listeners):
        assert close(scorer.score_batch(tastes), wanted)
        assert close(np.stack([scorer.score(each) for each in tastes]), wanted)


def test_each_column_is_divided_by_its_own_diagonal():
    interactions = world(1, 50, 20)
    wanted = by_the_book(interactions, CONFIG)
    weights = of_items(interactions, CONFIG).weights
    assert close(weights, wanted)
    assert not close(weights.T, wanted)
    assert not np.diag(weights).any()


@pytest.mark.parametrize("train", [of_items, of_listeners])
def test_contributions_are_the_weights_times_the_evidence(train):
    interactions = world(2, 20, 30)
    history = taste([3, 0, 11], n_plays=[1, 9, 0], n_skips=[0, 0, 3])
    columns = np.array([0, 4, 29, 3], dtype=np.int32)
    found = train(interactions, CONFIG).contributions(history, columns)
    values = evidence_of_many([history], 30, CONFIG.evidence).data
    wanted = by_the_book(interactions, CONFIG)[np.ix_(history.columns, columns)].T * values
    assert close(found[:, :-1], wanted)
    assert not found[:, -1].any()
    assert found[0, 1] == found[3, 0] == 0


def test_the_smaller_side_is_solved_and_where_both_are_large_the_most_heard():
    few, many = world(3, 20, 30), world(3, 40, 30)
    assert isinstance(train_ease(few, CONFIG), EaseOfListeners)
    assert isinstance(train_ease(many, CONFIG), EaseOfItems)
    few_items = msgspec.structs.replace(CONFIG, most_items=8)
    assert isinstance(train_ease(many, few_items), EaseOfListeners)
    small = msgspec.structs.replace(CONFIG, most_listeners=10, most_items=8)
    head = train_ease(few, small)
    n_heard = np.bincount(few.columns[few.n_plays + few.loved > 0], minlength=30)
    assert len(head.covered) == 8
    assert n_heard[head.covered].min() >= np.delete(n_heard, head.covered).max() - 2
    history = taste([int(head.covered[0]), int(head.covered[3]), 29])
    scores = head.score(history)
    assert np.count_nonzero(np.delete(scores, head.covered)) == 0
    assert np.allclose(head.score_batch([history])[0], scores, atol=1e-6)
    assert np.allclose(
        head.contributions(history, np.arange(30, dtype=np.int32)).sum(axis=1), scores, atol=1e-6
    )


@pytest.mark.parametrize("n_listeners", [0, 1])
def test_a_world_of_nobody_scores_nothing(n_listeners):
    listeners = tuple(f"listener-{row}" for row in range(n_listeners))
    empty = gather(listeners, Vocabulary(("track:a", "track:b")), Pairs([], [], []))
    for train in (of_items, of_listeners):
        assert not train(empty, CONFIG).score(taste([1])).any()


def test_products_and_forms_are_those_of_the_dense_matrix():
    matrix = world(5, 40, 25).matrix(world(5, 40, 25).n_plays)
    dense = matrix.toarray().astype(np.float64)
    assert np.allclose(gram(matrix), np.triu(dense.T @ dense))
    symmetric = (dense @ dense.T).astype(np.float32)
    wanted = np.einsum("ui,uv,vi->i", dense, symmetric, dense)
    assert np.allclose(forms(matrix.T.tocsr(), symmetric), wanted, rtol=1e-5)


def test_the_inverse_is_whole_and_refuses_what_has_none():
    found = inverse(np.triu(np.array([[2, 1, 0], [1, 3, 1], [0, 1, 4]], dtype=np.float32)))
    wanted = np.linalg.inv(np.array([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]]))
    assert np.allclose(found, wanted, atol=1e-6)
    with pytest.raises(BadValue, match="regularization"):
        inverse(np.zeros((3, 3), dtype=np.float32))
    assert inverse(np.empty((0, 0), dtype=np.float32)).shape == (0, 0)

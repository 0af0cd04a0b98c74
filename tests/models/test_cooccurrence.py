"""Item neighbours, against the dense formula and against implicit."""

import numpy as np
import pytest
from implicit.nearest_neighbours import CosineRecommender
from scipy.sparse import csr_matrix

from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.evidence import EvidenceConfig, evidence_of_all
from ritornello.models.interactions import Pairs, gather
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.tastes import taste


def world(n_listeners=30, n_items=15, seed=0):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.5, size=(n_listeners, n_items))
    rows, columns = counts.nonzero()
    listeners = tuple(f"listener-{row}" for row in range(n_listeners))
    items = Vocabulary.of(f"track:{column:02d}" for column in range(n_items))
    return gather(listeners, items, Pairs(rows, columns, counts[rows, columns]))


def dense_similarity(interactions, config):
    w = interactions.matrix(evidence_of_all(interactions, config.evidence)).toarray().astype(float)
    lengths = (w > 0).sum(axis=1, keepdims=True)
    nu = np.where(lengths > 0, np.maximum(lengths, 1.0) ** -config.listener_exponent, 0)
    n = (nu * w**2).sum(axis=0)
    s = (w.T @ (nu * w)) / np.outer(n**config.source_exponent, n**config.target_exponent)
    np.fill_diagonal(s, 0)
    return s


@pytest.mark.parametrize("exponents", [(0.5, 0.5, 0.0), (0.8, 0.2, 1.0), (0.0, 0.7, 0.4)])
def test_similarities_are_those_of_the_formula(exponents):
    interactions = world()
    config = CooccurrenceConfig(15, *exponents)
    found = train_cooccurrence(interactions, config).neighbours.toarray()
    assert np.allclose(found, dense_similarity(interactions, config), rtol=1e-5, atol=1e-7)


def test_the_strongest_targets_of_each_source_are_kept():
    interactions = world()
    config = CooccurrenceConfig(4, 0.3, 0.6, 0.5)
    found = train_cooccurrence(interactions, config).neighbours
    wanted = np.sort(dense_similarity(interactions, config), axis=1)[:, -4:]
    assert (np.diff(found.indptr) <= 4).all()
    for source, row in enumerate(wanted):
        assert np.allclose(np.sort(found[source].data), row[row > 0], rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Method expects CSR")  # implicit converts its own matrix
def test_equal_exponents_are_implicits_cosine():
    interactions = world(seed=3)
    even = EvidenceConfig(log_weight=0.7)
    ours = train_cooccurrence(interactions, CooccurrenceConfig(20, 0.5, 0.5, 0.0, even))
    peer = CosineRecommender(K=20, num_threads=1)
    peer.fit(csr_matrix(interactions.matrix(evidence_of_all(interactions, even))), False)
    theirs = peer.similarity.toarray()
    np.fill_diagonal(theirs, 0)
    assert np.allclose(ours.neighbours.toarray(), theirs, rtol=1e-5, atol=1e-7)


def test_a_score_adds_up_the_neighbours_of_the_history():
    scorer = train_cooccurrence(world(), CooccurrenceConfig(evidence=EvidenceConfig(log_weight=1)))
    similarity = scorer.neighbours.toarray()
    found = scorer.score(taste([2, 9], n_plays=[1, np.e]))
    assert np.allclose(found, similarity[2] + 2 * similarity[9], rtol=1e-5)


def test_what_was_only_skipped_speaks_against_its_neighbours():
    scorer = train_cooccurrence(world(), CooccurrenceConfig())
    assert (scorer.score(taste([2], n_plays=0, n_skips=3)) <= 0).all()


def test_an_item_nobody_played_has_no_neighbours():
    items = Vocabulary.of(["track:a", "track:b", "track:c"])
    interactions = gather(("listener-1",), items, Pairs([0, 0, 0], [0, 1, 2], [2, 5, 0]))
    found = train_cooccurrence(interactions, CooccurrenceConfig()).neighbours
    assert found.toarray()[2].tolist() == [0, 0, 0]
    assert found.toarray()[:, 2].tolist() == [0, 0, 0]

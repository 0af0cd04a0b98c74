"""The weighted sum, and weights found on what was hidden."""

import numpy as np
from scipy.sparse import csr_matrix

from ritornello.measures.ranking import best, of_ranking
from ritornello.measures.relevance import ndcg
from ritornello.models.blend import Blend, even_weights, fit_weights
from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.testing.scorers import checkerboard
from ritornello.testing.tastes import taste

K = 10


def signals(seed, n=200, n_items=60):
    """Two noisy views of what is relevant, and one that is noise alone."""
    rng = np.random.default_rng(seed)
    truth = rng.random((n, n_items)) < 0.08
    truth[:, 0] |= ~truth.any(axis=1)
    views = [truth + rng.normal(scale=scale, size=truth.shape) for scale in (0.8, 0.6, 30.0)]
    views[2] -= views[2].min()
    return [view.astype(np.float32) for view in views], csr_matrix(truth.astype(float))


def quality(scores, weights, relevant):
    total = sum(w * part for w, part in zip(weights, scores, strict=True))
    return ndcg(of_ranking(best(total, K), relevant), K).mean()


def test_it_adds_up_its_parts():
    parts = (
        train_cooccurrence(checkerboard(), CooccurrenceConfig()),
        RepeatScorer(RepeatConfig(), 40),
    )
    history = taste([0, 2, 5])
    wanted = 2.0 * parts[0].score(history) + 0.5 * parts[1].score(history)
    assert np.allclose(Blend(parts, (2.0, 0.5)).score(history), wanted, rtol=1e-6)


def test_what_complements_is_weighed_in_and_noise_hardly():
    scores, relevant = signals(1)
    weights = fit_weights(scores, relevant, k=K)
    assert weights[0] > 0
    assert weights[1] > 0
    assert weights[2] < 0.11 * even_weights(scores)[2]
    fresh, fresh_relevant = signals(2)
    alone = max(quality([part], [1.0], fresh_relevant) for part in fresh)
    assert quality(fresh, weights, fresh_relevant) > alone + 0.02


def test_what_is_masked_is_not_ranked():
    scores = [np.array([[3.0, 1.0, 2.0]] * 4, dtype=np.float32), np.zeros((4, 3), np.float32)]
    scores[1][:, 1] = 1.0
    relevant = csr_matrix(np.array([[0.0, 1.0, 0.0]] * 4))
    masked = np.array([[True, False, False]] * 4)
    weights = fit_weights(scores, relevant, masked=masked, k=1)
    assert weights[1] * 1.0 + weights[0] * 1.0 > weights[0] * 2.0


def test_the_first_scorer_stays_even_where_another_is_all_that_counts():
    scores, relevant = signals(3)
    weights = fit_weights([scores[2], scores[1]], relevant, k=K)
    assert weights[0] > 0
    assert weights[1] / weights[0] > even_weights(scores[1:2])[0] / even_weights(scores[2:])[0]


def test_a_scorer_without_an_opinion_divides_nothing_by_zero():
    scores = [np.ones((3, 4), np.float32), np.zeros((3, 4), np.float32)]
    assert np.isfinite(fit_weights(scores, csr_matrix(np.eye(3, 4)), k=2)).all()

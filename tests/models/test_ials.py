"""Latent factors: the fold-in against implicit's own and against the loss it minimises."""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from ritornello.models.evidence import EvidenceConfig, evidence
from ritornello.models.ials import IalsConfig, scorer_of, train_ials
from ritornello.testing.scorers import checkerboard
from ritornello.testing.tastes import taste

CONFIG = IalsConfig(n_factors=6, alpha=4.0, regularization=2.0)
FACTORS = np.random.default_rng(8).normal(size=(20, 6)).astype(np.float32)
HISTORY = taste([1, 5, 6, 17], n_plays=[1, 30, 0, 2], n_skips=[0, 0, 4, 0])


def confidences():
    found = np.zeros(20)
    found[HISTORY.columns] = CONFIG.alpha * evidence(HISTORY, CONFIG.evidence)
    return found


def test_the_fold_in_minimises_the_weighted_loss():
    c = confidences()
    weight, target = np.where(c != 0, np.abs(c), 1.0), (c > 0).astype(float)

    def loss(x):
        return (weight * (target - FACTORS @ x) ** 2).sum() + CONFIG.regularization * (x @ x)

    wanted = minimize(loss, np.zeros(6), tol=1e-10).x
    assert np.allclose(scorer_of(CONFIG, FACTORS).fold_in(HISTORY), wanted, atol=1e-4)


def test_the_fold_in_is_implicits():
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(factors=6, regularization=2.0, num_threads=1)
        peer.item_factors = FACTORS
        theirs = peer.recalculate_user(0, csr_matrix(confidences()[None, :]))
    assert np.allclose(scorer_of(CONFIG, FACTORS).fold_in(HISTORY), theirs, rtol=1e-3, atol=1e-5)


def test_training_reports_its_progress_and_depends_on_the_generator():
    told = []
    config = IalsConfig(n_factors=4, n_rounds=4)
    a, b, c = (
        train_ials(checkerboard(), config, np.random.default_rng(seed), progress=told.append)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(a.factors, b.factors)
    assert not np.array_equal(a.factors, c.factors)
    assert told == [0.25, 0.5, 0.75, 1.0] * 3


def test_more_threads_change_nothing():
    world = checkerboard()
    a, b = (
        train_ials(world, IalsConfig(n_factors=4), np.random.default_rng(1), n_threads=n).factors
        for n in (1, 2)
    )
    assert np.allclose(a, b, atol=1e-6)


def test_what_is_skipped_again_and_again_sinks():
    scorer = train_ials(checkerboard(), CONFIG, np.random.default_rng(0))
    played = scorer.score(taste([0, 2, 4]))
    skipped = scorer.score(taste([0, 2, 4, 6], n_plays=[1, 1, 1, 0], n_skips=[0, 0, 0, 20]))
    assert skipped[6] < played[6]


def test_stronger_evidence_pulls_harder():
    config = IalsConfig(n_factors=6, evidence=EvidenceConfig(log_weight=1.0))
    scorer = train_ials(checkerboard(), config, np.random.default_rng(0))
    assert scorer.score(taste([0], n_plays=50))[2] > scorer.score(taste([0], n_plays=1))[2]

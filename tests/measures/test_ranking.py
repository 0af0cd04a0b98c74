"""Rankings and their measures, against trec_eval's values and against their definitions."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from ritornello.measures.ranking import NOTHING, best, gains, hit, ndcg, recall

SMALL_SCORES = arrays(np.float64, (4, 9), elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]))
RELEVANT = arrays(np.float64, (4, 9), elements=st.sampled_from([-1.0, 0.0, 0.0, 1.0, 3.0]))


@given(SMALL_SCORES, st.integers(1, 12))
def test_best_is_a_stable_sort_cut_off(scores, k):
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    wanted = np.where(np.isneginf(np.take_along_axis(scores, order, axis=1)), NOTHING, order)
    assert np.array_equal(best(scores, k), wanted)


def test_best_gives_ties_to_the_lower_column_however_many():
    assert best(np.zeros((2, 1000)), 3).tolist() == [[0, 1, 2], [0, 1, 2]]


@given(SMALL_SCORES, RELEVANT, st.integers(1, 12))
def test_measures_follow_their_definitions(scores, relevant, k):
    ranking = best(scores, k)
    found = csr_matrix(relevant)
    for row, (ranked, gain) in enumerate(zip(ranking, np.maximum(relevant, 0), strict=True)):
        met = [gain[column] if column != NOTHING else 0.0 for column in ranked]
        assert gains(ranking, found)[row].tolist() == met
        dcg = sum(g / np.log2(place + 2) for place, g in enumerate(met))
        ideal = sum(g / np.log2(place + 2) for place, g in enumerate(sorted(gain)[::-1][:k]))
        assert ndcg(ranking, found, k)[row] == pytest.approx(dcg / ideal if ideal else 0.0)
        n_relevant, n_hits = (gain > 0).sum(), sum(g > 0 for g in met)
        wanted = n_hits / n_relevant if n_relevant else 0.0
        assert recall(ranking, found, k)[row] == pytest.approx(wanted)
        assert hit(ranking, found, k)[row] == float(n_hits > 0)


@given(RELEVANT, st.integers(1, 12))
def test_ranking_by_the_gains_themselves_is_perfect(relevant, k):
    found = csr_matrix(relevant)
    reached = ndcg(best(relevant, k), found, k)
    assert np.allclose(reached, (relevant > 0).any(axis=1))


def test_a_shorter_catalogue_gives_a_shorter_ranking():
    relevant = csr_matrix(np.array([[0.0, 1.0]]))
    assert ndcg(best(np.array([[1.0, 2.0]]), 10), relevant, 10).tolist() == [1.0]


def topics(folder):
    """The graded collection with a column a document, the highest document id first.

    trec_eval gives ties to the higher id, we to the lower column.
    """
    qrels = [line.split() for line in (folder / "qrels.txt").read_text().splitlines()]
    run = [line.split() for line in (folder / "run.txt").read_text().splitlines()]
    documents = sorted({line[2] for line in qrels + run}, reverse=True)
    names = sorted({line[0] for line in qrels} & {line[0] for line in run})
    relevant = np.zeros((len(names), len(documents)))
    scores = np.full((len(names), len(documents)), -np.inf)
    for topic, _, document, grade in qrels:
        if topic in names:
            relevant[names.index(topic), documents.index(document)] = float(grade)
    for topic, _, document, _, score, _ in run:
        if topic in names:
            scores[names.index(topic), documents.index(document)] = float(score)
    return names, scores, relevant


CUTS = (5, 10, 20, 100)


@pytest.mark.data
def test_equal_to_trec_eval_on_graded_topics_with_ties(shared):
    folder = shared / "oracles/ir/graded"
    oracle = json.loads((folder / "pytrec_eval.json").read_text())["rel1"]["per_query"]
    names, scores, relevant = topics(folder)
    found = csr_matrix(relevant)
    ranking = best(scores, max(CUTS))
    assert len(names) == 29
    for k in CUTS:
        for measure, key in ((ndcg, "ndcg_cut"), (recall, "recall"), (hit, "success")):
            wanted = [oracle[name].get(f"{key}_{k}") for name in names]
            if None not in wanted:
                assert measure(ranking, found, k) == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert all(f"ndcg_cut_{k}" in oracle["q01"] and f"recall_{k}" in oracle["q01"] for k in CUTS)

"""Rankings of columns, and what of them is right: against a sort, and against the run that says the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.ranking import NOTHING, best, of_ranking
from ritornello.measures.relevance import ndcg

SCORES = arrays(np.float64, (4, 9), elements=st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]))
RELEVANT = arrays(np.float64, (4, 9), elements=st.sampled_from([-1.0, 0.0, 0.0, 0.5, 3.0]))
PER_TOPIC = ("n_ranked", "hit_starts", "places", "grades", "ideal_starts", "ideal")


@given(SCORES, st.integers(1, 12))
def test_best_is_a_stable_sort_cut_off(scores, k):
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    wanted = np.where(np.isneginf(np.take_along_axis(scores, order, axis=1)), NOTHING, order)
    assert np.array_equal(best(scores, k), wanted)


def test_best_gives_ties_to_the_lower_column_however_many():
    assert best(np.zeros((2, 1000)), 3).tolist() == [[0, 1, 2], [0, 1, 2]]


@given(RELEVANT, st.integers(1, 12))
def test_ranking_by_the_grades_themselves_is_perfect(relevant, k):
    found = of_ranking(best(relevant, k), csr_matrix(relevant))
    assert np.allclose(ndcg(found, k), (relevant > 0).any(axis=1))


def test_a_shorter_catalogue_gives_a_shorter_ranking():
    found = of_ranking(best(np.array([[1.0, 2.0]]), 10), csr_matrix(np.array([[0.0, 1.0]])))
    assert found.n_ranked.tolist() == [2]
    assert ndcg(found, 10).tolist() == [1.0]


def test_a_ranking_is_matched_as_the_run_that_says_the_same():
    ranking = np.array([[2, 0, NOTHING], [1, 2, 0], [NOTHING, NOTHING, NOTHING]])
    relevant = csr_matrix(np.array([[1.0, 3.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.0, 0.0]]))
    run = Ranked(np.array([0, 0, 1, 1, 1]), np.array([2, 0, 1, 2, 0]), np.array([9, 8, 9, 8, 7]))
    rows, columns = relevant.nonzero()
    same = match(run, Judged(rows, columns, relevant.data), over="judged")
    found = of_ranking(ranking, relevant)
    for part in PER_TOPIC:
        assert getattr(found, part).tolist() == getattr(same, part).tolist()


def test_a_listener_to_whom_nothing_is_relevant_stays_in():
    found = of_ranking(np.array([[0], [1]]), csr_matrix(np.array([[1.0, 0.0], [0.0, 0.0]])))
    assert ndcg(found, 1).tolist() == [1.0, 0.0]


def test_rankings_of_other_listeners_are_refused():
    with pytest.raises(BadValue, match="2 rankings do not fit grades of 1 listeners"):
        of_ranking(np.array([[0], [1]]), csr_matrix(np.array([[1.0, 0.0]])))

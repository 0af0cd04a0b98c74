"""A measure's name is the measure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures.names import Measure, parse
from ritornello.measures.ranking import best, ndcg


@given(st.sampled_from(["nDCG", "recall", "hit"]), st.integers(1, 10_000))
def test_parses_from_and_prints_to_the_same_text(name, k):
    assert parse(f"{name}@{k}") == Measure(name, k)
    assert str(parse(f"{name}@{k}")) == f"{name}@{k}"


def test_measures_what_it_says():
    relevant = csr_matrix(np.array([[0.0, 1.0, 1.0]]))
    ranking = best(np.array([[3.0, 2.0, 1.0]]), 3)
    assert parse("nDCG@2")(ranking, relevant) == ndcg(ranking, relevant, 2)
    assert parse("recall@2")(ranking, relevant) == [0.5]


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="nDCG"):
        parse("NDCG@20")


@pytest.mark.parametrize("text", ["nDCG", "nDCG@", "nDCG@0", "nDCG@020", "nDCG@-1", "nDCG@2.5"])
def test_a_cut_off_is_a_whole_number(text):
    with pytest.raises(BadValue, match="cut-off"):
        parse(text)

"""Agreement of rankings, against scipy's τ_b, repro_eval's values, and the definition of RBO."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kendalltau

from ritornello.kinds.errors import BadValue
from ritornello.measures.rank_agreement import places_in, rbo, tau_b, tau_union

REPLICA = np.array(
    [
        [8, 9, 10, 6, 4, 0, 2, 11],
        [5, 8, 2, 3, 1, 0, 6, 9],
        [3, 4, 1, 0, 2, 6, 7, 5],
        [3, 1, 4, 7, 6, 0, 5, 2],
        [6, 1, 2, 0, 5, 3, 7, 4],
        [0, 3, 6, 2, 1, 4, 7, 5],
    ]
)
ORIGINAL = np.tile(np.arange(8), (6, 1))
KTU = [-0.21428571428571, 0.0, 0.35714285714286, 0.0, 0.21428571428571, 0.42857142857143]
RBO = [
    0.10713432468090424,
    0.32927070960348004,
    0.41200497621969895,
    0.4248732471649888,
    0.5200266769437059,
    0.7287643867195928,
]
"""repro_eval 0.5.0 with ids that sort as the original ranks them: KTU(original, replica, per_topic=True), and
RBO(original, replica, p=.8, depth=8, pbar=False, per_topic=True)."""


def test_is_repro_evals() -> None:
    assert tau_union(ORIGINAL, REPLICA).tolist() == pytest.approx(KTU, abs=1e-13)
    assert rbo(ORIGINAL, REPLICA, p=0.8).tolist() == pytest.approx(RBO, rel=1e-12)
    assert rbo(ORIGINAL, REPLICA, p=0.9, depth=5).mean() == pytest.approx(0.3594714821778873)


@settings(max_examples=40)
@given(
    arrays(np.int64, (3, 7), elements=st.integers(0, 3)),
    arrays(np.int64, (3, 7), elements=st.integers(0, 3)),
    arrays(bool, (3, 7)),
)
def test_tau_b_is_scipys_with_ties_and_gaps(x, y, counted) -> None:
    for row, value in enumerate(tau_b(x, y, counted)):
        a, b = x[row, counted[row]], y[row, counted[row]]
        if len(set(a.tolist())) < 2 or len(set(b.tolist())) < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(kendalltau(a, b).statistic, abs=1e-12)


@settings(max_examples=40)
@given(st.permutations(range(6)), st.permutations(range(6)), st.integers(1, 9))
def test_rbo_is_its_definition_and_the_same_from_both_sides(ours, theirs, depth) -> None:
    p, a, b = 0.7, np.array([ours[:5]]), np.array([theirs[:4]])
    depths = range(1, min(depth, 5) + 1)
    weights = [p**d for d in depths]
    shared = [len(set(ours[:5][:d]) & set(theirs[:4][:d])) / d for d in depths]
    expected = np.dot(weights, shared) / sum(weights)
    assert rbo(a, b, p=p, depth=depth)[0] == pytest.approx(expected)
    assert rbo(b, a, p=p, depth=depth)[0] == pytest.approx(expected)


def test_the_same_rankings_agree_and_strangers_do_not() -> None:
    strangers = ORIGINAL + 20
    assert rbo(ORIGINAL, ORIGINAL).tolist() == [1.0] * 6
    assert tau_union(ORIGINAL, ORIGINAL).tolist() == [1.0] * 6
    assert rbo(ORIGINAL, strangers).tolist() == [0.0] * 6
    assert tau_union(ORIGINAL, strangers).tolist() == [1.0] * 6, "why RBO is read beside it"
    assert tau_union(ORIGINAL, ORIGINAL[:, ::-1]).tolist() == [-1.0] * 6


def test_shorter_rankings_are_compared_as_far_as_they_go() -> None:
    ours, theirs = np.array([[0, 1, 2], [-1, -1, -1]]), np.array([[1, 0, -1], [-1, -1, -1]])
    assert places_in(ours, theirs).tolist() == [[1, 0, -1], [-1, -1, -1]]
    assert tau_union(ours, theirs)[0] == -1.0
    assert rbo(ours, theirs, depth=2)[0] == pytest.approx(0.9 / 1.9)
    assert np.isnan(rbo(ours, theirs)[1])


@pytest.mark.parametrize(("p", "depth"), [(0.0, 3), (1.0, 3), (0.9, 0)])
def test_a_reader_who_never_stops_is_refused(p, depth) -> None:
    with pytest.raises(BadValue, match="RBO needs"):
        rbo(ORIGINAL, REPLICA, p=p, depth=depth)

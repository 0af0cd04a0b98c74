"""The other tools say the same of hard random runs: a few here, 100,000 in benchmarks/measures_agree.py."""

import numpy as np
import pytest

from ritornello.testing.peers import CORE, UNTIED, differences, hard_cases

LARGEST = 1e-9


@pytest.mark.parametrize("n_topics", [60, pytest.param(4_000, marks=pytest.mark.slow)])
def test_no_measure_is_apart_from_ir_measures_and_trec_eval(n_topics):
    found = list(differences(n_topics, np.random.default_rng(n_topics)))
    assert [name for name, *_ in found] == [*CORE, *UNTIED]
    assert min(n for _, n, _ in found) > 0.8 * n_topics
    assert {name: furthest for name, _, furthest in found if furthest > LARGEST} == {}


def test_the_cases_hold_what_tools_have_disagreed_on():
    ranked, judged = hard_cases(400, np.random.default_rng(3))
    assert set(judged.grades.tolist()) == {-1, 0, 1, 2, 3}
    levels = ranked.scores.astype(np.float32)
    assert len(np.unique(levels)) < len(np.unique(ranked.scores))
    assert (np.signbit(levels) & (levels == 0)).any()
    asked, known = set(ranked.topics.tolist()), set(judged.topics.tolist())
    assert asked - known
    assert known - asked
    relevant = set(judged.topics[judged.grades > 0].tolist())
    assert known - relevant
    assert (np.bincount(ranked.topics) == 1).any()

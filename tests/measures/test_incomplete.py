"""Pairs in the right order: against counting them, and what nobody can say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse

grades = st.lists(st.sampled_from([None, -1, 0, 1, 2]), min_size=1, max_size=10)


def in_order(found):
    """Match a ranking whose items have these grades, best first; ``None`` was never judged."""
    n = np.arange(len(found))
    known = np.array([item for item, grade in enumerate(found) if grade is not None] + [99])
    values = np.array([grade for grade in found if grade is not None] + [1])
    return match(Ranked(0 * n, n, -n), Judged(0 * known, known, values))


@given(grades, st.integers(1, 10))
def test_auc_is_the_share_of_pairs_in_the_right_order(found, k):
    right = [(grade or 0) >= 1 for grade in found[:k]]
    pairs = [(a, b) for a, x in enumerate(right) for b, y in enumerate(right) if x and not y]
    expected = np.mean([a < b for a, b in pairs]) if pairs else float(any(right))
    assert parse(f"AUC@{k}")(in_order(found)) == pytest.approx([expected])


@given(grades)
def test_bpref_does_not_see_what_was_never_judged(found):
    known = [grade for grade in found if grade is not None and grade >= 0]
    whole, judged = (parse("Bpref")(in_order(each))[0] if each else 0.0 for each in (found, known))
    assert whole == judged


@given(grades)
def test_infap_is_ap_where_all_were_judged(found):
    known = in_order([grade for grade in found if grade is not None and grade >= 0] or [0])
    assert parse("infAP")(known) == pytest.approx(parse("AP")(known), abs=1e-4)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=10))
def test_the_best_possible_ranking_is_fully_compatible(found):
    ours, best = in_order(found), in_order(sorted(found, reverse=True))
    n = np.arange(len(found))
    alone = match(Ranked(0 * n, n, -np.sort(-n)), Judged(0 * n, n, np.sort(np.array(found))[::-1]))
    assert parse("Compat")(alone)[0] == pytest.approx(float(any(found)))
    assert parse("Compat")(ours)[0] <= parse("Compat")(best)[0] + 1e-12

"""Sessions of search: equal to listeners who are followed query by query, and to what the papers define."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse
from ritornello.measures.searching import Sessions

GRADES = st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=0, max_size=5)
QUERIES = st.tuples(GRADES, st.integers(1, 3), st.booleans())
SESSIONS = st.lists(st.lists(QUERIES, min_size=1, max_size=5), min_size=1, max_size=3)
MISSED = 9
"""An item that is relevant (with grade 1) to every query and never returned."""


def sessions(drawn, p_known_item=np.nan):
    """Return sessions of queries: grades by place, keys it took more, whether it was begun anew."""
    rows = [
        (number, grades, n_keys, is_anew and place > 0)
        for number, queries in enumerate(drawn)
        for place, (grades, n_keys, is_anew) in enumerate(queries)
    ]
    of = np.array([number for number, *_ in rows])
    ranked = [
        (topic, item, -item)
        for topic, (_, grades, *_) in enumerate(rows)
        for item in range(len(grades))
    ]
    judged = [
        (topic, item, grade)
        for topic, (_, grades, *_) in enumerate(rows)
        for item, grade in enumerate(grades)
    ] + [(topic, MISSED, 1) for topic in range(len(rows))]
    run = Ranked(*np.array(ranked or [(len(rows), 0, 0)]).T)
    matched = match(run, Judged(*np.array([*judged, (len(rows), 0, 0)]).T), "judged")
    n_keys = np.array([n for _, _, n, _ in rows])
    since = np.cumsum(n_keys) - n_keys
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    n_keys = np.cumsum(n_keys) - since[starts][of]
    is_anew = np.array([anew for *_, anew in rows])
    p = np.full(len(rows), p_known_item)
    return Sessions(matched, np.arange(len(rows)), of, n_keys, n_keys, is_anew, p)


def followed(queries, k, rel=1):
    """Follow somebody through a session: (found, keys, passed, again) when it ends."""
    keys = passed = again = 0
    for at, (grades, n_keys, is_anew) in enumerate(queries):
        keys += n_keys
        again += is_anew and at > 0
        for place, grade in enumerate(grades[:k]):
            if grade >= rel:
                return True, keys, passed + place, again
        if at + 1 == len(queries) or queries[at + 1][2]:
            passed += min(len(grades), k)
    return False, keys, passed, again


def values(name, found):
    return parse(name)(found).tolist()


@given(SESSIONS, st.integers(1, 4), st.sampled_from([1, 2]), st.integers(0, 12))
def test_known_items_are_found_as_when_somebody_is_followed(drawn, k, rel, most):
    found = sessions(drawn)
    ends = [followed(queries, k, rel) for queries in drawn]
    told = f"(rel={rel})@{k}"
    assert values(f"found{told}", found) == [end[0] for end in ends]
    assert values(f"passed{told}", found) == [end[2] for end in ends]
    assert values(f"again{told}", found) == [end[3] for end in ends]
    assert values(f"effort{told}", found) == [sum(end[1:]) for end in ends]
    within = [end[0] and sum(end[1:]) <= most for end in ends]
    assert values(f"found(effort={most},rel={rel})@{k}", found) == within
    keys = np.array([end[1] if end[0] else np.nan for end in ends])
    assert np.array_equal(parse(f"keys{told}")(found), keys, equal_nan=True)
    every = [sum(query[1] for query in queries) for queries in drawn]
    saved = [(n - end[1]) / n if end[0] else 0 for n, end in zip(every, ends, strict=True)]
    assert values(f"keys_saved{told}", found) == pytest.approx(saved)


def sent(queries):
    return [
        grades
        for at, (grades, *_) in enumerate(queries)
        if at + 1 == len(queries) or queries[at + 1][2]
    ]


def dcg(grades, k, b):
    return sum(g / max(1, math.log(r, b)) for r, g in enumerate(grades[:k], 1))


@given(SESSIONS, st.integers(1, 4), st.sampled_from([2, 4]), st.sampled_from([2, 3]))
def test_session_dcg_is_summed_over_sent_queries(drawn, k, bq, b):
    found = sessions(drawn)
    told = f"(bq={bq},b={b})@{k}"

    def summed(gains):
        return [
            sum(dcg(each, k, b) / (1 + math.log(q, bq)) for q, each in enumerate(queries, 1))
            for queries in gains
        ]

    gained = summed([sent(queries) for queries in drawn])
    ideal = summed(
        [[sorted((*each, 1), reverse=True) for each in sent(queries)] for queries in drawn]
    )
    assert values(f"sDCG{told}", found) == pytest.approx(gained)
    both = zip(gained, ideal, strict=True)
    assert values(f"nsDCG{told}", found) == pytest.approx([got / best for got, best in both])


@given(SESSIONS, st.sampled_from([0.5, 0.8]), st.sampled_from([0, 0.3, 0.7]))
def test_session_rbp_is_what_is_met_on_the_way(drawn, p, b):
    found = sessions(drawn)
    told = []
    for queries in drawn:
        here, met = 1.0, 0.0
        for grades in sent(queries):
            look = here
            for grade in grades:
                met += look * (grade >= 1)
                look *= p * b
            here *= sum((p * b) ** n * p * (1 - b) for n in range(400))
        told.append((1 - p) * met)
    assert values(f"sRBP(p={p},b={b})", found) == pytest.approx(told)


@given(SESSIONS)
def test_who_never_asks_again_is_who_rbp_knows(drawn):
    found = sessions(drawn)
    first = found.query[found.is_sent][np.unique(found.of[found.is_sent], return_index=True)[1]]
    assert parse("sRBP(b=1)")(found) == pytest.approx(parse("RBP(p=0.8)")(found.matched)[first])


def test_a_discount_by_hand():
    found = sessions([[([0, 0, 1, 2], 1, False), ([2], 1, True)]])
    of_first = 1 / math.log2(3) + 2 / math.log2(4)
    assert values("sDCG@4", found) == pytest.approx([of_first + 2 / (1 + math.log(2, 4))])


def test_a_name_is_found_while_it_is_typed():
    typed = [([0, 0], 1, False), ([0, 1], 1, False), ([1], 1, False), ([1], 1, False)]
    found = sessions([typed])
    assert values("found@1", found) == [1]
    assert (values("keys@1", found), values("keys@2", found)) == ([3], [2])
    assert (values("keys_saved@1", found), values("keys_saved@2", found)) == ([0.25], [0.5])
    assert values("passed@2", found) == [1]
    assert [values(f"typed_RR@{n}", found)[0] for n in (1, 2, 3, 4)] == [0, 0.5, 1, 1]
    assert np.isnan(values("typed_RR@5", found)[0])


def test_exploring_is_judged_by_the_best_query():
    found = sessions([[([1, 0], 1, False), ([1, 1], 5, True)]], p_known_item=0.25)
    assert values("explored@2", found) == [1]
    assert values("explored(effort=3)@2", found) == [0.5]
    assert values("mindset_success@2", found) == [1]
    assert values("mindset_success(effort=3)@2", found) == [0.25 + 0.75 * 0.5]


def test_success_by_mindset_needs_a_mindset():
    with pytest.raises(BadValue, match="p_known_item"):
        parse("mindset_success@5")(sessions([[([1], 1, False)]]))

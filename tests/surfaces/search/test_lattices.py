"""The best paths of small lattices, against all of their paths written out."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.lattices import Arc, best_paths


def all_paths(arcs, state, ends):
    """Every way from a state to an end, as (words, score)."""
    if state in ends:
        yield (), 0.0
    for arc in arcs:
        if arc.start == state:
            for words, score in all_paths(arcs, arc.end, ends):
                yield (arc.word, *words), arc.score + score


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 2), st.sampled_from("abc"), st.floats(-5, 0)), min_size=1, max_size=9))  # fmt: skip
def test_finds_the_best_of_all_paths_with_their_share(drawn):
    arcs = [Arc(start, start + step, word, score) for start, step, word, score in drawn]
    ends = {arc.end for arc in arcs} - {arc.start for arc in arcs}
    starts = {arc.start for arc in arcs} - {arc.end for arc in arcs}
    sums = {}
    for start in starts:
        for words, score in all_paths(arcs, start, ends):
            sums[" ".join(words)] = sums.get(" ".join(words), 0.0) + math.exp(score)
    found = best_paths(arcs, (), (), 20)
    assert [share for _, share in found] == sorted((s for _, s in found), reverse=True)
    if len(list(sums)) <= 10:
        total = sum(sums.values())
        assert {t: pytest.approx(p / total) for t, p in sums.items()} == dict(found)


def test_a_million_paths_cost_no_more_than_a_few():
    arcs = [
        Arc(n, n + 1, word, score) for n in range(60) for word, score in (("a", -0.1), ("b", -3.0))
    ]
    found = best_paths(arcs, (0,), (60,), 5)
    assert found[0][0] == " ".join("a" * 60)
    assert len(found) == 5
    assert all(a >= b for (_, a), (_, b) in pairwise(found))


def test_what_stands_on_a_circle_leads_nowhere():
    circle = [Arc(1, 2, "x", 0.0), Arc(2, 1, "y", 0.0)]
    assert best_paths(circle, (), (), 5) == []
    ways = best_paths([Arc(0, 9, "play", 0.0), *circle], (0,), (9,), 5)
    assert ways == [("play", 1.0)]


def test_silence_is_not_said_and_ways_that_say_the_same_are_one():
    arcs = [Arc(0, 1, "<eps>", -1.0), Arc(0, 1, "", -1.0), Arc(1, 2, "muse", 0.0)]
    assert best_paths(arcs, (), (), 5) == [("muse", pytest.approx(1.0))]

"""Measures of readers who go on or stop: their definitions, their bounds, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse

grades = st.lists(st.integers(-1, 3), min_size=1, max_size=9)
SCALED = ("SDCG(max_rel=3)@5", "BPM(max_rel=3)@5", "INSQ(max_rel=3)", "INST(max_rel=3)", "NERR8(max_rel=3)@5",
          "NERR9(max_rel=3)@5", "NERR10(max_rel=3)", "NERR11(max_rel=3)")  # fmt: skip


def in_order(found):
    """Match a ranking whose items have these grades, best first."""
    n = np.arange(len(found))
    return match(Ranked(0 * n, n, -n), Judged(0 * n, n, np.array(found)))


@given(grades, st.integers(1, 9))
def test_err_is_its_definition(found, k):
    expected, goes_on = 0.0, 1.0
    for r, grade in enumerate(found[:k], 1):
        stops = (2.0 ** max(grade, 0) - 1) / 2**4
        expected += goes_on * stops / r
        goes_on *= 1 - stops
    assert parse(f"ERR@{k}")(in_order(found)) == pytest.approx([expected])


@given(grades, st.floats(0, 0.99))
def test_rbp_is_its_definition(found, p):
    expected = (1 - p) * sum(p**r for r, grade in enumerate(found) if grade >= 1)
    assert parse(f"RBP(p={p})")(in_order(found)) == pytest.approx([expected])
    first = (1 - p) * sum(p**r for r, grade in enumerate(found[:2]) if grade >= 1)
    assert parse(f"RBP(p={p})@2")(in_order(found)) == pytest.approx([first])


@given(grades, st.integers(0, 7), st.sampled_from(SCALED))
def test_a_better_item_never_makes_a_place_worth_less_than_its_least(found, at, name):
    value = parse(name)(in_order(found))[0]
    gains = np.clip(np.array(found) / 3, 0, 1)
    assert -1e-12 <= value <= gains.max() + 1e-12
    assert parse(name)(in_order([3] * len(found)))[0] >= value - 1e-12


def test_blocks_of_topics_give_what_topics_alone_give(monkeypatch):
    rng = np.random.default_rng(2)
    topics, items = np.repeat(np.arange(7), 5), np.tile(np.arange(5), 7)
    run = Ranked(topics, items, rng.normal(size=35))
    judged = Judged(topics, items, rng.integers(-1, 4, size=35))
    whole = [parse(name)(match(run, judged)) for name in ("INST(max_rel=3)", "ERR@3")]
    monkeypatch.setattr("ritornello.measures.browsing.CELLS_A_BLOCK", 2_000)
    parts = [parse(name)(match(run, judged)) for name in ("INST(max_rel=3)", "ERR@3")]
    assert [each.tolist() for each in whole] == [each.tolist() for each in parts]


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("ERR(max_rel=2)@5", "grades reach 3, above ERR's max_rel 2"),
        ("INST(max_rel=1,min_rel=1)", "min_rel 1 must lie below max_rel 1"),
    ],
)
def test_a_scale_that_does_not_fit_is_refused(name, because):
    with pytest.raises(BadValue, match=because):
        parse(name)(in_order([3, 0]))

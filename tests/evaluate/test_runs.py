"""Runs: rows that count, the rest said; items beyond an open universe kept in their order."""

import numpy as np
import pytest

from ritornello.evaluate.collections import Origin, of_ids
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.runs import rank
from ritornello.evaluate.scoring import score
from ritornello.measures.matching import NothingToJudge, Ranked
from tests.evaluate.kept import a_collection, a_run

OPEN = of_ids("open", Rows(["t1", "t2"], ["b", "d"], [1, 1]), Origin("people", "open"))
CLOSED = of_ids("closed", Rows(["t1", "t2"], ["b", "d"], [1, 1]), Origin("people"))


def test_duplicates_unknown_topics_items_outside_and_nan_are_kept_out_and_said():
    rows = Rows(
        ["t1", "t1", "t1", "t2", "t9", "t2"],
        ["b", "d", "d", "x", "b", "d"],
        [1, 2, 3, 4, 5, float("nan")],
    )
    found = run_of(CLOSED, "mixed", {}, rows)
    assert (found.ranked.topics.tolist(), found.ranked.items.tolist()) == ([0], [0])
    assert {each.code: each.numbers["n_rows"] for each in found.warnings} == {
        "rows_for_unknown_topics": 1,
        "rows_outside_universe": 1,
        "rows_not_finite": 1,
        "rows_twice": 2,
    }


def test_a_run_for_unknown_topics_alone_is_an_error():
    with pytest.raises(NothingToJudge, match="of 1 rows of the run 'lost'"):
        run_of(OPEN, "lost", {}, Rows(["t9"], ["b"], [1.0]))


def test_an_open_universe_takes_in_what_was_never_judged():
    found = run_of(OPEN, "wide", {}, Rows(["t1", "t1", "t1"], ["c", "b", "a"], [2.0, 2.0, 2.0]))
    assert found.others == ("a", "c")
    assert found.warnings == ()
    # of equal scores the later id stands first: c before b before a
    scored = score(found, OPEN, ["RR"], over="both")
    assert scored.values["RR"].tolist() == [0.5]


def test_a_run_is_named_by_all_that_is_in_it():
    collection = a_collection()
    base = a_run(collection, "good", 0.1)
    again = a_run(collection, "good", 0.1)
    assert base.id == again.id
    different = [
        a_run(collection, "better", 0.1),
        a_run(collection, "good", 0.2),
        a_run(a_collection(name="another"), "good", 0.1),
        rank(collection, "good", {"noise": 0.1}, base.ranked),
    ]
    assert len({base.id, *(each.id for each in different)}) == 5


def test_numbers_beyond_the_collection_are_unknown_topics_and_items_outside():
    ranked = Ranked(np.array([0, 99]), np.array([99, 0]), np.ones(2))
    with pytest.raises(NothingToJudge):
        rank(CLOSED, "far off", {}, ranked)

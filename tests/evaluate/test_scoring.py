"""Scores: which topics count is said, nothing missing is a quiet 0, ties go by the later id among all items."""

import numpy as np
import pytest

from ritornello.evaluate.collections import Origin, Topic, freeze, of_ids
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.scoring import score
from ritornello.kinds.errors import BadValue
from ritornello.measures.about import About
from ritornello.measures.matching import Judged, NothingToJudge
from tests.evaluate.kept import a_collection, a_run

JUDGED = of_ids("a", Rows(["t1", "t2", "t3"], ["a", "b", "c"], [1, 1, 1]), Origin("people", "open"))
HALF = run_of(JUDGED, "half", {}, Rows(["t1"], ["a"], [1.0]))


@pytest.mark.parametrize(
    ("over", "total", "n"), [("judged", 1 / 3, 3), ("both", 1.0, 1), ("returned", 1.0, 1)]
)
def test_the_topics_that_count_are_chosen_and_what_is_missing_is_said(over, total, n):
    scored = score(HALF, JUDGED, ["RR"], over=over)
    assert (scored.total("RR"), len(scored.topics), scored.over) == (total, n, over)
    (warned,) = scored.warnings
    assert (warned.code, warned.numbers) == ("topics_without_a_run", {"n_topics": 2})
    assert ("counts as 0" in str(warned)) == (over == "judged")


def test_what_was_kept_out_before_travels_along():
    rows = Rows(["t1", "t9"], ["a", "a"], [1.0, 1.0])
    codes = [each.code for each in score(run_of(JUDGED, "x", {}, rows), JUDGED, ["RR"]).warnings]
    assert codes == ["rows_for_unknown_topics", "topics_without_a_run"]


def test_a_run_of_another_collection_is_refused():
    with pytest.raises(BadValue, match="is of the collection"):
        score(a_run(a_collection(), "x", 1), JUDGED, ["RR"])


def test_a_run_and_judgements_without_a_topic_in_common_are_an_error():
    topics = [Topic("asked"), Topic("judged")]
    judged = Judged(np.array([1]), np.array([0]), np.array([1.0]))
    collection = freeze("apart", topics, ["a"], judged, Origin("people"))
    with pytest.raises(NothingToJudge):
        score(run_of(collection, "x", {}, Rows(["asked"], ["a"], [1.0])), collection, ["RR"])


def test_topics_of_one_listener_share_a_number_and_others_stand_alone():
    topics = [Topic("a", "listener-1"), Topic("b", "listener-1"), Topic("c"), Topic("d", "c")]
    judged = Judged(np.arange(4), np.zeros(4, int), np.ones(4))
    collection = freeze("whose", topics, ["x"], judged, Origin("people"))
    run = run_of(collection, "x", {}, Rows(list("abcd"), ["x"] * 4, [1.0] * 4))
    assert score(run, collection, ["RR"]).listeners.tolist() == [0, 0, 1, 2]


def test_lists_are_measured_beside_accuracy_and_an_empty_one_has_no_value():
    collection = a_collection(3)
    run = run_of(
        collection, "x", {}, Rows(["listener-00", "listener-01"], ["track:00", "track:05"], [1, 1])
    )
    about = About(n_topics=3, n_items=12, popularity=np.full(12, 2.0), n_listeners=8)
    scored = score(run, collection, ["RR", "novelty@1", "coverage@1"], about=about)
    assert np.isnan(scored.values["novelty@1"]).tolist() == [False, False, True]
    assert scored.total("novelty@1") == pytest.approx(2.0)
    assert scored.total("coverage@1") == pytest.approx(2 / 12)
    values, listeners = scored.known("novelty@1")
    assert (len(values), listeners.tolist()) == (2, [0, 1])
    with pytest.raises(BadValue, match="whole run"):
        scored.known("coverage@1")
    with pytest.raises(BadValue, match="was not scored; there are RR"):
        scored.total("AP")
    with pytest.raises(BadValue, match="popularity"):
        score(run, collection, ["novelty@1"])


def test_lists_with_items_nobody_knows_are_refused():
    run = run_of(JUDGED, "wide", {}, Rows(["t1"], ["never judged"[:5]], [1.0]))
    with pytest.raises(BadValue, match="closed universe"):
        score(run, JUDGED, ["coverage@1"])

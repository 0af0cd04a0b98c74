"""Frozen collections: sorted, content-addressed, with what was kept out said."""

import numpy as np
import pytest

from ritornello.evaluate.collections import Origin, Topic, freeze, of_ids
from ritornello.evaluate.content import Rows
from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, NothingToJudge
from tests.evaluate.kept import a_collection

PEOPLE = Origin("people", "open")


def test_topics_and_items_stand_in_the_order_of_their_ids_and_judgements_follow():
    judged = Judged(np.array([0, 1]), np.array([0, 1]), np.array([1.0, 2.0]))
    found = freeze("a", [Topic("z"), Topic("b")], ["y", "x"], judged, PEOPLE)
    assert [topic.topic_id for topic in found.topics] == ["b", "z"]
    assert found.items == ("x", "y")
    assert list(zip(found.judged.topics, found.judged.items, found.judged.grades, strict=True)) == [
        (0, 0, 2.0),
        (1, 1, 1.0),
    ]


def test_the_same_content_has_the_same_id_in_whatever_order_it_came():
    rows = Rows(["t2", "t1", "t1"], ["b", "a", "b"], [1, 0, 2])
    again = Rows(["t1", "t1", "t2"], ["b", "a", "b"], [2, 0, 1])
    one, other = of_ids("a", rows, PEOPLE), of_ids("a", again, PEOPLE)
    assert one.id == other.id
    assert one.id != of_ids("b", rows, PEOPLE).id
    assert one.id != of_ids("a", rows, Origin("people", "closed")).id
    assert one.id != of_ids("a", Rows(["t2", "t1", "t1"], ["b", "a", "b"], [1, 0, 3]), PEOPLE).id


def test_judgements_outside_the_universe_are_kept_out_and_said():
    rows = Rows(["t1", "t1", "t9"], ["a", "other", "a"], [1, 1, 1])
    found = of_ids("a", rows, Origin("people"), topics=[Topic("t1")], items=["a", "b"])
    assert len(found.judged.topics) == 1
    assert {each.code: each.numbers["n_rows"] for each in found.warnings} == {
        "judgements_outside_universe": 1,
        "judgements_for_unknown_topics": 1,
    }


def test_where_nothing_is_left_to_judge_that_is_an_error_and_no_quiet_0():
    with pytest.raises(NothingToJudge, match="none is of a topic and an item"):
        of_ids("a", Rows(["t1"], ["other"], [1]), Origin("people"), items=["a"])
    with pytest.raises(NothingToJudge):
        of_ids("a", Rows(["t1", "t1"], ["a", "a"], [1, 2]), PEOPLE)


@pytest.mark.parametrize("bad", ["", "two words", "tab\tbed", "line\n", " "])
def test_ids_that_do_not_fit_a_trec_file_are_refused(bad):
    with pytest.raises(BadValue, match="white space"):
        of_ids("a", Rows([bad], ["a"], [1]), PEOPLE)
    with pytest.raises(BadValue, match="white space"):
        of_ids("a", Rows(["t"], [bad], [1]), PEOPLE)


def test_topics_that_share_an_id_are_refused():
    with pytest.raises(BadValue, match="share ids"):
        of_ids("a", Rows(["t"], ["a"], [1]), PEOPLE, topics=[Topic("t"), Topic("t", "listener-1")])


def test_a_collection_knows_the_numbers_of_its_ids():
    found = a_collection()
    assert found.topic_numbers["listener-07"] == 7
    assert found.item_numbers["track:03"] == 3

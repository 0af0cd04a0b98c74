"""Measures by aspect: equal to what ndeval gave, and what they need."""

import json

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.measures.aspects import Aspected, cover
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse


def numbered(rows):
    """Return columns of text as numbers that sort alike, the last one as it is."""
    *ids, values = zip(*rows, strict=True)
    return [np.array(column, dtype=np.int64) for column in ids] + [np.array(values, dtype=float)]


@pytest.mark.data
def test_every_value_ndeval_gave(shared):
    folder = shared / "oracles/ir/diversity"
    oracle = json.loads((folder / "ndeval.json").read_text())
    qrels = [line.split() for line in (folder / "qrels.txt").read_text().splitlines()]
    run = [line.split() for line in (folder / "run.txt").read_text().splitlines()]
    judged = Aspected(*numbered([(t, a, item[1:], grade) for t, a, item, grade in qrels]))
    ranked = Ranked(*numbered([(t, item[1:], score) for t, _, item, _, score, _ in run]))
    found = cover(ranked, judged, over="judged")
    topics = [str(topic) for topic in found.topics]
    assert (len(topics), len(oracle)) == (15, 16)
    for name, told in oracle.items():
        theirs = [told[topic] for topic in topics]
        assert parse(name)(found) == pytest.approx(theirs, rel=1e-9, abs=1e-12), name


def covered(rows, run):
    return cover(Ranked(*numbered(run)), Aspected(*numbered(rows)))


def test_covering_again_is_worth_half():
    rows = [(0, 0, 5, 1), (0, 0, 6, 1), (0, 1, 7, 1)]
    again = covered(rows, [(0, 5, 3), (0, 6, 2), (0, 7, 1)])
    anew = covered(rows, [(0, 5, 3), (0, 7, 2), (0, 6, 1)])
    assert parse("alpha_nDCG@3")(anew).tolist() == [1.0]
    assert parse("alpha_nDCG@3")(again)[0] < 1
    assert parse("StRecall@2")(again).tolist() == [0.5]
    assert parse("StRecall@2")(anew).tolist() == [1.0]


def test_all_aspects_at_once_is_perfect_at_every_depth():
    found = covered([(0, 0, 5, 1), (0, 1, 5, 1)], [(0, 5, 3)])
    assert parse("ERR_IA@1")(found).tolist() == parse("alpha_DCG@1")(found).tolist() == [1.0]


def test_judgements_without_aspects_are_refused_by_name():
    run, zero = Ranked(*numbered([(0, 5, 3)])), np.array([0])
    with pytest.raises(BadValue, match="needs judgements by aspect"):
        parse("alpha_nDCG@3")(match(run, Judged(zero, np.array([5]), zero)))


def test_an_item_judged_twice_for_an_aspect_is_refused():
    with pytest.raises(BadValue, match="judged twice for an aspect"):
        covered([(0, 0, 5, 1), (0, 0, 5, 0)], [(0, 5, 3)])

"""Queries of a session have one value together, and are drawn together for intervals."""

import numpy as np
import pytest

from ritornello.evaluate.collections import Origin, Topic, of_ids
from ritornello.evaluate.comparing import compare
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.scoring import score
from ritornello.evaluate.session_topics import context
from ritornello.kinds.errors import BadValue
from ritornello.measures.names import parse

TYPED = {"s1": ["s", "so", "son"], "s2": ["b", "ba"]}
TOPICS = [
    Topic(f"{name}/{step}", query=text, context=context(name, step, step + 1))
    for name, texts in TYPED.items()
    for step, text in enumerate(texts)
] + [Topic("alone", query="alone")]
IDS = [topic.topic_id for topic in TOPICS]
COLLECTION = of_ids(
    "typed", Rows(IDS, ["x"] * len(IDS), [1] * len(IDS)), Origin("people", "open"), topics=TOPICS
)


def run(*found_at):
    return run_of(
        COLLECTION, "ours", {}, Rows(found_at, ["x"] * len(found_at), [1.0] * len(found_at))
    )


def test_a_session_s_value_stands_at_its_first_topic():
    scored = score(run("s1/1", "s1/2", "alone"), COLLECTION, ["keys@1", "found@1", "RR"])
    found = dict(zip(scored.topics, scored.values["found@1"].tolist(), strict=True))
    assert {name: value for name, value in found.items() if not np.isnan(value)} == {
        "alone": 1, "s1/0": 1, "s2/0": 0,
    }  # fmt: skip
    assert scored.total("found@1") == pytest.approx(2 / 3)
    assert scored.total("keys@1") == pytest.approx((2 + 5) / 2)


def test_steps_are_in_the_order_of_their_numbers():
    many = [Topic(f"s/{n}", query="x" * (n + 1), context=context("s", n, n + 1)) for n in range(12)]
    ids = [topic.topic_id for topic in many]
    collection = of_ids(
        "many", Rows(ids, ["x"] * 12, [1] * 12), Origin("people", "open"), topics=many
    )
    found = run_of(collection, "late", {}, Rows(["s/10", "s/2"], ["x", "y"], [1.0, 1.0]))
    assert score(found, collection, ["keys@1"]).total("keys@1") == 11


def test_queries_of_a_session_are_one_for_intervals():
    scored = score(run("s1/1"), COLLECTION, ["RR"])
    by_topic = dict(zip(scored.topics, scored.listeners.tolist(), strict=True))
    assert by_topic["s1/0"] == by_topic["s1/2"] != by_topic["s2/1"] == by_topic["s2/0"]


def test_two_runs_are_compared_session_by_session_without_a_warning():
    ours, theirs = (score(run(*at), COLLECTION, ["found@1"]) for at in (["s1/1", "s2/0"], ["s1/1"]))
    found = compare(ours, theirs, parse("found@1"), np.random.default_rng(0))
    assert (found.n_topics, found.n_won, found.warnings) == (3, 1, ())


def test_a_context_that_is_no_number_is_refused():
    topics = [Topic("t", query="x", context={"session": "s", "step": "first"})]
    collection = of_ids("odd", Rows(["t"], ["x"], [1]), Origin("people", "open"), topics=topics)
    with pytest.raises(BadValue, match="'step' of a topic is no number"):
        score(run_of(collection, "x", {}, Rows(["t"], ["x"], [1.0])), collection, ["found@1"])

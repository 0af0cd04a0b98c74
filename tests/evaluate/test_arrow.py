"""Studies go out as Arrow and come back the same, through DuckDB alone: no pyarrow anywhere."""

import gc
import sys
from typing import Any

import duckdb
import numpy as np
import pytest

from ritornello.evaluate import arrow, collections, from_arrow, runs
from ritornello.evaluate.collections import Origin, Topic
from ritornello.evaluate.content import Rows
from ritornello.evaluate.estimates import Estimate, Unsupported
from ritornello.evaluate.scoring import score
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadPropensity, BadValue
from ritornello.measures.matching import Judged
from ritornello.measures.resampling import Interval

ESTIMATE = Estimate(
    estimator="DR(model=smoothed)", target="greedy", value=0.25, low=0.2, high=0.3, level=0.95,
    interval="bootstrap", standard_error=0.02, above_logged=Interval(0.01, -0.01, 0.03, 0.95, 40), n=1000, n_listeners=40, n_effective=512.5,
    largest_weight=7.5, p_unsupported=0.0, tuned={"clip": 10.0}, warnings=(Warned("odd", "said", {"n": 3.0}),),
)  # fmt: skip
REFUSAL = Unsupported(
    estimator="IPS", target="greedy", because="low_effective_n", text="worth 7 rounds",
    numbers={"n_effective": 7.0}, wanted="log with a floor",
)  # fmt: skip


def rows(frame: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect() as duck:
        return duck.from_arrow(frame).fetchall()


@pytest.fixture
def collection() -> Any:
    judged = Judged(np.array([0, 0, 1]), np.array([0, 2, 1]), np.array([1.0, 0.5, -1.0]))
    topics = [Topic("listener-1"), Topic("listener-2")]
    return collections.freeze("small", topics, ["a", "b", "c"], judged, Origin("outcomes"))


@pytest.fixture
def run(collection: Any) -> Any:
    topics = ["listener-1", "listener-1", "listener-2"]
    return runs.of_ids(collection, "ours", {}, Rows(topics, ["c", "a", "b"], [0.5, 2.0, 1.0]))


def test_judgements_come_back_the_same(collection: Any) -> None:
    frame = arrow.of_collection(collection)
    assert rows(frame) == [("listener-1", "a", 1.0), ("listener-1", "c", 0.5), ("listener-2", "b", -1.0)]  # fmt: skip
    found, faults = from_arrow.judgements(frame)
    assert faults == []
    assert list(zip(found.topic_ids, found.item_ids, found.values, strict=True)) == rows(frame)


def test_a_run_comes_back_the_same(collection: Any, run: Any) -> None:
    found, _ = from_arrow.ranking(arrow.of_run(run, collection))
    again = runs.of_ids(collection, "ours", {}, found)
    assert again.id == run.id


def test_values_by_topic_come_back_and_go_beside_another_tools(collection: Any, run: Any) -> None:
    scored = score(run, collection, ["nDCG@10", "P@1"])
    frame = arrow.of_scored(scored)
    assert list(frame.columns) == ["topic_id", "nDCG@10", "P@1"]
    again = from_arrow.scored(frame, "theirs", scored)
    assert again.name == "theirs"
    for measure, column in scored.values.items():
        np.testing.assert_array_equal(again.values[measure], column)


def test_topics_that_are_not_shared_are_nan_or_warned_of(collection: Any, run: Any) -> None:
    scored = score(run, collection, ["P@1"])
    frame = arrow.Frame(
        {"P@1": np.array([0.25, 0.5]), "topic_id": np.array(["listener-9", "listener-2"], object)}
    )
    again = from_arrow.scored(frame, "theirs", scored)
    np.testing.assert_array_equal(again.values["P@1"], [np.nan, 0.5])
    assert [each.code for each in again.warnings] == ["topics_not_shared"]


def test_a_log_comes_back_the_same() -> None:
    rng, n = np.random.default_rng(0), 300
    listener = rng.integers(0, 40, n)
    columns = {
        "action": np.array(list("abcde"), object)[rng.integers(0, 5, n)],
        "propensity": rng.uniform(0.01, 1, n),
        "reward": rng.uniform(0, 1, n),
        "listener": listener,
        "x": rng.normal(size=n),
    }
    out = arrow.of_log(from_arrow.log(arrow.Frame(columns), "theirs", features=("x",)))
    for name in ("action", "propensity", "reward", "x"):
        np.testing.assert_array_equal(out.columns[name], columns[name])
    assert len(set(zip(out.columns["listener"], listener, strict=True))) == len(set(listener))
    again = arrow.of_log(from_arrow.log(out, "theirs", features=("x",)))
    for name, column in out.columns.items():
        np.testing.assert_array_equal(again.columns[name], column)


def test_slots_of_a_decision_are_put_next_to_each_other() -> None:
    frame = arrow.Frame(
        {
            "action": np.array(["a", "b", "c", "d"], object),
            "propensity": np.full(4, 0.5),
            "reward": np.zeros(4),
            "decision": np.array(["late", "early", "late", "early"], object),
            "position": np.array([1, 1, 0, 0]),
        }
    )
    out = arrow.of_log(from_arrow.log(frame, "theirs")).columns
    assert out["action"].tolist() == ["d", "b", "c", "a"]
    assert out["decision"].tolist() == [0, 0, 1, 1]


def test_rounds_that_lack_something_are_counted_and_not_guessed() -> None:
    frame = arrow.Frame(
        {
            "action": np.array(["a", None, "b"], object),
            "propensity": np.array([0.5, 0.5, np.nan]),
            "reward": np.array([1.0, 1.0, 0.0]),
        }
    )
    log = from_arrow.log(frame, "theirs")
    assert len(log) == 1
    assert log.left_out == {"incomplete": 2}
    with pytest.raises(BadPropensity):
        from_arrow.log(arrow.Frame({**frame.columns, "propensity": np.array([0.0, 0.5, 1.0])}), "x")


def test_estimates_and_refusals_come_back_the_same() -> None:
    answers = [ESTIMATE, REFUSAL]
    assert from_arrow.answers(arrow.of_answers(answers)) == answers
    assert from_arrow.answers(arrow.of_answers([REFUSAL])) == [REFUSAL]
    columns = arrow.of_answers(answers).columns
    assert columns["n"].tolist() == [1000, None]
    assert columns["because"].tolist() == [None, "low_effective_n"]
    as_pandas_has_it = arrow.Frame({**columns, "n": np.array([1000.0, np.nan])})
    assert from_arrow.answers(as_pandas_has_it) == answers


def test_what_is_missing_arrives_as_missing() -> None:
    columns = {"text": np.array(["a", None], object), "x": np.array([np.nan, 1.0]), "n": np.array([1, 2]), "is": np.array([True, False])}  # fmt: skip
    assert rows(arrow.Frame(columns)) == [("a", None, 1, True), (None, 1.0, 2, False)]
    assert rows(arrow.Frame({name: column[:0] for name, column in columns.items()})) == []
    assert len(arrow.Frame(columns)) == 2


def test_a_stream_outlives_its_frame() -> None:
    class Kept:
        def __init__(self) -> None:
            frame = arrow.Frame({'a "quoted" name': np.arange(100_000)})
            self.stream = frame.__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return self.stream

    kept = Kept()
    gc.collect()
    with duckdb.connect() as duck:
        assert duck.from_arrow(kept).aggregate('sum("a ""quoted"" name")').fetchall() == [(4_999_950_000,)]  # fmt: skip


def test_any_relation_of_duckdb_is_read() -> None:
    with duckdb.connect() as duck:
        found, faults = from_arrow.judgements(
            duck.sql(
                "SELECT 1 AS grade, 'a' AS item_id, 7 AS topic_id UNION ALL SELECT 1, 'b c', 7"
            )
        )
    assert list(found.topic_ids) == ["7"]
    assert [(each.source, each.position, each.rule) for each in faults] == [("arrow", 2, "not_an_id")]  # fmt: skip


def test_what_cannot_be_read_says_why() -> None:
    with pytest.raises(BadValue, match="a list offers no Arrow stream"):
        from_arrow.judgements([1, 2])
    with pytest.raises(BadValue, match="grade"):
        from_arrow.judgements(arrow.Frame({"topic_id": np.array(["a"], object), "item_id": np.array(["b"], object)}))  # fmt: skip
    with pytest.raises(BadValue, match="no answer"):
        from_arrow.answers(arrow.Frame({"estimator": np.array(["IPS"], object)}))


def test_pyarrow_was_never_asked_for() -> None:
    assert "pyarrow" not in sys.modules

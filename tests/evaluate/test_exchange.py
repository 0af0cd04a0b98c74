"""Files from elsewhere and for elsewhere: told by their bytes, written by their names, wrong ones named."""

import gzip

import duckdb
import numpy as np
import pytest

from ritornello.evaluate import exchange, parquet
from ritornello.evaluate.collections import Origin, of_ids
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.kinds.errors import BadValue
from tests.evaluate.kept import a_collection, a_run

OPEN = Origin("people", "open")


@pytest.mark.parametrize("name", ["a.parquet", "a.txt", "a.txt.gz"])
def test_what_is_written_is_read_again_whatever_the_form(tmp_path, name):
    collection = a_collection(4)
    run, file = a_run(collection, "x", 0.5), tmp_path / name
    assert exchange.write_judgements(collection, file) == len(collection.judged.topics)
    rows, faults = exchange.read_judgements(file)
    again = of_ids("x", rows, OPEN)
    assert faults == []
    assert np.array_equal(again.judged.grades, collection.judged.grades)
    assert exchange.write_run(run, collection, file) == len(run.ranked.topics)
    rows, faults = exchange.read_run(file)
    back = run_of(collection, "x", run.recipe, rows)
    assert (faults, back.id) == ([], run.id)


@pytest.mark.parametrize("name", ["a.parquet", "a.txt"])
def test_a_run_is_written_best_first_and_equal_scores_by_the_later_id(tmp_path, name):
    judged = of_ids("x", Rows(["t"], ["d"], [1]), OPEN)
    rows = Rows(["t"] * 4, ["a", "b", "d", "e"], [1.0, 2.0, 2.0, 1.0 + 1e-12])
    exchange.write_run(run_of(judged, "x", {}, rows), judged, tmp_path / name)
    assert list(exchange.read_run(tmp_path / name)[0].item_ids) == ["d", "b", "e", "a"]


def test_a_packed_file_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.gz", "b.gz"):
        exchange.write_judgements(a_collection(2), tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_qrels_that_are_a_run_and_the_reverse_are_named(tmp_path):
    collection, file = a_collection(2), tmp_path / "file"
    exchange.write_run(a_run(collection, "x", 0), collection, file)
    with pytest.raises(BadValue, match=r"24 times run_row.*looks like a row of a run"):
        exchange.read_judgements(file)
    exchange.write_judgements(collection, file)
    with pytest.raises(BadValue, match=r"qrels_row.*looks like a row of qrels"):
        exchange.read_run(file)
    file.write_bytes(b"# nothing\n")
    with pytest.raises(BadValue, match=r"holds no row that could be read$"):
        exchange.read_run(file)


def test_bad_rows_of_parquet_are_faults_and_the_rest_goes_in(tmp_path):
    file = tmp_path / "rows.parquet"
    with duckdb.connect() as duck:
        duck.execute(
            "COPY (SELECT * FROM (VALUES ('t', 'a', 1.5, 9), (NULL, 'a', 1, 9), ('t', 'b c', 1, 9), "
            "('t', 'd', 'nan'::DOUBLE, 9), ('t', '', 1, 9), ('t', 'e', NULL, 9)) AS r(topic_id, item_id, score, other)) "
            f"TO '{file}' (FORMAT parquet)"
        )
    rows, faults = exchange.read_run(file)
    assert (rows.topic_ids, rows.item_ids, rows.values) == (["t"], ["a"], [1.5])
    assert [(each.position, each.rule) for each in faults] == [
        (2, "missing_id"),
        (3, "not_an_id"),
        (4, "not_finite"),
        (5, "not_an_id"),
        (6, "not_finite"),
    ]
    with pytest.raises(BadValue, match="grade"):
        exchange.read_judgements(file)


def test_a_file_that_says_it_is_parquet_and_is_not_is_an_error(tmp_path):
    file = tmp_path / "x.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(BadValue, match=r"x\.parquet cannot be read"):
        parquet.read_run(file)


def test_topics_come_as_json_lines_and_bad_ones_are_faults(tmp_path):
    file = tmp_path / "topics"
    file.write_bytes(
        b'{"topic_id": "q1", "query": "calm", "context": {"device": "car"}}\n{"topic_id": "q 2"}\n'
        b'{"topic_id": "q1"}\n\n[]\n{"topic_id": "q3", "listener_id": "listener-1", "other": 1}\n\xff\n'
        b'{"topic_id": "q4", "listener_id": "listener-1"}'
    )
    topics, faults = exchange.read_topics(file)
    assert [(topic.topic_id, topic.query, topic.listener_id) for topic in topics] == [
        ("q1", "calm", None),
        ("q4", None, "listener-1"),
    ]
    assert [(each.position, each.rule) for each in faults] == [
        (2, "not_a_topic"),
        (3, "twice"),
        (5, "not_a_topic"),
        (6, "not_a_topic"),
        (7, "not_a_topic"),
    ]


def test_a_universe_is_an_id_a_line(tmp_path):
    file = tmp_path / "items"
    file.write_bytes(b"\xef\xbb\xbftrack:1\r\n\r\n track:2 \n")
    assert exchange.read_ids(file) == ["track:1", "track:2"]
    file.write_bytes(gzip.compress(b"track:1\n" * 1000)[:40])
    with pytest.raises(BadValue, match="cannot be read as text"):
        exchange.read_ids(file)
    file.write_bytes(b"\n")
    with pytest.raises(BadValue, match="holds no id"):
        exchange.read_ids(file)

"""Both engines keep one contract; what Spark lacks is named before anything is tried."""

import shutil
import sys

import numpy as np
import pytest

from ritornello.kinds.errors import NotFound, OutOfMemory, StorageUnavailable
from ritornello.store import engines
from ritornello.store.engines import DuckEngine, SparkEngine, java_version, look_for_spark

ROWS = """
    SELECT CAST(1 AS BIGINT) AS n, 'a' AS name, CAST(NULL AS DOUBLE) AS x, TRUE AS yes
    UNION ALL SELECT 2, NULL, 0.5e0, NULL UNION ALL SELECT 2, 'b', 1.5e0, FALSE
"""
SPARK = pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])


@pytest.fixture(params=["duckdb", SPARK])
def engine(request, home):
    if request.param == "spark":
        yield request.getfixturevalue("spark")
        return
    found = DuckEngine(home, memory_mb=500, threads=1)
    yield found
    found.close()


def test_a_view_gives_rows_and_columns(engine):
    engine.view("told", ROWS)
    assert sorted(engine.rows("SELECT n, x FROM told WHERE x IS NOT NULL")) == [(2, 0.5), (2, 1.5)]
    columns = engine.columns("SELECT * FROM told ORDER BY n NULLS LAST, name NULLS FIRST")
    assert columns["n"].tolist() == [1, 2, 2]
    assert columns["n"].dtype == np.int64
    assert columns["name"].tolist() == ["a", None, "b"]
    assert np.isnan(columns["x"]).tolist() == [True, False, False]


def test_what_is_written_lies_by_value_and_is_read_with_the_columns_asked_for(engine, tmp_path):
    engine.view("told", ROWS)
    files = engine.write("SELECT * FROM told", tmp_path / "out", by="n")
    assert sorted({file.parent.name for file in files}) == ["n=1", "n=2"]
    shape = {"name": "VARCHAR", "x": "DOUBLE", "slot": 'STRUCT("shelf" VARCHAR)[]'}
    engine.parquet("back", files, shape)
    assert sorted(engine.rows("SELECT x, slot FROM back WHERE x > 0")) == [(0.5, None), (1.5, None)]


def test_no_rows_are_no_files_and_no_files_are_no_rows(engine, tmp_path):
    engine.view("told", ROWS)
    assert engine.write("SELECT * FROM told WHERE n > 5", tmp_path / "whole") == []
    assert engine.write("SELECT * FROM told WHERE n > 5", tmp_path / "parted", by="n") == []
    engine.parquet("back", [], {"n": "BIGINT"})
    assert engine.rows("SELECT n FROM back") == []


@pytest.mark.parametrize("sql", ["SELECT 1 / (n - n) FROM told", "SELECT nothing FROM told"])
def test_an_engine_that_cannot_says_which_and_why(engine, sql):
    engine.view("told", ROWS)
    with pytest.raises(StorageUnavailable, match=r"^(DuckDB|Spark): "):
        engine.rows(sql)


def test_what_does_not_fit_into_memory_is_said_in_a_line(home):
    engine = DuckEngine(home, memory_mb=20, threads=1)
    with pytest.raises(OutOfMemory, match=r"^DuckDB: Out of Memory Error: .*$") as told:
        engine.rows("SELECT list(i) FROM range(20000000) AS t (i)")
    assert "\n" not in str(told.value)
    engine.close()


def test_a_missing_pyspark_names_the_extra(monkeypatch, home):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(NotFound, match=r"pip install ritornello\[spark\]"):
        SparkEngine(home)


@pytest.mark.parametrize(
    ("found", "what"), [(None, "no Java was found"), (11, "Java 11 was found")], ids=["none", "old"]
)
def test_a_missing_java_is_named(monkeypatch, found, what):
    pytest.importorskip("pyspark")
    monkeypatch.setattr(engines, "java_version", lambda: found)
    with pytest.raises(NotFound, match=rf"needs Java 17 or newer, and {what}; set JAVA_HOME"):
        look_for_spark()


@pytest.mark.parametrize(("said", "number"), [("17.0.15", 17), ("1.8.0_292", 8)])
def test_the_version_of_java_is_read(monkeypatch, tmp_path, said, number):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!{shutil.which('sh')}\necho 'openjdk version \"{said}\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_version() == number
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert java_version() is None

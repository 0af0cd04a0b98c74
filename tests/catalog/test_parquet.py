"""Anybody's Parquet file, row by row."""

import duckdb
import pytest

from ritornello.catalog import parquet
from ritornello.kinds.errors import BadValue


@pytest.fixture
def write(tmp_path):
    def write(query):
        path = tmp_path / "table.parquet"
        duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path

    return write


def test_rows_come_in_order_with_instants_as_utc_text(write):
    path = write(
        "SELECT i AS n, TIMESTAMP '2026-01-01 10:00:00.5' AS naive,"
        " '2026-01-01T10:00:00+02:00'::TIMESTAMPTZ AS aware FROM range(12000) t(i)"
    )
    assert parquet.names(path) == ["n", "naive", "aware"]
    assert parquet.count(path) == 12_000
    rows = list(parquet.rows(path))
    assert [row["n"] for row in rows] == list(range(12_000))
    assert rows[0]["naive"] == "2026-01-01T10:00:00.500000Z"
    assert rows[0]["aware"] == "2026-01-01T08:00:00.000000Z"


def test_odd_column_names_and_absent_values_pass(write):
    path = write('SELECT NULL::TIMESTAMP AS "a ""b", [1, 2] AS "select"')
    assert list(parquet.rows(path)) == [{'a "b': None, "select": [1, 2]}]


@pytest.mark.parametrize("body", [b"", b"PAR1", b"PAR1" + b"\x00" * 100 + b"PAR1"])
def test_what_is_not_parquet_is_refused_without_telling_where_it_lies(tmp_path, body):
    path = tmp_path / "table.parquet"
    path.write_bytes(body)
    with pytest.raises(BadValue, match=r"table\.parquet") as caught:
        list(parquet.rows(path))
    assert str(tmp_path) not in str(caught.value)

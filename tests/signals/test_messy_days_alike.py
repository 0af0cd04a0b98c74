"""Messy days give the same rows on DuckDB and on Spark."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ritornello.signals.inputs import COLUMNS
from ritornello.signals.shapes import shapes
from ritornello.store import lake
from tests.signals.messy import DUCK, INPUTS, NAMES, TABLES, make, worlds

pytestmark = [pytest.mark.spark, pytest.mark.slow]
SHARED = ("item", "clock")


def together(several):
    """Many small worlds as one, each with listeners of its own."""
    return {
        name: several[0][name]
        if name in SHARED
        else [
            row | {key: f"{row[key]} {n}" for key in ("event_id", "listener_id") if key in row}
            for n, world in enumerate(several)
            for row in world[name]
        ]
        for name in INPUTS
        if name != "observed"
    }


@settings(max_examples=2, phases=[Phase.generate], derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(st.lists(worlds(), min_size=12, max_size=12))
def test_every_table_has_the_same_rows(tmp_path_factory, spark, several):
    folder = tmp_path_factory.mktemp("messy")
    expected = make(together(several))
    for name in INPUTS:
        file = folder / f"{name}.parquet"
        DUCK.execute(f"COPY {name} TO {lake.quoted(str(file))} (FORMAT parquet)")
        spark.parquet(name, [file], COLUMNS[name])
    for name in NAMES:
        files = spark.write(TABLES[name].sql, folder / name)
        read = DUCK.execute(f"SELECT * FROM {lake.parquet(files)}")
        columns = {column[0]: str(column[1]) for column in read.description}
        assert columns == shapes()[name]
        rows = [dict(zip(columns, row, strict=True)) for row in read.fetchall()]
        assert rows
        assert sorted(rows, key=repr) == sorted(expected[name], key=repr)
        spark.parquet(name, files, shapes()[name])

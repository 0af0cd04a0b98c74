"""The records as columns: same names, defaults that stand for absence, types DuckDB accepts."""

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.columns import columns_of, sql_type
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import EVENT_KINDS, Listen
from ritornello.kinds.items import ITEM_KINDS
from ritornello.kinds.tallies import Tally
from ritornello.testing.records import records

RECORDS = [*EVENT_KINDS.values(), *ITEM_KINDS.values(), Decision, Tally]


@pytest.mark.parametrize("record", RECORDS)
def test_python_json_schema_and_columns_say_the_same_names(record):
    columns = [column.name for column in columns_of(record)]
    (schema,), parts = msgspec.json.schema_components([record], ref_template="{name}")
    described = [name for name in parts[schema["$ref"]]["properties"] if name != "kind"]
    assert columns == list(record.__struct_fields__) == described


@pytest.mark.parametrize("record", RECORDS)
def test_duckdb_makes_a_table_of_every_record(record):
    columns = ", ".join(f'"{column.name}" {column.type}' for column in columns_of(record))
    with duckdb.connect() as duck:
        duck.execute(f"CREATE TABLE it ({columns})")
        assert len(duck.execute("DESCRIBE it").fetchall()) == len(columns_of(record))


@pytest.mark.parametrize("record", RECORDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_field_left_out_of_the_json_has_its_default(record, data):
    made = data.draw(records(record))
    written = msgspec.to_builtins(made)
    for column in columns_of(record):
        if column.name not in written:
            absent = getattr(made, column.name)
            assert column.default == (str(absent) if isinstance(absent, dict) else absent)


def test_the_columns_of_a_listen_are_what_the_docs_say():
    types = {column.name: column.type for column in columns_of(Listen)}
    assert types["happened_at"] == "TIMESTAMPTZ"
    assert types["ms_played"] == "BIGINT"
    assert types["private"] == "BOOLEAN"
    assert types["slot"] == 'STRUCT("shelf" VARCHAR, "position" BIGINT)'
    assert types["extra"] == "VARCHAR"


@pytest.mark.parametrize("annotation", [set[int], bytes, complex, list[int]])
def test_a_type_no_column_holds_is_named(annotation):
    with pytest.raises(TypeError, match=r"kinds\.columns"):
        sql_type(annotation)

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.store import lake
from ritornello.store.bodies import body_of
from ritornello.store.records import RECORDS
from ritornello.testing.records import records


@pytest.mark.parametrize("kind", RECORDS)
def test_every_record_survives_the_way_into_columns_and_back(kind, home):
    duck = lake.open_lake(home)
    file = home.lake / "there-and-back.parquet"

    @settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.lists(records(RECORDS[kind]), min_size=1, max_size=20))
    def check(given_records):
        rows = [(body_of(record).decode(), 0, -1) for record in given_records]
        lake.stage(duck, kind, [rows], into="staged")
        duck.execute(f"COPY staged TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        read = lake.decisions if kind == "decision" else lambda d, s: lake.events(d, kind, s)
        back = [record for batch in read(duck, lake.parquet([file])) for record in batch]
        assert [body_of(record) for record in back] == [row[0].encode() for row in rows]

    check()
    duck.close()


def test_columns_hold_defaults_not_nulls(home, listen):
    with lake.open_lake(home) as duck:
        lake.stage(duck, "listen", [[(body_of(listen()).decode(), 1_000_000, -1)]], into="staged")
        row = duck.execute(
            "SELECT device, surface, attribution, private, source, ms_played, sent_at, "
            "epoch(received_at) FROM staged"
        ).fetchone()
    assert row == ("unknown", "unknown", "none", False, "api", None, None, 1.0)


def test_times_are_microseconds_in_utc_and_types_are_plain(home, listen, tmp_path):
    with lake.open_lake(home) as duck:
        lake.stage(duck, "listen", [[(body_of(listen()).decode(), 0, -1)]], into="staged")
        duck.execute(f"COPY staged TO '{tmp_path}/x.parquet' (FORMAT parquet)")
        types = dict(
            duck.execute(
                f"SELECT name, logical_type FROM parquet_schema('{tmp_path}/x.parquet')"
            ).fetchall()
        )
    for name in ("happened_at", "started_at", "received_at", "sent_at"):
        assert "isAdjustedToUTC=1" in types[name]
        assert "MICROS" in types[name]
    assert not any("UUID" in str(logical) for logical in types.values())


def test_no_kind_is_without_columns():
    assert set(RECORDS) == {"listen", "impression", "act", "query", "answer", "decision"}
    assert all(issubclass(record, msgspec.Struct) for record in RECORDS.values())
    assert duckdb.__version__ >= "2"

import pytest

from ritornello.kinds.faults import Fault
from ritornello.store import faults


@pytest.fixture
def record(writer):
    def run(found, at_us=0):
        writer.append([], changes=faults.changes(found, at_us)).result()

    return run


def test_are_kept_listed_and_counted_by_rule(record, conn):
    one = Fault.at("a.csv", 3, "not_a_time", "no time", field="at")
    two = Fault.at("a.csv", 9, "unknown_field", "what is this")
    record([one, two, one])
    assert faults.latest(conn, 10) == [one, two, one]
    assert faults.latest(conn, 10, rule="unknown_field") == [two]
    assert faults.latest(conn, 10, source="b.csv") == []
    assert faults.count(conn) == {("a.csv", "not_a_time"): 2, ("a.csv", "unknown_field"): 1}


def test_the_table_is_capped_and_the_count_is_not(record, conn, monkeypatch):
    monkeypatch.setattr(faults, "KEPT", 100)
    for start in range(0, 250, 50):
        record([Fault.at("a.csv", start + i, "rule", "message") for i in range(50)])
    record([Fault.at("b.csv", i, "rule", "message") for i in range(30)])
    assert conn.execute("SELECT count(*) FROM faults").fetchone() == (100,)
    assert [fault.source for fault in faults.latest(conn, 31)] == ["b.csv"] * 30 + ["a.csv"]
    assert faults.count(conn) == {("a.csv", "rule"): 250, ("b.csv", "rule"): 30}


def test_nothing_wrong_changes_nothing():
    assert faults.changes([], 0) == []

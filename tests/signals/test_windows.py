"""Days are made together while they are near and few; before some engines, large ones alone."""

import pytest

from ritornello.signals.staleness import Lineage
from ritornello.signals.tables import Reach, Table
from ritornello.signals.windows import ROWS_ALONE, Window, query, windows
from ritornello.store.manifest import Entry

DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"]


def table(reach):
    return Table(
        "arm", "One row.", ("decision_id",), ("decision",), "made_at_us", reach, "SELECT 1"
    )


def lake(n_rows):
    files = {dt: [Entry(f"{dt}.parquet", "decision", dt, n_rows, 0, "", 0)] for dt in DAYS}
    return Lineage({"decision": files}, {}, {}, 0)


@pytest.mark.parametrize(
    ("n_rows", "reach", "parts_dearly", "sizes"),
    [
        (ROWS_ALONE, Reach(0, 0), True, [1, 1, 1]),
        (ROWS_ALONE // 3, Reach(0, 0), True, [3]),
        (ROWS_ALONE, Reach(0, 0), False, [3]),
        (ROWS_ALONE, Reach(0, 1), True, [3]),
    ],
)
def test_days_that_reach_nowhere_stand_alone_if_they_are_large(n_rows, reach, parts_dearly, sizes):
    found = windows(table(reach), DAYS, lake(n_rows), parts_dearly=parts_dearly)
    assert [len(window.days) for window in found] == sizes


def test_what_lies_around_a_window_does_not_make_it_smaller():
    found = windows(table(Reach(8, 2)), DAYS, lake(10), rows_a_window=20)
    assert [window.days for window in found] == [DAYS[:2], DAYS[2:]]


def test_one_day_is_not_parted_by_days():
    one, two = Window(table(Reach(0, 0)), DAYS[:1]), Window(table(Reach(0, 0)), DAYS[:2])
    assert (one.parted, two.parted) == (False, True)
    assert "AS dt" not in query(one)
    assert "AS dt" in query(two)

"""Two relations are the same exactly where their rows are, each as often, to nine places."""

import duckdb
import pytest

from ritornello.testing.comparing import differences, summed

COLUMNS = {"name": "VARCHAR", "n": "BIGINT", "x": "DOUBLE"}
ROWS = "('a', 1, 0.5), ('a', 1, 0.5), (NULL, 2, NULL), ('b', NULL, -1e300)"


def apart(one, other):
    with duckdb.connect() as duck:
        for name, rows in (("one", one), ("other", other)):
            duck.execute(f"CREATE TABLE {name} (name VARCHAR, n BIGINT, x DOUBLE)")
            duck.execute(f"INSERT INTO {name} VALUES {rows}")
        found = differences(duck, "FROM one", "FROM other", COLUMNS)
        sums = {summed(duck, f"FROM {name}", COLUMNS) for name in ("one", "other")}
    assert (len(sums) == 1) == (found[1] == [])
    return found


@pytest.mark.parametrize(
    "other",
    [
        ROWS,
        "('b', NULL, -1e300), ('a', 1, 0.5), (NULL, 2, NULL), ('a', 1, 0.5)",
        "('a', 1, 0.5000000001), ('a', 1, 0.4999999999), (NULL, 2, NULL), ('b', NULL, -1e300)",
    ],
)
def test_the_same_rows_in_any_order_are_the_same(other):
    assert apart(ROWS, other) == (4, [])


def test_nought_is_nought_whatever_its_sign():
    assert apart("('a', 1, 0.0)", "('a', 1, -0.0)") == (1, [])


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ("('a', 1, 0.5), (NULL, 2, NULL), ('b', NULL, -1e300)", "first"),
        (ROWS + ", ('a', 1, 0.5)", "second"),
        (ROWS.replace("-1e300", "1e300"), "first"),
        (ROWS.replace("(NULL, 2", "('', 2"), "second"),
        (ROWS.replace("0.5)", "0.500000001)", 1), "first"),
    ],
)
def test_rows_that_are_in_one_alone_are_told(other, found):
    n_rows, some = apart(ROWS, other)
    assert n_rows == 4
    assert found in {row[0] for row in some}
    assert ("counts" in {row[0] for row in some}) == (other.count("(") != 4)

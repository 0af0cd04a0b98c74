"""The head of a file is read or refused; tables stand after what they need."""

import pytest

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals import inputs, tables
from ritornello.signals.shapes import shapes
from ritornello.signals.tables import Reach, in_order, parse

HEAD = {
    "about": "One row per visit.",
    "key": "key: visit_id",
    "needs": "needs: listen",
    "day": "day: at_us",
    "reach": "reach: 1 day back, 2 days forward",
}
ALLOWED = {"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN"}


def text(**said):
    head = [f"-- {line}\n" for line in {**HEAD, **said}.values() if line is not None]
    return "".join(head) + "SELECT 1 AS visit_id;\n"


def test_a_head_is_read():
    table = parse("visits", text(needs="needs: listen, act"))
    assert (table.about, table.key, table.needs) == (
        "One row per visit.",
        ("visit_id",),
        ("listen", "act"),
    )
    assert (table.day, table.reach, table.sql) == ("at_us", Reach(1, 2), "SELECT 1 AS visit_id")


@pytest.mark.parametrize(
    ("said", "reach"),
    [
        ("from the beginning, to the end", Reach(None, None)),
        ("from the beginning, 0 days forward", Reach(None, 0)),
        ("28 days back, to the end", Reach(28, None)),
    ],
)
def test_a_side_of_a_reach_may_be_open(said, reach):
    assert parse("visits", text(reach=f"reach: {said}")).reach == reach


def test_a_whole_table_has_no_day():
    said = {"day": "day: none", "reach": f"reach: {tables.EVERYWHERE}"}
    assert parse("returns", text(**said)).day is None
    with pytest.raises(BadValue, match="reach '1 day back"):
        parse("returns", text(day="day: none"))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"key": None}, "visits.sql does not declare key"),
        ({"about": None}, "a sentence that says what a row is"),
        ({"needs": "needs:"}, "does not declare needs"),
        ({"reach": "reach: far"}, "reach 'far'; say '2 days back"),
        ({"again": "key: other"}, "says 'key' twice"),
    ],
)
def test_a_head_that_lacks_something_is_refused(said, error):
    with pytest.raises(BadValue, match=error):
        parse("visits", text(**said))


def table(name, *needs):
    return parse(name, text(needs=f"needs: {', '.join(needs)}"))


def test_tables_stand_after_what_they_need():
    found = in_order([table("a", "b", "listen"), table("b", "c"), table("c", "listen")], ["listen"])
    assert [each.name for each in found] == ["c", "b", "a"]


def test_a_circle_is_named():
    with pytest.raises(BadValue, match="a → b → a"):
        in_order([table("a", "b"), table("b", "a"), table("c", "listen")], ["listen"])


def test_an_unknown_need_is_named():
    with pytest.raises(UnknownName, match=r"for a.sql 'listens'; .*did you mean 'listen'"):
        in_order([table("a", "listens")], ["listen"])


def test_the_tables_of_the_package_are_what_they_declare():
    for each in tables.read(inputs.COLUMNS):
        columns = shapes()[each.name]
        assert set(each.key) <= set(columns)
        assert each.day is None or each.day in columns
        assert set(columns.values()) <= ALLOWED, each.name


def test_what_the_engines_do_not_mean_alike_is_refused():
    with pytest.raises(BadValue, match=r"visits\.sql says what DuckDB and Spark do not mean alike"):
        parse("visits", text().replace("SELECT 1", "SELECT concat('a', NULL)"))

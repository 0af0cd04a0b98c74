"""The deny-list sees what it forbids, lets the rest through, and every difference is real."""

from importlib.resources import files

import pytest

from ritornello.signals import portable

SQL = sorted(
    each.name for each in files("ritornello.signals").iterdir() if each.name.endswith(".sql")
)
SHOWN = [(rule.name, each) for rule in portable.RULES for each in rule.shown_by]


def test_names_are_unique():
    names = [rule.name for rule in portable.RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", SQL)
def test_what_the_package_says_is_portable(name):
    sql = (files("ritornello.signals") / name).read_text(encoding="utf-8")
    assert portable.faults(sql) == []


@pytest.mark.parametrize(("name", "expression"), SHOWN, ids=lambda text: text)
def test_a_rule_sees_what_it_is_shown_by(name, expression):
    found = portable.faults(f"SELECT {expression}")
    assert any(fault.startswith(f"{name}: ") for fault in found) or name == "sum"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CAST(floor(a / 7) AS BIGINT) FROM t",
        "SELECT CAST(floor((a - b) / 86400000000) % 7 AS INT) FROM t",
        "SELECT CAST(sum(CASE WHEN a THEN 1 ELSE 0 END) AS BIGINT) FROM t",
        "SELECT CAST(coalesce(sum(a), 0) AS BIGINT) FROM t",
        "SELECT CAST(sum(a) OVER (ORDER BY b NULLS LAST, c DESC NULLS FIRST ROWS 1 PRECEDING) AS BIGINT) FROM t",
        "SELECT a / nullif(b, 0), a % 7, mod(a, 7), a / CAST(nullif(b, 0) AS DOUBLE) FROM t",
        "SELECT 0.5e0, CAST(0.5 AS DOUBLE), t1.x, 'it''s 0.5 / 0 -- fine' FROM t1",
        'SELECT a -- concat(a, 1 / 0)\nFROM t /* "x" */',
        "SELECT substring(a, 10, 2), round(a), CAST(a AS BIGINT), date_add(d, 3) FROM t",
        "SELECT latest, blast(a), first_item FROM t ORDER BY latest NULLS LAST",
    ],
)
def test_the_rest_is_let_through(sql):
    assert portable.faults(sql) == []


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT CAST(a * 0.5e0 AS INTEGER) FROM t", "cast"),
        ("SELECT CAST(floor(a) / 2 AS BIGINT) FROM t", "cast"),
        ("SELECT TRY_CAST(avg(a) AS INT) FROM t", "cast"),
        ("SELECT sum(a) FROM t", "sum"),
        ("SELECT sum(a) OVER (PARTITION BY b) FROM t", "sum"),
        ("SELECT a / b FROM t", "divisor"),
        ("SELECT mod(a, b) FROM t", "divisor"),
        ("SELECT a / 0 FROM t", "divisor"),
        ("SELECT row_number() OVER (ORDER BY a, b NULLS LAST) FROM t", "order"),
        ("SELECT a FROM t ORDER BY a DESC, b ASC", "order"),
        ("SELECT 'a\\nb' FROM t", "backslash"),
        ("SELECT a FROM t LIMIT 1", "chance"),
        ("SELECT * EXCLUDE (a) FROM t", "dialect"),
        ("SELECT a::DOUBLE FROM t", "dialect"),
        ("SELECT a FROM t WHERE b > .5", "decimal"),
    ],
)
def test_what_is_forbidden_is_named_with_what_to_write(sql, name):
    (fault,) = portable.faults(sql)
    assert fault.startswith(f"{name}: ")
    assert "; write " in fault

"""Names, whole numbers and instants, each held to its form."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.fields import fits, instant, text, whole
from ritornello.intake.refusal import Refused
from ritornello.kinds.ids import ItemId

AT = datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "form", "at"),
    [
        ("2026-01-01T10:00:00.5Z", "iso8601", AT),
        ("2026-01-01 12:00:00.5+02:00", "iso8601", AT),
        (" 2026-01-01 10:00:00.5 ", "utc", AT),
        ("2026-01-01T12:00:00.5+02:00", "utc", AT),
        ("1767261600.5", "unix_s", AT),
        (1767261600.5, "unix_s", AT),
        ("1767261600500", "unix_ms", AT),
        (1767261600500000, "unix_us", AT),
    ],
)
def test_a_time_in_its_stated_form(stated, form, at):
    assert instant(stated, form) == at


@pytest.mark.parametrize(
    ("stated", "form", "rule"),
    [
        ("2026-01-01T10:00:00", "iso8601", "naive_time"),
        ("1767261600", "iso8601", "not_a_time"),
        ("2026-01-01", "unix_s", "not_a_time"),
        ("nan", "unix_s", "not_a_time"),
        ("1e400", "unix_s", "not_a_time"),
        ("1e20", "unix_s", "not_a_time"),
        ("", "utc", "not_a_time"),
        (None, "utc", "not_a_time"),
        ("0001-01-01T00:00:00+14:00", "iso8601", "not_a_time"),
    ],
)
def test_a_time_in_another_form_is_refused(stated, form, rule):
    with pytest.raises(Refused) as caught:
        instant(stated, form)
    assert caught.value.rule == rule


@given(st.integers(0, 4_000_000_000_000_000))
def test_microseconds_survive_every_unix_form_exactly(us):
    assert instant(str(us), "unix_us") == instant(us, "unix_us")
    assert instant(us // 1000, "unix_ms") == instant(us // 1000 * 1000, "unix_us")


@pytest.mark.parametrize(("value", "found"), [("5", 5), (5, 5), ("5.0", 5), (" 7 ", 7), ("", None)])
def test_whole_numbers(value, found):
    assert whole({"n": value}, "n", 0, 10) == found
    assert whole({}, "n", 0, 10) is None


@pytest.mark.parametrize(
    ("value", "rule"),
    [("x", "wrong_type"), ("5.5", "out_of_range"), ("-1", "out_of_range"), (11, "out_of_range"),
     ("nan", "wrong_type"), ("inf", "wrong_type"), ([1], "wrong_type")],
)  # fmt: skip
def test_other_numbers_are_refused(value, rule):
    with pytest.raises(Refused) as caught:
        whole({"n": value}, "n", 0, 10)
    assert (caught.value.field, caught.value.rule) == ("n", rule)


def test_texts_are_stripped_and_bounded():
    assert text({"a": " x ", "b": 5}, "a") == "x"
    assert text({"b": 5}, "b") == "5"
    assert text({"a": None}, "a") == text({}, "a") == ""
    with pytest.raises(Refused, match="1000"):
        text({"a": "x" * 1001}, "a")


def test_forms():
    assert fits("track:a", ItemId)
    assert not fits("a", ItemId)

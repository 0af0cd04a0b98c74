"""Numbers for people: no digit that means nothing, no minus before 0, nothing lost of what is nearly nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.evaluate import numerals
from ritornello.measures.resampling import Interval
from tests.evaluate.reports_of_all_kinds import intervals


def read(written):
    return float(written.replace("−", "-").replace(",", ""))


@settings(max_examples=50)
@given(st.floats(-1e9, 1e9))
def test_a_number_is_right_to_four_digits(value):
    near = pytest.approx(value, rel=6e-4, abs=6e-9)
    assert read(numerals.number(value)) == near
    assert not numerals.number(value).startswith("-")


@settings(max_examples=50)
@given(intervals)
def test_mean_and_bounds_keep_their_order_and_two_digits_of_half_the_width(found):
    mean, low, high = map(read, numerals.within(found))
    assert low <= mean <= high
    assert abs(mean - found.mean) <= max(0.06 * (found.high - found.low), 6e-4 * abs(found.mean), 6e-9)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, "0 %"), (1e-9, "below 0.1 %"), (0.5, "50 %"), (0.9999, "above 99.9 %"), (1.0, "100 %"), (-0.25, "−25 %")],
)  # fmt: skip
def test_a_share_never_says_none_of_some(value, written):
    assert numerals.share(value) == written


def test_what_rounds_to_nothing_has_no_minus():
    assert numerals.within(Interval(-0.0001, -0.5, 0.5, 0.95, 10)) == ("0.00", "−0.50", "0.50")
    assert numerals.number(-0.0) == "0"
    assert numerals.number(0.5) == "0.5"


def test_what_is_no_number_is_said_in_words():
    assert [numerals.number(value) for value in (math.nan, math.inf, -math.inf)] == ["unknown", "∞", "−∞"]  # fmt: skip

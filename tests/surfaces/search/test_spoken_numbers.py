"""Numbers read aloud and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.spoken_numbers import in_digits, in_words


@given(st.integers(0, 999_999_999).map(str))
def test_whichever_way_a_number_is_read_it_is_read_back(digits):
    for words in in_words(digits):
        assert in_digits(words) == [digits]


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("nineteen seventy five", "1975"),
        ("one eighty two", "182"),
        ("two thousand and five", "2005"),
        ("twenty one pilots", "21 pilots"),
        ("nineteen oh five", "1905"),
        ("one hundred and one dogs and cats", "101 dogs and cats"),
        ("ninety nine red balloons", "99 red balloons"),
        ("the hundred in the hands", "the hundred in the hands"),
        ("stand and deliver", "stand and deliver"),
    ],
)
def test_numbers_within_a_text_are_found(said, digits):
    assert " ".join(in_digits(said.split())) == digits


def test_what_is_too_long_is_read_digit_by_digit():
    assert len(in_words("1" * 5000)[0]) == 9
    assert in_words("007") == (("zero", "zero", "seven"),)

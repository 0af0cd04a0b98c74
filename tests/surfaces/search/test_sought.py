"""A text as it is looked for: folded, bounded, and what else it may stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.fields import LONGEST_NAME, LONGEST_WORD
from ritornello.surfaces.search.sought import MOST_WORDS, Sought, n_slips


@given(st.text(max_size=600))
def test_words_are_few_short_and_folded(text):
    sought = Sought(text)
    assert len(sought.words) <= MOST_WORDS
    assert all(0 < len(word) <= LONGEST_WORD for word in sought.words)
    assert all(0 < len(whole) <= LONGEST_NAME for whole in sought.wholes)
    assert bool(sought.words) == bool(sought.wholes)


def test_the_whole_is_what_was_typed_then_what_it_may_stand_for():
    assert Sought("Beatles, The").wholes == ("beatlesthe", "thebeatles")
    assert Sought("f*** you").wholes == ("fyou", "fuckyou")
    assert Sought("").wholes == ()


@pytest.mark.parametrize(
    ("text", "is_prefix", "is_open"),
    [("hel", True, True), ("help ", True, False), ("hel", False, False), ("x" * 500, True, True)],
)
def test_the_last_word_goes_on_while_typing_unless_a_space_ends_it(text, is_prefix, is_open):
    assert Sought(text, is_prefix=is_prefix).is_open == is_open


def test_one_slip_from_four_letters_two_from_eight():
    assert [n_slips("x" * n) for n in (0, 3, 4, 7, 8, 40)] == [0, 0, 1, 1, 2, 2]

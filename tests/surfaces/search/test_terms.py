"""Terms: the same from both sides of a comparison, each with the signs it was made of."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.search.terms import places, terms


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Running tests, quickly!", "run test quick"),
        ("the CAFÉS", "the cafe"),
        ("don’t", "dont"),
        ("Москва", "moskva"),
        ("東京", "东京".replace("东", "東")),
    ],
)
def test_both_sides_have_the_same_terms(said, asked):
    wanted = set(terms(asked))
    assert wanted
    assert wanted & set(terms(said))


@pytest.mark.parametrize("text", ["", "   ", "!!! -- ??", "\u202e\u200f", "\ud800"])
def test_what_holds_no_word_has_no_terms(text):
    assert terms(text) == []
    assert places(text) == []


def test_a_picture_is_what_it_is_called():
    assert terms("🎧 🎵") == terms(fold("🎧 🎵")) != []


def test_a_script_without_spaces_is_taken_sign_by_sign():
    assert len(terms("日本語")) == 3
    assert [place.begin for place in places("日本語")] == [0, 1, 2]


@given(st.text(max_size=300))
def test_places_hold_the_terms_in_order(text):
    found = places(text)
    assert [place.term for place in found] == terms(text)
    assert all(0 <= place.begin < place.end <= len(text) for place in found)
    assert all(a.begin <= b.begin for a, b in pairwise(found))


@given(st.lists(st.text(max_size=40), max_size=20))
def test_terms_of_a_text_are_those_of_its_runs(runs):
    assert terms(" ".join(runs)) == [term for run in runs for term in terms(run)]

"""What is heard in an utterance: moves in four languages, politeness around them, and nothing where nothing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search import axes, moves, phrases
from ritornello.surfaces.search.phrases import LAST, THIS


def first(text):
    words = phrases.hear(text).words
    return next(phrases.meant(words, 0, len(words)), None)


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("undo", "undo"), ("Rückgängig!", "undo"), ("annule", "undo"), ("deshacer", "undo"),
        ("start over please", "over"), ("noch mal von vorn", "over"), ("a bit calmer", "calmer"),
        ("könntest du bitte etwas leiser", "calmer"), ("ok, no, actually slower please", "slower"),
        ("beaucoup plus rapide", "faster"), ("todavía más lento", "slower"), ("not this artist", "no_artist"),
        ("less of the first artist", "less_artist"), ("more like that one", "like"), ("any decade", "any_era"),
        ("drop the genre", "forget"), ("live is fine", "allow"), ("play Blue Window instead", "instead"),
        ("something a little warmer", "read"),
    ],
)  # fmt: skip
def test_a_phrase_is_heard_with_whatever_is_around_it(text, does):
    assert first(text).does == does


@pytest.mark.parametrize(
    "text", ["", "   ", "🎸", "please", "no", "calm jazz", "undo my heart", "first"]
)
def test_what_is_no_phrase_says_nothing(text):
    assert first(text) is None


@pytest.mark.parametrize(
    ("text", "nth"),
    [
        ("more like the second", 2), ("more like song 7", 7), ("mehr wie der dritte Titel", 3), ("comme le premier", 1),
        ("como el último", LAST), ("more like this", THIS), ("more like number 12", 12),
    ],
)  # fmt: skip
def test_results_are_pointed_at_in_words_and_numbers(text, nth):
    assert first(text).nth == nth


@pytest.mark.parametrize(
    ("text", "much"), [("calmer", 1), ("a bit calmer", 0.5), ("way calmer", 2)]
)
def test_how_much_is_heard(text, much):
    assert first(text).much == much


def test_the_gap_keeps_how_it_was_written():
    heard = phrases.hear("please play Sigur Rós & Friends instead")
    said = next(phrases.meant(heard.words, 0, len(heard.words)))
    assert heard.written(*said.what) == "Sigur Rós & Friends"


def test_every_phrase_of_the_table_does_something_and_is_heard_as_itself():
    known = {
        "undo",
        "over",
        "skip",
        "read",
        *axes.MOVES,
        *moves.POINTS,
        *moves.ANY,
        *moves.BY_WORDS,
    }
    assert set(phrases.names()) == known


@given(st.text(max_size=300))
def test_any_text_is_heard_in_parts_that_end_in_order(text):
    heard = phrases.hear(text)
    assert list(heard.ends) == sorted(set(heard.ends))
    assert heard.ends[-1] == len(heard.words) == len(heard.token_of)
    start, end = phrases.trimmed(heard.words, 0, len(heard.words))
    assert 0 <= start <= end <= len(heard.words)
    for said in phrases.meant(heard.words, 0, len(heard.words)):
        assert heard.written(*said.what) is not None


def test_ten_thousand_letters_take_bounded_work():
    for text in (
        "calmer and " * 1_000,
        "x" * 10_000,
        "the " * 2_500,
        ", " * 5_000,
        "a" + "'" * 9_999,
    ):
        heard = phrases.hear(text)
        assert len(heard.tokens) <= phrases.N_TOKENS
        list(phrases.meant(heard.words, 0, len(heard.words)))

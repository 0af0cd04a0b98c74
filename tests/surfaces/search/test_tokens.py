"""Words of a text: each folded, each with its place, never too many."""

from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.tokens import MAX_TOKENS, tokens_of, typed, words_of


def test_words_are_folded_and_keep_their_place():
    text = "Ruhige Lieder,  d’été — P!nk"
    tokens = tokens_of(text)
    assert [token.word for token in tokens] == ["ruhige", "lieder", "d", "ete", "pink"]
    assert [token.stops for token in tokens] == [False, True, False, False, False]
    assert typed(text, tokens[:2]) == "Ruhige Lieder"
    assert typed(text, tokens[2:4]) == "d’été"
    assert typed(text, ()) == ""


def test_a_phrase_is_taken_apart_as_a_text_is():
    assert words_of("l'année dernière") == ("l", "annee", "derniere")


@given(st.text(max_size=2000))
def test_any_text_has_words_in_order_and_never_too_many(text):
    tokens = tokens_of(text)
    assert len(tokens) <= MAX_TOKENS
    assert all(token.word == "".join(token.word.split()) != "" for token in tokens)
    starts = [token.start for token in tokens]
    assert starts == sorted(starts)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)

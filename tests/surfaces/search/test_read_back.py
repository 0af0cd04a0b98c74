"""What is said back: told when sure, asked when not, and never a name nobody printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.carriers import Wanted
from ritornello.surfaces.search.chips import parse
from ritornello.surfaces.search.read_back import ACT, CONFIRM, nothing, of_chips, of_names

NAMES = {
    "track:a": ("Moonlight", "Artist 0421"),
    "artist:b": ("The Quiet Machines", ""),
    "album:c": ("Harbour", "Artist 0421"),
    "show:d": ("Harbour Talk", "Somebody"),
    "track:long": ("M" * 500, "A" * 500),
}


def told(item_id):
    return NAMES.get(item_id, ("", ""))


@pytest.mark.parametrize(
    ("item_id", "sentence"),
    [
        ("track:a", "Playing “Moonlight” by Artist 0421."),
        ("artist:b", "Playing The Quiet Machines."),
        ("album:c", "Playing the album “Harbour” by Artist 0421."),
        ("show:d", "Playing the show “Harbour Talk”."),
    ],
)
def test_what_is_sure_is_done_and_told(item_id, sentence):
    back = of_names(Wanted("x", "play"), [item_id], 0.9, told)
    assert (back.how, back.sentence, back.choices) == ("act", sentence, ())


@given(st.floats(0, 1), st.sampled_from([None, "play", "find", "queue"]))
def test_the_less_sure_the_more_is_asked(confidence, does):
    back = of_names(Wanted("x", does), ["track:a", "artist:b"], confidence, told)
    how = "act" if confidence >= ACT else "confirm" if confidence >= CONFIRM else "ask"
    assert back.how == how
    assert back.sentence.endswith("." if how == "act" else "?")
    assert len(back.choices) == {"act": 0, "confirm": 1, "ask": 2}[how]


def test_nothing_is_said_to_be_nothing_and_one_choice_is_no_choice():
    assert of_names(Wanted("mumble"), [], 0.0, told).how == "nothing"
    assert nothing(Wanted("")).sentence.startswith("Nothing was heard")
    assert of_names(Wanted("x"), ["track:a"], 0.1, told).how == "confirm"


def test_a_wish_is_told_in_words_and_confirmed_where_unsure():
    chips = [parse("era:1990..1999"), parse("mood:calm")]
    sure = of_chips(Wanted("x", "play"), "", chips, 0.9, told)
    assert (sure.how, sure.sentence) == ("act", "Playing what is from the 1990s, calm.")
    assert of_chips(Wanted("x"), "", chips, 0.2, told).how == "confirm"


def test_a_sentence_is_of_bounded_length():
    assert len(of_names(Wanted("x"), ["track:long"], 0.9, told).sentence) < 250
    assert len(nothing(Wanted("w" * 5000)).sentence) < 200

"""How requests are read: a table of phrases in four languages, and what holds of any text."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog.postings import postings_of
from ritornello.catalog.view import EMPTY
from ritornello.surfaces.search import chips, grammar, lexicon, scanning
from ritornello.surfaces.search.naming import Named
from tests.surfaces.search import asking

PIECES = st.sampled_from([word for text, _ in asking.readings() for word in text.split()])
REQUESTS = st.lists(PIECES | st.text(max_size=6), max_size=12).map(" ".join)


def read(text):
    return grammar.read(text, asking.words(), asking.names)


def written(reading):
    chips = ", ".join(map(str, reading.chips))
    return f"{chips} | {reading.words}".strip() if reading.words else chips


@pytest.mark.parametrize(("text", "wanted"), asking.readings())
def test_a_request_is_read_as_written_down(text, wanted):
    assert written(read(text)) == wanted


def test_enough_is_written_down():
    assert len(list(asking.readings())) >= 120


@pytest.mark.parametrize("text", [text for text, wanted in asking.readings() if "|" not in wanted])
def test_every_chip_says_which_words_it_came_from(text):
    for chip in read(text).chips:
        assert chip.said
        assert chip.said.casefold() in " ".join(text.casefold().split())


def test_a_title_stays_text_and_says_what_else_it_may_mean():
    reading = read("Happy")
    assert (reading.words, reading.chips) == ("Happy", ())
    (doubt,) = reading.doubts
    assert [str(chip) for chip in doubt.chips] == ["mood:happy"]
    assert doubt.because == "Happy is a name in the catalogue"


def test_without_names_of_tracks_the_same_word_is_a_mood():
    assert written(grammar.read("Happy", asking.words())) == "mood:happy"


def test_of_artists_of_one_name_the_other_is_a_doubt():
    reading = grammar.read("songs by twins", asking.words(), _twins)
    assert [str(chip) for chip in reading.chips] == ["kind:track", "by:artist:twin-1"]
    assert [str(chip) for doubt in reading.doubts for chip in doubt.chips] == ["by:artist:twin-2"]


def _twins(text):
    known = [Named("artist:twin-1", "Twins"), Named("artist:twin-2", "Twins")]
    return known if text == "twins" else []


def test_what_is_nearly_a_name_is_one_and_what_is_less_is_none():
    def names(text, closeness):
        return [Named("track:x", "Calm", closeness=closeness)] if text == "clam jazz" else []

    near = grammar.read("clam jazz", asking.words(), lambda text: names(text, 0.95))
    far = grammar.read("clam jazz", asking.words(), lambda text: names(text, 0.7))
    assert near.words == far.words == "clam jazz"
    assert near.doubts[0].because == "Calm is a name in the catalogue"
    assert far.doubts[0].because == "more of it is unknown than known"


@settings(max_examples=60)
@given(REQUESTS)
def test_any_text_is_read_into_chips_that_are_chips_and_words_that_were_said(text):
    reading = read(text)
    assert reading.text == text
    assert [chips.parse(str(chip)) for chip in reading.chips] == [
        chips.parse(str(chip)) for chip in chips.joined((), reading.chips)
    ]
    typed = " ".join(text.split())
    assert all(word in typed for word in reading.words.split())
    assert all(
        chip.value in asking.view().number for chip in reading.chips if chip.kind in ("by", "like")
    )


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\t\x00", "🎧" * 200, "no " * 4000, "not like by about from " * 500, "(" * 10_000, '"' * 99,
        "a" * 10_000, "by " * 64 + "queens", "like " * 3000, "مرحبا calm العالم", "calm\u202elive\u202c",
        "from 9999 to 0001 between and between", "1990 " * 300, "ʇxǝʇ", "no no no no", "without", "by", "like",
        "about", "about about about", "-mood:calm", "mood:calm OR 1=1; DROP TABLE", "(a+)+$" * 100,
    ],
)  # fmt: skip
def test_hostile_text_is_read_within_few_look_ups(text):
    asked = []

    def counted(words):
        asked.append(words)
        return asking.names(words)

    reading = grammar.read(text, asking.words(), counted)
    assert len(asked) <= scanning.MAX_LOOK_UPS
    assert len(reading.words) <= 1000
    assert len(reading.chips) <= 64


@given(st.text(string.ascii_lowercase + " ", max_size=300))
def test_what_is_not_understood_stays_as_it_was_typed(text):
    reading = grammar.read(text, _nothing())
    if not reading.chips:
        assert reading.words == " ".join(text.split())


def _nothing():
    return lexicon.of(EMPTY, postings_of(EMPTY))


def test_a_reading_taken_as_text_leaves_what_it_was_as_a_doubt():
    reading = grammar.Reading("artist  04", "04", (chips.parse("kind:artist"),))
    as_text = reading.as_text("names begin so")
    assert (as_text.words, as_text.chips) == ("artist 04", ())
    (doubt,) = as_text.doubts
    assert (doubt.words, doubt.chips) == ("04", reading.chips)

"""What people say around a name is no part of it, unless it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.carriers import MAX_READINGS, Wanted, readings
from ritornello.surfaces.search.spelling import fold


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Muse", Wanted("muse")),
        ("Could you please play Moonlight Harbour for me?", Wanted("moonlight harbour", "play")),
        ("put on some Sigur Rós", Wanted("sigur ros", "play", "artist")),
        ("play songs by Artist 0421 on shuffle", Wanted("artist 0421", "play", "artist", is_shuffled=True)),
        ("play the album Quiet Machines", Wanted("quiet machines", "play", "album")),
        ("the latest episode of Harbour Talk", Wanted("harbour talk", None, "show")),
        ("find me the episode where they talk about volcanoes", Wanted("volcanoes", "find", "episode", is_about=True)),
        ("queue up the song that goes la la la", Wanted("la la la", "queue", "track")),
        ("Kannst du bitte etwas von Kraftwerkstatt spielen", Wanted("kraftwerkstatt", "play", "artist")),
        ("ich möchte das Lied Sommerregen hören", Wanted("sommerregen", "play", "track")),
        ("je voudrais écouter la chanson Pluie d'été s'il te plaît", Wanted("pluie dete", "play", "track")),
        ("ponme canciones de La Luna Roja por favor", Wanted("la luna roja", "play", "artist")),
    ],
)  # fmt: skip
def test_the_shortest_reading_leaves_the_name_and_says_what_was_said(said, wanted):
    assert readings(said)[0] == wanted


def test_who_made_it_may_be_named_and_a_title_may_hold_the_same_word():
    pairs = [(each.words, each.maker) for each in readings("play Stand by Me by Ben")]
    assert ("stand by me", "ben") in pairs
    assert ("stand by me by ben", "") in pairs
    assert ("stand", "me by ben") in pairs


def test_a_request_that_is_a_title_is_among_its_readings():
    for title in ("Play", "Some Songs", "Play That Song", "Please Please Now", "The Album"):
        assert fold(title) in {each.words for each in readings(title)}


@given(st.text(max_size=300))
def test_any_text_is_read_in_a_few_ways_and_something_is_left(text):
    found = readings(text)
    assert len(found) <= MAX_READINGS
    assert len(set(found)) == len(found)
    assert bool(found) == bool(fold(text))
    assert all(each.words for each in found)

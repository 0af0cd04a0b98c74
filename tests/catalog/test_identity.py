"""What is one recording, and what is not."""

import unicodedata
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ritornello.catalog import identity
from ritornello.kinds.errors import BadValue

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)

SAME_TITLE = [
    ("Don't Stop", "DON’T  STOP"),
    ("Song (Live)", "song - live"),
    ("Song (Live)", "Song [Live]"),
    ("Rock & Roll", "Rock and Roll"),
    ("R.E.M.", "REM"),
    ("ﬁnale", "finale"),
    ("Ｗｉｄｅ", "wide"),
    ("Straße", "STRASSE"),
    ("Cafe\u0301", "Caf\u00e9"),
    ("So\u200bng", "Song"),
    ("Song\u00a0One", "Song One"),
    ("A — B", "A - B"),
]
OTHER_TITLE = [
    ("Song", "Song (Live)"),
    ("Song", "Song (Remix)"),
    ("Song", "Song (Remastered 2011)"),
    ("Song, Pt. 1", "Song, Pt. 2"),
    ("Prelude in C", "Prelude in C#"),
    ("Vol. 1.5", "Vol. 15"),
    ("Motorhead", "Motörhead"),
    ("!!!", "???"),
    ("÷", "×"),
    ("Song", "Song 2"),
]


@pytest.mark.parametrize(("one", "other"), SAME_TITLE)
def test_what_players_change_by_themselves_changes_no_id(one, other):
    assert identity.track_id("A", one) == identity.track_id("A", other)


@pytest.mark.parametrize(("one", "other"), OTHER_TITLE)
def test_words_and_signs_with_meaning_keep_recordings_apart(one, other):
    assert identity.track_id("A", one) != identity.track_id("A", other)


def test_a_guest_may_be_credited_on_either_side():
    at_title = identity.track_id("A", "Song (feat. B)")
    assert at_title == identity.track_id("A feat. B", "Song")
    assert at_title == identity.track_id("A", "Song ft. B")
    assert at_title == identity.track_id("A featuring B", "Song [feat. B]")
    assert at_title != identity.track_id("A", "Song")
    assert at_title != identity.track_id("A", "Song (feat. C)")
    assert at_title != identity.track_id("B", "Song")


@pytest.mark.parametrize("credit", ["6 ft under", "feat. X", "Song feat.", "Left of the building"])
def test_what_only_looks_like_a_guest_is_left_alone(credit):
    assert identity.split_guests(credit) == (credit, "")


def test_an_artist_is_the_lead_of_a_credit():
    assert identity.artist_id("Artist 1 feat. Artist 2") == identity.artist_id("artist  1")
    assert identity.artist_id("Artist 1 & Artist 2") != identity.artist_id("Artist 1")


@given(TEXT)
def test_normalising_again_changes_nothing(text):
    once = identity.normalise(text)
    assert identity.normalise(once) == once


@pytest.mark.parametrize("text", ["a'\u0301b", "a\xad\u0301b", "l·\u0301", "\u0345", "İ", "ǰ", "ﬃ"])
def test_marks_that_meet_a_letter_late_are_composed(text):
    once = identity.normalise(text)
    assert identity.normalise(once) == once


@given(TEXT)
def test_case_and_composition_change_nothing(text):
    assume(text.upper().casefold() == text.casefold())
    assert identity.normalise(unicodedata.normalize("NFD", text)) == identity.normalise(text)
    assert identity.normalise(f"\t {text}\u200b ") == identity.normalise(text)


@given(TEXT)
def test_nothing_is_left_only_of_what_cannot_be_seen(text):
    seen = any(unicodedata.category(c)[0] not in "CZ" for c in unicodedata.normalize("NFKC", text))
    assert identity.visible(text) == seen


@given(TEXT, TEXT)
def test_ids_have_their_form_and_never_depend_on_order_of_meeting(artist, title):
    item_id = identity.track_id(artist, title)
    for cached in (identity.normalise, identity.track_id):
        cached.cache_clear()
    assert item_id == identity.track_id(artist, title)
    assert len(item_id) == len("track:") + 16
    assert identity.from_urn(identity.urn(item_id)) == item_id


def test_separators_in_a_name_cannot_move_the_border_between_artist_and_title():
    assert identity.track_id("a\x1fb", "c") != identity.track_id("a", "b\x1fc")


def test_known_ids_never_change():
    """These ids are in people's logs; a change here would split their history."""
    assert identity.track_id("Artist 0421", "Track 07") == "track:7gw7vcp2zfuq4eep"
    assert identity.recording_msid("Artist 0421", "Track 07", "Album") == UUID(
        "d7bcb4b1-c20d-5a6a-9882-99f5555eb33e"
    )
    mbid = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
    assert identity.mbid_id("track", mbid) == "track:kmvlyvslgxuc6mxp"


def test_the_release_is_part_of_a_msid_and_not_of_an_item():
    one = identity.recording_msid("A", "Song", "Album")
    assert one == identity.recording_msid("a", "SONG", "album")
    assert one != identity.recording_msid("A", "Song", "Other")
    assert one.version == 5


@pytest.mark.parametrize(
    "text", ["track:a", "urn:ritornello:", "urn:ritornello:track", "urn:isbn:1"]
)
def test_a_urn_of_others_is_refused_by_name(text):
    with pytest.raises(BadValue, match="URN"):
        identity.from_urn(text)

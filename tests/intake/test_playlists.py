"""What a playlist says of an item, whatever it is written as: nothing hidden, nothing invented."""

from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.playlists import Playlist, as_path, as_uri, entries, one_line
from ritornello.kinds.items import Album, Episode, Track

MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"


def playlist(*item_ids):
    return Playlist(
        playlist_id=UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f"),
        title="W",
        listener="listener-1",
        made_at=datetime(2026, 11, 16, tzinfo=UTC),
        item_ids=item_ids,
    )


def entry(**stated):
    item = Track(item_id="track:a", title=stated.pop("title", "T"), **stated)
    (found,) = entries(playlist("track:a"), {"track:a": item})
    return found


def test_an_entry_names_whatever_is_known_and_nothing_else():
    whole = entry(
        mbid=MBID,
        isrc="USRC17607839",
        identifiers=("spotify:track:1", "subsonic:song:7 a"),
        artist_name="A",
        album_title="R",
        duration_ms=1_000,
        location="A/R/T.flac",
    )
    assert whole.identifiers == (
        f"https://musicbrainz.org/recording/{MBID}",
        "urn:isrc:USRC17607839",
        "spotify:track:1",
        "subsonic:song:7%20a",
    )
    assert (whole.creator, whole.album, whole.location) == ("A", "R", "A/R/T.flac")
    bare = entry()
    assert bare.identifiers == ("urn:ritornello:track:a",)
    assert (bare.creator, bare.album, bare.duration_ms, bare.location) == ("", "", None, None)


def test_the_places_stay_in_order_and_only_what_plays_stands_in_them():
    items = {
        "episode:e": Episode(item_id="episode:e", title="E", show_id="show:s", show_title="S"),
        "track:a": Track(item_id="track:a", title="T"),
        "album:r": Album(item_id="album:r", title="R"),
    }
    found = entries(playlist("track:a", "album:r", "track:gone", "episode:e", "track:a"), items)
    assert [one.title for one in found] == ["T", "E", "T"]
    assert (found[1].creator, found[1].album) == ("S", "S")


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("A\r\n#EXTINF:1,B\n/etc/passwd", "A #EXTINF:1,B /etc/passwd"),
        ("A\u2028B\u0085C", "A B C"),
        ("\u202eevil\u202c \u2066x\u2069 \u200fy", "evil x y"),
        ("a\x00b\x1b[31m\ufeff\ud800\uffff", "ab[31m"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 \u05e9\u05dc\u05d5\u05dd",) * 2,
        ("Nu\u0308ll --> </title>", "Nu\u0308ll --> </title>"),
    ],
)
def test_a_title_is_one_line_of_what_can_be_seen(hostile, plain):
    assert one_line(hostile) == plain
    assert one_line(plain) == plain


@pytest.mark.parametrize("location", ["a\nb.mp3", "a\rb", "a\x00b", "a\u2028b", "\x85"])
def test_a_location_of_two_lines_is_none(location):
    assert entry(location=location).location is None


def test_a_path_with_odd_names_stays_as_it_is():
    for location in ("A  B/ c.mp3", "\u05e9/\u200f.mp3", "#1/a.mp3", "C:\\music\\a.mp3"):
        assert entry(location=location).location == location


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_path_survives_as_a_relative_uri(path):
    uri = as_uri(path)
    assert uri.isascii()
    assert unquote(uri) == path or "://" in path
    assert as_uri(uri) != uri or "%" not in uri or "://" in path


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("file:///music/A%20B.flac", "/music/A B.flac"),
        ("https://example.org/a%20b.mp3?c=d", "https://example.org/a%20b.mp3?c=d"),
        ("A/100%25.mp3", "A/100%25.mp3"),
    ],
)
def test_a_player_gets_a_path_where_there_is_one(location, path):
    assert as_path(location) == path

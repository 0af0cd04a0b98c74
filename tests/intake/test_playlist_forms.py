"""Which form is meant: by name, by suffix, by what a client accepts."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from ritornello.intake import playlist_forms
from ritornello.intake.playlists import Playlist
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.items import Artist, Track

LISTED = Playlist(
    playlist_id=UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f"),
    title="W",
    listener="listener-1",
    made_at=datetime(2026, 11, 16, tzinfo=UTC),
    item_ids=("track:a", "track:b", "track:gone"),
)
ITEMS = {
    "track:a": Track(
        item_id="track:a", title="T", location="a.mp3", identifiers=("subsonic:song:7",)
    ),
    "track:b": Track(item_id="track:b", title="U"),
    "artist:a": Artist(item_id="artist:a", title="A"),
}


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("", "jspf"),
        ("*/*", "jspf"),
        ("application/json", "jspf"),
        ("application/jspf+json", "jspf"),
        ("application/xspf+xml", "xspf"),
        ("text/html, application/XSPF+xml;q=0.9", "xspf"),
        ("audio/mpegurl", "m3u8"),
        ("audio/x-mpegurl, */*", "m3u8"),
        ("image/png", "jspf"),
    ],
)
def test_a_client_gets_what_it_accepts(accept, name):
    assert playlist_forms.accepted(accept).name == name


def test_an_unknown_form_is_told_with_the_known_ones():
    with pytest.raises(UnknownName, match="there are jspf, m3u8, xspf; did you mean 'm3u8'"):
        playlist_forms.named("m3u")


@pytest.mark.parametrize(("name", "n_lost"), [("jspf", 0), ("xspf", 0), ("m3u8", 1)])
def test_what_a_player_cannot_find_is_counted(name, n_lost):
    form = playlist_forms.named(name)
    written = playlist_forms.write(form, LISTED, ITEMS)
    assert (written.n_items, written.n_lost) == (2, n_lost)
    assert written.body.endswith(b"\n")


def test_jspf_says_where_a_subsonic_player_finds_it():
    body = playlist_forms.write(playlist_forms.FORMS["jspf"], LISTED, ITEMS).body
    first, second = json.loads(body)["playlist"]["track"]
    assert first["location"] == ["a.mp3"]
    assert first["identifier"] == ["urn:ritornello:track:a", "subsonic:song:7"]
    about = first["extension"]["https://musicbrainz.org/doc/jspf#track"]["additional_metadata"]
    assert about == {"subsonic_identifier": "https://subsonic.org/entity/song/7"}
    assert "location" not in second

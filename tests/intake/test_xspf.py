"""XSPF that an independent reader reads back, however hostile the titles."""

from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree as ET

import xspf_lib
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import xspf
from ritornello.intake.playlists import Playlist, one_line
from ritornello.kinds.items import Track

NS = "{http://xspf.org/ns/0/}"
ID = UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f")
MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"


def written(*tracks, title="W", annotation=""):
    items = {track.item_id: track for track in tracks}
    listed = Playlist(
        playlist_id=ID,
        title=title,
        listener="listener-1",
        made_at=datetime(2026, 11, 16, tzinfo=UTC),
        item_ids=tuple(items),
        annotation=annotation,
    )
    return xspf.write(listed, items)


def parsed(body, tmp_path):
    path = tmp_path / "list.xspf"
    path.write_bytes(body)
    return xspf_lib.Playlist.parse(str(path))


def test_another_reader_finds_everything(tmp_path):
    body = written(
        Track(
            item_id="track:a",
            title="T <1> & 'two'",
            artist_name="A",
            album_title="R",
            duration_ms=210_000,
            mbid=MBID,
            identifiers=("spotify:track:1",),
            location="A: Live/100%.flac",
        ),
        Track(item_id="track:b", title="\u05e9\u05dc\u05d5\u05dd"),
        title="Weekly",
        annotation="Thirty.",
    )
    found = parsed(body, tmp_path)
    assert (found.title, found.creator, found.annotation) == ("Weekly", "ritornello", "Thirty.")
    assert found.identifier == f"urn:ritornello:playlist:{ID}"
    first, second = found.trackList
    assert (first.title, first.creator, first.album) == ("T <1> & 'two'", "A", "R")
    assert first.duration == 210_000
    assert list(first.location) == ["A: Live/100%.flac"]
    assert list(first.identifier) == [
        f"https://musicbrainz.org/recording/{MBID}",
        "spotify:track:1",
    ]
    assert (second.title, list(second.location)) == ("\u05e9\u05dc\u05d5\u05dd", [])


def test_it_is_version_1_in_its_namespace_and_in_the_specifications_order():
    track = Track(item_id="track:a", title="T", artist_name="A", duration_ms=1, location="a")
    root = ET.fromstring(written(track, annotation="a"))
    assert (root.tag, root.get("version")) == (f"{NS}playlist", "1")
    names = [child.tag.removeprefix(NS) for child in root]
    assert names == ["title", "creator", "annotation", "identifier", "date", "trackList"]
    assert [child.tag.removeprefix(NS) for child in root.find(f"{NS}trackList/{NS}track")] == [
        "location",
        "identifier",
        "title",
        "creator",
        "duration",
    ]
    assert written(track).startswith(b"<?xml version='1.0' encoding='utf-8'?>")


@given(st.text(max_size=30), st.text(max_size=30), st.text(min_size=1, max_size=30))
def test_any_text_is_well_formed_xml_and_reads_back(title, artist, location):
    track = Track(item_id="track:a", title=title, artist_name=artist, location=location)
    root = ET.fromstring(written(track, title=title))
    found = root.find(f"{NS}trackList/{NS}track")
    assert (found.findtext(f"{NS}title") or "") == one_line(title)
    assert (found.findtext(f"{NS}creator") or "") == one_line(artist)

"""M3U8 that an independent reader reads back; what has no location is a comment and counted."""

from datetime import UTC, datetime
from uuid import UUID

import m3u8 as reader
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import m3u8
from ritornello.intake.playlists import Playlist
from ritornello.kinds.items import Episode, Track

MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"


def written(*items, title="W"):
    known = {item.item_id: item for item in items}
    listed = Playlist(
        playlist_id=UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f"),
        title=title,
        listener="listener-1",
        made_at=datetime(2026, 11, 16, tzinfo=UTC),
        item_ids=tuple(known),
    )
    return m3u8.write(listed, known)


def test_the_lines_players_know():
    body = written(
        Track(
            item_id="track:a",
            title="T, two",
            artist_name="A",
            duration_ms=210_400,
            location="A/R/01 T.flac",
        ),
        Track(item_id="track:b", title="U", location="file:///music/100%25.mp3"),
        Track(item_id="track:c", title="V", artist_name="C", mbid=MBID),
        Track(item_id="track:d", title="X", artist_name="D"),
        Episode(
            item_id="episode:e",
            title="E",
            show_id="show:s",
            show_title="S",
            location="https://example.org/e.mp3",
            duration_ms=999,
        ),
        Track(item_id="track:f", title="Y", location="#1/y.mp3"),
        title="Weekly\n#EXTM3U",
    )
    assert body.decode().split("\n") == [
        "#EXTM3U",
        "#PLAYLIST:Weekly #EXTM3U",
        "#EXTINF:210,A - T, two",
        "A/R/01 T.flac",
        "#EXTINF:-1,U",
        "/music/100%.mp3",
        f"# no location known: C - V (https://musicbrainz.org/recording/{MBID})",
        "# no location known: D - X (urn:ritornello:track:d)",
        "#EXTINF:1,S - E",
        "https://example.org/e.mp3",
        "#EXTINF:-1,Y",
        "./#1/y.mp3",
        "",
    ]


def test_another_reader_finds_the_same():
    tracks = [
        Track(
            item_id=f"track:{n}",
            title=f"T{n}",
            artist_name="A",
            duration_ms=1_000 * n,
            location=f"A/{n}.mp3",
        )
        for n in range(1, 4)
    ]
    found = reader.loads(written(*tracks).decode())
    assert [(s.uri, s.duration, s.title) for s in found.segments] == [
        (f"A/{n}.mp3", float(n), f"A - T{n}") for n in range(1, 4)
    ]


@given(st.lists(st.tuples(st.text(max_size=30), st.none() | st.text(min_size=1, max_size=30))))
def test_no_title_and_no_location_can_add_a_line(named):
    tracks = [
        Track(item_id=f"track:{n}", title=title, location=location)
        for n, (title, location) in enumerate(named)
    ]
    lines = written(*tracks).decode().splitlines()
    n_found = sum(line.startswith("#EXTINF:") for line in lines)
    n_lost = sum(line.startswith("# no location known: ") for line in lines)
    assert n_found + n_lost == len(tracks)
    assert len(lines) == 2 + 2 * n_found + n_lost

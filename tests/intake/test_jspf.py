"""Playlists have ListenBrainz's exact shape, and no id is invented."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ritornello.intake import jspf
from ritornello.intake.playlists import Playlist, of_decision
from ritornello.kinds.decisions import Decision, Shelf, Slot
from ritornello.kinds.items import Album, Artist, Episode, Track

NOW = datetime(2026, 11, 16, tzinfo=UTC)
ID = UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f")
MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
ITEMS = {
    item.item_id: item
    for item in (
        Track(
            item_id="track:a",
            title="T",
            artist_name="A feat. B",
            artist_ids=("artist:a", "artist:b"),
            album_id="album:r",
            album_title="R",
            duration_ms=210_000,
            mbid=MBID,
        ),
        Track(item_id="track:b", title="<b>U</b>", artist_name="B", artist_ids=("artist:b",)),
        Episode(item_id="episode:e", title="E", show_id="show:s", show_title="S", mbid=MBID),
        Artist(item_id="artist:a", title="A", mbid=MBID),
        Artist(item_id="artist:b", title="B"),
        Album(item_id="album:r", title="R", mbid=MBID),
    )
}
WEEKLY = Playlist(
    playlist_id=ID,
    title="Weekly Exploration for listener-1, week of 2026-11-16 Mon",
    listener="listener-1",
    made_at=NOW,
    item_ids=("track:a", "track:b", "episode:e", "track:gone"),
    annotation="Thirty you have not heard.",
    source_patch="weekly-exploration",
    expires_at=NOW + timedelta(days=7),
)


def test_a_weekly_has_the_shape_players_know():
    written = jspf.write(WEEKLY, ITEMS)
    assert json.loads(json.dumps(written)) == written
    playlist = written["playlist"]
    tracks = playlist.pop("track")
    assert playlist == {
        "creator": "ritornello",
        "title": WEEKLY.title,
        "identifier": f"https://listenbrainz.org/playlist/{ID}",
        "date": "2026-11-16T00:00:00+00:00",
        "annotation": "Thirty you have not heard.",
        "extension": {
            "https://musicbrainz.org/doc/jspf#playlist": {
                "public": False,
                "creator": "ritornello",
                "created_for": "listener-1",
                "last_modified_at": "2026-11-16T00:00:00+00:00",
                "additional_metadata": {
                    "algorithm_metadata": {"source_patch": "weekly-exploration"},
                    "expires_at": "2026-11-23T00:00:00+00:00",
                },
            }
        },
    }
    assert tracks[0] == {
        "identifier": [f"https://musicbrainz.org/recording/{MBID}"],
        "title": "T",
        "creator": "A feat. B",
        "album": "R",
        "duration": 210_000,
        "extension": {
            "https://musicbrainz.org/doc/jspf#track": {
                "added_by": "ritornello",
                "added_at": "2026-11-16T00:00:00+00:00",
                "artist_identifiers": [f"https://musicbrainz.org/artist/{MBID}"],
                "release_identifier": f"https://musicbrainz.org/release/{MBID}",
                "additional_metadata": {},
            }
        },
    }


def test_what_has_no_recording_id_carries_our_urn_and_what_is_gone_is_left_out():
    tracks = jspf.write(WEEKLY, ITEMS)["playlist"]["track"]
    assert [track["identifier"] for track in tracks[1:]] == [
        ["urn:ritornello:track:b"],
        ["urn:ritornello:episode:e"],
    ]
    assert tracks[1].keys() == {"identifier", "title", "creator", "extension"}
    assert (tracks[2]["creator"], tracks[2]["album"]) == ("S", "S")


def test_a_list_of_playlists_shows_no_tracks():
    assert jspf.write(WEEKLY, ITEMS, with_tracks=False)["playlist"]["track"] == []


def test_a_list_without_kind_or_end_says_neither():
    bare = Playlist(playlist_id=ID, title="L", listener="l", made_at=NOW, item_ids=())
    extension = jspf.write(bare, {})["playlist"]["extension"]
    assert extension[jspf.PLAYLIST_EXTENSION]["additional_metadata"] == {}


def test_a_decision_becomes_the_playlist_of_its_slots():
    slots = tuple(
        Slot(shelf="weekly", position=n, item_id=item_id, propensity=1.0, source="x", score=1.0)
        for n, item_id in enumerate(("track:b", "track:a"))
    )
    decision = Decision(
        decision_id=ID,
        listener_id="listener-1",
        surface="discover_weekly",
        made_at=NOW,
        shelves=(Shelf(name="weekly", title="Weekly", policy="greedy", shortlist=()),),
        slots=slots,
        rung="personal",
        policy_version="1",
        model_version="1",
        recipe_hash="x",
        expires_at=NOW + timedelta(days=7),
    )
    found = of_decision(decision, title="W", source_patch="weekly-exploration")
    assert found.item_ids == ("track:b", "track:a")
    assert (found.playlist_id, found.listener) == (ID, "listener-1")
    assert (found.made_at, found.expires_at) == (NOW, NOW + timedelta(days=7))

"""Spotify's account data: minutes, names, and nothing more than is said."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog.items import Resolver
from ritornello.intake import archives, spotify, spotify_basic
from ritornello.kinds.events import Listen

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MUSIC = {
    "endTime": "2023-01-01 10:00",
    "artistName": "Artist 0421",
    "trackName": "Song 42",
    "msPlayed": 160_768,
}
PODCAST = {
    "endTime": "2023-01-01 11:00",
    "podcastName": "Show 3",
    "episodeName": "Episode 9",
    "msPlayed": 1_800_000,
}


def read(folder, rows, name="StreamingHistory_music_0.json"):
    (folder / name).write_text(json.dumps(rows))
    members = archives.members(folder, "spotify_basic")[0]
    found = list(spotify_basic.read(members, listener_id="ada", now=NOW, resolver=Resolver()))
    return (
        [event for chunk in found for event in chunk.events],
        [item for chunk in found for item in chunk.items],
        [fault for chunk in found for fault in chunk.faults],
    )


def test_a_row_becomes_a_listen_that_claims_no_more_than_it_knows(tmp_path):
    (listen, episode), items, faults = read(tmp_path, [MUSIC, PODCAST])
    assert faults == []
    assert listen == Listen(
        event_id=listen.event_id,
        listener_id="ada",
        happened_at=datetime(2023, 1, 1, 10, tzinfo=UTC),
        started_at=datetime(2023, 1, 1, 10, tzinfo=UTC) - timedelta(milliseconds=160_768),
        item_id=listen.item_id,
        ms_played=160_768,
        client="spotify",
        source="spotify_basic",
    )
    by_id = {item.item_id: item for item in items}
    assert by_id[listen.item_id].title == "Song 42"
    assert by_id[episode.item_id].show_title == "Show 3"


def test_the_extended_export_names_the_same_items(tmp_path):
    (basic, _), _, _ = read(tmp_path, [MUSIC, PODCAST])
    row = {
        "ts": "2023-01-01T10:00:31Z",
        "ms_played": 160_768,
        "master_metadata_track_name": "Song 42",
        "master_metadata_album_artist_name": "Artist 0421",
        "spotify_track_uri": "spotify:track:0000000000000000000042",
    }
    (tmp_path / "endsong_0.json").write_text(json.dumps([row]))
    members = archives.members(tmp_path, "spotify")[0]
    (chunk,) = spotify.read(members, listener_id="ada", now=NOW, resolver=Resolver())
    assert chunk.events[0].item_id == basic.item_id
    assert chunk.events[0].event_id != basic.event_id


@pytest.mark.parametrize(
    "name",
    [
        "StreamingHistory0.json",
        "MyData/StreamingHistory_podcast_1.json",
        "Historique_de_lecture.json",
    ],
)
def test_files_are_known_by_name_or_by_what_they_hold(tmp_path, name):
    (tmp_path / "MyData").mkdir()
    (tmp_path / "SearchQueries.json").write_text('[{"searchTime": "x"}]')
    kept, _, faults = read(tmp_path, [MUSIC], name=name)
    assert (len(kept), faults) == (1, [])


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"endTime": "2089-01-01 10:00"}, "future_time"),
        ({"endTime": "1999-01-01 10:00"}, "too_old"),
        ({"endTime": "10:00"}, "not_a_time"),
        ({"endTime": 5}, "wrong_type"),
        ({"msPlayed": -1}, "out_of_range"),
        ({"msPlayed": None}, "wrong_type"),
        ({"trackName": None}, "empty"),
        ({"artistName": ""}, "empty"),
    ],
)
def test_a_bad_row_is_one_fault_and_costs_no_other(tmp_path, said, rule):
    kept, _, (fault,) = read(tmp_path, [MUSIC, MUSIC | said, PODCAST])
    assert (len(kept), fault.rule, fault.position) == (2, rule, 2)


any_value = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.lists(st.none())
)


@given(changed=st.dictionaries(st.sampled_from(sorted(MUSIC)), any_value, max_size=3))
def test_any_value_in_any_field_is_a_good_row_or_a_fault(changed, tmp_path_factory):
    kept, _, faults = read(tmp_path_factory.mktemp("any"), [MUSIC, MUSIC | changed, PODCAST])
    assert len(kept) + len(faults) == 3
    assert all(msgspec.convert(msgspec.to_builtins(one), Listen) == one for one in kept)

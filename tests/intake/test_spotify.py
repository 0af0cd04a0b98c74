"""Spotify's extended history: golden rows, hostile rows, and nothing personal beyond the door."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.catalog.items import Resolver
from ritornello.intake import archives, chunks, member_arrays, spotify
from ritornello.kinds.events import BeganBecause, EndedBecause, Listen
from ritornello.kinds.items import Track
from ritornello.signals import plays

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URI = "spotify:track:0000000000000000000042"
ROW = {
    "ts": "2023-06-17T18:28:50Z",
    "platform": "android",
    "ms_played": 160_768,
    "conn_country": "DE",
    "ip_addr": "203.0.113.7",
    "master_metadata_track_name": "Song 42",
    "master_metadata_album_artist_name": "Artist 0421",
    "master_metadata_album_album_name": "Album 7",
    "spotify_track_uri": URI,
    "episode_name": None,
    "episode_show_name": None,
    "spotify_episode_uri": None,
    "audiobook_title": None,
    "audiobook_uri": None,
    "audiobook_chapter_uri": None,
    "audiobook_chapter_title": None,
    "reason_start": "clickrow",
    "reason_end": "trackdone",
    "shuffle": False,
    "skipped": False,
    "offline": False,
    "offline_timestamp": 1_687_026_369,
    "incognito_mode": False,
}
UNNAMED = {key: None for key in ROW if key.startswith(("master_", "spotify_"))}
EPISODE = (
    ROW
    | UNNAMED
    | {
        "episode_name": "Episode 9",
        "episode_show_name": "Show 3",
        "spotify_episode_uri": "spotify:episode:0000000000000000000009",
    }
)
CHAPTER = (
    ROW
    | UNNAMED
    | {
        "audiobook_title": "Book 5",
        "audiobook_uri": "spotify:show:0000000000000000000005",
        "audiobook_chapter_uri": "spotify:episode:0000000000000000000055",
        "audiobook_chapter_title": "Chapter 2",
    }
)
OLD = {
    "ts": "2013-10-09 20:03:57 UTC",
    "username": "canary-name",
    "platform": "iOS 6.1.3 (iPhone5,2)",
    "ms_played": "5969",
    "conn_country": "NL",
    "ip_addr_decrypted": "203.0.113.99",
    "user_agent_decrypted": "canary-agent",
    "city": "canary-city",
    "region": "canary-region",
    "metro_code": "0",
    "longitude": 0,
    "latitude": 0,
    "master_metadata_track_name": "Song 42",
    "master_metadata_album_artist_name": "Artist 0421",
    "master_metadata_album_album_name": "Album 7",
    "reason_start": "click-row",
    "reason_end": "fwdbtn",
    "shuffle": False,
    "skipped": None,
    "offline": False,
    "offline_timestamp": "0",
    "incognito_mode": False,
}


def members_of(folder, rows, name="Streaming_History_Audio_2023_1.json", encoding="utf-8"):
    body = (
        rows if isinstance(rows, bytes) else json.dumps(rows, ensure_ascii=False).encode(encoding)
    )
    (folder / name).write_bytes(body)
    return archives.members(folder, "spotify")[0]


def read_all(members, **options):
    options = {"listener_id": "ada", "now": NOW, "resolver": Resolver()} | options
    return list(spotify.read(members, **options))


@pytest.fixture
def read(tmp_path):
    """Return the listens, items and faults of rows."""

    def read(rows, name="Streaming_History_Audio_2023_1.json", encoding="utf-8", **options):
        found = read_all(members_of(tmp_path, rows, name, encoding), **options)
        return (
            [event for chunk in found for event in chunk.events],
            [item for chunk in found for item in chunk.items],
            [fault for chunk in found for fault in chunk.faults],
        )

    return read


def rules(faults):
    return [fault.rule for fault in faults]


def test_a_row_becomes_a_listen(read):
    (listen,), items_, faults = read([ROW])
    assert faults == []
    assert listen == Listen(
        event_id=listen.event_id,
        listener_id="ada",
        happened_at=datetime(2023, 6, 17, 18, 28, 50, tzinfo=UTC),
        started_at=datetime(2023, 6, 17, 18, 26, 9, 232_000, tzinfo=UTC),
        item_id=listen.item_id,
        ms_played=160_768,
        device="mobile",
        client="spotify",
        began_because="clicked",
        ended_because="finished",
        shuffle=False,
        offline=False,
        source="spotify",
    )
    track = {item.item_id: item for item in items_}[listen.item_id]
    assert (track.title, track.artist_name, track.album_title) == (
        "Song 42",
        "Artist 0421",
        "Album 7",
    )
    assert track.identifiers == (URI,)
    assert {type(item).__name__ for item in items_} == {"Track", "Artist", "Album"}


def test_the_spelling_of_2013_is_understood(read):
    (listen,), _, faults = read([OLD])
    assert faults == []
    assert listen.happened_at == datetime(2013, 10, 9, 20, 3, 57, tzinfo=UTC)
    assert (listen.ms_played, listen.began_because) == (5969, "clicked")
    assert (listen.device, plays.read(listen)) == ("mobile", "skip")


def test_podcasts_and_audiobooks_are_shows_with_episodes(read):
    (first, second), found, faults = read([EPISODE, CHAPTER])
    assert faults == []
    by_id = {item.item_id: item for item in found}
    episode, chapter = by_id[first.item_id], by_id[second.item_id]
    assert (episode.title, episode.show_title) == ("Episode 9", "Show 3")
    assert (chapter.title, chapter.show_title) == ("Chapter 2", "Book 5")
    assert by_id[episode.show_id].title == "Show 3"
    assert by_id[chapter.show_id].identifiers == ("spotify:show:0000000000000000000005",)


@pytest.mark.parametrize("rows", [[ROW, ROW], [ROW, ROW | {"ip_addr": "other"}]])
def test_the_same_row_twice_is_one_event(read, rows):
    (first, second), found, _ = read(rows)
    assert first == second
    assert len(found) == 3
    assert read(rows, listener_id="another")[0][0].event_id != first.event_id


def test_every_reason_leads_to_a_word_we_have():
    assert set(spotify.BEGAN.values()) < set(BeganBecause.__args__)
    assert set(spotify.ENDED.values()) < set(EndedBecause.__args__)


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        ({"reason_end": "fwdbtn", "skipped": None}, "skipped_forward"),
        ({"reason_end": "backbtn", "skipped": None}, "skipped_back"),
        ({"reason_end": "endplay", "skipped": True}, "skipped_forward"),
        ({"reason_end": "endplay", "skipped": False}, "stopped"),
        ({"reason_end": "trackdone", "skipped": None}, "finished"),
        ({"reason_end": "trackerror", "skipped": True}, "error"),
        ({"reason_end": "clickrow"}, "replaced"),
        ({"reason_end": ""}, "unknown"),
        ({"reason_end": None}, "unknown"),
        ({"reason_end": "invented-in-2030"}, "unknown"),
    ],
)
def test_how_it_ended(read, said, ended):
    (listen,), _, _ = read([ROW | said])
    assert listen.ended_because == ended


def test_a_short_skip_is_kept_as_what_it_is(read):
    short = {"ms_played": 1_200, "reason_end": "fwdbtn", "skipped": None}
    error = {"ms_played": 0, "reason_end": "trackerror", "spotify_track_uri": None}
    kept, _, faults = read([ROW | short, ROW | error])
    assert [plays.read(listen) for listen in kept] == ["skip", "nothing"]
    assert faults == []


@pytest.mark.parametrize(
    ("stated", "started_at"),
    [
        (1_687_026_369, "2023-06-17T18:26:09Z"),
        (1_687_026_369_217, "2023-06-17T18:26:09.217Z"),
        (0, "2023-06-18T09:57:19.232Z"),
        (None, "2023-06-18T09:57:19.232Z"),
        (1_900_000_000, "2023-06-18T09:57:19.232Z"),
        (86_400, "2023-06-18T09:57:19.232Z"),
        (10**30, "2023-06-18T09:57:19.232Z"),
    ],
)
@pytest.mark.parametrize("reason", ["logout", "unexpected-exit", "unexpected-exit-while-paused"])
def test_after_a_crash_the_device_knows_best_when_it_began(read, reason, stated, started_at):
    """``ts`` is when the account was next seen, hours later; the device's clock may be nonsense."""
    crashed = {"reason_end": reason, "ts": "2023-06-18T10:00:00Z", "offline_timestamp": stated}
    (listen,), _, _ = read([ROW | crashed])
    assert listen.started_at == datetime.fromisoformat(started_at)
    assert listen.happened_at - listen.started_at == timedelta(milliseconds=160_768)


def test_private_sessions_are_counted_and_kept_only_on_demand(read):
    rows = [ROW, ROW | {"incognito_mode": True, "ts": "2023-06-17T19:00:00Z"}]
    kept, _, faults = read(rows)
    assert (len(kept), rules(faults)) == (1, ["private_session"])
    kept, _, faults = read(rows, with_incognito=True)
    assert [listen.private for listen in kept] == [False, True]
    assert (plays.read(kept[1]), faults) == ("nothing", [])


@pytest.mark.parametrize(
    ("platform", "device"),
    [
        ("iOS 16.1 (iPhone14,7)", "mobile"),
        ("Android OS 13 API 33 (maker, MODEL)", "mobile"),
        ("Windows 10 (10.0.19045; x64)", "desktop"),
        ("OS X 12.6 [arm 2]", "desktop"),
        ("web_player windows 10;chrome 95.0;desktop", "web"),
        ("Partner sonos_ppc Sonos;Play1", "speaker"),
        ("Partner amazon_salmon Amazon;Echo_Dot", "speaker"),
        ("Partner google cast_tv;Chromecast", "tv"),
        ("Partner sony_ps4 Sony;PS4", "tv"),
        ("Garmin fenix", "wearable"),
        ("Android Automotive", "car"),
        ("something new", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_platform_says_what_kind_of_device(read, platform, device):
    (listen,), _, _ = read([ROW | {"platform": platform}])
    assert listen.device == device


@pytest.mark.parametrize(
    ("said", "rule", "field"),
    [
        ({"ts": "2089-01-01T00:00:00Z"}, "future_time", "ts"),
        ({"ts": "2004-01-01T00:00:00Z"}, "too_old", "ts"),
        ({"ts": "0001-01-01T00:00:00+14:00"}, "not_a_time", "ts"),
        ({"ts": "yesterday"}, "not_a_time", "ts"),
        ({"ts": 5}, "wrong_type", "ts"),
        ({"ts": None}, "wrong_type", "ts"),
        ({"ms_played": -1}, "out_of_range", "ms_played"),
        ({"ms_played": 10**12}, "out_of_range", "ms_played"),
        ({"ms_played": "long"}, "wrong_type", "ms_played"),
        ({"ms_played": None}, "wrong_type", "ms_played"),
        ({"skipped": "perhaps"}, "wrong_type", "skipped"),
        ({"reason_end": []}, "wrong_type", "reason_end"),
        (UNNAMED, "empty", "master_metadata_track_name"),
        ({"master_metadata_track_name": " \u200b"}, "empty", "title"),
        ({"master_metadata_album_artist_name": None}, "empty", "artist"),
        ({"master_metadata_track_name": "x" * 1001}, "wrong_length", "master_metadata_track_name"),
        ({"master_metadata_track_name": "x\x00"}, "null_character", "title"),
    ],
)
def test_a_bad_row_is_one_fault_and_costs_no_other(read, said, rule, field):
    before, after = ROW, ROW | {"ts": "2023-06-17T19:00:00Z"}
    kept, _, (fault,) = read([before, ROW | said, after])
    assert len(kept) == 2
    assert (fault.rule, fault.field, fault.position) == (rule, field, 2)
    assert fault.message.startswith("Streaming_History_Audio_2023_1.json, row 2: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_any_encoding_is_read(read, encoding):
    (listen,), found, faults = read(
        [ROW | {"master_metadata_track_name": "Café"}], encoding=encoding
    )
    assert faults == []
    assert {item.item_id: item for item in found}[listen.item_id].title == "Café"


def test_one_file_may_mix_encodings(read):
    one, other = (
        json.dumps(ROW | {"master_metadata_track_name": title}, ensure_ascii=False)
        for title in ("Café", "Cafés")
    )
    _, found, faults = read(b"[%b,%b]" % (one.encode(), other.encode("latin-1")))
    assert faults == []
    assert {item.title for item in found if isinstance(item, Track)} == {"Café", "Cafés"}


@pytest.mark.parametrize(
    "name",
    ["endsong_0.json", "Streaming_History_Video_2020.json", "Historial_de_reproduccion.json"],
)
def test_files_are_known_by_name_or_by_what_they_hold(tmp_path, read, name):
    (tmp_path / "Userdata.json").write_text('{"username": "canary-name"}')
    (tmp_path / "StreamingHistory_music_0.json").write_text('[{"endTime": "x", "msPlayed": 1}]')
    kept, _, faults = read([ROW], name=name)
    assert (len(kept), faults) == (1, [])


def test_nothing_personal_passes_the_door(tmp_path):
    canaries = ("203.0.113.", "canary-")
    bad = [OLD | {"ts": "x"}, OLD | {"ms_played": []}, OLD | UNNAMED, OLD | {"shuffle": 7}]
    rows = [
        ROW,
        OLD,
        *bad,
        OLD | {"incognito_mode": True},
        "canary-name",
        OLD | {"city": ["canary-x"]},
    ]
    body = json.dumps(rows).encode()
    for text in (body, body[:-40], body.replace(b'"username"', b'"username"x')):
        for options in ({}, {"with_incognito": True}):
            found = msgspec.json.encode(read_all(members_of(tmp_path, text), **options))
            assert not [canary for canary in canaries if canary.encode() in found]


def test_the_catalogue_finds_the_item_by_its_uri_and_knows_its_length(tmp_path, shelf):
    known = Track(item_id="track:known", title="Song 42", identifiers=(URI,), duration_ms=200_000)
    shelf.put(items.changes([known]))
    members = members_of(tmp_path, [ROW])
    (chunk,) = read_all(members, resolver=Resolver(shelf.conn))
    assert (chunk.events[0].item_id, chunk.events[0].duration_ms) == ("track:known", 200_000)
    shelf.put(items.changes(chunk.items))
    assert items.get(shelf.conn, "track:known").artist_name == "Artist 0421"
    assert items.by_identifier(shelf.conn, "spotify", URI) == ["track:known"]


def test_two_uris_of_one_recording_both_find_it(tmp_path, shelf):
    other = "spotify:track:0000000000000000000043"
    (chunk,) = read_all(members_of(tmp_path, [ROW, ROW | {"spotify_track_uri": other}]))
    assert len({event.item_id for event in chunk.events}) == 1
    shelf.put(items.changes(chunk.items))
    for uri in (URI, other):
        assert items.by_identifier(shelf.conn, "spotify", uri) == [chunk.events[0].item_id]


def many(n):
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(n):
        at = begun + timedelta(minutes=5 * number)
        title = f"Song {number % 7}"
        yield ROW | {
            "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "master_metadata_track_name": title,
            "spotify_track_uri": None,
            "ms_played": "x" if number % 50 == 3 else 1000,
        }


@pytest.mark.parametrize("after", [0, 1, 100, 137, 299, 300])
def test_taken_up_anywhere_it_goes_on_as_if_never_stopped(tmp_path, monkeypatch, after):
    monkeypatch.setattr(chunks, "ROWS", 40)
    rows = list(many(300))
    for number in range(3):
        members = members_of(tmp_path, rows[number * 100 :][:100], f"endsong_{number}.json")
    whole = [event for chunk in read_all(members) for event in chunk.events]
    found = read_all(members, after=after)
    positions = [chunk.position for chunk in found]
    assert positions == sorted(set(positions))
    assert not positions or (positions[0] > after and positions[-1] == 300)
    n_good = sum(number % 50 != 3 for number in range(after))
    assert [event for chunk in found for event in chunk.events] == whole[n_good:]
    assert sum(len(c.faults) for c in found) == 300 - after - (len(whole) - n_good)
    shares = [chunk.share for chunk in read_all(members)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_torn_member_costs_only_itself(tmp_path):
    path = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("endsong_0.json", json.dumps(list(many(300)))[:-900])
        archive.writestr("endsong_1.json", json.dumps([ROW]))
    (chunk,) = read_all(archives.members(path, "spotify")[0])
    assert len(chunk.events) > 280
    assert chunk.events[-1].happened_at.year == 2023
    assert "torn_file" in rules(chunk.faults)


def test_a_file_of_nothing_but_bad_rows_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(member_arrays, "BAD_ROWS_BORNE", 100)
    members = members_of(tmp_path, b"[" + b'{"ts":1},' * 200_000 + b"{}]")
    found = read_all(members)
    assert rules(found[-1].faults)[-1] == "mostly_bad"
    assert sum(len(chunk.faults) for chunk in found) < 20_000


finite = st.floats(allow_nan=False, allow_infinity=False)
any_value = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(changed=st.dictionaries(st.sampled_from(sorted(ROW)), any_value, max_size=4))
def test_any_value_in_any_field_is_a_good_row_or_a_fault(changed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    rows = [ROW, ROW | changed, EPISODE]
    (chunk,) = read_all(members_of(folder, json.dumps(rows).encode()))
    assert len(chunk.events) + len(chunk.faults) == 3
    assert {ROW["ts"][:10]} <= {f"{event.happened_at:%Y-%m-%d}" for event in chunk.events}
    for event in chunk.events:
        assert msgspec.convert(msgspec.to_builtins(event), Listen) == event
    for item in chunk.items:
        assert msgspec.convert(msgspec.to_builtins(item), type(item)) == item

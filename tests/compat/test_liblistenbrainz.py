"""The installed ``liblistenbrainz`` against a running server, from the first listen to the Weekly."""

import time
from types import SimpleNamespace
from typing import Any

import liblistenbrainz
import pytest
from liblistenbrainz import errors

from tests.compat.conftest import mbid

pytestmark = pytest.mark.compat


@pytest.fixture
def player(running: SimpleNamespace) -> Any:
    client = liblistenbrainz.ListenBrainz(running.url)
    client.set_auth_token(running.token)
    return client


def heard(artist: int, track: int, ago_s: int) -> Any:
    return liblistenbrainz.Listen(
        track_name=f"Track {artist:02d}-{track}",
        artist_name=f"Artist {artist:04d}",
        release_name="Album",
        recording_mbid=mbid(artist, track) if track < 2 else None,
        additional_info={"duration_ms": 200_000},
        listened_at=int(time.time()) - ago_s,
    )


def test_a_bad_token_is_told_apart(running: SimpleNamespace) -> None:
    client = liblistenbrainz.ListenBrainz(running.url)
    with pytest.raises(errors.InvalidAuthTokenException):
        client.set_auth_token("nope")
    client.set_auth_token("nope", check_validity=False)
    with pytest.raises(errors.ListenBrainzAPIException) as refused:
        client.submit_single_listen(heard(0, 0, 60))
    assert refused.value.status_code == 401
    assert refused.value.message == "Invalid authorization token."


def test_listens_go_in_and_come_back_newest_first(player: Any) -> None:
    assert player.submit_single_listen(heard(0, 0, 600)) == {"status": "ok"}
    batch = [heard(1, n, 500 - n) for n in range(3)]
    assert player.submit_multiple_listens([*batch, batch[0]]) == {"status": "ok"}
    listens = player.get_listens("ada")
    assert [listen.track_name for listen in listens] == [
        "Track 01-2", "Track 01-1", "Track 01-0", "Track 00-0",
    ]  # fmt: skip
    assert listens[-1].release_name == "Album"
    assert listens[-1].recording_mbid == mbid(0, 0)
    assert player.get_user_listen_count("ada") == 4
    before = player.get_listens("ada", max_ts=listens[1].listened_at, count=25)
    assert [listen.track_name for listen in before] == ["Track 01-0", "Track 00-0"]
    after = player.get_listens("ada", min_ts=listens[2].listened_at)
    assert [listen.track_name for listen in after] == ["Track 01-2", "Track 01-1"]


def test_what_plays_now_is_said_and_forgotten(player: Any) -> None:
    assert player.get_playing_now("ada") is None
    listen = heard(3, 0, 0)
    listen.listened_at = None
    player.submit_playing_now(listen)
    assert player.get_playing_now("ada").track_name == "Track 03-0"
    assert player.get_listens("ada") == []


def test_a_bad_listen_is_400_in_listenbrainz_words(player: Any) -> None:
    listen = heard(0, 0, -7200)
    with pytest.raises(errors.ListenBrainzAPIException) as refused:
        player.submit_single_listen(listen)
    assert refused.value.status_code == 400
    assert refused.value.message == "Value for key listened_at is too high."


def test_love_and_hate_come_back(player: Any) -> None:
    player.submit_user_feedback(1, mbid(5, 0))
    player.submit_user_feedback(-1, mbid(6, 0))
    player.submit_user_feedback(1, mbid(7, 0))
    player.submit_user_feedback(0, mbid(7, 0))
    loved = player.get_user_feedback("ada", 1, metadata=True)
    assert [said["recording_mbid"] for said in loved["feedback"]] == [mbid(5, 0)]
    assert loved["feedback"][0]["track_metadata"]["track_name"] == "Track 05-0"
    hated = player.get_user_feedback("ada", -1, metadata=False)
    assert [said["recording_mbid"] for said in hated["feedback"]] == [mbid(6, 0)]


def test_from_listens_to_a_weekly_without_what_is_heard_or_hated(
    player: Any, running: SimpleNamespace
) -> None:
    assert player._get("/1/user/ada/playlists/createdfor")["playlists"] == []
    heard_artists = range(8)
    player.submit_multiple_listens([heard(a, 0, 5000 - 300 * a) for a in heard_artists])
    player.submit_user_feedback(-1, mbid(20, 0))
    (entry,) = player._get("/1/user/ada/playlists/createdfor")["playlists"]
    about = entry["playlist"]["extension"]["https://musicbrainz.org/doc/jspf#playlist"]
    algorithm = about["additional_metadata"]["algorithm_metadata"]
    assert algorithm["source_patch"] == "weekly-exploration"
    assert about["created_for"] == "ada"
    assert about["additional_metadata"]["expires_at"]
    assert entry["playlist"]["track"] == []
    playlist_id = entry["playlist"]["identifier"].rsplit("/", 1)[1]
    weekly = player._get(f"/1/playlist/{playlist_id}")["playlist"]
    assert len(weekly["track"]) == 30
    named = {identifier for track in weekly["track"] for identifier in track["identifier"]}
    assert len(named) == 30
    recording = "https://musicbrainz.org/recording/"
    assert recording + mbid(20, 0) not in named
    assert not {t["creator"] for t in weekly["track"]} & {f"Artist {a:04d}" for a in heard_artists}
    assert all(n.startswith((recording, "urn:ritornello:track:")) for n in named)
    again = player._get(f"/1/playlist/{playlist_id}")["playlist"]
    assert again["track"] == weekly["track"]

    first = next(n for n in sorted(named) if n.startswith(recording)).removeprefix(recording)
    player.submit_user_feedback(-1, first)
    shorter = player._get(f"/1/playlist/{playlist_id}")["playlist"]["track"]
    assert shorter == [t for t in weekly["track"] if t["identifier"] != [recording + first]]


def test_recommendations_name_only_real_musicbrainz_ids(player: Any) -> None:
    player.submit_multiple_listens([heard(a, 0, 5000 - 300 * a) for a in range(8)])
    found = player.get_user_recommendation_recordings("ada", artist_type="raw", count=5)
    mbids = [entry["recording_mbid"] for entry in found["payload"]["mbids"]]
    assert 0 < len(mbids) <= 5
    real = {mbid(a, t) for a in range(60) for t in range(2)}
    assert set(mbids) <= real

"""Where apps look for lists: the Weeklies and the day's mixes, each with its end."""

from datetime import timedelta
from typing import Any

import pytest

from tests.serve.conftest import play_style

EXTENSION = "https://musicbrainz.org/doc/jspf#playlist"
WHO = "?listener_id=listener-1"


@pytest.fixture
def ask(client: Any, key: Any, living: Any, clock: Any) -> Any:
    """Ask as listener-1, who played three styles."""
    for style in range(3):
        at = clock.at - timedelta(days=style)
        play_style(client, key("service"), at, "listener-1", style)
    headers = key("listener", "listener-1")
    return lambda path, **more: client.get(path, headers={**headers, **more})


def created_for(ask: Any) -> list[Any]:
    return [
        e["playlist"] for e in ask("/1/user/listener-1/playlists/createdfor").json()["playlists"]
    ]


def about(playlist: Any) -> Any:
    return playlist["extension"][EXTENSION]["additional_metadata"]


def test_created_for_shows_the_mixes_of_the_day_beside_the_weekly(ask: Any) -> None:
    mixes = ask("/v1/daily-mix").json()
    weekly, *jams = created_for(ask)
    assert about(weekly)["algorithm_metadata"] == {"source_patch": "weekly-exploration"}
    assert [about(jam)["algorithm_metadata"]["source_patch"] for jam in jams] == [
        "daily-jams"
    ] * len(mixes["shelves"])
    for jam, shelf in zip(jams, mixes["shelves"], strict=True):
        assert jam["title"] == f"Daily Mix: {shelf['title']} for listener-1, 2026-11-21 Sat"
        assert about(jam)["expires_at"].startswith("2026-11-22T00:00:00")
        assert jam["track"] == []
        playlist_id = jam["identifier"].rsplit("/", 1)[1]
        tracks = ask(f"/1/playlist/{playlist_id}").json()["playlist"]["track"]
        assert [t["title"] for t in tracks] == [card["title"] for card in shelf["cards"]]


def test_tomorrow_has_its_own_jams_under_the_same_names(ask: Any, clock: Any) -> None:
    before = created_for(ask)[1:]
    clock.move(days=1)
    after = created_for(ask)[1:]
    assert [j["title"].partition(" for ")[0] for j in after] == [
        j["title"].partition(" for ")[0] for j in before
    ]
    assert not {j["identifier"] for j in after} & {j["identifier"] for j in before}


def test_mixes_are_one_answer_a_day_that_says_so(ask: Any, clock: Any) -> None:
    first = ask("/v1/daily-mix")
    assert ask("/v1/daily-mix", **{"If-None-Match": first.headers["etag"]}).status_code == 304
    clock.move(days=1)
    assert ask("/v1/daily-mix").json()["period"] == "2026-11-22"
    assert ask("/v1/daily-mix?day=2026-11-21").json() == first.json()
    assert ask("/v1/daily-mix?day=2026-01-01").status_code == 404


def test_who_played_little_is_told_how_far_it_is(client: Any, key: Any, living: Any) -> None:
    answer = client.get("/v1/daily-mix?listener_id=nobody", headers=key("service"))
    assert answer.status_code == 404
    assert "0 of 20 plays, 0 tracks that one may show, where one mix needs 8" in answer.text

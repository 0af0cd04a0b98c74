"""search3 as apps use it: what was asked for by counts and offsets, and page by page everything."""

from typing import Any

import pytest

from ritornello.catalog import items
from ritornello.kinds.ids import uuid7
from ritornello.kinds.items import Album, Artist, Track
from ritornello.serve.service import Service

pytestmark = pytest.mark.slow

WHO = "listener-1"
N = 30


@pytest.fixture
def ask(client: Any, key: Any, service: Service) -> Any:
    """Search as an app of listener-1 does, in a catalogue with one album; return the result."""
    album = Album(item_id="album:one", title="First Light", artist_name="Artist 0001",
                  artist_ids=("artist:a1",), genres=("folk",))  # fmt: skip
    on_it = [
        Track(item_id=f"track:light{n}", title=f"Light {n}", artist_ids=("artist:a1",),
              artist_name="Artist 0001", album_id=album.item_id, album_title=album.title,
              duration_ms=200_500, explicit=n == 2, bpm=120.4, moods=("calm",))
        for n in range(3)
    ]  # fmt: skip
    banned = Artist(item_id="artist:a5", title="Artist 0005")
    service.writer.append([], changes=items.changes([album, *on_it, banned])).result()
    service.names.refresh()
    service.meant.refresh()
    secret = key("listener", WHO)["Authorization"].split()[1]

    def search(query: str, **said: Any) -> Any:
        told = {"f": "json", "c": "an app", "apiKey": secret, "query": query, **said}
        answer = client.get("/rest/search3.view", params=told)
        assert answer.status_code == 200, answer.text
        content = answer.json()["subsonic-response"]
        return content["searchResult3"] if content["status"] == "ok" else content["error"]["code"]

    return search


def ids(found: Any, word: str) -> list[str]:
    return [each["id"] for each in found[word]]


def test_what_was_asked_for_is_found_in_the_shape_that_clients_read(ask: Any) -> None:
    found = ask("first light")
    (album,) = found["album"]
    assert album == {
        "id": "album:one",
        "name": "First Light",
        "songCount": 3,
        "duration": 601,
        "created": "1970-01-01T00:00:00.000Z",
        "artist": "Artist 0001",
        "artistId": "artist:a1",
        "genre": "folk",
        "genres": [{"name": "folk"}],
    }
    song = ask("light 1")["song"][0]
    wanted = {
        "id": "track:light1", "isDir": False, "title": "Light 1", "album": "First Light",
        "albumId": "album:one", "parent": "album:one", "artist": "Artist 0001",
        "artistId": "artist:a1", "duration": 200, "bpm": 120, "type": "music",
        "mediaType": "song", "moods": ["calm"], "explicitStatus": "",
        "artists": [{"id": "artist:a1", "name": "Artist 0001"}],
    }  # fmt: skip
    assert {name: song[name] for name in wanted} == wanted
    (artist,) = [each for each in ask("artist 0001")["artist"] if each["id"] == "artist:a1"]
    assert artist["name"] == "Artist 0001"


def test_a_search_is_a_decision_without_tries(ask: Any, service: Service) -> None:
    ask("Track", songCount=10)
    ((body,),) = service.readers.connection.execute(
        "SELECT body FROM events WHERE kind = 'query'"
    ).fetchall()
    assert '"client":"subsonic an app"' in body
    first, again = (ids(ask("Track", songCount=10), "song") for _ in range(2))
    assert first == again


def test_counts_and_offsets_page_through_what_is_found(ask: Any) -> None:
    whole = ids(ask("Track", songCount=20), "song")
    parts = [ids(ask("Track", songCount=5, songOffset=at), "song") for at in range(0, 20, 5)]
    assert [each for part in parts for each in part] == whole
    assert len(whole) == 20
    none = ask("Track", songCount=0, artistCount=0, albumCount=0)
    assert none == {"artist": [], "album": [], "song": []}


@pytest.mark.parametrize("everything", ["", '""'])
def test_an_empty_query_is_everything_page_by_page(ask: Any, everything: str) -> None:
    seen: list[str] = []
    while page := ids(ask(everything, songCount=7, songOffset=len(seen)), "song"):
        seen += page
    assert len(seen) == len(set(seen)) == N + 3
    found = ask(everything, songCount=500, artistCount=500, albumCount=500)
    assert ids(found, "song") == seen
    assert ids(found, "album") == ["album:one"]
    assert ids(found, "artist") == [f"artist:a{n}" for n in range(6)]


def test_what_was_banned_is_in_no_page(ask: Any, client: Any, key: Any, clock: Any) -> None:
    said = {
        "kind": "act", "event_id": str(uuid7(clock.at)), "listener_id": WHO, "act": "ban",
        "about_id": "artist:a1", "happened_at": clock.at.isoformat(),
    }  # fmt: skip
    assert client.post("/v1/events", json=said, headers=key("service")).status_code == 200
    found = ask("", songCount=500, artistCount=500, albumCount=500)
    assert "artist:a1" not in ids(found, "artist")
    assert found["album"] == []
    assert not [song for song in found["song"] if song.get("artistId") == "artist:a1"]


def test_what_cannot_be_meant_is_an_error_by_its_code(ask: Any, client: Any) -> None:
    assert ask("a", songCount="many") == 10
    assert ask("a", songOffset="-3") == 10
    assert ask("a", musicFolderId="7") == 70
    assert ask("Track", musicFolderId="1")["song"]
    assert ask("a", songOffset="9" * 18)["song"] == []


def test_hostile_text_is_searched_like_any_other(ask: Any) -> None:
    for text in ("a" * 10_000, '"unbalanced (', "🎵", "سماء", "\x00\x1b[31m", "(a+)+$" * 99):
        assert set(ask(text)) == {"artist", "album", "song"}

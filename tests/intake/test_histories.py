"""Which export is this? Told by what it holds, whatever it is called and however it is packed."""

import json
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ritornello.catalog.items import Resolver
from ritornello.intake import archives, histories
from ritornello.intake.histories import AS_USUAL, Options
from ritornello.kinds.errors import BadValue, NotFound, UnknownName

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EXTENDED = json.dumps(
    [
        {
            "ts": "2024-01-02T13:48:00Z",
            "ms_played": 180_000,
            "master_metadata_track_name": "Track 07",
            "master_metadata_album_artist_name": "Artist 0421",
            "incognito_mode": incognito,
        }
        for incognito in (False, True)
    ]
)
BASIC = json.dumps(
    [
        {
            "endTime": "2024-01-02 13:48",
            "artistName": "Artist 0421",
            "trackName": "Track 07",
            "msPlayed": 180_000,
        }
    ]
)
LISTEN = json.dumps(
    {
        "listened_at": 1_704_203_100,
        "track_metadata": {"artist_name": "Artist 0421", "track_name": "Track 07"},
    }
)
TABLE = "Artist 0421,,Track 07,02 Jan 2024 13:45\n"
LOG = "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\nArtist 0421\t\tTrack 07\t\t180\tL\t1704203100\t\n"
EXPORTS = {
    "spotify": {"Streaming_History_Audio_2024_0.json": EXTENDED, "ReadMe.pdf": "%PDF"},
    "spotify_basic": {"StreamingHistory_music_0.json": BASIC, "Userdata.json": "{}"},
    "listenbrainz": {"listens/2024/1.jsonl": LISTEN, "user.json": "{}"},
    "lastfm": {"scrobbles.csv": TABLE},
    "scrobbler_log": {".scrobbler.log": LOG},
}
NAMES = sorted(EXPORTS)


def as_folder(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "export"


def as_zip(tmp_path, files):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(f"my_data/{name}", text)
    return tmp_path / "export.zip"


def as_file(tmp_path, files):
    """The first file alone, under a name that says nothing."""
    path = tmp_path / "download"
    path.write_text(next(iter(files.values())), encoding="utf-8")
    return path


def read(path, options=AS_USUAL, **more):
    history = histories.find(path, more.pop("form", None))
    stated = {"listener_id": "listener-1", "now": NOW, "resolver": Resolver(), **more}
    return list(histories.read(history, options=options, **stated))


def events(chunks):
    return [event for chunk in chunks for event in chunk.events]


@pytest.mark.parametrize("packed", [as_folder, as_zip, as_file])
@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_recognised_however_it_is_packed(name, packed, tmp_path):
    path = packed(tmp_path, EXPORTS[name])
    assert histories.find(path).form.name == name
    (listen,) = events(read(path))
    assert (listen.source, listen.listener_id) == (name, "listener-1")
    assert listen.started_at == datetime(2024, 1, 2, 13, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.json": "{}", "b.csv": "listener_id,item_id\n"},
        {"playlist.json": '{"playlists": []}'},
        {"page.html": "<html>", "notes.txt": "remember the milk"},
        {"a.json": "[" * 100_000, "b.log": "\x00" * 5_000},
        {f"{number:03}.json": "null" for number in range(50)},
    ],
)
def test_what_is_no_history_is_told_what_there_was_and_what_is_understood(files, tmp_path):
    (tmp_path / "export").mkdir()
    with pytest.raises(BadValue, match="ListenBrainz") as told:
        histories.find(as_folder(tmp_path, files))
    assert ("000.json" in str(told.value)) == (len(files) == 50)
    assert len(str(told.value)) < 2_000


def test_two_forms_at_once_are_not_guessed_between(tmp_path):
    path = as_folder(tmp_path, {**EXPORTS["lastfm"], **EXPORTS["listenbrainz"]})
    with pytest.raises(BadValue, match="listenbrainz and lastfm"):
        histories.find(path)
    assert {event.source for event in events(read(path, form="lastfm"))} == {"lastfm"}
    with pytest.raises(BadValue, match="nothing of the log"):
        histories.find(path, "scrobbler_log")
    with pytest.raises(UnknownName, match="did you mean 'lastfm'"):
        histories.find(path, "lastfn")


def test_nothing_there_and_a_broken_zip_are_told(tmp_path):
    with pytest.raises(NotFound):
        histories.find(tmp_path / "nothing.zip")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"\x00" * 50)
    with pytest.raises(BadValue, match="zip"):
        histories.find(tmp_path / "broken.zip")


def test_what_was_left_alone_is_told_once(tmp_path):
    table = "artist,track,uts\n" + "".join(f"A,T{n},{1704203100 + n}\n" for n in range(9_000))
    path = as_zip(tmp_path, {"scrobbles.csv": table, "inner.zip": "PK", "../out.csv": TABLE})
    first, second = read(path)
    assert {fault.rule for fault in first.faults} == {"nested_archive", "path_outside"}
    assert {fault.source for fault in first.faults} == {"lastfm"}
    (resumed,) = read(path, after=first.position)
    assert (resumed.events, resumed.faults) == (second.events, ())


def test_what_a_reader_asks_for_reaches_it(tmp_path):
    log = as_file(tmp_path, EXPORTS["scrobbler_log"])
    (listen,) = events(read(log, Options(tz=ZoneInfo("Europe/Berlin"))))
    assert listen.started_at.hour == 12
    spotify = as_zip(tmp_path, EXPORTS["spotify"])
    assert [listen.private for listen in events(read(spotify, Options(with_incognito=True)))] == [
        False,
        True,
    ]


def test_the_digest_covers_content_listener_and_what_decides_the_reading(tmp_path):
    def digest(path, listener_id="listener-1", options=AS_USUAL):
        return histories.digest(histories.find(path), listener_id, options)

    files = EXPORTS["scrobbler_log"]
    folder, packed = as_folder(tmp_path, files), as_zip(tmp_path, files)
    berlin = Options(tz=ZoneInfo("Europe/Berlin"))
    known = {
        digest(folder),
        digest(packed),
        digest(folder, "listener-2"),
        digest(folder, options=berlin),
    }
    assert len(known) == 4
    assert digest(folder, options=Options(with_incognito=True)) == digest(folder)
    (folder / ".scrobbler.log").write_text(LOG + LOG, encoding="utf-8")
    assert digest(folder) not in known


@pytest.mark.parametrize("name", NAMES)
def test_each_form_knows_its_own_files_and_nobody_elses(name, tmp_path):
    form = next(form for form in histories.FORMS if form.name == name)
    for other, files in EXPORTS.items():
        members, _ = archives.members(as_zip(tmp_path, files), "test")
        assert any(map(form.holds, members)) == (other == name)

"""MPD loads what is written for it: every path that exists, in order, and nothing else."""

import shutil
import socket
import subprocess
import time
import wave
from datetime import UTC, datetime
from uuid import UUID

import pytest

from ritornello.intake import m3u8
from ritornello.intake.playlists import Playlist
from ritornello.kinds.items import Track

pytestmark = [
    pytest.mark.compat,
    pytest.mark.skipif(shutil.which("mpd") is None, reason="mpd is not installed"),
]

PATHS = ("A  B/01 one.wav", "#1/\u05e9\u05dc\u05d5\u05dd.wav", "C/100%25, two.wav")


class Player:
    """MPD over a folder, spoken to in its own protocol."""

    def __init__(self, folder):
        address = folder / "socket"
        config = folder / "mpd.conf"
        config.write_text(
            f'music_directory "{folder / "music"}"\n'
            f'db_file "{folder / "db"}"\n'
            f'bind_to_address "{address}"\n'
            'audio_output {\n type "null"\n name "none"\n}\n'
        )
        self.process = subprocess.Popen(
            ["mpd", "--no-daemon", "--stderr", str(config)], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while not address.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(address))
        self.lines = self.socket.makefile("r", encoding="utf-8")
        assert self.lines.readline().startswith("OK MPD")

    def say(self, command):
        """Send a command; return the lines of its answer."""
        self.socket.sendall(f"{command}\n".encode())
        found = []
        while (line := self.lines.readline().rstrip("\n")) != "OK":
            assert line, f"mpd hung up on {command}"
            assert not line.startswith("ACK"), line
            found.append(line)
        return found

    def update(self):
        """Let it find the music."""
        self.say("update")
        while any(line.startswith("updating_db") for line in self.say("status")):
            time.sleep(0.02)

    def close(self):
        self.lines.close()
        self.socket.close()
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def music(tmp_path):
    for path in PATHS:
        place = tmp_path / "music" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(place), "wb") as audio:
            audio.setnchannels(1)
            audio.setsampwidth(2)
            audio.setframerate(8_000)
            audio.writeframes(bytes(8_000))
    return tmp_path


def test_mpd_finds_every_track_that_says_where_it_lies(music):
    tracks = [
        Track(
            item_id=f"track:{n}",
            title=f"T{n}\nC/nothing.wav --> \u202e",
            artist_name="A",
            duration_ms=500,
            location=path,
        )
        for n, path in enumerate((PATHS[0], None, PATHS[1], PATHS[2], PATHS[0]))
    ]
    listed = Playlist(
        playlist_id=UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f"),
        title="Weekly\n#EXTM3U",
        listener="listener-1",
        made_at=datetime(2026, 11, 16, tzinfo=UTC),
        item_ids=tuple(track.item_id for track in tracks),
    )
    body = m3u8.write(listed, {track.item_id: track for track in tracks})
    (music / "music" / "weekly.m3u8").write_bytes(body)
    player = Player(music)
    try:
        player.update()
        player.say('load "weekly.m3u8"')
        queued = [
            line.removeprefix("file: ") for line in player.say("playlistinfo") if "file: " in line
        ]
    finally:
        player.close()
    assert queued == [PATHS[0], PATHS[1], PATHS[2], PATHS[0]]

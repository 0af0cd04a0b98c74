"""Read apart or in here, an export gives the same chunks; however the reader ends, nothing is halved."""

import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog.items import Resolver
from ritornello.cli.wiring import REDUCERS, make_home, reading
from ritornello.intake import apart, arrays, chunks, histories, importing
from ritornello.kinds.errors import BadValue, Error, NotFound, StorageUnavailable, UnknownName
from ritornello.kinds.times import to_us
from ritornello.listeners import tallies
from ritornello.store.log import Writer
from ritornello.store.rows import row_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTILE = (
    {"ts": "never"},
    {"ts": "2089-01-01T00:00:00Z"},
    {"ms_played": "long"},
    {"ms_played": 10**30},
    {"master_metadata_track_name": "\x00"},
    {"master_metadata_track_name": "\u202e" * 200},
    {"master_metadata_track_name": "名" * 1000},
    {"platform": {"deep": [[[[]]]]}},
    {"offline_timestamp": -1},
    {"incognito_mode": True},
)
LOG = "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\nArtist 0421\t\tTrack 07\t\t180\tL\t1704203100\t\n"
TALLY = "Artist 0421,,Track 07,02 Jan 2024 13:45\nno,time,here\n"


def row(number):
    at = datetime.fromtimestamp(1_700_000_000 + 200 * number, UTC)
    return {
        "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "ms_played": 180_000,
        "master_metadata_track_name": f"Track {number % 97}",
        "master_metadata_album_artist_name": f"Artist {number % 13:04d}",
    }


def rows(n):
    """Good rows, every tenth of them hostile in one way or another."""
    return [
        row(number) | (HOSTILE[number // 10 % len(HOSTILE)] if number % 10 == 7 else {})
        for number in range(n)
    ]


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


@pytest.fixture
def asked(tmp_path, home):
    def asked(n, **more):
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("Streaming_History_Audio_0.json", json.dumps(rows(n)))
            archive.writestr("Streaming_History_Audio_1.json", "[{} broken")
        return asked_of(path, home, **more)

    return asked


def asked_of(path, home, **more):
    stated = {"form": "spotify", "listener_id": "listener-1", "now": NOW} | more
    return apart.Asked(home=os.fsencode(home.path), path=os.fsencode(path), **stated)


def together(asked, after=0):
    """The chunks as a reader in here gives them, with the rows the log would hold of them."""
    history = histories.find(Path(os.fsdecode(asked.path)), asked.form)
    for chunk in histories.read(
        history,
        listener_id=asked.listener_id,
        now=asked.now,
        resolver=Resolver(),
        after=after,
        options=asked.options,
    ):
        rows = tuple(row_of(event, to_us(NOW)) for event in chunk.events)
        yield msgspec.structs.replace(chunk, rows=rows)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(chunks, "ROWS", 10)


@pytest.fixture
def in_here(monkeypatch):
    """Let the frames come from here, cut off after so many bytes."""

    def in_here(cut=None):
        @contextmanager
        def reader(asked):
            yield io.BytesIO(b"".join(apart.frames(asked))[:cut])

        monkeypatch.setattr(apart, "_reader", reader)

    return in_here


@pytest.fixture
def started(monkeypatch):
    """The processes started, so that a test can look at them."""
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            started.append(self)

    monkeypatch.setattr(apart, "Popen", Noted)
    return started


def run(home, asked, read):
    with Writer(home, REDUCERS, now=lambda: NOW) as writer:
        return importing.run(
            read,
            source=asked.form,
            digest="d",
            writer=writer,
            now=lambda: NOW,
            tally_changes=tallies.changes,
        )


def kept(home):
    with reading(home) as conn:
        return {
            table: conn.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in {
                "events": "event_id, body_hash, body",
                "items": "item_id, body",
                "plays": "item_id, n_plays, n_skips",
                "faults": "position, rule, message",
            }.items()
        }


@pytest.mark.slow
def test_a_process_of_its_own_gives_the_chunks_one_in_here_does(asked):
    asked = asked(17_000, with_incognito=True)
    expected = list(together(asked))
    assert len(expected) > 2
    assert list(apart.chunks(asked)(0)) == expected
    after = expected[0].position
    assert list(apart.chunks(asked)(after)) == list(together(asked, after))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("after", [0, 1, 10, 33, 100])
def test_it_goes_on_after_any_row(asked, in_here, after):
    in_here()
    asked = asked(60)
    assert list(apart.chunks(asked)(after)) == list(together(asked, after))


@pytest.mark.parametrize(
    ("form", "name", "text"),
    [("scrobbler_log", ".scrobbler.log", LOG), ("lastfm", "scrobbles.csv", TALLY)],
)
def test_every_form_comes_through(form, name, text, tmp_path, home, in_here):
    in_here()
    (tmp_path / name).write_text(text, encoding="utf-8")
    asked = asked_of(tmp_path / name, home, form=form, time_zone="Asia/Tokyo")
    assert asked.options.tz == ZoneInfo("Asia/Tokyo")
    assert list(apart.chunks(asked)(0)) == list(together(asked))


@pytest.mark.usefixtures("small_chunks")
def test_an_import_stores_what_one_in_here_does(asked, home, in_here, tmp_path):
    in_here()
    asked, other = asked(200), make_home(tmp_path / "other")
    summary = run(home, asked, apart.chunks(asked))
    assert summary == run(other, asked, lambda after: together(asked, after))
    assert kept(home) == kept(other)
    assert summary.n_kept > 150
    assert summary.faults_by_rule


@pytest.mark.usefixtures("small_chunks")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(part=st.floats(0, 1, exclude_max=True))
def test_a_stream_cut_anywhere_gives_whole_chunks_and_says_so(asked, in_here, part):
    asked = asked(40)
    in_here(int(part * len(b"".join(apart.frames(asked)))))
    found = []
    with pytest.raises(Error, match="ended before its time"):
        found.extend(apart.chunks(asked)(0))
    assert found == list(together(asked))[: len(found)]


@pytest.mark.usefixtures("small_chunks")
def test_after_a_cut_the_same_import_goes_on(asked, home, in_here, tmp_path):
    asked, other = asked(100), make_home(tmp_path / "other")
    in_here(20_000)
    with pytest.raises(Error, match="ended before its time"):
        run(home, asked, apart.chunks(asked))
    in_here()
    assert run(home, asked, apart.chunks(asked)).after > 0
    run(other, asked, lambda after: together(asked, after))
    assert kept(home) == kept(other)


def test_a_reader_that_is_killed_ends_the_import_in_words(asked, started):
    asked = asked(16_000)
    read = apart.chunks(asked)(0)
    first = next(read)
    started[0].kill()
    with pytest.raises(Error, match="ended before its time"):
        list(read)
    assert first == next(together(asked))


def test_a_reader_nobody_wants_any_more_is_gone(asked, started):
    read = apart.chunks(asked(16_000))(0)
    next(read)
    read.close()
    assert started[0].returncode is not None


def test_a_reader_nobody_listens_to_ends_without_a_word(asked):
    words = [sys.executable, "-m", "ritornello.intake.apart"]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(words, **pipes) as process:
        process.stdin.write(msgspec.msgpack.encode(asked(16_000)))
        process.stdin.close()
        process.stdout.read(8)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_its_errors_are_those_of_reading_in_here(asked, home, tmp_path):
    asked = asked(1)
    with pytest.raises(NotFound) as there:
        list(apart.chunks(msgspec.structs.replace(asked, path=b"nowhere.zip"))(0))
    with pytest.raises(NotFound) as here:
        histories.find(Path("nowhere.zip"), "spotify")
    assert str(there.value) == str(here.value)


@pytest.mark.parametrize(
    "error",
    [
        BadValue("nothing that can be read"),
        UnknownName("no form 'tape'"),
        StorageUnavailable("cannot open"),
        PermissionError(13, "Permission denied", "export.zip"),
        OSError("the zip is odd"),
        sqlite3.OperationalError("database is locked"),
    ],
)
def test_an_error_keeps_its_kind_and_its_words(error, asked, in_here, monkeypatch):
    def read(*_, **__):
        raise error

    asked = asked(1)
    in_here()
    monkeypatch.setattr(histories, "read", read)
    kind = sqlite3.Error if isinstance(error, sqlite3.Error) else type(error)
    with pytest.raises(kind) as raised:
        list(apart.chunks(asked)(0))
    assert str(raised.value) == str(error)


def test_a_reader_loads_neither_duckdb_nor_numpy():
    words = "import sys, ritornello.intake.apart; print({'duckdb', 'numpy'} & {*sys.modules})"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True)
    assert told.stdout.strip() == b"set()"

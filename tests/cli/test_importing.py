"""``ritornello import`` and ``export``: what goes out comes in again, what is bad is named."""

from contextlib import contextmanager

import msgspec
import pytest

from ritornello.catalog import items
from ritornello.cli import importing
from ritornello.cli.wiring import find_home, reading, writing
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.items import Track


def items_of(home):
    with reading(find_home(home)) as conn:
        return conn.execute("SELECT item_id, body FROM items ORDER BY item_id").fetchall()


def plays_of(home):
    with reading(find_home(home)) as conn:
        return conn.execute("SELECT * FROM plays ORDER BY listener_id, item_id").fetchall()


@pytest.mark.parametrize("name", ["catalog.jsonl", "catalog.parquet"])
def test_a_catalogue_survives_the_journey(name, cli, filled, home, tmp_path):
    out = cli("export", "catalog", tmp_path / name, "--json", home=filled).json
    assert out["n_rows"] == len(items_of(filled))
    came = cli("import", "catalog", tmp_path / name, "--json", home=home).json
    assert (came["n_kept"], came["faults_by_rule"]) == (out["n_rows"], {})
    assert items_of(home) == items_of(filled)


@pytest.mark.slow
def test_events_survive_the_journey_sealed_or_not(cli, filled, home, tmp_path):
    assert cli("seal", home=filled).code == 0
    written = cli("export", "events", tmp_path / "e.jsonl", "--json", home=filled).json["n_rows"]
    cli("export", "catalog", tmp_path / "c.jsonl", home=filled)
    cli("import", "catalog", tmp_path / "c.jsonl", home=home)
    came = cli("import", "events", tmp_path / "e.jsonl", "--json", home=home).json
    assert (came["n_kept"], came["n_duplicates"], came["faults_by_rule"]) == (written, 0, {})
    assert plays_of(home) == plays_of(filled)


def test_events_go_out_as_parquet_a_kind_at_a_time(cli, filled, tmp_path):
    import duckdb

    told = cli(
        "export", "events", tmp_path / "l.parquet", "--kind", "listen", "--json", home=filled
    )
    rows = duckdb.read_parquet(str(tmp_path / "l.parquet"))
    assert rows.aggregate("count(*)").fetchall()[0][0] == told.json["n_rows"] > 1000
    assert {"event_id", "listener_id", "ms_played", "received_at"} <= set(rows.columns)
    refused = cli("export", "events", tmp_path / "all.parquet", home=filled)
    assert refused.code == 1
    assert "--kind" in refused.err


@pytest.mark.parametrize(
    "words",
    [("events", "x/y.jsonl"), ("catalog", "x/y.parquet"), ("events", "a", "--kind", "song")],
)
def test_an_export_that_cannot_be_written_leaves_nothing(words, cli, home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    said = cli("export", *words, home=home)
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert set(tmp_path.iterdir()) == before


def test_the_good_rows_are_kept_and_each_bad_one_is_named(cli, filled, home, tmp_path):
    cli("export", "catalog", tmp_path / "c.jsonl", home=filled)
    cli("import", "catalog", tmp_path / "c.jsonl", home=home)
    cli("export", "events", tmp_path / "e.jsonl", "--kind", "listen", home=filled)
    good = (tmp_path / "e.jsonl").read_bytes().splitlines()[:20]
    listen = msgspec.json.decode(good[0])
    bad = [
        b"{",
        b"[]",
        msgspec.json.encode(listen | {"ms_played": "long"}),
        msgspec.json.encode(listen | {"started_at": "1970-01-01T00:00:00Z"}),
        msgspec.json.encode(listen | {"item_id": "track:nobody-knows"}),
        b"x" * (2 << 20),
    ]
    torn = good[1][:40]
    (tmp_path / "mixed.jsonl").write_bytes(b"\n".join([*good, *bad, torn]))
    said = cli("import", "events", tmp_path / "mixed.jsonl", "--json", home=home)
    assert said.code == 0
    assert said.json["n_kept"] == 20
    assert sum(said.json["faults_by_rule"].values()) == len(bad) + 1
    assert said.json["faults_by_rule"]["torn_line"] == 1
    faults = cli("doctor", "--faults", "event_lines", "--json", home=home).json
    assert sorted(fault["position"] for fault in faults) == list(range(21, 28))


def test_the_same_file_twice_is_stored_once(cli, filled, home, tmp_path):
    cli("export", "catalog", tmp_path / "c.jsonl", home=filled)
    cli("export", "events", tmp_path / "e.jsonl", home=filled)
    cli("import", "catalog", tmp_path / "c.jsonl", home=home)
    first = cli("import", "events", tmp_path / "e.jsonl", "--json", home=home).json
    second = cli("import", "events", tmp_path / "e.jsonl", "--json", home=home).json
    assert second["before_at"] is not None
    again = cli("import", "events", tmp_path / "e.jsonl", "--again", "--json", home=home).json
    assert (again["n_kept"], again["n_duplicates"]) == (0, first["n_kept"])
    assert plays_of(home) == plays_of(filled)


@pytest.mark.slow
def test_an_import_that_was_stopped_goes_on_where_it_was(cli, home, tmp_path, monkeypatch):
    table = tmp_path / "plays.csv"
    rows = (f"ada,Artist {n % 50:04d},Track {n:05d},{1_780_000_000 + n}" for n in range(12_000))
    header = "listener_id,artist,title,started_at"
    table.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    words = ("import", "interactions", table, "--times", "unix_s", "--json")
    with monkeypatch.context() as patch:
        patch.setattr(importing, "progress", stopped)
        assert cli(*words, home=home).code == 130
    assert 0 < len(plays_of(home)) < 12_000
    went_on = cli(*words, home=home).json
    assert went_on["after"] > 0
    assert len(plays_of(home)) == 12_000


@contextmanager
def stopped(what):
    """A bar whose watcher presses Ctrl-C at the first report."""

    def tell(step, share):
        raise KeyboardInterrupt

    yield tell


def test_a_table_comes_in_under_its_own_names(cli, home, tmp_path):
    table = tmp_path / "plays.tsv"
    table.write_text(
        "user\tband\tsong\twhen\n"
        "ada\tArtist 0421\tTrack 0007\t1780000000\n"
        "ada\tArtist 0421\tTrack 0008\t1780000300\n"
        "ada\tArtist 0421\t\t1780000600\n",
        encoding="utf-8",
    )
    names = ["listener=user", "artist=band", "title=song", "started_at=when"]
    columns = [word for name in names for word in ("--column", name)]
    words = ("import", "interactions", table, *columns, "--times", "unix_s")
    said = cli(*words, "--json", home=home)
    assert (said.json["n_kept"], sum(said.json["faults_by_rule"].values())) == (2, 1)
    assert len(plays_of(home)) == 2
    told = cli(*words, "--again", home=home)
    assert "ritornello doctor --faults interactions" in told.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("catalog", "nowhere.jsonl"), "no file nowhere.jsonl"),
        (("events", "nowhere.jsonl"), "no file nowhere.jsonl"),
        (("interactions", "nowhere.csv"), "no file nowhere.csv"),
        (("hetrec", "nowhere"), "artists.dat"),
        (("interactions", "t.csv", "--column", "singer=x"), "no field of interactions 'singer'"),
        (("interactions", "t.csv", "--times", "sundial"), "no form of times 'sundial'"),
    ],
)
def test_what_is_not_there_is_named(words, told, cli, home):
    said = cli("import", *words, home=home)
    assert said.code == 1
    assert told in said.err
    assert said.err.count("\n") == 1


@pytest.mark.data
@pytest.mark.slow
def test_hetrec_comes_in_whole(cli, home, shared):
    said = cli("import", "hetrec", shared / "data" / "hetrec_lastfm", "--json", home=home)
    assert (said.json["n_kept"], said.json["faults_by_rule"]) == (92_834, {})


def test_exported_events_are_events(cli, filled, tmp_path):
    cli("export", "events", tmp_path / "e.jsonl", "--kind", "act", home=filled)
    lines = (tmp_path / "e.jsonl").read_bytes().splitlines()
    assert lines
    assert {msgspec.json.decode(line, type=AnyEvent).act for line in lines} == {"love"}


def test_a_history_comes_in_as_whose_it_is_and_only_once(cli, home, tmp_path):
    log = tmp_path / ".scrobbler.log"
    log.write_text(
        "#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n#CLIENT/Player\n"
        "Artist 0421\t\tTrack 07\t\t180\tL\t1704203100\t\n"
        "Artist 0421\t\tTrack 08\t\t180\tS\t1704203300\t\n"
        "Artist 0421\t\t\t\t180\tL\t1704203500\t\n"
    )
    words = ("import", "history", log, "--listener", "listener-1", "--json")
    came = cli(*words, home=home).json
    assert (came["source"], came["n_kept"]) == ("scrobbler_log", 2)
    assert came["faults_by_rule"] == {"empty": 1}
    assert [(row[0], *row[2:4]) for row in plays_of(home)] == [
        ("listener-1", 1, 0),
        ("listener-1", 0, 1),
    ]
    again = cli(*words, home=home).json
    assert (again["n_kept"], again["n_duplicates"]) == (0, 2)
    said = cli(*words[:-1], "--again", home=home).out
    assert "Kept 0 rows. 2 were known already. 1 could not be kept" in said
    other = cli("import", "history", log, "--listener", "listener-2", "--json", home=home).json
    assert other["n_kept"] == 2


def test_an_import_counts_what_it_brought_itself(cli, home, tmp_path):
    log, table = tmp_path / ".scrobbler.log", tmp_path / "scrobbles.csv"
    log.write_text(
        "#AUDIOSCROBBLER/1.1\n#TZ/UTC\n"
        "Artist 0421\t\tTrack 07\t\t180\tL\t1704203100\t\n"
        "Artist 0421\t\tTrack 08\t\t180\tL\t1704203400\t\n"
    )
    table.write_text(
        "uts,artist,track\n1704203100,Artist 0421,Track 07\n1704209000,Artist 0422,Track 01\n"
    )
    (tmp_path / "more.csv").write_text("uts,artist,track\n1704299000,Artist 0421,Track 07\n")

    def came(file):
        words = ("import", "history", file, "--listener", "listener-1", "--json")
        found = cli(*words, home=home).json
        return found["n_kept"], found["n_same"], found["n_items"]

    assert came(log) == (2, 0, 3)
    assert came(table) == (2, 1, 2)
    assert came(tmp_path / "more.csv") == (1, 0, 0)


def test_a_play_told_in_other_words_was_known_already(cli, home, tmp_path):
    """The length the catalogue learnt since is in the listen that is read again."""
    row = {
        "ts": "2024-01-02T13:48:00Z", "ms_played": 170_000, "master_metadata_track_name": "Track 07",
        "master_metadata_album_artist_name": "Artist 0421", "spotify_track_uri": "spotify:track:a",
    }  # fmt: skip
    export = tmp_path / "Streaming_History_Audio_2024.json"
    export.write_bytes(msgspec.json.encode([row]))
    words = ("import", "history", export, "--listener", "listener-1")
    cli(*words, home=home)
    with writing(find_home(home)) as writer:
        (item_id,) = writer.run(
            lambda c: c.execute("SELECT item_id FROM listens").fetchone()
        ).result()
        known = Track(item_id=item_id, title="Track 07", duration_ms=180_000)
        writer.append([], changes=items.changes([known])).result()
    assert "Kept 0 rows. 1 were known already." in cli(*words, "--again", home=home).out
    assert cli(*words, "--json", home=home).json["n_duplicates"] == 1


def test_what_is_no_history_is_told_in_one_line(cli, home, tmp_path):
    (tmp_path / "notes.txt").write_text("remember the milk")
    for words, said in (
        ((tmp_path, "--listener", "listener-1"), "no listening history"),
        ((tmp_path / "none.zip", "--listener", "listener-1"), "no file or folder"),
        ((tmp_path, "--listener", "some body"), "a listener is"),
        ((tmp_path, "--listener", "l", "--form", "lastfn"), "did you mean 'lastfm'?"),
    ):
        told = cli("import", "history", *words, home=home)
        assert (told.code, told.err.count("\n")) == (1, 1)
        assert said in told.err

import sqlite3
from collections import Counter
from datetime import timedelta

import pytest

from ritornello.kinds.errors import Conflict, StorageUnavailable
from ritornello.store import lake, manifest
from ritornello.store.lake import open_lake, relation
from ritornello.store.seal import exclusive, seal


@pytest.fixture
def read(home):
    """Count each item of the kind listen, over lake and log."""

    def run():
        with open_lake(home) as duck:
            relation(duck, home, "listen")
            return Counter(
                dict(duck.execute("SELECT item_id, count(*) FROM listen GROUP BY 1").fetchall())
            )

    return run


def rows_left(conn):
    return conn.execute("SELECT count(*) FROM events").fetchone()[0]


@pytest.mark.parametrize("chunk_rows", [None, 7, 1000])
def test_moves_everything_once(writer, home, conn, listen, now, read, chunk_rows):
    events = [
        listen(f"track:{i % 5}", at=now - timedelta(days=i % 3, seconds=i)) for i in range(50)
    ]
    writer.append(events).result()
    before = read()
    sealed = seal(home, now, chunk_rows=chunk_rows)
    assert (sealed.n_events, sealed.n_files) == (50, 3)
    assert rows_left(conn) == 0
    assert read() == before
    assert seal(home, now).n_events == 0
    assert writer.append(events).result() == ["duplicate"] * 50
    assert writer.append([listen("track:new")]).result() == ["stored"]
    assert read() == before + Counter({"track:new": 1})


def test_files_lie_by_kind_and_day_sorted_and_hashed(writer, home, conn, listen, day):
    events = [listen(listener=f"listener-{i % 3}", at=day(10 + i % 2)) for i in range(20)]
    writer.append(events).result()
    seal(home, day(12))
    entries = manifest.entries(conn, "listen")
    assert [entry.dt for entry in entries] == ["2026-11-10", "2026-11-11"]
    for entry in entries:
        file = home.lake / entry.path
        assert entry.path.startswith(f"listen/dt={entry.dt}/")
        assert manifest.sha256_of(file) == entry.sha256
        assert file.stat().st_size == entry.n_bytes
        with open_lake(home) as duck:
            found = duck.execute(
                f"SELECT listener_id, epoch_us(happened_at) FROM '{file}'"
            ).fetchall()
        assert len(found) == entry.n_rows
        assert found == sorted(found)


def test_chunks_keep_what_arrives_meanwhile(writer, home, conn, listen, now, read, monkeypatch):
    writer.append([listen() for _ in range(30)]).result()
    write_day = lake.write_day

    def while_writing(*arguments):
        write_day(*arguments)
        writer.append([listen("track:late")]).result()

    monkeypatch.setattr(lake, "write_day", while_writing)
    seal(home, now)
    assert rows_left(conn) == 1
    assert read() == {"track:a": 30, "track:late": 1}


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("chunk_rows", [None, 7])
def test_a_crash_at_any_step_repeats_harmlessly(
    writer, home, conn, listen, now, read, monkeypatch, step, chunk_rows
):
    events = [listen(f"track:{i % 5}", at=now - timedelta(days=i % 2)) for i in range(20)]
    writer.append(events).result()
    before = read()

    class Crash(Exception):
        pass

    n_steps = iter(range(100))

    def crashing(function):
        def call(*arguments, **options):
            if next(n_steps) == step:
                raise Crash
            return function(*arguments, **options)

        return call

    from ritornello.store import seal as module

    with monkeypatch.context() as patched:
        for name in ("sync_file", "sync_folder", "execute_rows", "_remove", "_set_meta"):
            patched.setattr(module, name, crashing(getattr(module, name)))
        patched.setattr(lake, "write_day", crashing(lake.write_day))
        try:
            seal(home, now, chunk_rows=chunk_rows)
        except Crash:
            assert read() == before
            assert writer.append(events).result() == ["duplicate"] * 20
    seal(home, now, chunk_rows=chunk_rows)
    assert read() == before
    assert rows_left(conn) == 0
    assert writer.append(events).result() == ["duplicate"] * 20
    files = {str(file.relative_to(home.lake)) for file in home.lake.rglob("*.parquet")}
    assert files == {entry.path for entry in manifest.entries(conn)}


def test_orphans_are_swept_and_never_read(writer, home, listen, now, read):
    writer.append([listen()]).result()
    orphan = home.lake / "listen" / "dt=2026-11-20" / "torn.parquet"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"PAR1 torn")
    assert read() == {"track:a": 1}
    assert seal(home, now).n_orphans_swept == 1
    assert not orphan.exists()
    assert seal(home, now).n_orphans_swept == 0
    assert read() == {"track:a": 1}


def test_a_second_sealer_refuses(home, now):
    with exclusive(home), pytest.raises(Conflict, match="another seal"):
        seal(home, now)
    seal(home, now)


def test_a_failing_disk_removes_nothing(writer, home, conn, listen, now, read, monkeypatch):
    writer.append([listen()]).result()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ritornello.store.seal.sync_file", fail)
    with pytest.raises(StorageUnavailable, match="nothing was lost"):
        seal(home, now)
    assert rows_left(conn) == 1
    assert read() == {"track:a": 1}


def test_sealed_ids_are_known_until_pruned_and_checked_in_the_lake_after(
    writer, home, conn, listen, day
):
    old, recent = listen(at=day(1)), listen(at=day(14))
    unlike = listen("track:b", event_id=old.event_id, at=old.happened_at)
    writer.append([old, recent]).result()
    seal(home, day(15), keep_event_ids=timedelta(days=35))
    assert conn.execute("SELECT count(*) FROM sealed_ids").fetchone() == (2,)
    assert writer.append([old, unlike]).result() == ["duplicate", "conflict"]
    sealed = seal(home, day(20), keep_event_ids=timedelta(days=10))
    assert sealed.n_ids_pruned == 1
    assert conn.execute("SELECT dt FROM sealed_ids").fetchall() == [("2026-11-14",)]
    assert writer.append([old, unlike, recent]).result() == ["duplicate", "conflict", "duplicate"]
    assert writer.append([listen(at=day(1)), listen(at=day(2))]).result() == ["stored"] * 2
    assert seal(home, day(20), keep_event_ids=timedelta(days=10)).n_ids_pruned == 0


def test_pruning_is_done_in_many_short_steps(writer, home, conn, listen, day, monkeypatch):
    monkeypatch.setattr("ritornello.store.seal.IDS_A_PRUNE", 3)
    writer.append([listen(at=day(1) + timedelta(seconds=i)) for i in range(10)]).result()
    seal(home, day(2))
    assert seal(home, day(20), keep_event_ids=timedelta(days=1)).n_ids_pruned == 10


def test_event_ids_are_never_given_a_place_again(writer, home, conn, listen, now):
    writer.append([listen() for _ in range(5)]).result()
    seal(home, now)
    writer.append([listen()]).result()
    assert conn.execute("SELECT seq FROM events").fetchall() == [(6,)]


def test_a_missing_file_is_said_plainly(writer, home, conn, listen, now, read):
    writer.append([listen(at=now - timedelta(days=40))]).result()
    seal(home, now)
    (entry,) = manifest.entries(conn)
    (home.lake / entry.path).unlink()
    with pytest.raises(StorageUnavailable, match="lake"):
        read()


def test_sealing_needs_a_database_it_can_write(home, now, monkeypatch):
    def busy(*_):
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    monkeypatch.setattr("ritornello.store.seal.sweep", busy)
    with pytest.raises(StorageUnavailable, match="locked"):
        seal(home, now)

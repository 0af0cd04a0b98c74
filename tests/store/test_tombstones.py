import pytest

from ritornello.kinds.errors import Conflict, NotFound
from ritornello.store import erasure, keys, tombstones
from ritornello.store.database import connect, transaction
from ritornello.store.log import Writer


@pytest.fixture
def gone(writer, now):
    """Let a listener leave."""

    def leave(listener="listener-1"):
        return writer.run(lambda conn: erasure.begin(conn, listener, now)).result()

    return leave


def finish(home, now):
    return erasure.run(home, now=lambda: now, retrain=lambda: 0)


def test_from_the_commit_on_nothing_of_them_is_taken_in(writer, conn, listen, gone):
    mine, other = listen(), listen(listener="listener-12")
    assert writer.append([mine, other]).result() == ["stored", "stored"]
    gone()
    again = listen()
    assert writer.append([mine, other, again]).result() == ["erased", "duplicate", "erased"]
    assert writer.append([again]).result() == ["erased"]
    assert conn.execute("SELECT DISTINCT listener_id FROM events").fetchall() == [("listener-12",)]
    assert conn.execute("SELECT DISTINCT listener_id FROM counts").fetchall() == [("listener-12",)]


def test_a_poisoned_batch_still_knows_who_left(writer, listen, gone):
    gone()
    batch = [listen("track:poison", "listener-2"), listen(), listen("track:b", "listener-2")]
    assert writer.append(batch).result() == ["fault", "erased", "stored"]


def test_another_process_tombstone_counts_in_the_next_transaction(home, writer, listen, now):
    assert writer.append([listen()]).result() == ["stored"]
    with Writer(home, [], now=lambda: now) as other:
        other.run(lambda conn: erasure.begin(conn, "listener-1", now)).result()
    assert writer.append([listen()]).result() == ["erased"]
    finish(home, now)
    with Writer(home, [], now=lambda: now) as other:
        other.run(lambda conn: tombstones.lift(conn, "listener-1")).result()
    assert writer.append([listen()]).result() == ["stored"]


def test_a_tombstone_rolled_back_covers_nobody(writer, listen, now):
    def fail(conn):
        erasure.begin(conn, "listener-1", now)
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed"):
        writer.run(fail).result()
    assert writer.append([listen()]).result() == ["stored"]


def test_no_job_and_no_change_brings_a_row_back(home, writer, conn, gone, now):
    gone()
    key = "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)"
    row = ("k", b"", "listener", "listener-1", "", 0, None)
    writer.append([], changes=[(key, [row, ("other", b"", "listener", "listener-2", "", 0, None)])])
    writer.run(lambda conn: conn.execute(key, row) and None).result()
    nobodys = ("service", b"", "service", None, "", 0, None)
    writer.append([], changes=[(key, [nobodys])]).result()
    assert conn.execute("SELECT key_id FROM keys").fetchall() == [("other",), ("service",)]
    with pytest.raises(Conflict, match="erased"):
        writer.run(
            lambda conn: keys.create(conn, now, "listener", listener_id="listener-1")
        ).result()


def test_tables_only_reducers_fill_need_no_guard(writer, conn, listen, gone):
    gone()
    writer.append([listen(listener="listener-2")]).result()
    guarded = writer.run(
        lambda conn: {r[0] for r in conn.execute("SELECT name FROM temp.sqlite_master")}
    ).result()
    assert "keys_of_who_left" in guarded
    assert not {"counts_of_who_left", "lists_of_who_left", "events_of_who_left"} & guarded


def test_the_hash_is_the_homes_own_and_says_nothing_of_the_id(home, conn, gone, tmp_path, schemas):
    from ritornello.store.database import create_tables
    from ritornello.store.home import Home

    key = gone()
    assert key == tombstones.hash_of(conn, "listener-1").hex()
    other = connect(Home(tmp_path / "other").create())
    create_tables(other, schemas)
    assert tombstones.hash_of(other, "listener-1").hex() != key
    other.close()


def test_whoever_left_stays_away_until_readmitted(home, writer, conn, listen, gone, now):
    with pytest.raises(NotFound, match="not left"), transaction(conn):
        tombstones.lift(conn, "listener-1")
    writer.append([old := listen()]).result()
    gone()
    with pytest.raises(Conflict, match="not finished"), transaction(conn):
        tombstones.lift(conn, "listener-1")
    finish(home, now)
    assert tombstones.covers(conn, "listener-1")
    with transaction(conn):
        tombstones.lift(conn, "listener-1")
    assert not tombstones.covers(conn, "listener-1")
    assert writer.append([old]).result() == ["stored"]

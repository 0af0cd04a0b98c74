import sqlite3
import threading
from concurrent.futures import wait
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ritornello.kinds.errors import Overloaded, StorageUnavailable
from ritornello.kinds.events import Act
from ritornello.kinds.ids import uuid7
from ritornello.store import faults, log
from ritornello.store.database import connect
from ritornello.store.log import Writer

N_INJECTIONS = 100


def clock():
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


def counted(conn):
    return dict(conn.execute("SELECT item_id, sum(n) FROM counts GROUP BY item_id"))


def stored(conn):
    return conn.execute("SELECT count(*) FROM events").fetchone()[0]


def test_an_acknowledged_event_is_read_by_everybody_with_its_effect(writer, home, listen):
    reader = connect(home, read_only=True)
    for n in range(1, 21):
        assert writer.append([listen()]).result() == ["stored"]
        assert counted(reader) == {"track:a": n}
    reader.close()


def test_a_batch_gets_a_verdict_an_item(writer, conn, listen):
    old, new = listen(), listen()
    writer.append([old]).result()
    other = listen(event_id=old.event_id, item="track:b")
    batch = [new, old, other, new, listen(event_id=new.event_id, item="track:c")]
    verdicts = writer.append(batch).result()
    assert verdicts == ["stored", "duplicate", "conflict", "duplicate", "conflict"]
    assert counted(conn) == {"track:a": 2}


def test_when_it_was_sent_does_not_make_it_another_event(writer, listen, now):
    event = listen(sent_at=now)
    again = listen(event_id=event.event_id, at=event.happened_at, sent_at=now + timedelta(hours=1))
    assert writer.append([event]).result() == ["stored"]
    assert writer.append([again]).result() == ["duplicate"]


def test_an_id_is_known_whatever_kind_comes_with_it(writer, listen, now):
    event = listen()
    act = Act(
        event_id=event.event_id,
        listener_id="listener-1",
        happened_at=now,
        act="love",
        about_id="track:a",
    )
    assert writer.append([event]).result() == ["stored"]
    assert writer.append([act]).result() == ["conflict"]


def test_thousands_at_once_in_any_mixture(writer, conn, listen):
    events = [listen(f"track:{i % 7}") for i in range(3000)]
    Random(1).shuffle(events)
    first = writer.append(events[:2000]).result()
    second = writer.append(events[1000:]).result()
    assert first == ["stored"] * 2000
    assert second == ["duplicate"] * 1000 + ["stored"] * 1000
    assert sum(counted(conn).values()) == 3000


def test_a_callers_changes_go_in_with_the_events_or_not_at_all(writer, conn, listen):
    good = ("INSERT INTO choices VALUES (?, ?)", [("a", "1")])
    bad = ("INSERT INTO nowhere VALUES (?)", [("a",)])
    assert writer.append([listen()], changes=[good]).result() == ["stored"]
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        writer.append([listen()], changes=[bad]).result()
    assert stored(conn) == 1
    assert conn.execute("SELECT * FROM choices").fetchall() == [("a", "1")]


def test_one_poison_event_blocks_no_other_and_is_kept_as_a_fault(writer, conn, listen):
    events = [listen() for _ in range(1000)]
    events[617] = listen("track:poison")
    verdicts = writer.append(events).result()
    assert verdicts.count("stored") == 999
    assert verdicts[617] == "fault"
    assert counted(conn) == {"track:a": 999}
    (fault,) = faults.latest(conn, 10)
    assert (fault.source, fault.position, fault.rule) == ("log", 617, "unstorable")
    assert "poison" in fault.message


def test_what_fails_in_a_commit_group_fails_alone(home, conn, reducers, listen, now):
    with Writer(home, reducers, now=lambda: now) as writer:
        held = threading.Event()
        holding = writer.run(lambda _: held.wait(10))
        good = [writer.append([listen(f"track:{i}")]) for i in range(20)]
        poison = writer.append([listen("track:poison")])
        broken = writer.append([listen()], changes=[("INSERT INTO nowhere VALUES (?)", [(1,)])])
        failing = writer.run(lambda c: c.execute("SELECT * FROM nowhere"))
        fine = writer.run(lambda c: c.execute("INSERT INTO choices VALUES ('x', 'y')").rowcount)
        held.set()
        assert holding.result() is True
        assert [future.result() for future in good] == [["stored"]] * 20
        assert poison.result() == ["fault"]
        assert isinstance(broken.exception(), sqlite3.OperationalError)
        assert isinstance(failing.exception(), sqlite3.OperationalError)
        assert fine.result() == 1
    assert stored(conn) == 20


def test_a_failing_job_leaves_no_half_of_itself(writer, conn):
    def half(connection):
        connection.execute("INSERT INTO choices VALUES ('half', '1')")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        writer.run(half).result()
    assert conn.execute("SELECT count(*) FROM choices").fetchone() == (0,)


def test_a_full_disk_is_refused_and_needs_no_restart(home, conn, reducers, listen, monkeypatch):
    limit = {"pages": None}

    def small(home, **options):
        opened = connect(home, **options)
        if limit["pages"] is not None:
            opened.execute(f"PRAGMA max_page_count = {limit['pages']}")
        return opened

    monkeypatch.setattr(log, "connect", small)
    (n_pages,) = conn.execute("PRAGMA page_count").fetchone()
    limit["pages"] = n_pages + 10
    with Writer(home, reducers, now=clock) as writer:
        assert writer.append([listen()]).result() == ["stored"]
        big = [listen(f"track:{i:064d}") for i in range(2000)]
        with pytest.raises(StorageUnavailable, match="full"):
            writer.append(big).result()
        reader = connect(home, read_only=True)
        assert stored(reader) == 1
        reader.close()
        limit["pages"] = None
        assert writer.append(big).result() == ["stored"] * 2000
    assert sum(counted(conn).values()) == stored(conn) == 2001


class FailingConnection(sqlite3.Connection):
    """Fails the statement that begins with a word, as a disk would, while told to."""

    failing_at = ""
    code = sqlite3.SQLITE_IOERR

    def execute(self, sql, parameters=()):
        word = FailingConnection.failing_at
        if word and sql.lstrip().startswith(word):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = FailingConnection.code
            raise error
        return super().execute(sql, parameters)


def test_nothing_is_acknowledged_while_the_disk_fails(home, conn, reducers, listen, monkeypatch):
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *a, **k: real(*a, factory=FailingConnection, **k)
    )
    rng = Random(20261116)
    expected = 0
    with Writer(home, reducers, now=clock) as writer:
        for _ in range(N_INJECTIONS):
            FailingConnection.failing_at = rng.choice(["BEGIN", "COMMIT", "INSERT", "SELECT"])
            FailingConnection.code = rng.choice([sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_FSYNC])
            futures = [writer.append([listen(), listen()]) for _ in range(rng.randrange(1, 5))]
            wait(futures)
            FailingConnection.failing_at = ""
            assert all(isinstance(f.exception(), StorageUnavailable) for f in futures)
            assert stored(conn) == expected
            assert writer.append([listen()]).result() == ["stored"]
            expected += 1
    assert sum(counted(conn).values()) == expected


def test_more_than_can_wait_is_refused_by_name(home, reducers, now, listen):
    with Writer(home, reducers, now=lambda: now, queue_limit=10) as writer:
        held = threading.Event()
        holding = writer.run(lambda _: held.wait(10))
        waiting = writer.append([listen() for _ in range(9)])
        with pytest.raises(Overloaded, match="retry"):
            writer.append([listen()])
        held.set()
        assert holding.result() is True
        assert waiting.result() == ["stored"] * 9
        assert writer.append([listen() for _ in range(50)]).result() == ["stored"] * 50


def test_a_cancelled_request_does_not_stop_the_thread(home, conn, reducers, now, listen):
    with Writer(home, reducers, now=lambda: now) as writer:
        held = threading.Event()
        writer.run(lambda _: held.wait(10))
        given_up = writer.append([listen()])
        assert given_up.cancel()
        held.set()
        assert writer.append([listen()]).result() == ["stored"]
    assert stored(conn) == 1


def test_closing_writes_what_waits_and_then_refuses(home, conn, reducers, now, listen):
    writer = Writer(home, reducers, now=lambda: now)
    futures = [writer.append([listen()]) for _ in range(50)]
    writer.close()
    writer.close()
    assert all(f.result() == ["stored"] for f in futures)
    assert stored(conn) == 50
    with pytest.raises(StorageUnavailable, match="closed"):
        writer.append([listen()])


def test_two_writers_take_turns(home, conn, reducers, now, listen):
    events = [listen() for _ in range(200)]
    with (
        Writer(home, reducers, now=lambda: now) as one,
        Writer(home, reducers, now=lambda: now) as two,
    ):
        pairs = [(one.append([e]), two.append([e])) for e in events]
        verdicts = [sorted((a.result()[0], b.result()[0])) for a, b in pairs]
    assert verdicts == [["duplicate", "stored"]] * 200
    assert counted(conn) == {"track:a": 200}


def test_the_same_event_posted_from_many_threads_is_stored_once(writer, conn, listen):
    event = listen()
    verdicts = []
    threads = [
        threading.Thread(target=lambda: verdicts.extend(writer.append([event]).result()))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["duplicate"] * 15 + ["stored"]
    assert counted(conn) == {"track:a": 1}


def test_what_was_received_when_is_kept_beside_the_body(writer, conn, listen, now):
    event = listen(sent_at=now, event_id=uuid7(now))
    writer.append([event]).result()
    ((received, sent, body),) = conn.execute("SELECT received_at_us, sent_at_us, body FROM events")
    assert received == sent == int(now.timestamp() * 1_000_000)
    assert "sent_at" not in body

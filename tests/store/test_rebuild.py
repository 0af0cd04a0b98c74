from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import Conflict
from ritornello.kinds.ids import uuid7
from ritornello.store.database import connect, create_tables
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.rebuild import derived_tables, digest, rebuild
from ritornello.store.seal import exclusive, seal
from ritornello.testing.records import records

TABLES = ["lists", "counts"]


def test_schemas_say_which_tables_are_derived(schemas):
    assert derived_tables(schemas) == TABLES


def test_makes_the_same_tables_from_log_and_lake(
    home, conn, writer, schemas, reducers, listen, now
):
    events = [listen(f"track:{i % 5}", f"listener-{i % 7}") for i in range(100)]
    writer.append(events[:60]).result()
    seal(home, now, chunk_rows=13)
    writer.append(events[50:]).result()
    before = digest(conn, TABLES)
    conn.execute("DELETE FROM counts WHERE listener_id < 'listener-3'")
    conn.execute("UPDATE counts SET n = 99")
    assert digest(conn, TABLES) != before
    seen = []
    assert rebuild(home, schemas, reducers, progress=lambda *at: seen.append(at)) == 100
    assert digest(conn, TABLES) == before
    assert seen[-1] == (100, 100)


def test_truth_stays_untouched(home, conn, schemas, reducers):
    conn.execute("INSERT INTO choices VALUES ('a', '1')")
    rebuild(home, schemas, reducers)
    assert conn.execute("SELECT * FROM choices").fetchall() == [("a", "1")]


def test_what_arrives_meanwhile_is_counted_once(home, conn, writer, schemas, reducers, listen):
    writer.append([listen() for _ in range(10)]).result()

    def meanwhile(done, total):
        writer.append([listen("track:late")]).result()

    assert rebuild(home, schemas, reducers, progress=meanwhile) == 11
    assert dict(conn.execute("SELECT item_id, n FROM counts")) == {"track:a": 10, "track:late": 1}


def test_a_failing_reducer_leaves_the_old_tables(home, conn, writer, schemas, listen):
    writer.append([listen()]).result()
    before = digest(conn, TABLES)

    def broken(records):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        rebuild(home, schemas, [broken])
    assert digest(conn, TABLES) == before


def test_refuses_while_sealing(home, schemas, reducers):
    with exclusive(home), pytest.raises(Conflict):
        rebuild(home, schemas, reducers)


def test_period_lists_come_back_byte_for_byte(home, conn, writer, schemas, reducers, now):
    @settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
    @given(records(Decision), st.integers(0, 10**6))
    def check(one, number):
        made_at = now - timedelta(days=3)
        one = msgspec.structs.replace(
            one, decision_id=uuid7(made_at), made_at=made_at, period=f"2026-W{number}"
        )
        writer.decide([one]).result()

    check()
    before = digest(conn, TABLES)
    seal(home, now)
    rebuild(home, schemas, reducers)
    assert digest(conn, TABLES) == before
    assert conn.execute("SELECT count(*) FROM lists").fetchone()[0] > 0


def test_digests_see_rows_not_their_order(home, conn):
    conn.execute("INSERT INTO choices VALUES ('a', '1'), ('b', '2')")
    one = digest(conn, ["choices"])
    conn.execute("DELETE FROM choices")
    conn.execute("INSERT INTO choices VALUES ('b', '2'), ('a', '1')")
    assert digest(conn, ["choices"]) == one
    conn.execute("UPDATE choices SET value = '3' WHERE name = 'a'")
    assert digest(conn, ["choices"]) != one


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_arrival_ends_in_the_same_state(
    tmp_path, schemas, reducers, listen, now, seed
):
    events = [listen(f"track:{i % 11}", f"listener-{i % 5}") for i in range(200)]
    rng = Random(seed)
    digests = []
    for number in range(2):
        home = Home(tmp_path / str(number)).create()
        conn = connect(home)
        create_tables(conn, schemas)
        rng.shuffle(events)
        with Writer(home, reducers, now=lambda: now) as writer:
            for start in range(0, 200, 20):
                writer.append(events[start : start + 20]).result()
                if rng.random() < 0.3:
                    seal(home, now)
        digests.append(digest(conn, TABLES))
        rebuild(home, schemas, reducers)
        digests.append(digest(conn, TABLES))
        conn.close()
    assert digests == [digests[0]] * 4

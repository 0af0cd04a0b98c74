import sqlite3
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, NotFound, StorageUnavailable
from ritornello.store.database import (
    Readers,
    connect,
    create_tables,
    execute_rows,
    is_storage_error,
    savepoint,
    schema,
    statements,
    transaction,
    widened,
)
from ritornello.store.home import Home


def test_writes_are_durable_and_walled_off(conn):
    assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert conn.execute("PRAGMA synchronous").fetchone() == (2,)
    assert conn.isolation_level is None


def test_a_new_home_gets_an_id_and_a_format_once(home, conn, schemas):
    first = dict(conn.execute("SELECT name, value FROM meta"))
    create_tables(conn, schemas)
    assert dict(conn.execute("SELECT name, value FROM meta")) == first
    assert len(first["home_id"]) == 32
    assert first["format"] == "1"


def test_refuses_a_home_from_the_future(conn):
    conn.execute("UPDATE meta SET value = '2' WHERE name = 'format'")
    with pytest.raises(BadValue, match="format 2; this ritornello reads 1"):
        create_tables(conn, [])


def test_reading_needs_a_database(tmp_path):
    with pytest.raises(NotFound, match="init"):
        connect(Home(tmp_path), read_only=True)


def test_says_when_the_file_is_no_database(tmp_path):
    home = Home(tmp_path)
    home.database.write_bytes(b"something else entirely" * 100)
    with pytest.raises(StorageUnavailable, match=r"ritornello\.sqlite"):
        connect(home)


def test_a_reader_cannot_write(home):
    conn = connect(home, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        conn.execute("DELETE FROM meta")
    conn.close()


def test_every_thread_reads_through_its_own_connection(home):
    readers = Readers(home)
    seen = [readers.connection, readers.connection]
    thread = threading.Thread(target=lambda: seen.append(readers.connection))
    thread.start()
    thread.join()
    assert seen[0] is seen[1]
    assert seen[2] is not seen[0]
    readers.close()
    with pytest.raises(sqlite3.ProgrammingError):
        seen[2].execute("SELECT 1")


def fail_half_way(conn, name):
    conn.execute("INSERT INTO choices VALUES (?, '1')", (name,))
    conn.execute("SELECT * FROM nowhere")


def test_a_failed_transaction_leaves_no_trace(conn):
    with pytest.raises(sqlite3.OperationalError), transaction(conn):
        fail_half_way(conn, "a")
    assert conn.execute("SELECT count(*) FROM choices").fetchone() == (0,)


def test_a_failed_savepoint_undoes_only_itself(conn):
    with transaction(conn):
        conn.execute("INSERT INTO choices VALUES ('a', '1')")
        with pytest.raises(sqlite3.OperationalError), savepoint(conn):
            fail_half_way(conn, "b")
    assert conn.execute("SELECT name FROM choices").fetchall() == [("a",)]


@given(rows=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 9)), max_size=700))
def test_widened_statements_do_what_single_ones_do(rows):
    sql = "INSERT INTO t VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n"
    tables = []
    for write in (execute_rows, lambda c, s, r: c.executemany(s, r)):
        conn = sqlite3.connect(":memory:", isolation_level=None)
        conn.execute("CREATE TABLE t (k INTEGER PRIMARY KEY, n INTEGER)")
        write(conn, sql, rows)
        tables.append(conn.execute("SELECT * FROM t ORDER BY k").fetchall())
        conn.close()
    assert tables[0] == tables[1]


def test_ignored_rows_do_not_count_as_changed(conn):
    rows = [(f"n{i % 400}", "x") for i in range(500)]
    sql = "INSERT INTO choices VALUES (?, ?) ON CONFLICT DO NOTHING"
    assert execute_rows(conn, sql, rows) == 400


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM t WHERE k = ?",
        "INSERT INTO t VALUES (?, ?) ON CONFLICT DO UPDATE SET n = ?",
        "INSERT INTO t VALUES (?1, ?2)",
    ],
)
def test_only_a_plain_list_of_values_is_widened(sql):
    assert widened(sql, 8) == sql


def test_splits_a_script_at_statements_not_at_semicolons_in_them():
    script = "CREATE TABLE a (x TEXT DEFAULT ';');\n-- a; comment\nCREATE TABLE b (y);\n"
    assert len(list(statements(script))) == 2


def test_every_room_ships_its_schema_as_text():
    assert "CREATE TABLE IF NOT EXISTS events" in schema("ritornello.store")


def test_tells_a_failing_disk_from_a_wrong_statement(conn):
    with pytest.raises(sqlite3.OperationalError) as wrong:
        conn.execute("SELECT nothing FROM nowhere")
    assert not is_storage_error(wrong.value)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert is_storage_error(full)
    extended = sqlite3.OperationalError("disk I/O error")
    extended.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    assert is_storage_error(extended)
    assert not is_storage_error(PermissionError())


def test_a_table_of_an_older_version_gains_its_columns(home, conn):
    old = "CREATE TABLE IF NOT EXISTS notes (note_id INTEGER PRIMARY KEY);"
    new = "CREATE TABLE IF NOT EXISTS notes (note_id INTEGER PRIMARY KEY, who TEXT, n INTEGER NOT NULL DEFAULT 3);"
    create_tables(conn, [old])
    conn.execute("INSERT INTO notes VALUES (1)")
    for _ in range(2):
        create_tables(conn, [new])
    assert conn.execute("SELECT * FROM notes").fetchall() == [(1, None, 3)]

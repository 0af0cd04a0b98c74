"""The rooms put together: no table and no reducer is forgotten."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ritornello
from ritornello.cli.wiring import (
    REDUCERS,
    ROOMS_WITH_TABLES,
    find_home,
    make_home,
    reading,
    writing,
)
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid7
from ritornello.store.database import connect
from ritornello.store.rebuild import derived_tables, digest

PACKAGE = Path(ritornello.__file__).parent


def test_every_schema_is_in_the_list():
    shipped = {f"ritornello.{path.parent.name}" for path in PACKAGE.glob("*/schema.sql")}
    assert {"ritornello.store", *ROOMS_WITH_TABLES} == shipped


def test_every_reducer_of_the_rooms_is_in_the_list():
    from ritornello.listeners import reducers

    theirs = {value for name, value in vars(reducers).items() if name.startswith("reduce_")}
    assert theirs <= set(REDUCERS)


def test_a_home_is_made_once_and_found_again(tmp_path):
    with pytest.raises(NotFound, match="ritornello init"):
        find_home(tmp_path / "home")
    made = make_home(tmp_path / "home")
    assert find_home(tmp_path / "home").path == made.path
    with reading(made) as conn:
        tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master")}
    assert {"events", "items", "plays", "imports", *derived_tables([])} <= tables


def test_who_only_reads_cannot_write(home):
    with reading(find_home(home)) as conn, pytest.raises(Exception, match=r"readonly|read-only"):
        conn.execute("INSERT INTO meta VALUES ('a', 'b')")


def test_what_a_writer_did_is_there_after_the_block(home):
    with writing(find_home(home)) as writer:
        writer.run(lambda conn: conn.execute("INSERT INTO meta VALUES ('a', 'b')"))
    with reading(find_home(home)) as conn:
        assert conn.execute("SELECT value FROM meta WHERE name = 'a'").fetchone() == ("b",)


def test_a_home_of_an_older_version_gains_its_whole_history(tmp_path):
    home = make_home(tmp_path / "home")
    starts = [datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(150)]
    listens = [
        Listen(event_id=uuid7(at), listener_id="listener-1", happened_at=at, started_at=at,
               item_id="track:a")
        for at in starts
    ]  # fmt: skip
    with writing(home) as writer:
        writer.append(listens).result()
    with closing(connect(home)) as conn:
        before = digest(conn, ["plays", "listens"])
        conn.execute("CREATE TABLE recent (listener_id TEXT)")
        conn.execute("DELETE FROM listens")
    find_home(tmp_path / "home")
    with reading(home) as conn:
        assert digest(conn, ["plays", "listens"]) == before
        assert not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'recent'").fetchall()

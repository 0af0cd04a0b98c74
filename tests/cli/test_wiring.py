"""The rooms put together: no table and no reducer is forgotten."""

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
from ritornello.store.rebuild import derived_tables

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

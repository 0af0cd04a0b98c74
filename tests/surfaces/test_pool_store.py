"""Every version of a pool is kept; changes name the version they were made on; undo goes back and back."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritornello.kinds.errors import BadValue, Conflict, NotFound, UnknownName
from ritornello.store.database import create_tables, schema
from ritornello.surfaces import pool_store
from ritornello.surfaces.pool_store import Revision
from ritornello.surfaces.pools import Pool, load, shipped

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RAIN = Pool(name="rain", title="Rain", brief="Wet.", intent="focus", by_hand=("track:a",))


def opened() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema("ritornello.surfaces")])
    return conn


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    conn = opened()
    yield conn
    conn.close()


def revised(after: int | None, note: str = "") -> Revision:
    return Revision(NOW, "editor", after, note)


def test_what_is_shipped_is_in_force_until_somebody_changes_it(conn: Any) -> None:
    assert {n: each.pool for n, each in pool_store.in_force(conn).items()} == dict(shipped())
    gym = pool_store.current(conn, "gym")
    assert (gym.version, gym.made_at, gym.by_role) == (0, None, "sport editor")
    louder = replace(load("gym"), length=40)
    kept = pool_store.put(conn, louder, revised(0, "Longer."))
    assert (kept.version, kept.repeats, kept.note) == (1, 1, "Longer.")
    assert pool_store.current(conn, "gym") == kept
    assert [each.pool for each in pool_store.versions(conn, "gym")] == [louder, load("gym")]


def test_the_second_of_two_editors_is_told(conn: Any) -> None:
    pool_store.put(conn, RAIN, revised(None))
    with pytest.raises(Conflict, match="version 1 now, not a new one"):
        pool_store.put(conn, replace(RAIN, title="Mine"), revised(None))
    pool_store.put(conn, replace(RAIN, title="Mine"), revised(1))
    with pytest.raises(Conflict, match="version 2 now, not version 1"):
        pool_store.put(conn, replace(RAIN, title="Theirs"), revised(1))
    with pytest.raises(BadValue, match="is so already"):
        pool_store.put(conn, replace(RAIN, title="Mine"), revised(2))


def test_withdrawn_is_gone_and_comes_back(conn: Any) -> None:
    pool_store.put(conn, RAIN, revised(None))
    pool_store.withdraw(conn, "rain", revised(1))
    assert "rain" not in pool_store.in_force(conn)
    with pytest.raises(UnknownName):
        pool_store.current(conn, "rain")
    with pytest.raises(UnknownName, match="was withdrawn"):
        _ = pool_store.versions(conn, "rain")[0].stands
    assert pool_store.undo(conn, "rain", revised(2)).pool == RAIN
    pool_store.withdraw(conn, "rain", revised(3))
    assert pool_store.put(conn, RAIN, revised(None)).version == 5


def test_before_a_first_version_was_nothing_and_before_that_less(conn: Any) -> None:
    pool_store.put(conn, RAIN, revised(None))
    assert pool_store.undo(conn, "rain", revised(1)).pool is None
    with pytest.raises(NotFound, match="nothing was before"):
        pool_store.undo(conn, "rain", revised(2))
    assert pool_store.put_back(conn, "rain", 1, revised(2)).pool == RAIN
    with pytest.raises(NotFound, match="has no version 9"):
        pool_store.put_back(conn, "rain", 9, revised(3))
    with pytest.raises(UnknownName, match="did you mean 'rain'"):
        pool_store.undo(conn, "rian", revised(None))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["put", "undo", "withdraw", "back"]), max_size=14))
def test_versions_only_grow_and_undo_is_the_stack_it_is_taken_for(acts: list[str]) -> None:
    conn = opened()
    stack: list[Pool | None] = [None]
    history: list[Pool | None] = []
    for n, act in enumerate(acts):
        after = len(history) or None
        if act == "put":
            stack.append(replace(RAIN, length=n + 1))
            pool_store.put(conn, replace(RAIN, length=n + 1), revised(after))
        elif act == "withdraw" and stack[-1] is not None:
            stack.append(None)
            pool_store.withdraw(conn, "rain", revised(after))
        elif act == "undo" and len(stack) > 1:
            stack.pop()
            pool_store.undo(conn, "rain", revised(after))
        elif act == "back" and history and stack[-1] is not None:
            pool_store.put_back(conn, "rain", len(history), revised(after))
        else:
            continue
        history.append(stack[-1])
        assert [each.pool for each in pool_store.versions(conn, "rain")] == history[::-1]
        force = pool_store.in_force(conn)
        assert (force["rain"].pool if "rain" in force else None) == stack[-1]

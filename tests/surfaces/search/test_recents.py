"""What was searched lately: settled, each once, forgotten for good, and equal in whatever order it comes."""

import sqlite3
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.events import Answer, Hypothesis, Query
from ritornello.kinds.ids import uuid8
from ritornello.store import erasure
from ritornello.store.appending import reduce
from ritornello.store.database import connect, create_tables, schema
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.rebuild import digest, rebuild
from ritornello.surfaces.search.recents import (
    KEPT_DAYS,
    RECENT_SEARCHES,
    of_many,
    recall,
    remember,
)
from ritornello.surfaces.search.spelling import fold

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCHEMAS = ("ritornello.catalog", "ritornello.listeners", "ritornello.surfaces")
TABLES = ("recent_searches", "forgotten_searches", "searched")


def searched(text, minute=0, who="listener-1", **more):
    at = NOW + timedelta(minutes=minute)
    return Query(
        event_id=uuid8(at, who, "query", text or ""), listener_id=who, happened_at=at,
        surface="search", text=text, **more,
    )  # fmt: skip


def forget(text, minute=0, who="listener-1"):
    at = NOW + timedelta(minutes=minute)
    return Answer(
        event_id=uuid8(at, who, "forget", text), listener_id=who, happened_at=at,
        question=RECENT_SEARCHES, value=text,
    )  # fmt: skip


def tables():
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema("ritornello.surfaces")])
    return conn


def after(*records):
    conn = tables()
    for record in records:
        reduce(conn, [record], [remember])
    return conn


def test_the_latest_stands_first_and_each_once():
    conn = after(searched("Sigur Rós", 0), searched("jazz", 1), searched("sigur ros", 2))
    assert recall(conn, "listener-1") == ["sigur ros", "jazz"]
    assert recall(conn, "listener-1", "ja") == ["jazz"]
    assert recall(conn, "listener-2") == []


def test_turns_and_refinements_are_no_searches_and_what_is_spoken_is():
    first = searched("rain", 0)
    conn = after(
        first,
        searched("calmer", 1, mode="turn"),
        searched("no live versions", 2, refines=first.event_id),
        searched(
            None, 3, mode="voice", hypotheses=(Hypothesis("sun", 0.7), Hypothesis("son", 0.2))
        ),
        searched("", 4),
    )
    assert recall(conn, "listener-1") == ["sun", "rain"]


def test_what_goes_on_within_half_a_minute_was_being_typed():
    quick = [searched(text, n / 10) for n, text in enumerate(("b", "bea", "beatl", "beatles"))]
    assert recall(after(*quick), "listener-1") == ["beatles"]
    slow = [searched("bea", 0), searched("beatles", 5)]
    assert recall(after(*slow), "listener-1") == ["beatles", "bea"]


def test_one_search_or_all_are_forgotten_until_searched_again():
    conn = after(searched("a", 0), searched("b", 1), searched("c", 2), forget("B", 3))
    assert recall(conn, "listener-1") == ["c", "a"]
    reduce(conn, [searched("b", 4)], [remember])
    assert recall(conn, "listener-1") == ["b", "c", "a"]
    reduce(conn, [forget("", 5), searched("d", 6)], [remember])
    assert recall(conn, "listener-1") == ["d"]


def test_what_was_searched_long_before_is_forgotten_by_itself():
    day = 24 * 60
    conn = after(searched("old", 0), searched("older", -day), searched("new", KEPT_DAYS * day - 1))
    assert recall(conn, "listener-1") == ["new", "old"]
    reduce(conn, [forget("else", KEPT_DAYS * day + 9)], [remember])
    assert recall(conn, "listener-1") == ["new"]
    assert len(recall(conn, "listener-1", n=0)) == 0


texts = st.sampled_from(["love", "Love", "live", "jazz", "jazz rap"])
minutes = st.one_of(st.integers(0, 9), st.integers(0, 2 * KEPT_DAYS).map(lambda day: day * 1440))
whose = st.sampled_from(["listener-1", "listener-2"])
records = st.lists(
    st.one_of(
        st.builds(searched, texts, minutes, whose),
        st.builds(forget, st.sampled_from(["", "love", "jazz"]), minutes, whose),
    ),
    max_size=12,
    unique_by=lambda record: record.event_id,
)


@settings(max_examples=30)
@given(records=records, data=st.data())
def test_any_order_and_any_batches_leave_the_same_rows(records, data):
    other = data.draw(st.permutations(records))
    one, two = after(*records), tables()
    reduce(two, other, [remember])
    assert digest(one, TABLES) == digest(two, TABLES)
    counted = dict(
        one.execute("SELECT folded, count(*) FROM recent_searches GROUP BY folded").fetchall()
    )
    assert dict(one.execute("SELECT * FROM searched").fetchall()) == counted


def test_what_four_searched_for_is_shown_to_nobody_else_and_what_five_did_is():
    four = [searched("Secret Garden", n, f"listener-{n}") for n in range(4)]
    conn = after(*four, *(searched("Secret Garden", 10 + n, "listener-0") for n in range(9)))
    assert of_many(conn, "secret", 9) == []
    reduce(conn, [searched("SECRET  garden!", 30, "listener-4")], [remember])
    assert of_many(conn, "secret", 9) == ["secret garden"]
    assert of_many(conn, "s", 9) == ["secret garden"]
    assert of_many(conn, "garden", 9) == []
    assert of_many(conn, "", 9) == []
    reduce(conn, [forget("secret garden", 40, "listener-2")], [remember])
    assert of_many(conn, "secret", 9) == []


def test_no_beginning_breaks_the_look_up():
    conn = after(*(searched("a 100% _x", n, f"listener-{n}") for n in range(5)))

    @given(beginning=st.text(max_size=20))
    def looked_up(beginning):
        found = of_many(conn, fold(beginning), 3)
        assert all(each.startswith(fold(beginning)) for each in found)

    looked_up()
    assert of_many(conn, "a 1", 3) == ["a 100 x"]


def test_a_rebuild_leaves_the_same_rows_and_an_erasure_is_forgotten_by_the_crowd_too(tmp_path):
    home = Home(tmp_path / "home").create()
    conn = connect(home)
    create_tables(conn, [schema(room) for room in SCHEMAS])
    with Writer(home, [remember], now=lambda: NOW) as writer:
        events = [searched("secret garden", n, f"listener-{n}") for n in range(5)]
        events += [searched("jazz", 9), forget("jazz", 10), searched("rain", 11)]
        writer.append(events).result()
        before = digest(conn, TABLES)
        conn.execute("DELETE FROM recent_searches")
        rebuild(home, SCHEMAS, [remember])
        assert digest(conn, TABLES) == before
        assert of_many(conn, "secret", 3) == ["secret garden"]
        writer.run(lambda c: erasure.begin(c, "listener-3", NOW)).result()
        assert of_many(conn, "secret", 3) == []
        assert recall(conn, "listener-3") == []
    conn.close()

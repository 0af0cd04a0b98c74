"""Lake and state → interactions, against reading every listen one by one."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog.items import changes
from ritornello.kinds.events import Act, Context, Listen
from ritornello.kinds.ids import uuid7
from ritornello.kinds.items import Artist, Episode, Show, Track
from ritornello.kinds.tallies import Tally
from ritornello.listeners import tallies
from ritornello.listeners.profile import read_profile
from ritornello.listeners.reducers import REDUCERS
from ritornello.listeners.taste import taste_of
from ritornello.models.extract import read_genres, read_interactions
from ritornello.models.vocabulary import Vocabulary
from ritornello.signals.plays import read
from ritornello.store import lake
from ritornello.store.database import connect, create_tables, schema, transaction
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.seal import seal

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOMS = ("ritornello.catalog", "ritornello.listeners")
COLUMNS = """
CREATE OR REPLACE TABLE listen (
    event_id VARCHAR, listener_id VARCHAR, item_id VARCHAR, started_at TIMESTAMPTZ, ms_played BIGINT,
    duration_ms BIGINT, ended_because VARCHAR, private BOOLEAN
)
"""


def listen(minutes_ago, item="track:a", listener="listener-1", **fields):
    at = NOW - timedelta(minutes=minutes_ago)
    return Listen(
        event_id=uuid7(at),
        listener_id=listener,
        item_id=item,
        happened_at=at,
        started_at=at,
        **fields,
    )


LISTENS = st.lists(
    st.builds(
        listen,
        st.integers(0, 10_000),
        item=st.sampled_from(["track:a", "track:b", "episode:c"]),
        listener=st.sampled_from(["listener-1", "listener-2"]),
        ms_played=st.none() | st.sampled_from([0, 29_999, 30_000, 100_000, 239_999, 240_000]),
        duration_ms=st.none() | st.sampled_from([0, 40_000, 200_000, 3_600_000]),
        ended_because=st.sampled_from(
            ["finished", "skipped_forward", "skipped_back", "stopped", "error", "unknown"]
        ),
        private=st.booleans(),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def empty_state():
    conn = sqlite3.connect(":memory:")
    for room in ROOMS:
        conn.executescript(schema(room))
    yield conn
    conn.close()


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        yield duck


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LISTENS)
@pytest.mark.slow
def test_sql_reads_a_listen_as_signals_does(duck, empty_state, listens):
    duck.execute(COLUMNS)
    for each in listens:
        row = (
            str(each.event_id),
            each.listener_id,
            each.item_id,
            each.started_at,
            each.ms_played,
            each.duration_ms,
            each.ended_because,
            each.private,
        )
        duck.execute("INSERT INTO listen VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    found = read_interactions(duck, "listen", empty_state, now=NOW)
    readings = Counter((e.listener_id, e.item_id, read(e)) for e in listens if read(e) != "nothing")
    wanted = {
        (listener, item): (readings[listener, item, "play"], readings[listener, item, "skip"])
        for listener, item, _ in readings
    }
    assert {
        (found.listeners[row], found.vocabulary.ids[column]): (n_plays, n_skips)
        for row, column, n_plays, n_skips in zip(
            found.rows, found.columns, found.n_plays, found.n_skips, strict=True
        )
    } == wanted
    assert len(found.play_columns) == sum(n for n, _ in wanted.values())


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home").create()
    conn = connect(home)
    create_tables(conn, [schema(room) for room in ROOMS])
    conn.close()
    return home


def extract(home):
    conn = connect(home, read_only=True)
    with lake.open_lake(home) as duck:
        lake.relation(duck, home, "listen")
        found = read_interactions(duck, "listen", conn, now=NOW)
    conn.close()
    return found


def test_a_training_sees_what_serving_sees(home):
    plays = [
        listen(50, "track:a"),
        listen(40, "track:a"),
        listen(30, "track:old"),
        listen(
            20, "track:b", ms_played=3_000, duration_ms=200_000, ended_because="skipped_forward"
        ),
        listen(10, "track:secret", private=True),
        listen(5, "track:c", listener="listener-2"),
    ]
    with Writer(home, REDUCERS, now=lambda: NOW) as writer:
        writer.append(plays[:3]).result()
        seal(home, NOW)
        writer.append(plays[3:]).result()
    conn = connect(home)
    kept = [
        Tally(listener_id="listener-1", item_id="track:b", n_plays=40, source="elsewhere"),
        Tally(listener_id="listener-2", item_id="track:old", n_plays=7, source="elsewhere"),
    ]
    with transaction(conn):
        for statement, rows in tallies.changes(kept):
            conn.executemany(statement, rows)
        conn.execute("INSERT INTO aliases VALUES ('track:old', 'track:new', 'track:new', 0, 1)")
        conn.execute(
            "INSERT INTO marks VALUES ('listener-1', 'track:a', 'feeling', 1, NULL, 0, x'00')"
        )
        conn.execute(
            "INSERT INTO marks VALUES ('listener-1', 'artist:x', 'feeling', 1, NULL, 0, x'01')"
        )
    found = extract(home)
    assert found.vocabulary.ids == ("track:a", "track:b", "track:c", "track:new")
    for row, listener in enumerate(found.listeners):
        trained = found.taste(row)
        served = taste_of(read_profile(conn, listener, NOW), found.vocabulary.columns)
        for name in ("columns", "n_plays", "n_skips", "loved", "recent_columns"):
            assert np.array_equal(getattr(trained, name), getattr(served, name)), name
        for name in ("first_age_s", "last_age_s", "recent_age_s"):
            assert np.allclose(getattr(trained, name), getattr(served, name), equal_nan=True), name
    conn.close()


def test_an_empty_home_is_an_empty_world(home):
    found = extract(home)
    assert found.n_listeners == found.n_items == 0


def test_a_genre_is_the_items_own_else_its_makers(home):
    items = [
        Track(item_id="track:own", title="Track 1", genres=("jazz", "rock")),
        Track(item_id="track:makers", title="Track 2", artist_ids=("artist:x",)),
        Track(item_id="track:none", title="Track 3"),
        Artist(item_id="artist:x", title="Artist 1", genres=("folk",)),
        Episode(item_id="episode:e", title="Episode 1", show_id="show:s"),
        Show(item_id="show:s", title="Show 1", genres=("news",)),
    ]
    conn = connect(home)
    with transaction(conn):
        for statement, rows in changes(items):
            conn.executemany(statement, rows)
    ids = ("episode:e", "track:makers", "track:none", "track:own", "track:unknown")
    assert read_genres(conn, Vocabulary(ids)) == ["news", "folk", None, "jazz", None]
    conn.close()


def test_what_was_left_out_or_taken_back_is_provably_absent(home):
    sleep = Context(kind="playlist", id="sleep")
    plays = [
        listen(500, "track:a"),
        listen(500, "track:a", source="lastfm"),
        listen(400, "track:b", context=sleep),
        listen(300, "track:c"),
        listen(200, "track:c", context=sleep),
        listen(100, "track:d"),
        listen(90, "track:e"),
        listen(80, "track:f"),
        listen(70, "track:d", listener="listener-2"),
    ]
    said = [("exclude", "context:playlist:sleep"), ("exclude", "artist:x"), ("disown", "track:e"),
            ("love", "track:d"), ("disown", "genre:Jazz")]  # fmt: skip
    at = NOW - timedelta(minutes=1)
    acts = [
        Act(event_id=uuid7(at), listener_id="listener-1", happened_at=at, act=act, about_id=about)
        for act, about in said
    ]
    catalogue = [
        Track(item_id="track:d", title="D", artist_ids=("artist:x",)),
        Track(item_id="track:f", title="F", genres=("jazz",)),
    ]
    conn = connect(home)
    with transaction(conn):
        for change in changes(catalogue):
            conn.executemany(*change)
        kept = [
            Tally(listener_id="listener-1", item_id=f"track:{i}", n_plays=9, source="x")
            for i in "de"
        ]
        for change in tallies.changes(kept):
            conn.executemany(*change)
    with Writer(home, REDUCERS, now=lambda: NOW) as writer:
        writer.append(plays[:4]).result()
        seal(home, NOW)
        writer.append([*plays[4:], *acts]).result()
    found = extract(home)
    trained = {
        (found.listeners[row], found.vocabulary.ids[column]): n
        for row, column, n in zip(found.rows, found.columns, found.n_plays, strict=True)
    }
    assert trained == {
        ("listener-1", "track:a"): 1, ("listener-1", "track:c"): 1, ("listener-2", "track:d"): 1,
    }  # fmt: skip
    assert len(found.play_columns) == 3
    served = taste_of(read_profile(conn, "listener-1", NOW), found.vocabulary.columns)
    row = found.listeners.index("listener-1")
    for name in ("columns", "n_plays", "n_skips", "loved", "recent_columns"):
        assert np.array_equal(getattr(found.taste(row), name), getattr(served, name)), name
    for name in ("first_age_s", "last_age_s", "recent_age_s"):
        assert np.allclose(getattr(found.taste(row), name), getattr(served, name)), name
    conn.close()

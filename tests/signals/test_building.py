"""A build makes what is stale and nothing else; whatever arrives, in whatever order, equals a full build."""

import shutil
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ritornello.catalog import aliases
from ritornello.cli.wiring import STANDING, writing
from ritornello.kinds.errors import Conflict, OutOfMemory, StorageUnavailable, UnknownName
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.signals import building
from ritornello.signals.building import Beside, Wanted, build, open_tables
from ritornello.signals.shapes import all_tables, shapes
from ritornello.store import erasure, lake, manifest
from ritornello.store.database import connect, transaction
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.store.seal import seal
from ritornello.testing.comparing import differences
from ritornello.testing.lakes import Size, fill
from tests.signals.conftest import UNTIL

NAMES = [table.name for table in all_tables("duckdb")]
BESIDE = Beside(STANDING)
LATE = Size(n_visits=5, n_listeners=9, n_tracks=60, n_days=3)
LATER = Size(n_visits=12, n_listeners=9, n_tracks=60, n_days=5)


@pytest.fixture
def home(built_once, tmp_path):
    """A built home of the test's own."""
    return Home(shutil.copytree(built_once.path, tmp_path / "home"))


def rebuilt(home, wanted=None, beside=BESIDE, **more):
    """Build, and return how many days were made of each table."""
    with closing(DuckEngine(home, threads=1)) as engine:
        made = build(home, engine, now=UNTIL, beside=beside, wanted=wanted, **more)
    return {each.table: each.n_days for each in made}


@contextmanager
def tables_of(duck, home, prefix):
    """Keep the tables of a home as tables of their own."""
    open_tables(duck, home, NAMES)
    for name in NAMES:
        duck.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_{name} AS SELECT * FROM {name}")
    yield


def assert_as_made_at_once(home, tmp_path):
    """Compare every table with what a full build of the same lake makes of it."""
    other = Home(shutil.copytree(home.path, tmp_path / "at_once"))
    shutil.rmtree(other.lake / "signals")
    with closing(connect(other)) as conn, transaction(conn):
        conn.execute("DELETE FROM manifest WHERE kind LIKE 'signals/%'")
        conn.execute("DELETE FROM makings")
    rebuilt(other)
    with (
        lake.open_lake(home) as duck,
        tables_of(duck, home, "step"),
        tables_of(duck, other, "once"),
    ):
        for name in NAMES:
            n_rows, apart = differences(
                duck, f"FROM step_{name}", f"FROM once_{name}", shapes()[name]
            )
            assert apart == [], name
            assert n_rows > 0, name
    shutil.rmtree(other.path)


def test_building_again_does_nothing(home):
    first = rebuilt(home)
    with closing(connect(home)) as conn:
        before = manifest.entries(conn)
    assert rebuilt(home) == {}
    with closing(connect(home)) as conn:
        assert manifest.entries(conn) == before
    assert set(first) <= set(NAMES)


@pytest.mark.parametrize(
    ("size", "seed"),
    [(LATE, 2), (LATER, 3)],
    ids=["few", "more"],
)
@pytest.mark.slow
def test_late_events_make_what_a_full_build_makes(home, tmp_path, size, seed):
    fill(home, size, seed=seed, until=UNTIL)
    assert "readings" in rebuilt(home)
    assert rebuilt(home) == {}
    assert_as_made_at_once(home, tmp_path)


@pytest.mark.slow
def test_a_thousand_late_arrivals_make_what_a_full_build_makes(home, tmp_path):
    fill(home, Size(n_visits=150, n_listeners=30, n_tracks=90, n_days=30), seed=2, until=UNTIL)
    n_late = 0
    for seed in range(3, 13):
        size = Size(n_visits=7, n_listeners=30, n_tracks=90, n_days=30)
        n_late += fill(home, size, seed=seed, until=UNTIL)
        rebuilt(home)
    assert n_late >= 1000
    assert_as_made_at_once(home, tmp_path)


@pytest.mark.slow
def test_windows_of_any_size_make_the_same(home, tmp_path):
    made = rebuilt(home, Wanted(full=True, rows_a_window=1))
    assert made["readings"] > 1
    assert_as_made_at_once(home, tmp_path)


@pytest.mark.slow
def test_a_day_reaches_as_far_as_it_says(home):
    late = Size(n_visits=1, n_listeners=1, n_tracks=60, n_days=1, odd=0.0)
    fill(home, late, seed=2, until=UNTIL - timedelta(days=2))
    made = rebuilt(home)
    assert made["shown"] == 1
    assert made["activity"] <= 2 * (2 + 1 + 2)


@pytest.mark.slow
def test_days_outside_what_is_wanted_stay_stale(home, tmp_path):
    fill(home, LATE, seed=2, until=UNTIL)
    day = UNTIL.date().isoformat()
    assert rebuilt(home, Wanted(first="2026-11-19", last="2026-11-19"))["activity"] == 1
    assert rebuilt(home, Wanted(first=day))
    assert rebuilt(home)["activity"] > 1
    assert_as_made_at_once(home, tmp_path)


@pytest.mark.slow
def test_a_merge_reaches_the_days_that_mention_it(home, tmp_path):
    with closing(connect(home)) as conn, transaction(conn):
        aliases.merge(conn, "track:3", "track:4", at=UNTIL)
    made = rebuilt(home)
    assert "readings" in made
    assert "activity" not in made
    assert_as_made_at_once(home, tmp_path)


@pytest.mark.slow
def test_another_time_zone_reaches_the_days_of_its_listener(home, tmp_path):
    with writing(home) as writer:
        chosen = Preferences(time_zone="Asia/Tokyo")
        writer.run(lambda conn: write_preferences(conn, "listener-1", chosen)).result()
    assert "activity" in rebuilt(home)
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["visits"])
        wrong = duck.execute(
            "SELECT count(*) FROM visits WHERE listener_id = 'listener-1' AND local_hour <> "
            "(started_at_us // 3600000000 + 9) % 24"
        ).fetchall()
    assert wrong == [(0,)]
    assert_as_made_at_once(home, tmp_path)


@pytest.mark.slow
def test_a_listen_that_is_left_out_reaches_its_day(home, tmp_path):
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["readings"])
        row = duck.execute(
            "SELECT event_id, listener_id, started_at_us FROM readings WHERE counts LIMIT 1"
        ).fetchone()
    with closing(connect(home)) as conn:
        conn.execute(
            "INSERT INTO left_out VALUES (?, ?, 'track:1', ?, 'play', 'disowned', NULL)",
            (row[1], bytes.fromhex(row[0].replace("-", "")), row[2]),
        )
    assert rebuilt(home)["readings"] <= 3
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["readings"])
        sql = f"SELECT counts, left_out_because FROM readings WHERE event_id = '{row[0]}'"
        assert duck.execute(sql).fetchall() == [(False, "disowned")]
    assert_as_made_at_once(home, tmp_path)


def held(home, names=NAMES):
    """Return who has rows in which tables' files, whoever is leaving."""
    found = {}
    with lake.open_lake(home) as duck, closing(connect(home)) as conn:
        for name in names:
            files = [home.lake / e.path for e in manifest.entries(conn, f"signals/{name}")]
            if files and "listener_id" in shapes()[name]:
                sql = f"SELECT DISTINCT listener_id FROM {lake.parquet(files)}"
                found[name] = {who for (who,) in duck.execute(sql).fetchall()}
    return found


@pytest.mark.slow
def test_who_leaves_is_gone_from_every_table_and_the_rest_stays(home):
    assert "listener-0" in held(home)["visits"]
    with writing(home) as writer:
        writer.run(lambda conn: erasure.begin(conn, "listener-0", UNTIL)).result()
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["visits"])
        assert duck.execute(
            "SELECT count(*) FROM visits WHERE listener_id = 'listener-0'"
        ).fetchall() == [(0,)]
    erasure.run(home, now=lambda: UNTIL, retrain=lambda: 0)
    assert all("listener-0" not in who for who in held(home).values())
    assert "listener-1" in held(home)["visits"]
    with closing(connect(home)) as conn:
        assert manifest.entries(conn, "signals/funnel") == []
        assert manifest.entries(conn, "signals/item") != []
    assert rebuilt(home) == {"funnel": 1}


@pytest.mark.slow
def test_nobody_comes_in_who_leaves_while_it_is_made(home):
    """A build that began before a listener left is made again without them."""
    fill(home, LATE, seed=2, until=UNTIL)
    left = []

    def leave(step, share):
        if step.startswith("activity") and not left:
            left.append(step)
            with writing(home) as writer:
                writer.run(lambda conn: erasure.begin(conn, "listener-0", UNTIL)).result()
            erasure.run(home, now=lambda: UNTIL, retrain=lambda: 0)

    rebuilt(home, progress=leave)
    assert left
    assert all("listener-0" not in who for who in held(home).values())
    assert rebuilt(home) == {}


def test_files_that_are_gone_are_made_again(home):
    with closing(connect(home)) as conn:
        lost = manifest.entries(conn, "signals/visits")[0]
    (home.lake / lost.path).unlink()
    made = rebuilt(home)
    assert made["visits"] == 1
    with closing(connect(home)) as conn:
        found = [each for each in manifest.entries(conn, "signals/visits") if each.dt == lost.dt]
    assert [each.n_rows for each in found] == [lost.n_rows]
    assert (home.lake / found[0].path).is_file()


@pytest.mark.slow
def test_a_failing_engine_leaves_what_was_made(home):
    fill(home, LATE, seed=2, until=UNTIL)

    class Failing(DuckEngine):
        def write(self, sql, folder, **more):
            if folder.parent.name == "visits":
                raise StorageUnavailable("no room")
            return super().write(sql, folder, **more)

    with closing(Failing(home, threads=1)) as engine, pytest.raises(StorageUnavailable):
        build(home, engine, now=UNTIL, beside=BESIDE)
    made = rebuilt(home)
    assert "visits" in made
    assert "activity" not in made
    assert not list(home.spill.glob("signals-*"))


class Small(DuckEngine):
    """An engine whose memory holds so many days of a table, by a count of what it is asked to part."""

    n_days = 1

    def write(self, sql, folder, *, by=None):
        found = super().write(sql, folder, by=by)
        if len({file.parent for file in found}) > self.n_days:
            raise OutOfMemory("DuckDB: could not allocate")
        return found


@pytest.mark.slow
def test_a_window_that_does_not_fit_is_made_in_halves(home, tmp_path):
    fill(home, LATE, seed=3, until=UNTIL)
    with closing(Small(home, threads=1)) as engine:
        made = build(home, engine, now=UNTIL, beside=BESIDE)
    assert max(each.n_days for each in made) > 2
    assert not list(home.spill.glob("signals-*"))
    assert_as_made_at_once(home, tmp_path)


def test_a_day_that_does_not_fit_is_named(home):
    class Full(Small):
        n_days = 0

    with (
        closing(Full(home, threads=1)) as engine,
        pytest.raises(OutOfMemory, match=r"activity of 20\d\d-.*could not allocate; allow more by"),
    ):
        build(home, engine, now=UNTIL, beside=BESIDE, wanted=Wanted(full=True, only=("activity",)))


def test_two_builds_do_not_run_at_once(home):
    with building.held(home.lake / building.LOCK, "build of signals"), pytest.raises(Conflict):
        rebuilt(home)


def test_an_empty_home_has_empty_tables(tmp_path):
    from ritornello.cli.wiring import make_home

    home = make_home(tmp_path / "home")
    rebuilt(home)
    with lake.open_lake(home) as duck:
        open_tables(duck, home, NAMES)
        for name in NAMES:
            assert duck.execute(f"SELECT count(*) FROM {name}").fetchall() == [(0,)]
            columns = dict(row[:2] for row in duck.execute(f"DESCRIBE {name}").fetchall())
            assert columns == shapes()[name]


def test_a_table_nobody_defined_is_named(home):
    with lake.open_lake(home) as duck, pytest.raises(UnknownName, match="did you mean 'visits'"):
        open_tables(duck, home, ["visit"])


def test_sealing_and_rebuilding_leave_the_tables_alone(home):
    from ritornello.cli.wiring import REDUCERS, schemas
    from ritornello.store.rebuild import rebuild

    before = held(home)
    n_records = rebuild(home, schemas(), REDUCERS)
    with closing(connect(home)) as conn:
        entries = manifest.entries(conn)
    assert n_records == sum(e.n_rows for e in entries if not manifest.is_derived(e.kind))
    assert seal(home, datetime.now(UTC)).n_orphans_swept == 0
    assert held(home) == before
    assert rebuilt(home) == {}

"""Imports: progress, interruption, resuming, and a summary that adds up."""

from datetime import timedelta
from functools import partial

import pytest

from ritornello.catalog import items
from ritornello.catalog.items import Resolver
from ritornello.intake import chunks as chunking
from ritornello.intake import hetrec, importing, interactions
from ritornello.intake.chunks import Chunk
from ritornello.intake.digests import digest_of
from ritornello.intake.interactions import Columns
from ritornello.kinds.errors import StorageUnavailable
from ritornello.kinds.faults import Fault
from ritornello.kinds.times import to_us
from ritornello.store import erasure, faults
from ritornello.store.database import connect, create_tables, schema
from ritornello.store.home import Home
from ritornello.store.log import Writer


def tally_changes(tallies):
    """Write tallies as ``listeners`` does; intake may not know how."""
    rows = [(t.listener_id, t.item_id, t.n_plays) for t in tallies]
    return [("INSERT OR REPLACE INTO counted VALUES (?, ?, ?)", rows)] if rows else []


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.create()
    conn = connect(home)
    create_tables(conn, [schema("ritornello.catalog"), schema("ritornello.intake")])
    conn.execute(
        "CREATE TABLE counted (listener_id, item_id, n_plays, PRIMARY KEY (listener_id, item_id))"
    )
    conn.close()
    return home


@pytest.fixture
def conn(home):
    conn = connect(home, read_only=True)
    yield conn
    conn.close()


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunking, "ROWS", 10)


@pytest.fixture
def plays(tmp_path):
    path = tmp_path / "plays.csv"
    rows = [
        f"l-{n % 4},Artist {n % 3},Song {n},2026-11-{1 + n % 20:02d}T10:00:00Z,1000"
        for n in range(95)
    ]
    rows[17] = "l-1,A,B,never,1"
    rows[60] = rows[59]
    path.write_text("\n".join(("listener_id,artist,title,started_at,ms_played", *rows)))
    return path


@pytest.fixture
def run(home, plays, now):
    def run(stop_after=None, **options):
        def chunks(after):
            found = interactions.read(plays, Columns(), now=now, resolver=Resolver(), after=after)
            for n, chunk in enumerate(found):
                if n == stop_after:
                    raise KeyboardInterrupt
                yield chunk

        with Writer(home, [], now=lambda: now) as writer:
            return importing.run(
                chunks,
                source="interactions",
                digest=digest_of([plays]),
                writer=writer,
                now=lambda: now,
                tally_changes=tally_changes,
                **options,
            )

    return run


def n_events(conn):
    return conn.execute("SELECT count(*) FROM events").fetchone()[0]


@pytest.mark.usefixtures("small_chunks")
def test_an_import_sums_up_and_says_how_far_it_is(run, conn):
    seen = []
    summary = run(progress=lambda position, share: seen.append((position, share)))
    assert (summary.n_kept, summary.n_duplicates, summary.n_conflicts) == (93, 1, 0)
    assert summary.faults_by_rule == {"not_a_time": 1}
    assert n_events(conn) == 93
    assert [f.position for f in faults.latest(conn, 5, source="interactions")] == [19]
    assert [position for position, _ in seen] == [*range(11, 97, 10), 96]
    assert seen[-1][1] == 1.0
    assert len(items.get_many(conn, [e for (e,) in conn.execute("SELECT item_id FROM items")]))


@pytest.mark.usefixtures("small_chunks")
def test_the_same_file_twice_is_all_duplicates_and_says_so(run, conn, now):
    run()
    again = run()
    assert (again.n_kept, again.n_duplicates, again.before_at) == (0, 94, now)
    forced = run(again=True)
    assert (forced.n_kept, forced.n_duplicates, forced.before_at) == (0, 94, None)
    assert n_events(conn) == 93


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("stop_after", [0, 1, 4, 8])
def test_an_interrupted_import_goes_on_where_it_stopped(run, conn, stop_after):
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=stop_after)
    stored = n_events(conn)
    summary = run()
    assert summary.after == (stop_after * 10 + 1 if stop_after else 0)
    assert summary.n_kept == 93 - stored
    assert n_events(conn) == 93
    assert sum(n for n in faults.count(conn).values()) == 1


@pytest.mark.usefixtures("small_chunks")
def test_a_disk_that_fails_half_way_loses_nothing(home, plays, run, conn, now, monkeypatch):
    real, calls = Writer.append, []

    def failing(writer, events, **more):
        calls.append(1)
        if len(calls) == 4:
            raise StorageUnavailable("the disk is full")
        return real(writer, events, **more)

    monkeypatch.setattr(Writer, "append", failing)
    with pytest.raises(StorageUnavailable):
        run()
    monkeypatch.undo()
    monkeypatch.setattr(chunking, "ROWS", 10)
    assert run().after == 31
    assert n_events(conn) == 93


@pytest.mark.usefixtures("small_chunks")
def test_any_process_can_read_how_far_an_import_is(run, plays, conn, now):
    digest = digest_of([plays])
    assert importing.progress(conn, digest, "interactions") is None
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=4)
    half = importing.progress(conn, digest, "interactions")
    assert (half.position, half.n_stored, half.n_faults, half.n_kept) == (41, 39, 1, None)
    assert 0.4 < half.share < 0.5
    run()
    done = importing.progress(conn, digest, "interactions")
    assert (done.position, done.n_stored, done.n_faults, done.share) == (96, 94, 1, 1.0)
    assert done.n_kept == 94 - 39
    assert (done.started_at_us, done.changed_at_us) == (half.started_at_us, to_us(now))


def test_an_import_of_one_listener_says_whose_it_is(home, conn, now):
    with Writer(home, [], now=lambda: now) as writer:
        for whose in (None, "l-7"):
            importing.run(
                lambda _, whose=whose: iter([Chunk(position=1, share=1.0, listener_id=whose)]),
                source="spotify",
                digest=str(whose),
                writer=writer,
                now=lambda: now,
                tally_changes=tally_changes,
            )
    found = conn.execute("SELECT digest, listener_id FROM imports ORDER BY digest").fetchall()
    assert found == [("None", None), ("l-7", "l-7")]


def test_another_file_is_another_import(run, plays, conn):
    run()
    plays.write_text(plays.read_text() + "\nl-9,A,New,2026-11-01T10:00:00Z,1\n")
    summary = run()
    assert (summary.n_kept, summary.n_duplicates) == (1, 94)


def test_tallies_and_items_count_as_kept(home, conn, tmp_path, now):
    (tmp_path / "artists.dat").write_text("id\tname\turl\tpictureURL\n1\tA\tu\tp\n")
    (tmp_path / "user_artists.dat").write_text("userID\tartistID\tweight\n2\t1\t5\n3\t1\t6\n")
    with Writer(home, [], now=lambda: now) as writer:
        summary = importing.run(
            partial(hetrec.read, tmp_path),
            source="hetrec",
            digest="x",
            writer=writer,
            now=lambda: now,
            tally_changes=tally_changes,
        )
    assert (summary.n_kept, summary.n_items) == (2, 2)
    assert summary.faults_by_rule == {"missing_file": 1}
    assert conn.execute("SELECT sum(n_plays) FROM counted").fetchone() == (11,)


def test_a_catalogue_file_overrides(home, conn, tmp_path, now):
    path = tmp_path / "items.jsonl"
    results = []
    with Writer(home, [], now=lambda: now) as writer:
        for n, title in enumerate(("Old", "New")):
            path.write_text(f'{{"kind":"artist","item_id":"artist:a","title":"{title}"}}\n5\n')
            results.append(
                importing.run(
                    importing.catalogue(path),
                    source="catalogue",
                    digest=digest_of([path]),
                    writer=writer,
                    now=lambda n=n: now + timedelta(seconds=n),
                    tally_changes=tally_changes,
                )
            )
    assert items.get(conn, "artist:a").title == "New"
    assert [(r.n_kept, r.faults_by_rule) for r in results] == [(1, {"wrong_type": 1})] * 2


def test_what_is_of_listeners_who_left_is_counted_and_not_kept(run, home, conn, now):
    with Writer(home, [], now=lambda: now) as writer:
        writer.run(lambda conn: erasure.begin(conn, "l-2", now)).result()
    summary = run()
    assert summary.faults_by_rule["erased"] == 24
    assert conn.execute("SELECT count(*) FROM events WHERE listener_id = 'l-2'").fetchone() == (0,)
    assert summary.n_kept == conn.execute("SELECT count(*) FROM events").fetchone()[0] > 0


def test_no_count_of_a_listener_who_left_is_kept(home, conn, now, tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("listener_id,artist,title,n_plays\nl-1,A,B,3\nl-2,A,B,4\nl-2,A,C,1\n")
    with Writer(home, [], now=lambda: now) as writer:
        writer.run(lambda conn: erasure.begin(conn, "l-2", now)).result()
        summary = importing.run(
            lambda after: interactions.read(
                path, Columns(), now=now, resolver=Resolver(), after=after
            ),
            source="interactions",
            digest="counts",
            writer=writer,
            now=lambda: now,
            tally_changes=tally_changes,
        )
    assert (summary.n_kept, summary.faults_by_rule) == (1, {"erased": 2})
    assert conn.execute("SELECT listener_id FROM counted").fetchall() == [("l-1",)]


def test_the_faults_of_one_listeners_history_are_theirs(home, conn, now):
    fault = Fault.at("toy", 1, "torn", "a torn line")
    parts = [Chunk(position=1, share=1.0, faults=(fault,), listener_id="l-1")]
    with Writer(home, [], now=lambda: now) as writer:
        importing.run(
            lambda after: iter(parts[after:]),
            source="toy",
            digest="toy",
            writer=writer,
            now=lambda: now,
            tally_changes=tally_changes,
        )
    assert conn.execute("SELECT listener_id FROM faults").fetchall() == [("l-1",)]

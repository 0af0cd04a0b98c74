from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ritornello.cli.wiring import ROOMS_WITH_TABLES
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import Conflict
from ritornello.kinds.events import Listen
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import uuid7
from ritornello.store import erasure, faults, lake, leaving, manifest, seal, tombstones
from ritornello.store.database import connect, create_tables, schema, transaction
from ritornello.store.decisions import read_decision
from ritornello.store.home import Home
from ritornello.store.lake import open_lake, relation
from ritornello.store.log import Writer
from ritornello.store.rebuild import digest, rebuild
from ritornello.testing.traces import Traces, spellings
from tests.store.conftest import SCHEMA, count_listens

WHO, OTHER = "listener-1-who-leaves", "listener-1"
OF_NOBODY = {
    "meta", "sealed_ids", "manifest", "fault_counts", "tombstones", "items", "identifiers",
    "aliases", "rulings", "transcripts", "chapters", "clocks", "makings", "beliefs", "pools",
    "transcript_changes", "searched",  # triggers take what they forget out of what many searched
}  # fmt: skip


@pytest.fixture
def begin(writer, now):
    return lambda who=WHO: writer.run(lambda conn: erasure.begin(conn, who, now)).result()


@pytest.fixture
def finish(home, now):
    def run(**options):
        return erasure.run(home, now=lambda: now, **({"retrain": lambda: 0} | options))

    return run


def decision(who, at, **fields):
    given = {
        "decision_id": uuid7(at), "listener_id": who, "surface": "home", "made_at": at,
        "shelves": (), "slots": (), "rung": "personal", "policy_version": "", "model_version": "",
        "recipe_hash": "",
    }  # fmt: skip
    return Decision(**(given | fields))


@pytest.fixture
def lived(writer, home, listen, now, day):
    """A home in which both listeners have a past in lake and log; return their events."""
    events = [
        listen(f"track:{i % 3}", who, at=day(10 + i % 4) - timedelta(seconds=i))
        for i in range(20)
        for who in (WHO, OTHER)
    ]
    alone = [listen("track:alone", WHO, at=day(3))]
    writer.append([*events, *alone]).result()
    writer.decide([decision(who, day(10)) for who in (WHO, OTHER)]).result()
    seal.seal(home, now)
    late = [listen("track:late", who) for who in (WHO, OTHER)]
    writer.append(late).result()
    writer.decide([decision(who, now, period="2026-W47") for who in (WHO, OTHER)]).result()
    return [*events, *alone, *late]


def held(home, kind="listen"):
    with open_lake(home) as duck:
        relation(duck, home, kind)
        return Counter(
            dict(duck.execute(f"SELECT listener_id, count(*) FROM {kind} GROUP BY 1").fetchall())
        )


def test_readers_see_nothing_from_the_commit_on(home, conn, lived, begin):
    assert held(home) == {WHO: 22, OTHER: 21}
    begin()
    assert held(home) == {OTHER: 21}
    assert held(home, "decision") == {OTHER: 2}
    for table in tombstones.tables(conn):
        assert WHO not in {row[0] for row in conn.execute(f"SELECT listener_id FROM {table}")}


def test_a_sealed_decision_is_not_found_any_more(home, conn, writer, begin, now, day):
    made = [decision(who, day(10)) for who in (WHO, OTHER)]
    writer.decide(made).result()
    seal.seal(home, now)
    begin()
    found = [read_decision(conn, home, each.decision_id) for each in made]
    assert [each and each.listener_id for each in found] == [None, OTHER]


def test_only_files_that_hold_them_are_written_again(
    home, conn, writer, listen, lived, begin, finish, day, now
):
    writer.append([listen("track:b", OTHER, at=day(5))]).result()
    seal.seal(home, now)
    before = {entry.path: entry for entry in manifest.entries(conn)}
    begin()
    (certificate,) = finish()
    after = {entry.path: entry for entry in manifest.entries(conn)}
    assert {path for path in before if "dt=2026-11-05" in path} <= after.keys()
    assert not [path for path in after if "dt=2026-11-03" in path]
    assert certificate.n_files_rewritten == len(before.keys() - after.keys())
    files = {str(path.relative_to(home.lake)) for path in home.lake.rglob("*.parquet")}
    assert files == after.keys()
    for entry in after.values():
        file = home.lake / entry.path
        assert manifest.sha256_of(file) == entry.sha256
        with duckdb.connect() as duck:
            rows = duck.execute("SELECT listener_id FROM read_parquet(?)", [str(file)]).fetchall()
        assert (len(rows), file.stat().st_size) == (entry.n_rows, entry.n_bytes)
        assert {row[0] for row in rows} == {OTHER}
    again = [path for path in after if ".again-1." in path]
    assert again
    begin(OTHER)
    finish()
    assert manifest.entries(conn) == []


def test_the_certificate_counts_and_names_nobody(home, writer, lived, begin, finish, conn):
    told = Fault.at("toy", 1, "r", f"nothing of {WHO} was kept")
    like = Fault.at("toy", 2, "r", f"nothing of {WHO}-too was kept")
    own = Fault.at("toy", 3, "r", "a torn line")
    changes = [*faults.changes([told, like], 0), *faults.changes([own], 0, WHO)]
    writer.append([], changes=changes).result()
    begin()
    (certificate,) = finish(retrain=lambda: 2)
    assert certificate.n_removed == {
        "counts": 5, "decisions": 1, "events": 1, "faults": 2, "lake.decision": 1, "lake.listen": 21,
        "lists": 1,
    }  # fmt: skip
    assert certificate.n_models_removed == 2
    assert conn.execute("SELECT message FROM faults").fetchall() == [(like.message,)]
    key = bytes.fromhex(certificate.listener_hash)
    assert erasure.certificate(conn, key) == certificate
    assert erasure.pending(conn) == []
    assert finish() == []


def test_ids_of_who_left_are_forgotten_and_the_others_known(
    home, conn, writer, lived, begin, finish, day
):
    others = [event for event in lived if event.listener_id == OTHER]
    begin()
    finish()
    assert conn.execute("SELECT count(*) FROM sealed_ids").fetchone() == (20,)
    assert set(writer.append(lived).result()) == {"erased", "duplicate"}
    seal.seal(home, day(30), keep_event_ids=timedelta(days=1))
    assert writer.append(others).result() == ["duplicate"] * len(others)
    found = lake.events_by_id(
        conn, home, {e.happened_at.date() for e in lived}, [e.event_id.bytes for e in lived]
    )
    assert {event.event_id for event in found} == {event.event_id for event in others}


def test_rebuild_brings_nothing_back_before_or_after(
    home, conn, lived, begin, finish, schemas, reducers
):
    begin()
    tables = ["counts", "lists"]
    wanted = digest(conn, tables)
    rebuild(home, schemas, reducers)
    assert digest(conn, tables) == wanted
    finish()
    rebuild(home, schemas, reducers)
    assert digest(conn, tables) == wanted


def test_who_leaves_while_their_rows_are_sealed_or_replayed(
    home, conn, writer, listen, now, begin, finish, monkeypatch, schemas, reducers
):
    writer.append([listen(listener=who) for who in (WHO, OTHER) for _ in range(5)]).result()
    write_day, once = lake.write_day, iter([begin])

    def while_writing(*arguments):
        write_day(*arguments)
        next(once, lambda: None)()

    monkeypatch.setattr(lake, "write_day", while_writing)
    seal.seal(home, now)
    assert held(home) == {OTHER: 5}
    finish()
    assert WHO.encode() not in b"".join(p.read_bytes() for p in home.path.rglob("*") if p.is_file())
    writer.run(lambda conn: tombstones.lift(conn, WHO)).result()
    writer.append([listen(listener=WHO) for _ in range(3)]).result()
    seal.seal(home, now)
    rebuild(home, schemas, reducers, progress=lambda *_: erasure.pending(conn) or begin())
    assert conn.execute("SELECT DISTINCT listener_id FROM counts").fetchall() == [(OTHER,)]


def test_no_byte_is_left_though_others_read_and_write(home, writer, lived, begin, finish):
    theirs = [event for event in lived if event.listener_id == WHO]
    needles = [WHO.encode(), *(s for event in theirs for s in spellings(event.event_id))]
    home.belongings_of(WHO).mkdir(parents=True)
    (home.belongings_of(WHO) / "upload.json").write_text(WHO)
    (home.belongings_of(OTHER)).mkdir()
    home.spill.mkdir()
    (home.spill / "duckdb_temp_storage.tmp").write_text(WHO)
    assert len(Traces(needles).below(home.path)) > len(theirs)
    with closing(connect(home, read_only=True)) as reader:
        reader.execute("SELECT * FROM events").fetchone()
        begin()
        finish()
    assert Traces(needles).below(home.path) == {}
    assert home.belongings_of(OTHER).is_dir()
    assert writer.append([event for event in lived if event.listener_id == OTHER]).result()


@pytest.mark.slow
def test_waits_for_who_reads_and_says_so(home, lived, begin, finish):
    begin()
    with closing(connect(home, read_only=True)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        with pytest.raises(Conflict, match="run the erasure again"):
            finish(patience_s=0.2)
    with closing(connect(home, read_only=True)) as conn:
        (left,) = erasure.pending(conn)
    assert left.done == ("lake", "models", "studies", "files")
    assert left.listener_id is None
    assert len(finish()) == 1


def test_waits_for_a_seal_and_refuses_a_second_erasure(home, lived, begin, finish):
    begin()
    with seal.exclusive(home), pytest.raises(Conflict, match="seal"):
        finish(patience_s=0.2)

    def meanwhile():
        with pytest.raises(Conflict, match="another erasure"):
            finish(patience_s=0.0)
        return 0

    assert len(finish(retrain=meanwhile)) == 1


class Crash(Exception):
    """The process died here."""


CRASHES = [
    "rewriting.sync_file", "rewriting.sync_folder", "rewriting._written", "rewriting._replace",
    "rewriting.sweep", "erasure._mark", "erasure._empty_tables", "erasure._patiently",
    "erasure._certified", "erasure.shutil.rmtree",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_at_any_step_is_taken_up_again(
    home, conn, writer, lived, begin, finish, monkeypatch, where, nth, after
):
    home.belongings_of(WHO).mkdir(parents=True)
    begin()
    with monkeypatch.context() as patched:
        n_calls = iter(range(100))
        *path, name = f"ritornello.store.{where}".split(".")
        owner = import_module(".".join(path[:3]))
        for part in path[3:]:
            owner = getattr(owner, part)
        whole = getattr(owner, name)

        def crashing(*arguments, **options):
            call = next(n_calls)
            if call == nth and not after:
                raise Crash
            answer = whole(*arguments, **options)
            if call == nth:
                raise Crash
            return answer

        patched.setattr(owner, name, crashing)
        certificates = []
        try:
            certificates = finish()
        except Crash:
            assert held(home) == {OTHER: 21}
            assert set(writer.append(lived).result()) == {"erased", "duplicate"}
    certificates += finish()
    removed = certificates[0].n_removed
    assert (removed["lake.listen"], removed["events"], removed["counts"]) == (21, 1, 5)
    assert held(home) == {OTHER: 21}
    assert leaving.count(conn, home, WHO) == {}
    needles = [s for e in lived if e.listener_id == WHO for s in spellings(e.event_id)]
    assert Traces([WHO.encode(), *needles]).below(home.path) == {}


def test_every_table_belongs_to_listeners_or_is_known_to_hold_nothing_of_them(home, conn):
    create_tables(conn, [schema(room) for room in ROOMS_WITH_TABLES])
    everything = {
        name
        for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite_")
    }
    unclear = everything - set(tombstones.tables(conn)) - OF_NOBODY - {"choices"}
    assert not unclear, "give the table a listener_id, or say here that it holds nothing of anybody"


def test_many_leave_at_once_and_share_the_work(home, lived, begin, finish):
    begin()
    begin(OTHER)
    trained = []
    certificates = finish(retrain=lambda: trained.append(1) or 1)
    assert len(certificates) == 2
    assert trained == [1]
    assert not list(home.lake.rglob("*.parquet"))


class Life(RuleBasedStateMachine):
    """Two listeners live; one leaves, comes back, is sealed and replayed, in any order."""

    listeners = ("ann-who-left", "bob-who-left")

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.home = Home(Path(self.folder.name) / "home").create()
        self.conn = connect(self.home)
        create_tables(self.conn, [SCHEMA])
        self.writer = Writer(self.home, [count_listens], now=lambda: self.now)
        self.numbers = count()
        self.sent = []
        self.here = {}
        self.left = set()
        self.unfinished = set()

    def teardown(self):
        self.writer.close()
        self.conn.close()
        self.folder.cleanup()

    def send(self, event):
        (verdict,) = self.writer.append([event]).result()
        if event.listener_id in self.left:
            assert verdict == "erased"
        else:
            assert verdict == ("duplicate" if event.event_id in self.here else "stored")
            self.here[event.event_id] = event

    @rule(who=st.sampled_from(listeners), item=st.sampled_from("ab"))
    def play(self, who, item):
        number = next(self.numbers)
        at = self.now - timedelta(hours=7 * (number % 9), seconds=number)
        event = Listen(
            event_id=uuid7(at),
            listener_id=who,
            item_id=f"track:{item}",
            happened_at=at,
            started_at=at,
        )
        self.sent.append(event)
        self.send(event)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data):
        self.send(data.draw(st.sampled_from(self.sent)))

    @rule(who=st.sampled_from(listeners))
    def decide(self, who):
        stored = self.writer.decide([decision(who, self.now)]).result()
        assert stored == [who not in self.left]

    @rule()
    def sealing(self):
        seal.seal(
            self.home, self.now, live_decision=timedelta(hours=-1), keep_event_ids=timedelta(days=1)
        )

    @rule()
    def replaying(self):
        rebuild(self.home, [SCHEMA], [count_listens])

    @rule(who=st.sampled_from(listeners))
    def leave(self, who):
        self.writer.run(lambda conn: erasure.begin(conn, who, self.now)).result()
        self.here = {key: e for key, e in self.here.items() if e.listener_id != who}
        self.left.add(who)
        self.unfinished.add(who)

    @rule()
    def finish(self):
        certificates = erasure.run(self.home, now=lambda: self.now, retrain=lambda: 0)
        assert len(certificates) == len(self.unfinished)
        gone = [who.encode() for who in self.left]
        assert not gone or Traces(gone).below(self.home.path) == {}
        self.unfinished.clear()

    @rule(who=st.sampled_from(listeners))
    def readmit(self, who):
        if who in self.left - self.unfinished:
            with transaction(self.conn):
                tombstones.lift(self.conn, who)
            self.left.discard(who)

    @invariant()
    def shows_who_is_here_and_nobody_else(self):
        wanted = Counter(event.listener_id for event in self.here.values())
        assert held(self.home) == wanted
        counts = self.conn.execute("SELECT listener_id, sum(n) FROM counts GROUP BY 1").fetchall()
        assert dict(counts) == wanted


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLife = pytest.mark.slow(TestLife)

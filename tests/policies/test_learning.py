"""Whatever arrives, in whatever order, running lessons are those a rebuild makes of the same events."""

import shutil
from contextlib import closing
from datetime import timedelta

import numpy as np
import pytest

from ritornello.cli.wiring import REDUCERS, STANDING, ground_of, make_home, settings_of
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import Conflict
from ritornello.kinds.times import to_us
from ritornello.policies import hearing, kept_beliefs, kept_looks, learning, relearning
from ritornello.policies.examination import Examination
from ritornello.policies.hearing import Through
from ritornello.policies.learning import Learned
from ritornello.policies.looks import N_PLACES, Looks
from ritornello.policies.teaching import teacher_of
from ritornello.signals.building import Beside, build
from ritornello.store import erasure
from ritornello.store.database import Readers, connect
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.seal import seal
from tests.policies import arrivals

END = arrivals.BEGAN_AT + timedelta(days=25)
WORDS = "declared returned_7d"
PLACES = tuple(
    f"{surface}/{device}" for surface in ("home", "moments") for device in ("mobile", "web")
)
LOOKS = Looks(
    Examination(
        PLACES,
        np.full((len(PLACES), N_PLACES - 1), 0.7),
        np.full(len(PLACES), 0.4),
        np.array([0.2, 0.6]),
    ),
    {"track:3": 1},
)


def opened(home):
    """The one way to change a home."""
    return Writer(home, REDUCERS, now=lambda: END)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("learning") / "home")
    with opened(home) as writer:
        writer.append([], changes=arrivals.catalogue()).result()
    return home


@pytest.fixture
def home(empty, tmp_path):
    """A home with a catalogue, of the test's own."""
    return Home(shutil.copytree(empty.path, tmp_path / "home"))


def store(writer, *records):
    for record in records:
        if isinstance(record, Decision):
            writer.decide([record]).result()
        else:
            writer.append([record]).result()


def looked(home, writer, words=WORDS):
    """Look once, as after a restart."""
    with closing(connect(home, read_only=True)) as conn:
        ground = ground_of(home, settings_of(home))
        return learning.catch_up(conn, writer, teacher_of(home, words), ground, now=END)


def relearned(home, writer, words=WORDS):
    """Seal everything, build, rebuild."""
    seal(home, END + timedelta(days=40), live_decision=timedelta(0))
    with closing(connect(home, read_only=True)) as conn:
        mark = hearing.sealed(conn, to_us(END))
    with closing(DuckEngine(home, threads=1)) as engine:
        build(home, engine, now=END, beside=Beside(STANDING))
    return relearning.rebuild(home, writer, teacher_of(home, words), mark)


def lessons_of(home, *, later=False):
    """The lessons a home holds: those known at once, or those known later."""
    with closing(connect(home, read_only=True)) as conn:
        return {row for row in conn.execute("SELECT * FROM lessons") if (":" in row[3]) == later}


def believed(home):
    with closing(Readers(home)) as readers:
        return kept_beliefs.Current(home, readers).refresh()


def moment_of(record):
    return record.made_at if isinstance(record, Decision) else record.happened_at


def in_some_order(rng, n_decisions):
    """Records as they arrive: most in their time, a third of the events late and in any order."""
    records = arrivals.days(rng, n_decisions)
    late = {
        i for i, each in enumerate(records) if not isinstance(each, Decision) and rng.random() < 0.3
    }
    on_time = sorted((r for i, r in enumerate(records) if i not in late), key=moment_of)
    return [*on_time, *(records[i] for i in rng.permutation(sorted(late)))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "n_decisions", "looks"),
    [(4, 5, 0.05), (2, 14, 0.1), (3, 14, 0.1)],
)
def test_running_lessons_are_those_of_a_rebuild(home, seed, n_decisions, looks):
    rng = np.random.default_rng(seed)
    records = in_some_order(rng, n_decisions)
    kept_looks.keep(home, LOOKS, 1)
    with opened(home) as writer:
        looked(home, writer)
        for n, record in enumerate(records):
            store(writer, record)
            if rng.random() < looks:
                looked(home, writer)
            if n == len(records) // 2:
                seal(home, arrivals.BEGAN_AT + timedelta(days=6), live_decision=timedelta(days=1))
        looked(home, writer)
        running, beliefs = lessons_of(home), believed(home)
        assert len(running) > 10
        assert any(0 < row[8] < 1000 for row in running)
        found = relearned(home, writer)
        assert lessons_of(home) == running
        assert found.n_changed == len(lessons_of(home, later=True)) > 0
        assert found.n_lessons == len(running) + found.n_changed
        assert relearned(home, writer) == relearning.Rebuilt(found.version, found.n_lessons, 0)
        assert looked(home, writer) == Learned()
    kept = kept_beliefs.load(home, found.version)
    assert kept.sums == believed(home).sums
    assert {n: c for n, c in kept.sums.items() if ":" not in n} == beliefs.sums


def test_nothing_is_done_where_nothing_happened(home):
    with opened(home) as writer:
        assert looked(home, writer) == Learned()
        with closing(connect(home, read_only=True)) as conn:
            mark = hearing.read_mark(conn)
        assert looked(home, writer) == Learned()
        with closing(connect(home, read_only=True)) as conn:
            assert hearing.read_mark(conn) == mark


@pytest.fixture
def few(home):
    """A home in which one decision was followed and learned from, and an event that comes later."""
    rng = np.random.default_rng(11)
    decision = arrivals.home_decision(arrivals.BEGAN_AT, rng, "listener-1")
    first, *_, last = _played(decision, rng)
    with opened(home) as writer:
        store(writer, decision, first)
        looked(home, writer)
        yield home, writer, last


def _played(decision, rng):
    """One listen of each slot."""
    for place, slot in enumerate(decision.slots):
        at = decision.made_at + timedelta(minutes=5 * place + 1)
        same = {"event_id": arrivals.id_at(at, rng), "listener_id": decision.listener_id}
        stated = {"decision_id": decision.decision_id, "slot": slot.address}
        yield arrivals.finished(same, at, slot, stated)


@pytest.mark.slow
def test_lessons_of_two_teachers_never_add_up(few):
    home, writer, last = few
    store(writer, last)
    (home.path / "success.toml").write_text(
        '[[rule]]\nwhen = { played = true }\nsuccess = 0.25\nbecause = "A test says so."\n'
    )
    before = lessons_of(home)
    with pytest.raises(Conflict, match=r"taught by declared@.* run `ritornello policies rebuild`"):
        looked(home, writer)
    assert lessons_of(home) == before
    relearned(home, writer)
    assert {row[7] for row in lessons_of(home)} == {0, 250}
    assert looked(home, writer) == Learned()


def test_a_lake_nobody_learned_from_wants_a_rebuild(home):
    rng = np.random.default_rng(3)
    with opened(home) as writer:
        store(writer, arrivals.home_decision(arrivals.BEGAN_AT, rng, "listener-1"))
        seal(home, END, live_decision=timedelta(0))
        with pytest.raises(Conflict, match="nothing was learned of what is in the lake"):
            looked(home, writer)


def test_a_round_that_was_overtaken_changes_nothing(few, monkeypatch):
    """Somebody else learns between reading and writing."""
    home, writer, last = few
    store(writer, last)
    before, since = lessons_of(home), hearing.since

    def overtaken(conn, home, mark, now_us):
        writer.run(lambda conn: hearing.set_mark(conn, Through(0, 0, 7))).result()
        return since(conn, home, mark, now_us)

    monkeypatch.setattr(hearing, "since", overtaken)
    assert looked(home, writer).n_lessons == 0
    assert lessons_of(home) == before
    monkeypatch.undo()
    assert looked(home, writer).n_lessons > 0


def test_who_left_teaches_nothing_any_more(few):
    home, writer, last = few
    store(writer, last)
    assert believed(home).sums
    writer.run(lambda conn: erasure.begin(conn, "listener-1", END)).result()
    assert lessons_of(home) == set()
    looked(home, writer)
    assert (lessons_of(home), believed(home).sums) == (set(), {})


@pytest.mark.slow
def test_a_build_meanwhile_is_named(few, monkeypatch):
    home, writer, _ = few
    made_from = iter("ab")
    relearned(home, writer)
    monkeypatch.setattr(relearning, "_made_from", lambda conn: next(made_from))
    with pytest.raises(Conflict, match="rebuild again"):
        relearned(home, writer)

"""Whatever arrives, in whatever order, running lessons are those a rebuild makes of the same events."""

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from ritornello.cli.wiring import REDUCERS, STANDING, ground_of, make_home, settings_of
from ritornello.kinds.decisions import Decision
from ritornello.policies import beliefs, hearing, learning
from ritornello.policies.beliefs import NOTHING_LEARNED
from ritornello.policies.relearning import rebuild
from ritornello.policies.teaching import teacher_of
from ritornello.signals.building import Beside, build
from ritornello.store.database import connect
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.seal import seal
from tests.policies import arrivals

END = arrivals.BEGAN_AT + timedelta(days=25)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("learning") / "home")
    with Writer(home, REDUCERS, now=lambda: END) as writer:
        writer.append([], changes=arrivals.catalogue()).result()
    return home


@pytest.fixture
def home(empty, tmp_path):
    """A home with a catalogue, of the test's own."""
    return Home(shutil.copytree(empty.path, tmp_path / "home"))


def store(writer, record):
    if isinstance(record, Decision):
        return writer.decide([record]).result()
    return writer.append([record]).result()


def looked(home, writer, now=END):
    """Look once, as after a restart."""
    teacher = teacher_of(home, "declared returned_7d")
    with closing(connect(home, read_only=True)) as conn:
        return learning.look(conn, writer, teacher, ground_of(home, settings_of(home)), now=now)


def relearned(home, writer):
    """Seal everything, build, rebuild."""
    seal(home, END + timedelta(days=40), live_decision=timedelta(0))
    with closing(connect(home, read_only=True)) as conn:
        mark = hearing.sealed(conn, int(END.timestamp() * 1e6))
    with closing(DuckEngine(home, threads=1)) as engine:
        build(home, engine, now=END, beside=Beside(STANDING))
    return rebuild(home, writer, teacher_of(home, "declared returned_7d"), mark)


def rows_of(home):
    with closing(connect(home, read_only=True)) as conn:
        return set(conn.execute("SELECT * FROM lessons"))


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_running_lessons_are_those_of_a_rebuild(home, seed):
    rng = np.random.default_rng(seed)
    records = arrivals.days(rng)
    decisions = [r for r in records if isinstance(r, Decision)]
    events = [r for r in records if not isinstance(r, Decision)]
    late = rng.permutation(len(events))[: len(events) // 3]
    on_time = sorted(
        (*decisions, *(e for i, e in enumerate(events) if i not in late)),
        key=lambda r: r.made_at if isinstance(r, Decision) else r.happened_at,
    )
    arriving = [*on_time, *(events[i] for i in late)]
    with Writer(home, REDUCERS, now=lambda: END) as writer:
        for n, record in enumerate(arriving):
            store(writer, record)
            if rng.random() < 0.15:
                looked(home, writer)
            if n == len(arriving) // 2:
                seal(home, arrivals.BEGAN_AT + timedelta(days=6), live_decision=timedelta(days=1))
        looked(home, writer)
        running = {row for row in rows_of(home)}
        assert len(running) > 20
        found = relearned(home, writer)
    again = {row for row in rows_of(home) if ":" not in row[3]}
    assert again == running

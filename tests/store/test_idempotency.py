"""P3: submitted, retried, reordered, doubled, contradicted, sealed, restarted: one id, one event."""

from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from typing import ClassVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid8
from ritornello.store.bodies import body_of
from ritornello.store.database import connect, create_tables
from ritornello.store.home import Home
from ritornello.store.lake import open_lake, relation
from ritornello.store.log import Writer
from ritornello.store.rebuild import digest, rebuild
from ritornello.store.seal import seal

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
numbers = st.integers(0, 30)


def listen(number: int, version: int = 0) -> Listen:
    """The event of a number; another version of it has the same id and another body."""
    at = NOW - timedelta(hours=7 * (number % 500))
    return Listen(
        event_id=uuid8(at, str(number)),
        listener_id=f"listener-{number % 3}",
        item_id=f"track:{number % 4}",
        happened_at=at,
        started_at=at,
        ms_played=version,
    )


class Log(RuleBasedStateMachine):
    """The log against a dictionary: id → the first body."""

    schemas: ClassVar = []
    reducers: ClassVar = []

    @initialize()
    def open(self):
        self.folder = mkdtemp()
        self.home = Home(self.folder).create()
        self.conn = connect(self.home)
        create_tables(self.conn, self.schemas)
        self.writer = self.new_writer()
        self.first: dict[object, bytes] = {}
        self.today = NOW

    def new_writer(self):
        return Writer(self.home, self.reducers, now=lambda: NOW)

    def expected(self, events):
        verdicts = []
        for event in events:
            body = body_of(event)
            standing = self.first.setdefault(event.event_id, None)
            if standing is None:
                self.first[event.event_id] = body
                verdicts.append("stored")
            else:
                verdicts.append("duplicate" if standing == body else "conflict")
        return verdicts

    @rule(batch=st.lists(st.tuples(numbers, st.integers(0, 1)), min_size=1, max_size=12))
    def submit(self, batch):
        events = [listen(*one) for one in batch]
        assert self.writer.append(events).result() == self.expected(events)

    @rule(batches=st.lists(st.lists(numbers, max_size=6), min_size=2, max_size=5))
    def submit_at_once(self, batches):
        groups = [[listen(number) for number in batch] for batch in batches]
        futures = [self.writer.append(events) for events in groups]
        for events, future in zip(groups, futures, strict=True):
            assert future.result() == self.expected(events)

    @rule(number=numbers)
    def post_twice_through_two_writers(self, number):
        event = listen(number)
        with self.new_writer() as other:
            futures = [self.writer.append([event]), other.append([event])]
            found = [future.result()[0] for future in futures]
        assert sorted(found) == sorted(self.expected([event, event]))

    @rule(chunk_rows=st.sampled_from([None, 3]))
    def seal(self, chunk_rows):
        seal(self.home, self.today, chunk_rows=chunk_rows, keep_event_ids=timedelta(days=2))

    @rule()
    def let_a_day_pass(self):
        self.today += timedelta(days=1)

    @rule()
    def restart(self):
        self.writer.close()
        self.writer = self.new_writer()

    @rule()
    def rebuild(self):
        before = digest(self.conn, ["counts"])
        rebuild(self.home, self.schemas, self.reducers)
        assert digest(self.conn, ["counts"]) == before

    @invariant()
    @precondition(lambda self: hasattr(self, "conn"))
    def effect_counts_every_event_once(self):
        (n,) = self.conn.execute("SELECT coalesce(sum(n), 0) FROM counts").fetchone()
        assert n == len(self.first)

    def teardown(self):
        if not hasattr(self, "conn"):
            return
        with open_lake(self.home) as duck:
            relation(duck, self.home, "listen")
            ids = duck.execute("SELECT event_id FROM listen ORDER BY 1").fetchall()
        self.writer.close()
        self.conn.close()
        rmtree(self.folder)
        assert [row[0] for row in ids] == sorted(str(key) for key in self.first)


def check(schemas, reducers, n_examples, n_steps):
    run_state_machine_as_test(
        type("BoundLog", (Log,), {"schemas": schemas, "reducers": reducers}),
        settings=settings(
            max_examples=n_examples,
            stateful_step_count=n_steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_one_id_is_one_event(schemas, reducers):
    check(schemas, reducers, 20, 15)


@pytest.mark.slow
def test_one_id_is_one_event_in_many_lives(schemas, reducers):
    check(schemas, reducers, 100, 50)


@pytest.mark.parametrize("n_examples", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_any_sequence_of_batches_stores_each_id_once(writer, conn, n_examples):
    """P3 in breadth: every example has ids of its own, so one log serves them all."""
    lives = count()
    item = st.tuples(st.integers(0, 9), st.integers(0, 1))
    n_stored = 0

    @settings(max_examples=n_examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(item, max_size=6), min_size=1, max_size=8))
    def check(batches):
        nonlocal n_stored
        life = 10 * next(lives)
        first: dict[int, int] = {}
        futures = [writer.append([listen(life + n, v) for n, v in batch]) for batch in batches]
        for batch, future in zip(batches, futures, strict=True):
            for (number, version), verdict in zip(batch, future.result(), strict=True):
                if number not in first:
                    assert verdict == "stored"
                else:
                    assert verdict == ("duplicate" if first[number] == version else "conflict")
                first.setdefault(number, version)
        n_stored += len(first)

    check()
    assert conn.execute("SELECT count(*) FROM events").fetchone() == (n_stored,)
    assert conn.execute("SELECT sum(n) FROM counts").fetchone() == (n_stored,)


@pytest.mark.parametrize("n_batches", [50, pytest.param(1000, marks=pytest.mark.slow)])
def test_batches_with_three_bad_items_in_ten(writer, conn, n_batches):
    """P4: the good ones are stored, each bad one is named, whatever stands beside them."""
    rng = Random(20261116)
    known = [listen(-number) for number in range(1, 20)]
    writer.append(known).result()
    n_stored, number = len(known), 100
    for _ in range(n_batches):
        batch, expected = [], []
        for _ in range(10):
            number += 1
            kind = rng.choices(["stored", "duplicate", "conflict", "fault"], [7, 1, 1, 1])[0]
            event = {
                "stored": listen(number),
                "duplicate": rng.choice(known),
                "conflict": msgspec.structs.replace(rng.choice(known), ms_played=number),
                "fault": msgspec.structs.replace(listen(number), item_id="track:poison"),
            }[kind]
            batch.append(event)
            expected.append(kind)
        assert writer.append(batch).result() == expected
        n_stored += expected.count("stored")
    assert conn.execute("SELECT count(*) FROM events").fetchone() == (n_stored,)

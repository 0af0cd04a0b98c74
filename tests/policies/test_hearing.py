"""Whoever something was heard of is named, also where it was sealed away before anybody looked."""

from contextlib import closing
from datetime import timedelta

import numpy as np
import pytest

from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.events import Act, Query
from ritornello.kinds.times import to_us
from ritornello.policies import hearing
from ritornello.policies.hearing import EVER_US, Heard, Through
from ritornello.store import erasure
from ritornello.store.database import connect, snapshot
from ritornello.store.log import Writer
from ritornello.store.seal import seal
from tests.policies import arrivals

AT = arrivals.BEGAN_AT
NOW = AT + timedelta(days=2)


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


@pytest.fixture
def writer(home):
    with Writer(home, REDUCERS, now=lambda: NOW) as writer:
        yield writer


def said(rng, who, minutes, **act):
    at = AT + timedelta(minutes=minutes)
    same = {"event_id": arrivals.id_at(at, rng), "listener_id": who, "happened_at": at}
    return Act(**same, **act) if act else Query(**same)


def since(home, mark):
    with closing(connect(home, read_only=True)) as conn, snapshot(conn):
        return hearing.since(conn, home, mark, to_us(NOW))


def test_each_listener_once_from_first_to_last(home, writer):
    rng = np.random.default_rng(1)
    decision = arrivals.flat_decision(AT, rng, "listener-2")
    writer.append([said(rng, "listener-1", m) for m in (5, 3, 9)]).result()
    writer.decide([decision]).result()
    heard, beyond = since(home, Through())
    first, last = (to_us(AT + timedelta(minutes=m)) for m in (3, 9))
    assert heard == [Heard(first, last, "listener-1"), Heard(to_us(AT), to_us(AT), "listener-2")]
    assert beyond == Through(3, 1, to_us(NOW))
    assert since(home, beyond) == ([], beyond)


def test_a_correction_may_change_everything_of_its_listener(home, writer):
    rng = np.random.default_rng(2)
    writer.append([
        said(rng, "listener-1", 5), said(rng, "listener-1", 6, act="disown", about_id="track:1"),
        said(rng, "listener-2", 7, act="love", about_id="track:1"),
    ]).result()  # fmt: skip
    heard, _ = since(home, Through())
    assert heard[1] == Heard(0, EVER_US, "listener-1")
    assert heard[0].first_us > 0


def test_what_was_sealed_away_meanwhile_is_found_in_the_lake(home, writer):
    rng = np.random.default_rng(3)
    writer.append([said(rng, "listener-1", 5)]).result()
    _, mark = since(home, Through())
    writer.append([said(rng, "listener-3", 8, act="own", about_id="track:1")]).result()
    writer.decide([arrivals.flat_decision(AT, rng, "listener-2")]).result()
    seal(home, NOW, live_decision=timedelta(0))
    heard, beyond = since(home, mark)
    assert {each.listener_id for each in heard} >= {"listener-2", "listener-3"}
    assert Heard(0, EVER_US, "listener-3") in heard
    assert since(home, beyond)[0] == []


def test_who_is_leaving_is_left_out(home, writer):
    rng = np.random.default_rng(4)
    writer.append([said(rng, "listener-1", 5), said(rng, "listener-2", 5)]).result()
    seal(home, NOW, live_decision=timedelta(0))
    writer.run(lambda conn: erasure.begin(conn, "listener-1", NOW)).result()
    assert [each.listener_id for each in since(home, Through())[0]] == ["listener-2"]

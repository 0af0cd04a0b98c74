from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given

from ritornello.kinds.decisions import Candidate, Decision, Reason, Shelf, Slot
from ritornello.kinds.ids import uuid7
from ritornello.store.decisions import pack, read_decision, unpack
from ritornello.store.lake import open_lake, relation
from ritornello.store.seal import seal
from ritornello.testing.records import records


@pytest.fixture
def decision(now):
    def make(listener="listener-1", surface="home", period=None, made_at=now, item="track:a"):
        reason = Reason("because_you_played", 0.75, about_id="artist:a", n_plays=3, last_at=now)
        slot = Slot(
            shelf=surface, position=0, item_id=item, propensity=0.9, source="ials", score=0.1 + 0.2
        )
        return Decision(
            decision_id=uuid7(made_at),
            listener_id=listener,
            surface=surface,
            made_at=made_at,
            shelves=(Shelf(surface, "A shelf", "greedy", (Candidate(item, "ials", 1 / 3),)),),
            slots=(slot, Slot("b", 1, item, 1.0, "pop", 2.0, (reason,))),
            rung="personal",
            policy_version="1",
            model_version="abc",
            recipe_hash="def",
            period=period,
            visible_from_at=made_at if period else None,
            expires_at=made_at + timedelta(days=7) if period else None,
        )

    return make


@given(records(Decision))
def test_a_decision_is_what_it_was_after_packing(one):
    assert unpack(pack(one)) == one


def test_is_read_back_from_the_log(writer, home, conn, decision):
    one = decision()
    assert writer.decide([one]).result() == [True]
    assert read_decision(conn, home, one.decision_id) == one


def test_the_same_decision_twice_stands_once(writer, conn, decision):
    one = decision()
    assert writer.decide([one, one]).result() == [True, False]
    assert writer.decide([one]).result() == [False]
    assert conn.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


def test_a_period_has_exactly_one_list_however_many_build_it(writer, conn, decision):
    rivals = [decision(surface="weekly", period="2026-W47", item=f"track:{i}") for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: writer.decide([one]).result()[0], rivals))
    assert answers.count(True) == 1
    winner = rivals[answers.index(True)]
    rows = conn.execute("SELECT decision_id, body FROM lists").fetchall()
    assert [(UUID(bytes=key), unpack(body)) for key, body in rows] == [(winner.decision_id, winner)]
    assert conn.execute("SELECT count(*) FROM decisions").fetchone() == (1,)


def test_other_listeners_surfaces_and_weeks_have_their_own(writer, decision):
    lists = [
        decision(listener, surface, week)
        for listener in ("listener-1", "listener-2")
        for surface in ("weekly", "mix")
        for week in ("2026-W47", "2026-W48")
    ]
    assert writer.decide(lists).result() == [True] * 8


def test_a_refused_list_reaches_no_reducer(home, decision, now):
    from ritornello.store.log import Writer

    seen = []

    def watch(records):
        seen.extend(records)
        return []

    with Writer(home, [watch], now=lambda: now) as writer:
        first = decision(surface="weekly", period="2026-W47")
        writer.decide([first, decision(surface="weekly", period="2026-W47")]).result()
    assert seen == [first]


def test_is_found_wherever_it_rests(writer, home, conn, decision, now):
    old = decision(made_at=now - timedelta(days=2))
    weekly = decision(surface="weekly", period="2026-W47", made_at=now - timedelta(days=3))
    live = decision(made_at=now - timedelta(hours=1))
    writer.decide([old, weekly, live]).result()
    sealed = seal(home, now)
    assert (sealed.n_decisions, sealed.n_files) == (2, 2)
    assert conn.execute("SELECT count(*) FROM decisions").fetchone() == (1,)
    for one in (old, weekly, live):
        assert read_decision(conn, home, one.decision_id) == one
    conn.execute("DELETE FROM lists")
    assert read_decision(conn, home, weekly.decision_id) == weekly
    assert read_decision(conn, home, uuid7(now)) is None
    with open_lake(home) as duck:
        relation(duck, home, "decision")
        assert duck.execute("SELECT count(*) FROM decision").fetchone() == (3,)


def test_a_live_decision_keeps_what_came_after_it(writer, home, conn, decision, now):
    live = decision(made_at=now - timedelta(hours=1))
    late = decision(made_at=now - timedelta(days=5))
    writer.decide([live]).result()
    writer.decide([late]).result()
    assert seal(home, now).n_decisions == 0
    assert seal(home, now + timedelta(days=1)).n_decisions == 2
    assert read_decision(conn, home, late.decision_id) == late

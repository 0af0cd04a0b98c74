"""Everybody's lists: the same as one by one, each once, however often a build is run."""

from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import numpy as np
import pytest

from ritornello.kinds.tallies import Tally
from ritornello.listeners import tallies
from ritornello.listeners.preferences import Preferences, write_preferences
from ritornello.listeners.profile import read_profile
from ritornello.store.database import execute_rows
from ritornello.store.decisions import unpack
from ritornello.surfaces import list_build
from ritornello.surfaces.discover_weekly import due
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import N_ARTISTS, track_id

SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
N = 150


@pytest.fixture
def terms():
    return Terms(load("discover_weekly"), Ladder(lambda: 0.0), 5)


@pytest.fixture
def crowd(store):
    """150 listeners with counts of one style each; the first has too few."""
    counts = [
        Tally(
            listener_id=f"listener-{n:03d}",
            item_id=track_id(a, 0),
            n_plays=1 if n == 0 else 3,
            source="test",
        )
        for n in range(N)
        for a in range(n % 6, N_ARTISTS, 30)
    ]

    def job(conn):
        for sql, rows in tallies.changes(counts):
            execute_rows(conn, sql, rows)

    store.writer.run(job).result()
    return list_build.everybody(store.conn)


def situation_of(service, profile, *, stock=None):
    return service.situation(profile, "discover_weekly", stock=stock, zone="UTC")


@pytest.fixture
def build(service, store, terms):
    def build(listeners, now, progress=None, stock=None):
        return list_build.build(
            store.conn,
            store.writer,
            listeners,
            partial(situation_of, service, stock=stock),
            {"discover_weekly": terms},
            now=now,
            time_zone="UTC",
            progress=progress,
        )

    return build


def stored(store):
    rows = store.conn.execute("SELECT listener_id, body FROM lists ORDER BY listener_id, period")
    return [(listener_id, unpack(body)) for listener_id, body in rows]


def test_everybody_with_enough_plays_gets_one_list(store, crowd, build):
    told = []
    built = build(crowd, MONDAY, lambda done, total: told.append((done, total)))
    assert len(crowd) == N
    assert (built.n_listeners, built.n_lists, built.by_rung) == (N, N - 1, {"personal": N - 1})
    assert built.n_short == 0
    assert told == [(64, N), (128, N), (N, N)]
    assert len(stored(store)) == N - 1


def test_a_list_of_a_block_is_to_rounding_the_list_made_alone(service, store, crowd, build, terms):
    alone = {}
    for listener_id in crowd[1:40:7]:
        profile = read_profile(store.conn, listener_id, MONDAY)
        alone[listener_id] = due(store.conn, situation_of(service, profile), terms)
    build(crowd, MONDAY)
    together = dict(stored(store))
    for listener_id, decision in alone.items():
        scores = [slot.score for slot in together[listener_id].slots]
        np.testing.assert_allclose(scores, [slot.score for slot in decision.slots], atol=1e-5)


@pytest.mark.slow
def test_a_second_build_makes_nothing_and_an_interrupted_one_is_taken_up(store, crowd, build):
    assert build(crowd[:70], MONDAY).n_lists == 69
    assert build(crowd, MONDAY + timedelta(hours=1)).n_lists == N - 70
    assert build(crowd, MONDAY + timedelta(days=6)).n_lists == 0
    assert build(crowd, MONDAY + timedelta(days=7)).n_lists == N - 1


@pytest.mark.slow
def test_each_is_revealed_at_their_own_monday(store, crowd, build):
    def job(conn):
        write_preferences(conn, crowd[5], Preferences(time_zone="Pacific/Auckland"))
        write_preferences(conn, crowd[6], Preferences(time_zone="America/Los_Angeles"))

    store.writer.run(job).result()
    build(crowd, MONDAY - timedelta(hours=1))
    weeks = {listener_id: decision.period for listener_id, decision in stored(store)}
    assert weeks[crowd[5]] == "2026-W48"
    assert weeks[crowd[7]] == "2026-W47"
    assert build(crowd, MONDAY).n_lists == N - 3
    assert build(crowd, MONDAY + timedelta(hours=8)).n_lists == 1


@pytest.mark.slow
def test_drafts_are_made_ahead_once_and_used(service, store, crowd, build, terms):
    def draft(now, ahead):
        return list_build.draft(
            store.conn,
            store.writer,
            crowd,
            partial(situation_of, service),
            terms,
            now=now,
            time_zone="UTC",
            ahead=ahead,
        )

    assert draft(SATURDAY, timedelta(hours=24)) == 0
    assert draft(SATURDAY, timedelta(hours=48)) == N - 1
    assert draft(SATURDAY, timedelta(hours=48)) == 0
    other = msgspec.structs.replace(service.bundle, version="another")
    stock = service.stock_with(bundle=other)
    assert build(crowd, MONDAY, stock=stock).n_lists == N - 1
    assert {decision.model_version for _, decision in stored(store)} == {service.bundle.version}
    draft(MONDAY + timedelta(days=1), timedelta(hours=1))
    assert store.conn.execute("SELECT count(*) FROM drafts").fetchone() == (N - 1,)
    draft(MONDAY + timedelta(days=8), timedelta(hours=1))
    assert store.conn.execute("SELECT count(*) FROM drafts").fetchone() == (0,)


def test_a_broken_blend_lowers_the_rung_of_all(service, store, crowd, build):
    scorers = {name: s for name, s in service.bundle.scorers.items() if name != "ials"}
    broken = msgspec.structs.replace(service.bundle, scorers=scorers, broken={"ials": "altered"})
    built = build(crowd, MONDAY, stock=service.stock_with(bundle=broken))
    assert built.by_rung == {"segment": N - 1}
    assert all("altered" in decision.rung_because for _, decision in stored(store)[:4])

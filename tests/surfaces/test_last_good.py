from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from ritornello.kinds.ids import uuid7
from ritornello.surfaces import home
from ritornello.surfaces.last_good import recall, remember
from ritornello.surfaces.recipes import load

RECIPE = load("home")


@pytest.fixture
def page(service, listener):
    return home.personal(service.situation(listener), RECIPE)


def later(page, minutes, **changed):
    at = page.made_at + timedelta(minutes=minutes)
    return msgspec.structs.replace(page, decision_id=uuid7(at), made_at=at, **changed)


def test_the_last_personal_page_is_recalled_in_the_transaction_that_stored_it(store, page):
    newer = later(page, 5)
    assert store.writer.decide([page, newer]).result() == [True, True]
    assert recall(store.conn, store.home, page.listener_id, "home") == newer
    assert recall(store.conn, store.home, "listener-9", "home") is None
    assert recall(store.conn, store.home, page.listener_id, "radio") is None


def test_a_lower_rung_and_a_period_list_are_not_remembered(page):
    assert list(remember([later(page, 1, rung="popular")])) == []
    assert list(remember([later(page, 1, period="2026-W47")])) == []


def test_any_order_of_decisions_leaves_the_same_one(service, page):
    pages = [page, later(page, 5), later(page, 5), later(page, 2)]
    newest = max(pages, key=lambda p: (p.made_at, p.decision_id.bytes))
    for order in permutations(pages):
        service.conn.execute("DELETE FROM last_good")
        for decision in order:
            for sql, rows in remember([decision]):
                service.conn.executemany(sql, rows)
        kept = service.conn.execute("SELECT decision_id FROM last_good").fetchall()
        assert kept == [(newest.decision_id.bytes,)]
    service.conn.execute("DELETE FROM last_good")

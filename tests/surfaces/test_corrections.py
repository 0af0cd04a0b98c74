""" "Not me" and "don't use that" hold from the next request: through the tables to the page."""

from datetime import timedelta

import msgspec
import pytest

from ritornello.kinds.events import Act, Context, Listen
from ritornello.kinds.ids import uuid7, uuid8
from ritornello.listeners.profile import read_profile
from ritornello.listeners.reducers import REDUCERS
from ritornello.store.appending import reduce
from ritornello.surfaces import home
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import artist_id, profile_of, track_id

RECIPE = load("home")
LOVED, ALONE = track_id(6, 0), track_id(12, 0)
ASLEEP = Context(kind="playlist", id="sleep")


@pytest.fixture
def conn(service):
    """The small service's tables with one listener's history, undone afterwards."""
    service.conn.execute("BEGIN")
    at = service.now - timedelta(days=2)
    heard = [(track_id(18, 0), None), (track_id(24, 0), None), (ALONE, ASLEEP), (LOVED, None)]
    listens = [
        Listen(event_id=uuid8(at, item), listener_id="listener-9",
               happened_at=at + timedelta(hours=n), started_at=at + timedelta(hours=n),
               item_id=item, context=context)
        for n, (item, context) in enumerate(heard)
    ]  # fmt: skip
    reduce(service.conn, [*listens, act(service, "love", LOVED)], REDUCERS)
    yield service.conn
    service.conn.execute("ROLLBACK")


def act(service, word, about, *, minutes_ago=30):
    at = service.now - timedelta(minutes=minutes_ago)
    return Act(event_id=uuid7(at), listener_id="listener-9", happened_at=at, act=word,
               about_id=about)  # fmt: skip


def page(service, ladder):
    profile = read_profile(service.conn, "listener-9", service.now)
    situation = service.situation(profile)
    return home.decide(situation, RECIPE, ladder, remembered=lambda: None, counted=list)


def led_by(decision):
    """Return everything a page names as its reason."""
    shelves = {shelf.about_id for shelf in decision.shelves}
    return shelves | {reason.about_id for slot in decision.slots for reason in slot.reasons}


def shown_again(decision):
    return {slot.item_id for slot in decision.slots if slot.shelf == "jump_back_in"}


@pytest.mark.parametrize("word", ["disown", "exclude"])
@pytest.mark.parametrize(
    ("about", "item"),
    [
        (LOVED, LOVED),
        (artist_id(6), LOVED),
        ("context:playlist:sleep", ALONE),
    ],
)
def test_the_next_page_is_not_led_by_what_was_taken_back(service, ladder, conn, word, about, item):
    before = page(service, ladder)
    assert item in led_by(before)
    assert item in shown_again(before)
    reduce(conn, [act(service, word, about)], REDUCERS)
    after = page(service, ladder)
    assert after.rung == "personal", after.rung_because
    assert item not in led_by(after)
    assert item not in shown_again(after)
    undo = {"disown": "own", "exclude": "include"}[word]
    reduce(conn, [act(service, undo, about, minutes_ago=1)], REDUCERS)
    assert item in led_by(page(service, ladder))


def test_an_earlier_page_comes_back_without_it(service, ladder, listener):
    situation = service.situation(listener)
    earlier = home.personal(situation, RECIPE)
    item = next(shelf.about_id for shelf in earlier.shelves if shelf.about_id)
    unused = service.situation(msgspec.structs.replace(listener, unused=frozenset([item])))
    again = home.last_good(unused, RECIPE, earlier)
    assert 0 < len(again.slots) < len(earlier.slots)
    assert item not in {reason.about_id for slot in again.slots for reason in slot.reasons}
    with pytest.raises(NoAnswer):
        home.last_good(service.situation(profile_of([], service.now)), RECIPE, earlier)

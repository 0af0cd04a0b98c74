"""Every surface keeps every promise of the contract, on every rung, for all kinds of listeners."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import msgspec
import numpy as np
import pytest

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.listeners.preferences import Preferences
from ritornello.store.database import create_tables, schema
from ritornello.surfaces import daily_mix, discover_weekly, home, mix_identity, moments, radio
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import PeriodList
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.pools import Boost, Pin, Pool
from ritornello.surfaces.recipes import load
from ritornello.surfaces.search import documents, search
from ritornello.surfaces.search.chips import parse
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.stations import begin
from ritornello.surfaces.weekly_draft import rank
from ritornello.testing.small_service import (
    N_ARTISTS,
    artist_id,
    fill,
    profile_of,
    small_service,
    track_id,
)
from ritornello.testing.surfaces import CHECKS

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOME, WEEKLY, MIXES = load("home"), load("discover_weekly"), load("daily_mix")
RADIO, SEARCH = load("radio"), load("search")
NO_LISTS = sqlite3.connect(":memory:", check_same_thread=False)
create_tables(NO_LISTS, [schema("ritornello.store")])


@pytest.fixture(scope="module")
def service():
    return small_service(NOW)


@pytest.fixture(scope="module")
def situations(service):
    """Every listener under all rulings, before each surface."""
    stocks = [service.stock_with(rulings=each, bundle=service.bundle) for each in RULINGS.values()]
    return {
        name: [
            service.situation(listener(service), name, stock=stock)
            for listener in LISTENERS.values()
            for stock in stocks
        ]
        for name in {name for name, _ in SURFACES.values()}
    }


@pytest.fixture(scope="module")
def surfaces():
    return {name: decided_once(decide) for name, (_, decide) in SURFACES.items()}


def decided_once(decide):
    """Decide a situation once; one that is made anew is decided anew."""
    decided = {}

    def surface(situation):
        if id(situation) not in decided:
            decided[id(situation)] = (situation, decide(situation))
        return decided[id(situation)][1]

    return surface


def counted():
    return [(track_id(a, 0), 100 - a) for a in range(N_ARTISTS)]


def last_good(situation):
    return home.last_good(situation, HOME, home.personal(situation, HOME))


def weekly(situation):
    ladder = Ladder(lambda: 0.0)
    ranked = rank(situation, WEEKLY, ladder, counted)
    return discover_weekly.reveal(situation, WEEKLY, ranked, situation.view.rows([]))


def mixes(situation):
    return daily_mix.personal(
        situation, MIXES, mix_identity.Past(NO_LISTS, situation, "2026-11-21")
    )


def familiar_mixes(situation):
    return daily_mix.familiar(
        situation, MIXES, mix_identity.Past(NO_LISTS, situation, "2026-11-21")
    )


def mixes_again(situation):
    found = mixes(situation)
    instants = (found.visible_from_at, found.expires_at)
    return daily_mix.last_good(situation, MIXES, [PeriodList(found, found.slots, *instants)])


def moment(by_hand, **more):
    return Pool(name="rain", title="Rain", brief="Wet.", intent="focus", by_hand=by_hand, **more)


ALL = tuple(track_id(artist, track) for artist in range(N_ARTISTS) for track in range(8))
SOME = moment(
    tuple(track_id(artist, track) for artist in range(0, 30, 2) for track in range(4)),
    length=12,
    arc=(0.2, 0.7),
    must_include=(track_id(4, 2), track_id(16, 2)),
    blocks=(artist_id(6),),
    pins=(Pin(item_id=track_id(2, 3), position=3, reason="It belongs here."),),
    boosts=(
        Boost(about_id=artist_id(8), factor=4.0, reason="On tour.", until_at=NOW + timedelta(1)),
    ),
)
LARGE = moment(ALL)
CLOSED = moment((track_id(0, 1),))


def moment_again(situation):
    asked = Asked(situation, SOME)
    return moments.last_good(asked, moments.personal(asked, lambda: None))


def tuned(situation, n=4):
    station = begin(situation, track_id(6, 1), decision=lambda _: None, purpose=lambda _: "")
    station = msgspec.structs.replace(station, station_id=UUID(int=7))
    return radio.asked(situation, station, RADIO, (), n)


def radio_again(situation):
    return radio.last_good(tuned(situation, 1), radio.personal(tuned(situation, 10)))


@cache
def names():
    index = Index()
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        fill(conn)
        changes = documents.read(conn, documents.Mark())
    index.put(changes.documents, changes.gone, changes.mark)
    return index


def sought(situation, words="track 1", p=0.1):
    found = names().find(Sought(words), 100)
    return search.Asked(situation, words, found=found, p_known_item=p)


def meant(situation):
    """Ask for what is calm, without a word to match."""
    lean = (np.arange(len(situation.view)) % 7 / 7).astype(np.float32)
    return search.Asked(situation, chips=(parse("mood:calm"),), p_known_item=0.0, lean=lean)


SURFACES = {
    "search": ("search", lambda s: search.personal(sought(s), SEARCH)),
    "search known": ("search", lambda s: search.personal(sought(s, "artist 0010", 1.0), SEARCH)),
    "search meant": ("search", lambda s: search.personal(meant(s), SEARCH)),
    "search popular": ("search", lambda s: search.popular(sought(s), SEARCH)),
    "search editorial": ("search", lambda s: search.editorial(sought(s), SEARCH)),
    "moments": ("moments", lambda s: moments.personal(Asked(s, SOME), lambda: None)),
    "moments large": ("moments", lambda s: moments.personal(Asked(s, LARGE), lambda: None)),
    "moments last_good": ("moments", moment_again),
    "moments segment": ("moments", lambda s: moments.segment(Asked(s, SOME))),
    "moments popular": ("moments", lambda s: moments.popular(Asked(s, SOME), counted)),
    "moments editorial": ("moments", lambda s: moments.editorial(Asked(s, LARGE))),
    "moments closed": ("moments", lambda s: moments.popular(Asked(s, CLOSED), counted)),
    "home": ("home", lambda s: home.personal(s, HOME)),
    "home last_good": ("home", last_good),
    "home segment": ("home", lambda s: home.segment(s, HOME)),
    "home popular": ("home", lambda s: home.popular(s, HOME, counted)),
    "home editorial": ("home", lambda s: home.editorial(s, HOME)),
    "weekly": ("discover_weekly", weekly),
    "mixes": ("daily_mix", mixes),
    "mixes familiar": ("daily_mix", familiar_mixes),
    "mixes last_good": ("daily_mix", mixes_again),
    "radio": ("radio", lambda s: radio.personal(tuned(s))),
    "radio last_good": ("radio", radio_again),
    "radio segment": ("radio", lambda s: radio.segment(tuned(s))),
    "radio popular": ("radio", lambda s: radio.popular(tuned(s), counted)),
    "radio editorial": ("radio", lambda s: radio.editorial(tuned(s))),
}
LISTENERS = {
    "a regular": lambda service: service.listener(1),
    "a heavy one": lambda service: service.listener(2, n_plays=300),
    "counted only": lambda service: profile_of(
        [], NOW, tallies={track_id(a, t): 9 for a in range(0, 30, 6) for t in (0, 2)}
    ),
    "a careful one": lambda service: service.listener(
        4,
        marks={(artist_id(10), "ban"): 1, (track_id(16, 2), "feeling"): -1},
        snoozed=[artist_id(22)],
        preferences=Preferences(region="SE", allow_explicit=False, exploration_budget=0.5),
    ),
    "one who loves": lambda service: service.listener(5, marks={(track_id(5, 2), "feeling"): 1}),
}


def pin(item_id, surface, shelf, position):
    return Ruling(
        ruling_id=uuid7(NOW), verdict="pin", about_id=item_id, made_at=NOW - timedelta(days=1),
        by_role="editor", reason="a debut", surface=surface, slot=SlotAddress(shelf, position),
    )  # fmt: skip


RULINGS = {
    "no rulings": Rulings(),
    "pins and blocks": Rulings(
        blocked=frozenset({artist_id(3), track_id(9, 1)}),
        elsewhere=(
            pin(track_id(59, 2), "home", "new_for_you", 1),
            pin(track_id(3, 0), "home", "new_for_you", 2),
            pin(track_id(58, 2), "home", "popular_now", 0),
            pin(track_id(57, 2), "discover_weekly", "discover_weekly", 0),
            pin(track_id(56, 2), "radio", "radio", 1),
            pin(track_id(55, 2), "search", "tracks", 1),
        ),
    ),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("surface", SURFACES)
def test_surface_keeps(situations, surfaces, surface, check):
    name, _ = SURFACES[surface]
    for situation in situations[name]:
        check(surfaces[surface], situation)


def test_the_popular_rung_without_models_keeps_them_too(service):
    situation = service.situation(service.listener(1), stock=service.stock_with())
    for check in CHECKS:
        check(lambda s: home.popular(s, HOME, counted), situation)


def test_the_kit_catches_a_surface_that_forgets_a_ban(service):
    situation = service.situation(service.listener(1, marks={(artist_id(13), "ban"): 1}))
    shown = home.personal(service.situation(service.listener(1)), HOME)
    assert any(track.startswith("track:a13") for track in [s.item_id for s in shown.slots])
    caught = []
    for check in CHECKS:
        try:
            check(lambda s: shown, situation)
        except AssertionError:
            caught.append(check.__name__)
    assert caught == ["obeys_the_hard_rules"]

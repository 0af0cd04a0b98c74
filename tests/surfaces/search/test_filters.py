"""What chips take away: against a walk over every row, and what is let go of where nothing is left."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import NONE, View
from ritornello.kinds.items import Album, Artist, Episode, Show, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Played, Profile, RecentListen
from ritornello.surfaces.search import chips, filters
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.testing.shelf import Shelf

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE_MS = 60_000


def catalogue():
    yield Artist(item_id="artist:a", title="Artist A", genres=("jazz",), language="de")
    yield Artist(item_id="artist:b", title="Artist B", genres=("deep house",))
    yield Album(
        item_id="album:a", title="Album A", artist_ids=("artist:a",), released_on=date(1994, 5, 1)
    )
    yield Show(item_id="show:s", title="Show S", language="en")
    known = {"artist_ids": ("artist:a",), "artist_name": "Artist A"}
    yield Track(
        item_id="track:1",
        title="1",
        **known,
        released_on=date(1991, 1, 1),
        bpm=80,
        energy=0.2,
        duration_ms=2 * MINUTE_MS,
    )
    yield Track(
        item_id="track:2",
        title="2 (Live)",
        **known,
        album_id="album:a",
        bpm=128,
        energy=0.9,
        moods=("calm",),
    )
    yield Track(
        item_id="track:3",
        title="3",
        **known,
        tags=("90s", "piano"),
        explicit=True,
        duration_ms=7 * MINUTE_MS,
    )
    guests = {"artist_ids": ("artist:b", "artist:a")}
    yield Track(
        item_id="track:4",
        title="4 - 2011 Remaster",
        **guests,
        released_on=date(2025, 6, 1),
        language="fr",
        tags=("female vocalists",),
    )
    yield Track(
        item_id="track:5",
        title="5",
        artist_ids=("artist:b",),
        genres=("house",),
        released_on=date(2026, 3, 1),
        duration_ms=4 * MINUTE_MS,
    )
    yield Track(item_id="track:6", title="6", genres=("blues",), moods=("sad",))
    yield Episode(item_id="episode:1", title="E", show_id="show:s", duration_ms=15 * MINUTE_MS)
    yield Episode(item_id="episode:2", title="F", show_id="show:s", duration_ms=60 * MINUTE_MS)


@pytest.fixture(scope="module")
def view():
    shelf = Shelf()
    shelf.put(items.changes(catalogue()))
    return View.read(shelf.conn)


@pytest.fixture(scope="module")
def situation(view):
    at = to_us(NOW)
    recent = (RecentListen("track:5", NOW - timedelta(days=2), MINUTE_MS, "play"),)
    profile = Profile(
        "listener-1",
        NOW,
        plays={"track:1": Played(7, 0, at, at), "track:5": Played(1, 0, at, at)},
        tallies={"track:6": 9},
        recent=recent,
        marks={("track:3", "feeling"): 1},
        snoozed=frozenset(),
        marked_at={},
        preferences=Preferences(),
    )
    request = Request.of(profile, "search", time_zone="UTC", budget=0.1, seed=1)
    return Situation(request, stock_of(view, NO_RULINGS, None))


@pytest.fixture
def found(situation, view):
    def of(*texts):
        mask = filters.mask([chips.parse(text) for text in texts], situation)
        return {view.ids[row] for row in np.flatnonzero(mask)}

    return of


def tracks(*numbers):
    return {f"track:{n}" for n in numbers}


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (["kind:episode"], {"episode:1", "episode:2"}),
        (["kind:episode", "kind:show"], {"episode:1", "episode:2", "show:s"}),
        (["by:artist:a", "kind:track"], tracks(1, 2, 3, 4)),
        (["by:artist:a"], {*tracks(1, 2, 3, 4), "artist:a", "album:a"}),
        (["by:show:s"], {"show:s", "episode:1", "episode:2"}),
        (["by:artist:unknown"], set()),
        (["kind:track", "-by:artist:a"], tracks(5, 6)),
        (["genre:jazz", "kind:track"], tracks(1, 2, 3)),
        (["genre:house", "kind:track"], tracks(4, 5)),
        (["genre:jazz", "genre:blues", "kind:track"], tracks(1, 2, 3, 6)),
        (["kind:track", "-genre:house", "-genre:jazz"], tracks(6)),
        (["era:1990..1999", "kind:track"], tracks(1, 2, 3)),
        (["era:1994..1994"], {"track:2", "album:a"}),
        (["era:..1991"], tracks(1)),
        (["era:2025.."], tracks(4, 5)),
        (["era:this_year"], tracks(5)),
        (["era:last_year"], tracks(4)),
        (["era:1990..1999", "era:last_year", "kind:track"], tracks(1, 2, 3, 4)),
        (["kind:track", "-era:1990..1999"], tracks(4, 5, 6)),
        (["language:fr"], tracks(4)),
        (["language:de", "kind:track"], tracks(1, 2, 3)),
        (["language:en"], {"show:s", "episode:1", "episode:2"}),
        (["version:live"], tracks(2)),
        (["kind:track", "-version:live", "-version:remaster"], tracks(1, 3, 5, 6)),
        (["instrument:piano"], tracks(3)),
        (["instrument:female voice"], tracks(4)),
        (["tag:piano"], tracks(3)),
        (["explicit:yes"], tracks(3)),
        (["kind:track", "-explicit:yes"], tracks(1, 2, 4, 5, 6)),
        (["new:item", "kind:track"], tracks(2, 3, 4)),
        (["-new:item", "kind:track"], tracks(1, 5, 6)),
        (["new:artist", "kind:artist"], set()),
        (["new:artist", "kind:episode"], {"episode:1", "episode:2"}),
        (["heard:ever", "kind:track"], tracks(1, 5, 6)),
        (["heard:often", "kind:track"], tracks(1, 6)),
        (["heard:lately", "kind:track"], tracks(5)),
        (["heard:loved", "kind:track"], tracks(3)),
        (["heard:lately", "kind:artist"], {"artist:b"}),
        (["length:..180"], tracks(1)),
        (["length:240..900"], {*tracks(3, 5), "episode:1"}),
        (["length:short"], {"track:1", "episode:1"}),
        (["length:long"], {"track:3", "episode:2"}),
        (["tempo:..100", "kind:track"], tracks(1, 3, 4, 5, 6)),
        (["kind:track", "-tempo:fast"], tracks(1, 3, 4, 5, 6)),
        (["energy:..0.3", "kind:track"], tracks(1, 3, 4, 5, 6)),
        (["kind:track", "-mood:sad"], tracks(1, 2, 3, 4, 5)),
        (["kind:track", "-mood:calm"], tracks(1, 3, 4, 5, 6)),
        (["kind:track", "-like:track:1"], tracks(2, 3, 4, 5, 6)),
    ],
)  # fmt: skip
def test_chips_leave_what_they_say(found, texts, wanted):
    assert found(*texts) == wanted


@pytest.mark.parametrize("text", ["mood:sad", "activity:party", "like:track:1", "tempo:slow", "tempo:slower", "energy:low", "era:latest", "said:burnout", "-said:burnout", "-tempo:slower"])  # fmt: skip
def test_soft_chips_take_nothing_away(found, view, text):
    assert len(found(text)) == len(view)


TEXTS = st.sampled_from([
    "kind:track", "-kind:episode", "by:artist:a", "-by:artist:b", "genre:jazz", "genre:house", "-genre:blues", "era:1990..1999",
    "language:fr", "-version:live", "version:remaster", "-explicit:yes", "new:item", "length:..300", "mood:sad", "-mood:calm",
])  # fmt: skip


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=6))
def test_kinds_hold_together_and_chips_of_a_kind_are_alternatives(situation, texts):
    given_chips = [chips.parse(text) for text in texts]
    whole = filters.mask(given_chips, situation)
    wanted = np.ones(len(whole), dtype=bool)
    for kind in {chip.kind for chip in given_chips}:
        ours = [chip for chip in given_chips if chip.kind == kind]
        any_of = [filters.mask([chip], situation) for chip in ours if not chip.is_not]
        for chip in ours:
            if chip.is_not:
                wanted &= filters.mask([chip], situation)
        if any_of:
            wanted &= np.logical_or.reduce(any_of)
    assert np.array_equal(whole, wanted)


def test_where_nothing_is_left_the_softest_goes_first(situation, view):
    asked = [
        chips.parse(text) for text in ("genre:jazz", "era:2025..", "length:..180", "kind:track")
    ]
    loosened = filters.loosened(asked, situation, view.available)
    assert [str(chip) for chip in loosened.dropped] == ["length:..180", "era:2025.."]
    assert {view.ids[row] for row in np.flatnonzero(loosened.mask)} == tracks(1, 2, 3)
    assert loosened.because.startswith("nothing fits all of it")


def test_what_is_not_wanted_is_let_go_of_last(situation, view):
    asked = [chips.parse(text) for text in ("-by:artist:a", "genre:jazz", "kind:track")]
    assert [str(c) for c in filters.loosened(asked, situation, view.available).dropped] == [
        "genre:jazz"
    ]


def test_nothing_is_let_go_of_where_something_is_left(situation, view):
    asked = (chips.parse("genre:jazz"), chips.parse("mood:sad"))
    loosened = filters.loosened(asked, situation, view.available)
    assert (loosened.chips, loosened.dropped, loosened.because) == (asked, (), "")


def test_soft_chips_stay_where_all_hard_ones_had_to_go(situation, view):
    asked = (chips.parse("genre:unknown"), chips.parse("mood:sad"))
    nothing = np.zeros(len(view), dtype=bool)
    assert [str(chip) for chip in filters.loosened(asked, situation, nothing).chips] == ["mood:sad"]
    assert view.artist[view.number["track:6"]] == NONE

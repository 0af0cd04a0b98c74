"""What chips bring nearer: words said, places in the space, energy and tempo, each in its direction."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.items import Artist, Track
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Profile
from ritornello.models import space as spaces
from ritornello.surfaces.search import chips
from ritornello.surfaces.search.leaning import FADES_OVER, WORDS_SHARE, lean
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.testing.shelf import Shelf

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONFIG = spaces.SpaceConfig(n_axes=3, min_rows=1)


def catalogue():
    yield Artist(item_id="artist:a", title="Artist A", genres=("ambient",))
    yield Artist(item_id="artist:b", title="Artist B", genres=("punk",))
    quiet = {"artist_ids": ("artist:a",), "genres": ("ambient", "drone")}
    loud = {"artist_ids": ("artist:b",), "genres": ("punk", "garage")}
    yield Track(item_id="track:q1", title="Q1", **quiet, moods=("calm",), energy=0.1, bpm=60)
    yield Track(
        item_id="track:q2", title="Q2", **quiet, energy=0.3, bpm=90, released_on=date(2026, 11, 1)
    )
    yield Track(item_id="track:q3", title="Q3", **quiet)
    yield Track(
        item_id="track:l1", title="L1", **loud, energy=0.9, bpm=170, released_on=date(1977, 1, 1)
    )
    yield Track(item_id="track:l2", title="L2", **loud, energy=0.7, bpm=140)
    yield Track(item_id="track:l3", title="L3", **loud)


@pytest.fixture(scope="module")
def situation():
    shelf = Shelf()
    shelf.put(items.changes(catalogue()))
    profile = Profile("listener-1", NOW, {}, {}, (), {}, frozenset(), {}, Preferences())
    request = Request.of(profile, "search", time_zone="UTC", budget=0.1, seed=1)
    return Situation(request, stock_of(View.read(shelf.conn), NO_RULINGS, None))


@pytest.fixture(scope="module")
def space(situation):
    view, postings = situation.view, situation.stock.postings
    axes = spaces.train(view, postings, None, np.random.default_rng(1), CONFIG)
    return spaces.lay(axes, view, postings, None)


@pytest.fixture
def ranked(situation, space):
    """Tracks by a lean, best first, and the lean of each."""

    def of(*texts, space=space):
        scores = lean([chips.parse(text) for text in texts], situation, space)
        known = {
            i[6:]: float(scores[row])
            for i, row in situation.view.number.items()
            if i.startswith("track")
        }
        return sorted(known, key=lambda key: -known[key]), known

    return of


def test_what_a_mood_is_said_of_comes_first_then_what_lies_near(ranked):
    order, scores = ranked("mood:calm")
    assert order[0] == "q1"
    assert set(order[:3]) == {"q1", "q2", "q3"}
    assert min(scores["q1"], scores["q2"], scores["q3"]) > max(scores["l1"], scores["l2"])


def test_what_is_not_wanted_leans_the_other_way(ranked):
    _, wanted = ranked("mood:calm")
    _, unwanted = ranked("-mood:calm")
    assert all(unwanted[key] == -wanted[key] for key in wanted)


def test_an_activity_is_its_words_energy_and_tempo(ranked):
    assert set(ranked("activity:sleeping")[0][:3]) == {"q1", "q2", "q3"}
    assert ranked("activity:workout")[0][0] == "l1"


def test_without_a_space_words_and_numbers_still_lean(ranked):
    _, scores = ranked("mood:calm", space=None)
    assert scores["q1"] == pytest.approx(1.0)
    assert scores["q3"] == pytest.approx(WORDS_SHARE)


def test_likeness_ranks_the_same_kind_and_never_itself(ranked):
    order, scores = ranked("like:track:q1")
    assert set(order[:2]) == {"q2", "q3"}
    assert scores["q1"] == -1.0
    order, scores = ranked("like:artist:b")
    assert scores["l1"] == scores["l2"] == -1.0
    assert ranked("like:track:unknown")[1] == dict.fromkeys(scores, 0.0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tempo:slow", {"q1": 1.0, "q2": 1.0, "l1": -1.0}),
        ("tempo:fast", {"l1": 1.0, "l2": 1.0, "q1": -1.0, "q2": 0.0}),
        ("tempo:80..100", {"q2": 1.0, "q1": 0.0, "l1": -1.0}),
        ("energy:0.2..0.4", {"q2": 1.0, "q1": 1 - 0.1 / FADES_OVER, "l1": -1.0, "l3": 0.0}),
    ],
)
def test_numbers_fit_or_fade(ranked, text, wanted):
    _, scores = ranked(text)
    assert {key: scores[key] for key in wanted} == pytest.approx(wanted, abs=1e-5)


def test_slower_is_slower_than_what_it_is_to_be_like(ranked):
    _, than_all = ranked("tempo:slower")
    assert than_all["q2"] == pytest.approx(1.0)
    _, scores = ranked("tempo:slower", "like:track:q2")
    _, alike = ranked("like:track:q2")
    alone = {key: 2 * scores[key] - alike[key] for key in scores}
    assert alone["q1"] == pytest.approx(1.0, abs=1e-5)
    assert alone["q2"] < 1.0
    assert alone["l1"] == pytest.approx(-1.0, abs=1e-5)


def test_lower_energy_leans_like_low_energy(ranked):
    assert ranked("energy:lower") == ranked("energy:low")


def test_the_latest_come_first_and_nothing_is_fresher_than_today(ranked):
    order, scores = ranked("era:latest")
    assert order[0] == "q2"
    assert 0.9 < scores["q2"] <= 1.0
    assert scores["q3"] == 0.0


def test_hard_chips_and_unknown_moods_do_not_lean(ranked):
    for text in ("kind:track", "genre:punk", "mood:unheard of", "said:burnout", "era:1990..1999"):
        assert set(ranked(text)[1].values()) == {0.0}


SOFT = st.sampled_from([
    "mood:calm", "-mood:dark", "activity:party", "-activity:running", "like:artist:a", "-like:track:l1", "tempo:slower", "tempo:fast",
    "energy:higher", "energy:..0.5", "era:latest", "kind:track",
])  # fmt: skip


@settings(max_examples=60)
@given(st.lists(SOFT, max_size=6))
def test_leans_are_bounded_and_no_order_matters(situation, space, texts):
    asked = [chips.parse(text) for text in texts]
    scores = lean(asked, situation, space)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert np.abs(scores).max() <= 1.0
    assert np.allclose(scores, lean(asked[::-1], situation, space), atol=1e-6)


def test_what_came_after_the_space_was_laid_is_neither_near_nor_far(situation, space):
    shelf = Shelf()
    shelf.put(items.changes([*catalogue(), Track(item_id="track:later", title="Later")]))
    later = View.read(shelf.conn)
    grown = Situation(situation.request, stock_of(later, NO_RULINGS, None))
    scores = lean([chips.parse("mood:calm")], grown, space)
    assert scores[later.number["track:later"]] == 0.0

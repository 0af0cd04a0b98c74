"""A Home page: which shelves, for whom, in which order of rungs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import msgspec
import numpy as np
import pytest

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.listeners.preferences import Preferences
from ritornello.policies.posteriors import USUAL_SPREAD, Betas, Cells
from ritornello.policies.replay import order_probability, probability
from ritornello.surfaces import home
from ritornello.surfaces.ladder import Breaker, Ladder
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import LATEST, artist_id, profile_of, track_id

RECIPE = load("home")


@pytest.fixture
def decide(service, ladder):
    def decide(profile, *, remembered=None, counted=(), on=ladder, **kw):
        situation = service.situation(profile, **kw)
        return home.decide(
            situation, RECIPE, on, remembered=lambda: remembered, counted=lambda: list(counted)
        )

    return decide


def shelf(page, name):
    return [slot for slot in page.slots if slot.shelf == name]


def ids_of(slots):
    return [slot.item_id for slot in slots]


def style_of(item_id):
    return int(item_id[7:9]) % 6


def test_a_regular_listener_gets_every_shelf(decide, listener):
    page = decide(listener)
    assert page.rung == "personal", page.rung_because
    assert {s.name for s in page.shelves} == {
        "jump_back_in", "made_for_you", "because_you_played", "because_you_played_2",
        "new_for_you", "popular_now",
    }  # fmt: skip


def test_jump_back_in_is_what_was_played_the_latest_first(decide, service):
    heard = [track_id(a, 0) for a in (6, 12, 18, 24, 30)]
    page = decide(profile_of(heard, service.now))
    assert ids_of(shelf(page, "jump_back_in")) == heard[::-1]
    assert {s.reasons[0].kind for s in shelf(page, "jump_back_in")} == {"you_keep_returning"}


def test_jump_back_in_knows_a_track_the_model_has_not_met(decide, service, listener):
    assert LATEST not in service.bundle.vocabulary.columns
    page = decide(profile_of([*listener.plays, LATEST], service.now))
    assert shelf(page, "jump_back_in")[0].item_id == LATEST


def test_made_for_you_and_its_neighbours_keep_to_the_listeners_style(decide, listener):
    page = decide(listener)
    for name in ("made_for_you", "because_you_played", "because_you_played_2"):
        styles = [style_of(item_id) for item_id in ids_of(shelf(page, name))]
        assert np.mean([style == 0 for style in styles]) >= 0.9, name


def test_because_you_played_names_the_latest_and_a_loved_one_first(decide, service, listener):
    page = decide(listener)
    about = [page.shelf(name).about_id for name in ("because_you_played", "because_you_played_2")]
    assert about[0] == listener.recent[0].item_id
    assert (
        service.stock.view.title(service.stock.view.number[about[0]])
        in page.shelf("because_you_played").title
    )
    loved = listener.recent[5].item_id
    marks = {(loved, "feeling"): 1}
    page = decide(msgspec.structs.replace(listener, marks=marks))
    assert page.shelf("because_you_played").about_id == loved
    assert shelf(page, "because_you_played")[0].reasons[0].kind == "because_you_love"


def test_new_for_you_is_never_heard_by_artists_never_heard_and_explores(decide, service, listener):
    page = decide(listener)
    view = service.stock.view
    known = {view.artist[view.number[item_id]] for item_id in listener.heard}
    new = page.shelf("new_for_you")
    assert all(view.artist[view.number[c.item_id]] not in known for c in new.shortlist)
    assert new.policy == "plackett_luce(budget=0.1,temperature=1.0,floor=0.0)"
    assert new.explored == pytest.approx(0.1)
    assert [s.explored for s in page.shelves if s.name != "new_for_you"] == [0] * 5


def test_a_listeners_own_dial_replaces_the_services_budget(decide, listener):
    calm = msgspec.structs.replace(listener, preferences=Preferences(exploration_budget=0.02))
    assert decide(calm).shelf("new_for_you").budget == 0.02
    still = msgspec.structs.replace(listener, preferences=Preferences(exploration_budget=0.0))
    page = decide(still)
    assert all(slot.propensity == 1 for slot in page.slots)
    assert not any(r.kind == "exploring" for slot in page.slots for r in slot.reasons)


def test_a_slot_that_explores_says_so_and_only_that_one(decide, service):
    told = 0
    for seed in range(20):
        page = decide(service.listener(seed, listener_id=f"listener-{seed}"), budget=0.3)
        for slot in shelf(page, "new_for_you"):
            explores = slot.propensity < 0.5
            told += explores
            assert (slot.reasons[0].kind == "exploring") == explores
    assert told > 20


def test_no_shelf_shows_what_another_shows_and_artists_are_few_a_shelf(decide, service, listener):
    page = decide(listener)
    assert len(set(ids_of(page.slots))) == len(page.slots)
    view = service.stock.view
    for recipe in RECIPE.shelves:
        if recipe.name not in {shelf.name for shelf in page.shelves}:
            continue
        artists = [view.artist[view.number[i]] for i in ids_of(shelf(page, recipe.name))]
        assert max(np.unique(artists, return_counts=True)[1]) <= recipe.per_artist


def test_a_page_stays_through_the_day_and_is_drawn_anew_the_next(decide, listener):
    morning = decide(listener, budget=0.5)
    evening = decide(listener, budget=0.5)
    assert morning.slots == evening.slots
    assert morning.decision_id != evening.decision_id
    tomorrow = msgspec.structs.replace(listener, at=listener.at + timedelta(days=1))
    assert ids_of(shelf(decide(tomorrow, budget=0.5), "new_for_you")) != ids_of(
        shelf(morning, "new_for_you")
    )


def test_the_day_is_the_listeners_own(decide, listener):
    in_auckland = decide(listener, zone="Pacific/Auckland")
    assert in_auckland.seed == "7/2026-11-22"
    assert decide(listener).seed == "7/2026-11-21"


def test_a_newcomer_gets_their_segments_page_and_no_shelf_that_pretends(decide, service):
    page = decide(profile_of([], service.now))
    assert page.rung == "segment"
    assert page.rung_because.startswith("personal: nothing is known of this listener yet")
    assert {s.name for s in page.shelves} == {"popular_near_you", "popular_now"}
    assert page.shelf("popular_near_you").explored == pytest.approx(0.1)
    assert all(slot.reasons for slot in page.slots)


def test_a_play_moves_unheard_neighbours_up(service, listener):
    """Against a twin without the play: no neighbour's score falls, and some rise."""
    situation = service.situation(listener)
    played = track_id(13, 4)
    since = profile_of([*[r.item_id for r in listener.recent][::-1], played], listener.at)
    after = service.situation(since)
    neighbours = service.bundle.cooccurrence.neighbours
    column = service.bundle.vocabulary.columns[played]
    near = neighbours.indices[neighbours.indptr[column] : neighbours.indptr[column + 1]]
    moved = (after.scores - situation.scores)[near]
    assert moved.max() > 0
    assert np.mean(moved > 0) > 0.9


def test_an_editors_pin_stands_where_it_is_pinned(decide, service, listener):
    ruling = Ruling(
        ruling_id=uuid7(service.now), verdict="pin", about_id=track_id(59, 3), by_role="editor",
        made_at=service.now, reason="a debut", surface="home", slot=SlotAddress("new_for_you", 3),
    )  # fmt: skip
    stock = service.stock_with(rulings=Rulings(elsewhere=(ruling,)), bundle=service.bundle)
    page = decide(listener, stock=stock)
    pinned = shelf(page, "new_for_you")[3]
    assert (pinned.item_id, pinned.propensity) == (track_id(59, 3), 1.0)
    assert pinned.reasons[0].kind == "chosen_by_editors"
    assert len(shelf(page, "new_for_you")) == 12
    np.testing.assert_allclose(probability(page), [s.propensity for s in page.slots], atol=1e-9)
    banned = msgspec.structs.replace(listener, marks={(artist_id(59), "ban"): 1})
    assert track_id(59, 3) not in ids_of(decide(banned, stock=stock).slots)


class Raising:
    """A scorer that breaks whenever it is asked."""

    def score(self, taste):
        raise RuntimeError("out of memory")


class Saying(Raising):
    """A scorer that says whatever it is told to."""

    def __init__(self, scores):
        self.scores = scores

    def score(self, taste):
        return self.scores


def broken_bundle(service, ials):
    scorers = {**service.bundle.scorers, "ials": ials}
    return msgspec.structs.replace(service.bundle, scorers=scorers)


BREAKAGES = {
    "raising": (lambda n: Raising(), "RuntimeError: out of memory"),
    "not a number": (lambda n: Saying(np.full(n, np.nan, np.float32)), "not finite"),
    "infinite": (lambda n: Saying(np.full(n, np.inf, np.float32)), "not finite"),
    "another shape": (lambda n: Saying(np.zeros(n + 1, np.float32)), "ValueError"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_model_lowers_the_rung_to_the_last_good_page(decide, service, listener, breakage):
    make, says = BREAKAGES[breakage]
    before = decide(listener)
    stock = service.stock_with(bundle=broken_bundle(service, make(len(service.bundle.vocabulary))))
    page = decide(listener, stock=stock, remembered=before)
    assert page.rung == "last_good"
    assert page.rung_because.startswith("personal: ")
    assert says in page.rung_because
    assert ids_of(page.slots) == ids_of(before.slots)
    assert page.decision_id != before.decision_id
    assert page.fit_for_replay


def test_a_missing_scorer_lowers_the_rung_too(decide, service, listener):
    scorers = {name: s for name, s in service.bundle.scorers.items() if name != "ials"}
    broken = msgspec.structs.replace(service.bundle, scorers=scorers, broken={"ials": "altered"})
    page = decide(listener, stock=service.stock_with(bundle=broken))
    assert page.rung == "segment"
    assert "ArtefactUnusable" in page.rung_because
    assert "altered" in page.rung_because


def test_a_slow_model_is_left_behind(decide, service, listener):
    wake = Event()

    class Slow(Raising):
        def score(self, taste):
            wake.wait(30)

    stock = service.stock_with(bundle=broken_bundle(service, Slow()))
    with ThreadPoolExecutor(2) as thinkers:
        ladder = Ladder(lambda: 0.0, deadline_s=0.05, thinkers=thinkers)
        page = decide(listener, stock=stock, on=ladder)
        wake.set()
    assert page.rung == "segment"
    assert "personal: took longer than 50 ms" in page.rung_because


def test_a_ban_since_the_last_good_page_is_kept_and_marks_it_unfit(decide, service, listener):
    before = decide(listener)
    gone = before.slots[9].item_id
    banned = msgspec.structs.replace(listener, marks={(gone, "feeling"): -1})
    page = decide(
        banned,
        stock=service.stock_with(bundle=broken_bundle(service, Raising())),
        remembered=before,
    )
    assert page.rung == "last_good"
    assert not page.fit_for_replay
    assert ids_of(page.slots) == [i for i in ids_of(before.slots) if i != gone]


def test_too_little_left_of_the_last_good_page_is_no_page(decide, service, listener):
    before = decide(listener)
    marks = {(slot.item_id, "feeling"): -1 for slot in before.slots[:40]}
    broken = service.stock_with(bundle=broken_bundle(service, Raising()))
    page = decide(msgspec.structs.replace(listener, marks=marks), stock=broken, remembered=before)
    assert page.rung == "segment"
    assert "last_good: 16 of 56 items" in page.rung_because


def test_the_segment_rung_is_popular_among_those_alike(decide, service, listener):
    page = decide(listener, stock=service.stock_with(bundle=broken_bundle(service, Raising())))
    assert page.rung == "segment"
    assert {s.name for s in page.shelves} == {"popular_near_you", "popular_now"}
    assert len(page.slots) >= RECIPE.fallback_length
    near = [s for s in shelf(page, "popular_near_you") if s.reasons[0].kind != "exploring"]
    assert {r.kind for s in near for r in s.reasons} <= {"popular_near_you", "popular"}
    assert all(sum(r.share for r in s.reasons) == pytest.approx(1, abs=0.02) for s in near)


def test_what_a_segments_page_lacks_the_newest_fill_and_are_in_the_draw(decide, service):
    marks = {(artist_id(a), "ban"): 1 for a in range(57)}
    page = decide(profile_of([], service.now, marks=marks))
    assert page.rung == "segment"
    assert ids_of(shelf(page, "newest")) == [LATEST]
    assert "newest" in page.shelf_order.names
    assert order_probability(page) == pytest.approx(page.shelf_order.propensities, abs=1e-9)


def test_the_popular_rung_answers_where_no_segment_is_counted(decide, service):
    popularity = service.bundle.popularity
    unparted = msgspec.structs.replace(popularity, by_segment=popularity.by_segment[:, :3])
    scorers = {**service.bundle.scorers, "popularity": unparted}
    bundle = msgspec.structs.replace(service.bundle, scorers=scorers)
    page = decide(profile_of([], service.now), stock=service.stock_with(bundle=bundle))
    assert page.rung == "popular"
    assert "segment: ValueError" in page.rung_because
    assert len(page.slots) == RECIPE.fallback_length


def test_before_the_first_training_plays_are_counted_and_the_newest_fill_up(
    decide, service, listener
):
    counted = [(track_id(a, 0), 9 - k) for k, a in enumerate((4, 5, 7))]
    page = decide(listener, stock=service.stock_with(), counted=counted)
    assert page.rung == "popular"
    assert ids_of(shelf(page, "popular")) == [item_id for item_id, _ in counted]
    assert len(page.slots) == RECIPE.fallback_length
    released = [
        service.stock.view.released_on[service.stock.view.number[i]]
        for i in ids_of(shelf(page, "newest"))
    ]
    assert released == sorted(released, reverse=True)


def test_the_editorial_rung_stands_on_the_catalogue_alone(decide, service, listener):
    ruling = Ruling(
        ruling_id=uuid7(service.now), verdict="pin", about_id=track_id(20, 3), by_role="editor",
        made_at=service.now, reason="the week's", surface="home", slot=SlotAddress("made_for_you", 0),
    )  # fmt: skip
    stock = service.stock_with(rulings=Rulings(elsewhere=(ruling,)))
    page = decide(listener, stock=stock)
    assert page.rung == "editorial"
    assert page.rung_because == (
        "personal: there is no model; last_good: no earlier page; segment: there is no model; "
        "popular: nobody has played anything yet"
    )
    assert page.slots[0].item_id == track_id(20, 3)
    assert page.slots[0].reasons[0].kind == "chosen_by_editors"
    assert len(page.slots) == RECIPE.fallback_length


def test_a_breaker_spares_a_broken_model(decide, service, listener):
    asked = []

    class Counting(Raising):
        def score(self, taste):
            asked.append(1)
            return super().score(taste)

    stock = service.stock_with(bundle=broken_bundle(service, Counting()))
    ladder = Ladder(
        lambda: 0.0,
        breakers={
            r: Breaker(n_failures=4)
            for r in ("personal", "last_good", "segment", "popular", "editorial")
        },
    )
    pages = [decide(listener, stock=stock, on=ladder) for _ in range(10)]
    assert len(asked) == 4
    assert pages[-1].rung_because.startswith("personal: resting after repeated failure")


@pytest.mark.parametrize("n_requests", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_p14_whatever_breaks_a_full_page_comes_out(decide, service, n_requests):
    """Random breakage in any scorer, in memory, in the state tables: no error, full, no ban broken."""
    rng = np.random.default_rng(20261116)
    n = len(service.bundle.vocabulary)
    broken = [make(n) for make, _ in BREAKAGES.values()]
    listeners = [
        service.listener(
            seed, listener_id=f"listener-{seed}", marks={(artist_id(seed % 60), "ban"): 1}
        )
        for seed in range(40)
    ]
    ladder = Ladder(lambda: float(rng.integers(1000)))
    remembered = {profile.listener_id: decide(profile) for profile in listeners}

    def failing():
        raise OSError("disk")

    seen = set()
    for _ in range(n_requests):
        profile = listeners[rng.integers(len(listeners))]
        scorers = dict(service.bundle.scorers)
        for name in scorers:
            if rng.random() < 0.3:
                scorers[name] = [*broken, None][rng.integers(len(broken) + 1)]
        bundle = msgspec.structs.replace(service.bundle, scorers=scorers)
        stock = service.stock_with(bundle=bundle if rng.random() < 0.8 else None)
        earlier = remembered[profile.listener_id] if rng.random() < 0.3 else None
        counted = [lambda: [(track_id(7, 0), 3)], failing, list][rng.integers(3)]
        page = home.decide(
            service.situation(profile, stock=stock), RECIPE, ladder,
            remembered=failing if rng.random() < 0.1 else lambda earlier=earlier: earlier,
            counted=counted,
        )  # fmt: skip
        seen.add(page.rung)
        ids = ids_of(page.slots)
        ban = next(iter(profile.marks))[0].removeprefix("artist:")
        assert len(ids) >= RECIPE.fallback_length
        assert len(set(ids)) == len(ids)
        assert not any(item_id.startswith(f"track:{ban}") for item_id in ids)
        assert (page.rung == "personal") == (page.rung_because == "")
    assert seen == {"personal", "last_good", "segment", "popular", "editorial"}


def at_hour(profile, hour, day=23):
    return msgspec.structs.replace(profile, at=profile.at.replace(hour=hour, day=day))


def test_the_order_of_shelves_follows_the_hour_and_the_device(decide, service, listener):
    """Habits aside: the same listener with nothing heard at any hour, so that the usual speaks."""
    idle = msgspec.structs.replace(listener, recent=())
    commute = decide(at_hour(idle, 8), device="car", budget=0.0)
    sunday = decide(at_hour(idle, 15, day=22), device="desktop", budget=0.0)
    assert commute.shelves[0].name == "jump_back_in"
    assert commute.shelf_order.segment == "now/road"
    assert sunday.shelves[0].name in {"new_for_you", "popular_now"}
    assert commute.slots[0].shelf == "jump_back_in"


def test_the_order_is_logged_and_replays_beside_the_cards(decide, service):
    for seed in range(12):
        page = decide(service.listener(seed, listener_id=f"listener-{seed}"), budget=0.3)
        page = msgspec.json.decode(msgspec.json.encode(page), type=type(page))
        assert set(page.shelf_order.names) == {shelf.name for shelf in page.shelves}
        logged = page.shelf_order.propensities
        np.testing.assert_allclose(order_probability(page), logged, atol=1e-9)
        np.testing.assert_allclose(probability(page), [s.propensity for s in page.slots], atol=1e-9)
        places = [[s.name for s in page.shelves].index(slot.shelf) for slot in page.slots]
        assert places == sorted(places)


def test_what_was_learned_of_shelves_orders_them(service, ladder, listener):
    situation = service.situation(at_hour(listener, 15, day=22), budget=0.0)
    segment = home.decide(
        situation, RECIPE, ladder, remembered=lambda: None, counted=list
    ).shelf_order.segment
    cells = Cells.of([(segment, "popular_now", 900_000, 1_000_000)])
    before = home.Before(beliefs=Betas.of(cells, spread=USUAL_SPREAD))
    page = home.decide(
        situation, RECIPE, ladder, remembered=lambda: None, counted=list, before=before
    )
    assert page.shelves[0].name == "popular_now"


def test_a_pinned_shelf_with_nothing_to_draw_stands_first_outside_the_draw(service, ladder):
    only = track_id(6, 1)
    newcomer = profile_of([only], service.now, marks={(only, "feeling"): -1})
    ruling = Ruling(
        ruling_id=uuid7(service.now), verdict="pin", about_id=track_id(59, 3), by_role="editor",
        made_at=service.now, reason="", surface="home", slot=SlotAddress("jump_back_in", 0),
    )  # fmt: skip
    stock = service.stock_with(rulings=Rulings(elsewhere=(ruling,)), bundle=service.bundle)
    page = home.decide(
        service.situation(newcomer, stock=stock), RECIPE, ladder,
        remembered=lambda: None, counted=list,
    )  # fmt: skip
    np.testing.assert_allclose(probability(page), [s.propensity for s in page.slots], atol=1e-9)
    assert page.shelves[0].name == "jump_back_in"
    assert [(s.item_id, s.propensity) for s in shelf(page, "jump_back_in")] == [
        (track_id(59, 3), 1)
    ]
    assert "jump_back_in" not in page.shelf_order.names
    assert order_probability(page)[0] == page.shelf_order.propensities[0] == 1
    assert order_probability(page) == pytest.approx(page.shelf_order.propensities, abs=1e-9)

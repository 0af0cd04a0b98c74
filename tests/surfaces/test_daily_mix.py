"""Up to six mixes a listener and day: one decision, kept identities, the stated share of the new."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.kinds.times import local_day, zone
from ritornello.policies.choice import FAMILIAR, PIN
from ritornello.policies.replay import probability
from ritornello.surfaces import daily_mix, list_build
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms, playlist, playlist_id
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import artist_id, history, profile_of, track_id

RECIPE = load("daily_mix")
DAY = datetime(2026, 11, 21, 12, tzinfo=UTC)


def two_tastes(at=DAY, n=60, styles=(1, 3), seed=0, **more):
    """Somebody who plays two styles in turn."""
    rng = np.random.default_rng(seed)
    each = [history(rng, style, n) for style in styles]
    return profile_of([item for pair in zip(*each, strict=True) for item in pair], at, **more)


@pytest.fixture
def terms():
    return Terms(RECIPE, Ladder(lambda: 0.0), 20)


@pytest.fixture
def ask(service, store, terms):
    """Ask for the mixes of a listener at an instant, in a zone."""

    def ask(profile, at=DAY, tz="UTC", stock=None):
        profile = msgspec.structs.replace(profile, at=at)
        situation = service.situation(profile, "daily_mix", zone=tz, stock=stock)
        return daily_mix.current(store.conn, store.writer, situation, terms)

    return ask


def pinned(service, *pins, blocked=()):
    """Return the stock in which editors pinned items: (id, shelf, position)."""
    rulings = tuple(
        Ruling(
            ruling_id=uuid7(DAY), verdict="pin", about_id=item_id, made_at=DAY, by_role="editor",
            reason="a debut", surface="daily_mix", slot=SlotAddress(shelf, position),
        )
        for item_id, shelf, position in pins
    )  # fmt: skip
    found = Rulings(frozenset(blocked), elsewhere=rulings)
    return service.stock_with(rulings=found, bundle=service.bundle)


def styles(found, shelf):
    """Return which styles the familiar of a mix are of."""
    ids = [slot.item_id for slot in found.on(shelf) if slot.source == FAMILIAR]
    return Counter(int(item_id[7:9]) % 6 for item_id in ids)


def names(found):
    return [shelf.name for shelf in found.decision.shelves]


def test_each_taste_is_a_mix_of_its_own(ask):
    found = ask(two_tastes())
    assert [list(styles(found, name)) for name in names(found)] in ([[1], [3]], [[3], [1]])
    assert found.decision.rung == "personal"
    assert found.decision.rung_because == ""
    titles = [shelf.title for shelf in found.decision.shelves]
    assert len(set(titles)) == 2
    assert all(title.startswith("Artist ") and title.endswith(" and more") for title in titles)


@pytest.mark.parametrize("n_styles", [1, 2, 3, 4])
def test_there_are_as_many_mixes_as_tastes(ask, n_styles):
    found = ask(two_tastes(styles=range(n_styles)))
    assert len(found.decision.shelves) == n_styles
    assert all(len(styles(found, name)) == 1 for name in names(found))


def test_the_share_of_the_new_is_the_stated_one_spread_through_the_list(service, ask):
    profile = two_tastes()
    found = ask(profile)
    for name in names(found):
        slots = found.on(name)
        new = [slot.position for slot in slots if slot.source != FAMILIAR]
        assert abs(len(new) / len(slots) - 0.2) <= 0.02
        assert max(np.diff(new)) <= 7
        assert not {s.item_id for s in slots if s.source != FAMILIAR} & profile.heard
        assert {s.item_id for s in slots if s.source == FAMILIAR} <= profile.heard
        artists = [s.item_id[:9] for s in slots]
        assert max(Counter(artists).values()) <= RECIPE.mixes.per_artist + 1


def test_propensities_replay_and_reasons_speak_of_this_taste(ask):
    decision = ask(two_tastes()).decision
    np.testing.assert_allclose(
        probability(decision), [slot.propensity for slot in decision.slots], atol=1e-9
    )
    for shelf in decision.shelves:
        slots = [slot for slot in decision.slots if slot.shelf == shelf.name]
        own = {slot.item_id[:9] for slot in slots if slot.source == FAMILIAR}
        for slot in slots:
            if slot.source == FAMILIAR:
                assert [r.kind for r in slot.reasons] == ["you_keep_returning"]
                assert slot.reasons[0].about_id == slot.item_id
                assert slot.reasons[0].n_plays >= 1
            else:
                about = [r.about_id for r in slot.reasons if r.about_id]
                assert about
                assert {item_id[:9] for item_id in about} <= own
        assert 0 < shelf.explored <= shelf.budget


@pytest.mark.parametrize("what", ["new", "heard"])
def test_an_editors_pin_stands_in_the_first_mix_for_sure_and_nowhere_else(service, ask, what):
    profile = two_tastes()
    item_id = track_id(59, 3) if what == "new" else max(profile.plays)
    found = ask(profile, stock=pinned(service, (item_id, "mix", 2)))
    slot = found.on(names(found)[0])[2]
    assert (slot.item_id, slot.source, slot.propensity, slot.position) == (item_id, PIN, 1.0, 2)
    assert [reason.kind for reason in slot.reasons] == ["chosen_by_editors"]
    assert [s.source for s in found.slots].count(PIN) == 1
    assert [s.item_id for s in found.slots].count(item_id) == 1
    for name in names(found):
        rest = [s for s in found.on(name) if s.source != PIN]
        new = [s for s in rest if s.source != FAMILIAR]
        assert abs(len(new) / len(rest) - 0.2) <= 0.02
        assert [s.position for s in found.on(name)] == list(range(len(found.on(name))))
        assert len(found.on(name)) <= RECIPE.mixes.length
    np.testing.assert_allclose(
        probability(found.decision), [s.propensity for s in found.slots], atol=1e-9
    )


def test_pins_that_may_not_stand_or_name_another_shelf_do_not(service, ask):
    stock = pinned(
        service, (track_id(59, 3), "mix", 0), (track_id(58, 3), "discover_weekly", 1),
        (track_id(57, 3), "mix", RECIPE.mixes.length), blocked=[track_id(59, 3)],
    )  # fmt: skip
    assert PIN not in {slot.source for slot in ask(two_tastes(), stock=stock).slots}


def test_pins_beyond_the_end_stand_last_and_may_fill_a_mix(service, ask):
    n, rng = RECIPE.mixes.length, np.random.default_rng(2)
    short = profile_of(history(rng, 1, 30), DAY)
    last = ask(short, stock=pinned(service, (track_id(59, 3), "mix", n - 1)))
    assert last.slots[-1].source == PIN
    assert len(last.slots) < n
    pins = [(track_id(artist, 3), "mix", place) for place, artist in enumerate(range(n))]
    full = ask(short, DAY + timedelta(days=1), stock=pinned(service, *pins))
    assert [slot.source for slot in full.slots] == [PIN] * n
    assert full.decision.shelves[0].shortlist == ()


def test_the_same_taste_keeps_its_mix_its_name_and_its_place(ask):
    profile = two_tastes()
    days = [ask(profile, DAY + timedelta(days=n)) for n in range(10)]
    assert len({tuple(names(day)) for day in days}) == 1
    assert len({tuple(s.title for s in day.decision.shelves) for day in days}) == 1
    first, second = ([s.item_id for s in day.slots] for day in days[:2])
    assert first != second


def test_a_taste_that_fades_retires_and_one_that_returns_gets_its_old_mix(service, ask):
    """Style 1 falls silent, its plays age; style 3 goes on; then style 1 is back."""
    both = two_tastes()
    before = ask(both)
    old = next(name for name in names(before) if styles(before, name)[1])
    rng = np.random.default_rng(5)
    later = DAY + timedelta(days=20)
    more = profile_of(history(rng, 3, 400), later)
    aged = {
        i: msgspec.structs.replace(p, last_at_us=p.last_at_us - 300 * 86_400_000_000)
        for i, p in both.plays.items()
        if int(i[7:9]) % 6 == 1
    }
    silent = msgspec.structs.replace(more, plays=more.plays | aged)
    without = ask(silent, later)
    assert names(without) == [name for name in names(before) if name != old]
    again = ask(both, DAY + timedelta(days=22))
    assert set(names(again)) == set(names(before))
    assert styles(again, old)[1]


def test_a_new_taste_takes_the_last_place(ask):
    before = ask(two_tastes())
    three = two_tastes(styles=(1, 3, 5))
    after = ask(three, DAY + timedelta(days=1))
    assert names(after)[:2] == names(before)
    assert list(styles(after, names(after)[2])) == [5]


def test_the_order_things_came_in_changes_nothing(service, terms, store):
    profile = two_tastes()
    shuffled = msgspec.structs.replace(profile, plays=dict(reversed(profile.plays.items())))
    made = [
        daily_mix.due(store.conn, service.situation(each, "daily_mix"), terms)
        for each in (profile, shuffled)
    ]
    assert made[0].slots == made[1].slots
    assert made[0].shelves == made[1].shelves


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True),
    st.integers(5, 80),
    st.integers(0, 400),
)
def test_whoever_asks_no_item_stands_twice_and_the_share_holds(service, seed, kinds, n, day):
    terms = Terms(RECIPE, Ladder(lambda: 0.0), 20)
    at = DAY + timedelta(days=day)
    profile = two_tastes(at, n, kinds, seed)
    decision = daily_mix.due(service.conn, service.situation(profile, "daily_mix"), terms)
    if decision is None:
        assert profile.n_plays < 20 or len(profile.plays) < 8 * len(kinds)
        return
    assert decision.rung == "personal"
    ids = [slot.item_id for slot in decision.slots]
    assert len(set(ids)) == len(ids)
    assert len(decision.shelves) <= 6
    for shelf in decision.shelves:
        slots = [slot for slot in decision.slots if slot.shelf == shelf.name]
        n_new = sum(slot.source != FAMILIAR for slot in slots)
        if not decision.rung_because:
            assert abs(n_new / len(slots) - 0.2) <= 0.02
        assert len(slots) <= 50


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-5 * 24, 20 * 24),
            st.sampled_from(["UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata",
                             "Pacific/Kiritimati", "America/Havana", "Europe/Berlin"]),
        ),
        min_size=2, max_size=8,
    )
)  # fmt: skip
def test_clocks_and_zones_may_jump_and_there_is_one_list_a_day(service, moves):
    terms = Terms(RECIPE, Ladder(lambda: 0.0), 20)
    for hours, tz in moves:
        at = DAY + timedelta(hours=hours)
        situation = service.situation(two_tastes(at), "daily_mix", zone=tz)
        decision = daily_mix.due(service.conn, situation, terms)
        assert decision.period == local_day(at, zone(tz))
        assert decision.visible_from_at <= at < decision.expires_at
        assert timedelta(hours=22) < decision.expires_at - decision.visible_from_at
        assert decision.expires_at - decision.visible_from_at < timedelta(hours=26)


def test_who_travels_west_keeps_the_newer_mixes(ask, store):
    late = datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert ask(two_tastes(), late, "America/Los_Angeles").period == "2026-11-21"
    assert ask(two_tastes(), late, "Pacific/Auckland").period == "2026-11-22"
    assert ask(two_tastes(), late, "America/Los_Angeles").period == "2026-11-22"
    assert store.conn.execute("SELECT count(*) FROM lists").fetchone() == (2,)


def test_too_little_history_gives_none_and_says_how_far_it_is(service, ask, terms):
    few = profile_of(history(np.random.default_rng(0), 1, 12), DAY)
    assert ask(few) is None
    lack = daily_mix.lacking(service.situation(few, "daily_mix"), terms)
    assert (lack.n_plays, lack.min_plays, lack.min_tracks) == (12, 20, 8)
    loop = profile_of([track_id(1, 0)] * 50, DAY)
    assert ask(loop) is None
    assert daily_mix.lacking(service.situation(loop, "daily_mix"), terms).n_tracks == 1


def test_a_ban_empties_a_place_today_and_a_name_tomorrow(service, ask):
    profile = two_tastes()
    before = ask(profile)
    shelf = before.decision.shelves[0]
    lead = int(shelf.title[7:11])
    banned = msgspec.structs.replace(profile, marks={(artist_id(lead), "ban"): 1})
    today = ask(banned)
    assert 0 < len(today.slots) < len(before.slots)
    tomorrow = ask(banned, DAY + timedelta(days=1))
    assert shelf.name in names(tomorrow)
    assert f"Artist {lead:04d}" not in tomorrow.decision.shelf(shelf.name).title


def test_without_models_the_mixes_hold_what_is_known(service, ask):
    found = ask(two_tastes(), stock=service.stock_with())
    assert found.decision.rung_because == "nothing new: no model that knows these tastes"
    assert {slot.source for slot in found.slots} == {FAMILIAR}


def test_a_broken_model_gives_yesterdays_mixes_rechecked(service, ask):
    scorers = {name: s for name, s in service.bundle.scorers.items() if name != "ials"}
    broken = msgspec.structs.replace(service.bundle, scorers=scorers, broken={"ials": "altered"})
    stock = service.stock_with(bundle=broken)
    profile = two_tastes()
    first = ask(profile, stock=stock)
    assert "altered" in first.decision.rung_because
    assert {slot.source for slot in first.slots} == {FAMILIAR}
    before = ask(profile, DAY + timedelta(days=1))
    gone = before.slots[3].item_id
    careful = msgspec.structs.replace(profile, marks={(gone, "ban"): 1})
    after = ask(careful, DAY + timedelta(days=2), stock=stock)
    assert after.decision.rung == "last_good"
    assert gone not in {slot.item_id for slot in after.slots}
    assert {s.item_id for s in after.slots} < {s.item_id for s in before.slots}
    assert not after.decision.fit_for_replay
    assert after.period == "2026-11-23"


def test_a_mix_is_a_playlist_of_its_own(service, store, ask):
    profile = two_tastes()
    found = ask(profile)

    def situation_of(listener_id, surface):
        assert listener_id == profile.listener_id
        return service.situation(profile, surface)

    for shelf in (None, *names(found)):
        wanted = playlist_id(found.decision, shelf)
        assert playlist(store.conn, situation_of, wanted) == (found, shelf)


def test_a_build_makes_both_lists_from_one_reading(service, store, terms, monkeypatch):
    weekly = Terms(load("discover_weekly"), Ladder(lambda: 0.0), 5)
    profile = two_tastes()
    n_reads = []
    monkeypatch.setattr(
        list_build, "read_profile", lambda *_: n_reads.append(1) or profile, raising=True
    )
    store.conn.execute(
        "INSERT INTO listens (listener_id, started_at_us, event_id, item_id, reading, source, client)"
        " VALUES ('listener-1', ?, x'00', 'track:a', 'play', 'api', '')",
        (int((DAY - timedelta(days=1)).timestamp() * 1e6),),
    )
    built = list_build.build(
        store.conn,
        store.writer,
        ["listener-1"],
        lambda p: service.situation(p, "home", zone="UTC"),
        {"discover_weekly": weekly, "daily_mix": terms},
        now=DAY,
        time_zone="UTC",
    )
    assert built.by_surface == {"discover_weekly": 1, "daily_mix": 1}
    assert n_reads == [1]
    assert len(list_build.everybody(store.conn)) == 0

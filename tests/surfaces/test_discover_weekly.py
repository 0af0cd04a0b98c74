"""Exactly one list a listener and week, all of it new, fixed, and readable for four weeks."""

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.kinds.times import iso_week, zone
from ritornello.policies.replay import probability
from ritornello.surfaces import discover_weekly as weekly
from ritornello.surfaces import list_build
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import profile_of, track_id

RECIPE = load("discover_weekly")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def terms(service):
    return Terms(RECIPE, Ladder(lambda: 0.0), 5)


@pytest.fixture
def ask(service, store, terms):
    """Ask for the list of a listener at an instant, in a zone."""

    def ask(profile, at=MONDAY, tz="UTC", stock=None):
        profile = msgspec.structs.replace(profile, at=at)
        situation = service.situation(profile, "discover_weekly", zone=tz, stock=stock)
        return weekly.current(store.conn, store.writer, situation, terms)

    return ask


def ids_of(found):
    return [slot.item_id for slot in found.slots]


def artists(service, item_ids):
    view = service.stock.view
    return [int(view.artist[view.number[item_id]]) for item_id in item_ids]


def drafted(service, store, profile, terms):
    """Draft the next list of a listener whose profile is given instead of read."""
    return list_build.draft(
        store.conn,
        store.writer,
        [profile.listener_id],
        lambda _: service.situation(profile, "discover_weekly"),
        terms,
        now=profile.at,
        time_zone="UTC",
        ahead=timedelta(days=3),
    )


def n_rows(store):
    return store.conn.execute("SELECT count(*), count(DISTINCT period) FROM lists").fetchone()


def test_thirty_tracks_never_heard_all_by_new_artists_one_an_artist(service, ask, listener):
    found = ask(listener)
    known = set(artists(service, listener.heard))
    assert len(found.slots) == 30
    assert not set(ids_of(found)) & listener.heard
    assert not set(artists(service, ids_of(found))) & known
    assert len(set(artists(service, ids_of(found)))) == 30
    assert found.decision.rung == "personal", found.decision.rung_because
    assert found.decision.rung_because == ""


def test_every_slot_says_its_chance_replays_and_has_a_reason(ask, listener):
    decision = ask(listener).decision
    logged = [slot.propensity for slot in decision.slots]
    np.testing.assert_allclose(probability(decision), logged, atol=1e-9)
    assert all(0 < slot.propensity < 1 and slot.reasons for slot in decision.slots)
    assert decision.shelves[0].explored == pytest.approx(0.1)
    assert len(decision.shelves[0].shortlist) > 30


def test_it_belongs_to_its_week_and_expires_with_it(ask, listener):
    found = ask(listener, datetime(2026, 11, 25, 15, tzinfo=UTC), "America/New_York")
    assert found.period == "2026-W48"
    assert found.visible_from_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert found.expires_at == datetime(2026, 11, 30, 5, tzinfo=UTC)


def test_it_is_read_back_and_never_drawn_again(service, ask, listener):
    first = ask(listener)
    heard = profile_of([*listener.heard, *ids_of(first)[:9]], MONDAY)
    again = ask(heard, MONDAY + timedelta(days=3))
    assert again.decision == first.decision
    assert ids_of(again) == ids_of(first)


def test_the_rules_remove_an_item_and_nothing_takes_its_place(service, ask, listener):
    first = ask(listener)
    gone, artist = (
        ids_of(first)[4],
        service.stock.view.artist[service.stock.view.number[ids_of(first)[7]]],
    )
    marks = {(gone, "feeling"): -1, (service.stock.view.ids[artist], "ban"): 1}
    later = ask(msgspec.structs.replace(listener, marks=marks))
    assert ids_of(later) == [i for k, i in enumerate(ids_of(first)) if k not in (4, 7)]
    assert [slot.position for slot in later.slots][4:6] == [5, 6]
    assert ids_of(ask(listener)) == ids_of(first), "a lifted ban brings it back"


def test_four_plays_are_too_few_and_the_fifth_brings_this_weeks_list(service, ask):
    wednesday = MONDAY + timedelta(days=2, hours=9)
    played = [track_id(a, 0) for a in (2, 8, 14, 20, 26)]
    assert ask(profile_of(played[:4], wednesday), wednesday) is None
    found = ask(profile_of(played, wednesday), wednesday)
    assert found.period == "2026-W48"
    assert found.visible_from_at == MONDAY
    assert found.decision.made_at == wednesday


def test_tallies_count_as_plays_and_as_heard(service, ask):
    tallied = {track_id(a, 0): 3 for a in range(0, 18, 6)}
    found = ask(profile_of([], MONDAY, tallies=tallied))
    assert len(found.slots) == 30
    assert not set(artists(service, ids_of(found))) & set(artists(service, tallied))


def test_a_new_week_brings_a_new_list_and_old_ones_stay_readable_four_weeks(
    service, store, ask, listener
):
    for week in range(6):
        found = ask(listener, MONDAY + timedelta(weeks=week))
    situation = service.situation(
        msgspec.structs.replace(listener, at=MONDAY + timedelta(weeks=5)), "discover_weekly"
    )
    before = weekly.previous(store.conn, situation)
    assert found.period == "2026-W53"
    assert [each.period for each in before] == ["2026-W52", "2026-W51", "2026-W50"]
    assert n_rows(store) == (6, 6)


def test_what_stood_on_a_list_lately_comes_again_only_where_it_must(ask, listener):
    """Fifty artists are new to the listener: thirty the first week, twenty others the second."""
    lists = [set(ids_of(ask(listener, MONDAY + timedelta(weeks=week)))) for week in range(6)]
    n_new = 60 - len({item_id[:9] for item_id in listener.heard})
    assert len(lists[0] & lists[1]) == 60 - n_new
    assert all(len(each) == 30 for each in lists)
    assert len(set.union(*lists)) == n_new


def test_the_year_turns_without_a_gap(ask, listener):
    weeks = [
        ask(listener, datetime(2026, 12, 31, tzinfo=UTC) + timedelta(days=d)).period
        for d in range(6)
    ]
    assert weeks == ["2026-W53"] * 4 + ["2027-W01"] * 2


def test_who_travels_west_keeps_the_newer_list_and_east_gets_the_next_at_once(ask, listener):
    sunday_in_la = datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert ask(listener, sunday_in_la, "America/Los_Angeles").period == "2026-W47"
    assert ask(listener, sunday_in_la, "Pacific/Auckland").period == "2026-W48"
    assert ask(listener, sunday_in_la, "America/Los_Angeles").period == "2026-W48"
    assert ask(listener, MONDAY + timedelta(days=1), "America/Los_Angeles").period == "2026-W48"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-10 * 24, 30 * 24),
            st.sampled_from(["UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata",
                             "Pacific/Kiritimati", "America/Havana", "Europe/Berlin"]),
        ),
        min_size=2, max_size=12,
    )
)  # fmt: skip
def test_clocks_and_zones_may_jump_and_there_is_still_one_list_a_week(service, moves):
    """Against a store kept as a dict: what ``Writer.decide`` promises, without its disk."""
    lists = {}
    terms = Terms(RECIPE, Ladder(lambda: 0.0), 5)
    profile = service.listener(5)
    for hours, tz in moves:
        at = MONDAY + timedelta(hours=hours)
        situation = service.situation(
            msgspec.structs.replace(profile, at=at), "discover_weekly", zone=tz
        )
        decision = weekly.due(service.conn, situation, terms)
        assert decision.period == iso_week(at, zone(tz))
        assert decision.visible_from_at <= at < decision.expires_at
        assert decision.expires_at - decision.visible_from_at <= timedelta(days=7, hours=1)
        kept = lists.setdefault(decision.period, decision)
        assert [s.item_id for s in kept.slots] == [s.item_id for s in decision.slots]


def test_the_change_of_clocks_moves_the_first_instant(ask, listener):
    """Summer time ends in Berlin on 25 October 2026: the Monday after begins at 23:00 UTC."""
    before = ask(listener, datetime(2026, 10, 20, tzinfo=UTC), "Europe/Berlin")
    assert before.visible_from_at == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert before.expires_at == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_a_small_catalogue_gives_a_shorter_list_that_says_so(service, ask):
    """Somebody who knows 50 of 60 artists: ten new tracks, and two of known artists beside them."""
    heard = [track_id(a, 0) for a in range(50)]
    found = ask(profile_of(heard, MONDAY))
    known = set(artists(service, heard))
    n_known = sum(1 for a in artists(service, ids_of(found)) if a in known)
    assert (len(found.slots), n_known) == (12, 2)
    assert found.decision.rung_because == "12 of 30: no more is new to this listener"
    logged = [slot.propensity for slot in found.slots]
    np.testing.assert_allclose(probability(found.decision), logged, atol=1e-9)


@pytest.mark.parametrize("n_artists", [0, 5, 30, 40, 55, 58])
def test_at_least_four_fifths_are_by_artists_never_heard(service, ask, n_artists):
    heard = [track_id(a, t) for a in range(n_artists) for t in (0, 2)] or ["track:elsewhere"]
    found = ask(profile_of(heard * 5, MONDAY))
    by = artists(service, ids_of(found))
    known = set(artists(service, [i for i in heard if i in service.stock.view.number]))
    assert sum(a not in known for a in by) >= 0.8 * len(by)
    assert len(set(by)) == len(by)


def test_nothing_left_to_discover_gives_no_list(service, ask):
    everything = [item_id for item_id in service.stock.view.ids if item_id.startswith("track:")]
    assert ask(profile_of(everything, MONDAY)) is None


def test_new_is_judged_at_reveal_even_of_a_draft(service, store, terms, listener, ask):
    saturday = msgspec.structs.replace(listener, at=MONDAY - timedelta(days=2))
    n = drafted(service, store, saturday, terms)
    assert n == 1
    draft = weekly.read_draft(
        store.conn, service.situation(listener, "discover_weekly").request, "2026-W48"
    )
    first = [track.item_id for track in draft.tracks[:2]]
    since = profile_of([*listener.heard, first[0]], MONDAY)
    banned = msgspec.structs.replace(since, marks={(first[1], "feeling"): -1})
    found = ask(banned)
    assert found.decision.model_version == draft.model_version
    assert not set(ids_of(found)) & {first[0], first[1]}
    assert len(found.slots) == 30
    shown = {track.item_id: track.reasons for track in draft.tracks}
    for slot in found.slots:
        said = [reason for reason in slot.reasons if reason.kind != "exploring"]
        assert said == list(shown[slot.item_id])[: len(said)] != []


def test_an_editors_pin_stands_with_probability_one_unless_heard(service, ask, listener):
    ruling = Ruling(
        ruling_id=uuid7(MONDAY), verdict="pin", about_id=track_id(59, 3), made_at=MONDAY,
        by_role="editor", reason="a debut", surface="discover_weekly",
        slot=SlotAddress("discover_weekly", 2),
    )  # fmt: skip
    stock = service.stock_with(rulings=Rulings(elsewhere=(ruling,)), bundle=service.bundle)
    found = ask(listener, stock=stock)
    assert found.slots[2].item_id == track_id(59, 3)
    assert len(found.slots) == 30
    assert artists(service, ids_of(found)).count(artists(service, [track_id(59, 3)])[0]) == 1
    logged = [slot.propensity for slot in found.slots]
    assert logged[2] == 1
    np.testing.assert_allclose(probability(found.decision), logged, atol=1e-9)
    knows = profile_of([*listener.heard, track_id(59, 0)], MONDAY, listener_id="listener-2")
    assert track_id(59, 3) not in ids_of(ask(knows, stock=stock))


def test_without_models_a_lower_rung_answers_and_says_why(service, store, ask, listener):
    found = ask(listener, stock=service.stock_with())
    assert found.decision.rung == "editorial"
    assert "personal: there is no model" in found.decision.rung_because
    assert "popular: nobody has played anything yet" in found.decision.rung_because
    assert len(found.slots) == 30
    released = service.stock.view.released_on[[service.stock.view.number[i] for i in ids_of(found)]]
    assert (np.diff(released) <= np.timedelta64(0)).all()

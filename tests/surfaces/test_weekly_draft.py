from datetime import timedelta
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.events import SlotAddress
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import load
from ritornello.surfaces.weekly_draft import (
    fitting,
    forget_drafts,
    has_draft,
    n_known_beside,
    rank,
    read_draft,
    write_drafts,
)
from ritornello.testing.small_service import N_ARTISTS, profile_of, track_id

RECIPE = load("discover_weekly")
NONE_SHOWN = np.zeros(0, dtype=np.int32)


@pytest.fixture
def ranked(service, listener):
    situation = service.situation(listener, "discover_weekly")
    return situation, rank(situation, RECIPE, Ladder(lambda: 0.0), list)


@given(st.integers(0, 100), st.floats(0.1, 1))
def test_the_share_of_new_artists_holds_and_one_more_would_break_it(n_new, share):
    n_known = n_known_beside(n_new, share)
    assert n_new >= share * (n_new + n_known) - 1e-6
    assert n_new < share * (n_new + n_known + 1) + 1e-6


def test_a_ranking_is_one_track_an_artist_best_first_new_artists_before_known(service, ranked):
    situation, found = ranked
    rows = found.candidates.rows
    by_new = situation.by_new_artist(rows)
    assert found.rung == "personal"
    assert len(set(service.stock.view.artist[rows].tolist())) == len(rows)
    assert (np.diff(by_new.astype(int)) <= 0).all()
    assert (np.diff(found.candidates.scores[by_new]) <= 0).all()


def test_what_fits_is_best_first_whatever_was_put_behind(service, ranked):
    situation, found = ranked
    fits = fitting(situation, RECIPE, found.candidates, NONE_SHOWN)
    assert (np.diff(fits.scores) <= 0).all()
    assert situation.by_new_artist(fits.rows).all()


def test_what_was_shown_lately_is_taken_back_only_to_fill_the_list(service, ranked):
    situation, found = ranked
    fits = fitting(situation, RECIPE, found.candidates, NONE_SHOWN)
    n = len(fits.rows)
    few = fitting(situation, RECIPE, found.candidates, fits.rows[:5])
    assert not set(few.rows.tolist()) & set(fits.rows[:5].tolist())
    many = fitting(situation, RECIPE, found.candidates, fits.rows[: n - 10])
    assert len(many.rows) == 30
    assert set(fits.rows[n - 10 :].tolist()) <= set(many.rows.tolist())
    assert (np.diff(many.scores) <= 0).all()


def test_reasons_go_with_their_tracks_through_ranking_fitting_and_resting(service, store, ranked):
    situation, found = ranked
    every = np.arange(len(found.candidates.rows))
    ids = [service.stock.view.ids[row] for row in found.candidates.rows]
    why = dict(zip(ids, found.candidates.reasons(every), strict=True))
    write_drafts(store.conn, [(situation.request, "2026-W48", found.draft(situation))])
    again = read_draft(store.conn, situation.request, "2026-W48").ranked(situation)
    fits = fitting(situation, RECIPE, again.candidates, NONE_SHOWN)
    places = np.array([7, 2, 11])
    expected = [why[service.stock.view.ids[fits.rows[place]]] for place in places]
    assert fits.reasons(places) == expected
    assert (again.rung, again.model_version) == (found.rung, found.model_version)


def test_a_draft_older_than_a_correction_is_none(service, store, ranked):
    situation, found = ranked
    write_drafts(store.conn, [(situation.request, "2026-W48", found.draft(situation))])

    def corrected(**ago):
        about = ("context:playlist:sleep", "exclude")
        profile = msgspec.structs.replace(
            situation.profile, marked_at={about: service.now - timedelta(**ago)}
        )
        return msgspec.structs.replace(situation.request, profile=profile)

    assert read_draft(store.conn, corrected(hours=1), "2026-W48") is not None
    assert read_draft(store.conn, corrected(hours=-1), "2026-W48") is None


def test_drafts_are_one_a_week_and_forgotten_when_it_is_over(store, ranked):
    situation, found = ranked
    for week in ("2026-W48", "2026-W48", "2026-W49"):
        write_drafts(store.conn, [(situation.request, week, found.draft(situation))])
    assert store.conn.execute("SELECT count(*) FROM drafts").fetchone() == (2,)
    forget_drafts(store.conn, "2026-W49")
    assert not has_draft(store.conn, situation.profile.listener_id, "discover_weekly", "2026-W48")
    assert has_draft(store.conn, situation.profile.listener_id, "discover_weekly", "2026-W49")


def test_a_draft_of_a_track_the_catalogue_lost_leaves_it_out(service, store, ranked):
    import msgspec

    situation, found = ranked
    draft = found.draft(situation)
    strange = msgspec.structs.replace(draft.tracks[0], item_id="track:lost")
    lost = msgspec.structs.replace(draft, tracks=(strange, *draft.tracks[1:]))
    fits = fitting(situation, RECIPE, lost.ranked(situation).candidates, NONE_SHOWN)
    assert -1 not in fits.rows


def test_a_ranking_nothing_is_new_to_falls_to_the_catalogues_newest(service):
    """All the models know is heard; one track came after the training."""
    heard = list(service.bundle.vocabulary.ids)
    situation = service.situation(profile_of(heard, service.now), "discover_weekly")
    found = rank(situation, RECIPE, Ladder(lambda: 0.0), list)
    assert found.rung == "editorial"
    assert "personal: nothing it knows is new" in found.rung_because
    assert [service.stock.view.ids[row] for row in found.candidates.rows] == ["track:a59t8"]
    assert track_id(N_ARTISTS - 1, 0) in heard


def test_only_a_pin_that_can_stand_takes_its_artists_place(service, listener):
    def fitting_artists(**more):
        pin = Ruling(
            ruling_id=UUID(int=1), verdict="pin", about_id=track_id(57, 2), made_at=service.now,
            by_role="editor", reason="a debut", surface="discover_weekly",
            slot=SlotAddress("discover_weekly", 0),
        )  # fmt: skip
        stock = service.stock_with(rulings=Rulings(elsewhere=(pin,)), bundle=service.bundle)
        profile = msgspec.structs.replace(listener, **more)
        situation = service.situation(profile, "discover_weekly", stock=stock)
        found = rank(situation, RECIPE, Ladder(lambda: 0.0), list).candidates
        fits = fitting(situation, RECIPE, found, NONE_SHOWN)
        return {situation.view.ids[row][:9] for row in fits.rows}

    assert "track:a57" not in fitting_artists()
    assert "track:a57" in fitting_artists(snoozed=frozenset({track_id(57, 2)}))

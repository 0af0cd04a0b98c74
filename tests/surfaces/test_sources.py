import msgspec
import numpy as np

from ritornello.surfaces.sources import (
    SOURCES,
    artist_keys,
    because_you_played,
    jump_back_in,
    made_for_you,
    n_artists,
    new_for_you,
    popular_now,
)
from ritornello.testing.small_service import N_ARTISTS, artist_id, profile_of, track_id


def only(found):
    (candidates,) = found
    return candidates


def test_every_source_of_a_recipe_is_there():
    from typing import get_args

    from ritornello.surfaces.home import CANDIDATES
    from ritornello.surfaces.recipes import SourceName

    assert set(CANDIDATES) == set(get_args(SourceName))


def test_all_sources_name_the_best_first_and_say_why(service, listener):
    for name, source in SOURCES.items():
        for candidates in source(service.situation(listener), 2):
            assert len(candidates.rows) == len(candidates.scores) > 0, name
            assert (np.diff(candidates.scores) <= 0).all(), name
            reasons = candidates.reasons(np.arange(3))
            assert len(reasons) == 3
            assert all(reasons), name


def test_jump_back_in_leaves_out_what_was_only_skipped(service, listener):
    skipped = next(iter(listener.plays))
    once = msgspec.structs.replace(listener.plays[skipped], n_plays=0, n_skips=4)
    recent = tuple(r for r in listener.recent if r.item_id != skipped)
    profile = msgspec.structs.replace(
        listener, plays=listener.plays | {skipped: once}, recent=recent
    )
    rows = only(jump_back_in(service.situation(profile), 1)).rows
    assert service.stock.view.number[skipped] not in rows
    assert len(rows) == len(listener.plays) - 1


def test_made_for_you_ranks_by_the_blend_heard_and_unheard(service, listener):
    situation = service.situation(listener)
    candidates = only(made_for_you(situation, 1))
    column = int(np.argmax(np.where(situation.allowed_columns, situation.scores, -np.inf)))
    assert candidates.rows[0] == service.stock.rows[column]
    heard = situation.heard[candidates.rows]
    assert 0 < heard.sum() < len(heard)


def test_made_for_you_has_nothing_for_whom_nothing_is_known_of(service):
    assert list(made_for_you(service.situation(profile_of([], service.now)), 1)) == []


def test_reasons_of_the_blend_are_its_contributions(service, listener):
    situation = service.situation(listener)
    candidates = only(made_for_you(situation, 1))
    columns = situation.pool[:5]
    parts = service.bundle.blend.contributions(situation.taste, columns)
    for row, reasons in zip(parts, candidates.reasons(np.arange(5)), strict=True):
        mass = np.maximum(row, 0).sum()
        best = np.maximum(row, 0).max() / mass
        assert np.isclose(reasons[0].share, best, atol=1e-6)


def test_new_for_you_needs_no_known_artist_while_thirty_new_ones_are_left(service, listener):
    situation = service.situation(listener)
    rows = only(new_for_you(situation, 1)).rows
    assert situation.new(rows).all()
    assert situation.by_new_artist(rows).all()


def test_new_for_you_falls_back_on_unheard_tracks_of_known_artists(service):
    heard = [track_id(a, 0) for a in range(N_ARTISTS - 2)]
    situation = service.situation(profile_of(heard, service.now))
    rows = only(new_for_you(situation, 1)).rows
    assert situation.new(rows).all()
    assert not situation.by_new_artist(rows).all()
    assert n_artists(service.stock.view, rows) > 30


def test_because_you_played_names_one_item_an_artist(service):
    heard = [track_id(6, t) for t in range(5)] + [track_id(12, 3)]
    lists = list(because_you_played(service.situation(profile_of(heard, service.now)), 2))
    assert [each.about_id for each in lists] == [track_id(12, 3), track_id(6, 4)]
    assert lists[0].reasons(np.arange(1))[0][0].about_id == track_id(12, 3)


def test_because_you_played_passes_over_skips_bans_and_strangers(service, listener):
    first = listener.recent[0].item_id
    skipped = msgspec.structs.replace(listener.recent[0], reading="skip")
    situation = service.situation(
        msgspec.structs.replace(listener, recent=(skipped, *listener.recent[1:]))
    )
    assert first not in [each.about_id for each in because_you_played(situation, 2)]
    marks = {(artist_id(int(first[7:9])), "ban"): 1}
    banned = service.situation(msgspec.structs.replace(listener, marks=marks))
    assert first not in [each.about_id for each in because_you_played(banned, 2)]


def test_because_you_played_goes_by_counts_where_no_play_has_a_time(service):
    tallies = {track_id(6, 1): 3, track_id(12, 1): 90, track_id(18, 1): 10}
    situation = service.situation(profile_of([], service.now, tallies=tallies))
    lists = list(because_you_played(situation, 2))
    assert [each.about_id for each in lists] == [track_id(12, 1), track_id(18, 1)]
    assert lists[0].reasons(np.arange(1))[0][0].n_plays == 90


def test_popular_now_is_what_most_played_lately(service, listener):
    candidates = only(popular_now(service.situation(listener), 1))
    recent = service.bundle.popularity.recent
    best = service.bundle.vocabulary.ids[int(recent.argmax())]
    assert service.stock.view.ids[candidates.rows[0]] == best


def test_rows_without_an_artist_are_artists_of_their_own(service):
    view = service.stock.view
    rows = view.rows([artist_id(1), artist_id(2), track_id(1, 0), track_id(1, 1)])
    keys = artist_keys(view, rows)
    assert keys[2] == keys[3]
    assert len(set(keys.tolist())) == 3
    assert n_artists(view, rows) == 3

"""Five choices: what is offered, and what choosing does to the very next page."""

import sqlite3
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.decisions import Reason
from ritornello.store.database import create_tables, execute_rows, schema, transaction
from ritornello.surfaces import home
from ritornello.surfaces.onboarding import (
    ENOUGH_KNOWN,
    N_CHOICES,
    N_GROUPS,
    N_STANDING,
    _parted,
    groups,
    leaning,
    of_choice,
    segments_of,
)
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.testing.small_service import artist_id, profile_of, track_id
from ritornello.worlds.toy import Size, make_toy

RECIPE = load("home")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def chose(service, *artists, heard=(), **marks):
    chosen = {(artist_id(artist), "chosen"): 1 for artist in artists}
    profile = profile_of(list(heard), service.now, marks=chosen | marks)
    return service.situation(profile)


@pytest.fixture(scope="module")
def toy():
    """A catalogue with twelve genres of music and six of talk, nothing trained."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema("ritornello.catalog")])
    world = make_toy(NOW, np.random.default_rng(1), Size(n_listeners=9, n_weeks=2))
    with transaction(conn):
        for sql, rows in items.changes(world.items):
            execute_rows(conn, sql, rows)
    view = View.read(conn)
    asked = Request.of(profile_of([], NOW), "home", time_zone="UTC", budget=0.1, seed=7)
    return Situation(asked, stock_of(view, NO_RULINGS, None))


def test_there_are_five_groups_of_six_and_nobody_stands_twice(service, toy):
    for situation in (toy, service.situation(profile_of([], service.now))):
        found = groups(situation)
        choices = [choice for group in found for choice in group.choices]
        assert [len(group.choices) for group in found] == [N_CHOICES] * N_GROUPS
        assert len(set(choices)) == len(choices)
        assert {choice.partition(":")[0] for choice in choices} <= {"artist", "show"}


def test_every_genre_has_one_group_and_a_group_offers_each_of_its_genres(toy):
    view, found = toy.view, groups(toy)
    named = [genre for group in found for genre in group.genres]
    assert len(set(named)) == len(named) >= 12
    for group in found:
        of = {view.genres[view.genre[view.number[choice]]] for choice in group.choices}
        assert of == set(group.genres)


def test_without_genres_the_most_heard_makers_are_dealt_out(service):
    situation = service.situation(profile_of([], service.now))
    assert {group.genres for group in groups(situation)} == {()}
    popular = service.bundle.popularity.all_time
    reach = {
        artist: popular[
            service.bundle.vocabulary.columns_of([track_id(artist, t) for t in range(8)])
        ]
        for artist in range(60)
    }
    top = max(reach, key=lambda artist: reach[artist].sum())
    assert groups(situation)[0].choices[0] == artist_id(top)


def test_what_may_not_be_shown_is_not_offered(service):
    banned = {(artist_id(a), "ban"): 1 for a in range(50)}
    profile = profile_of([], service.now, marks=banned)
    found = [choice for group in groups(service.situation(profile)) for choice in group.choices]
    assert 0 < len(found) <= 10
    assert not {artist_id(a) for a in range(50)} & set(found)


def test_an_empty_catalogue_offers_nothing(service):
    profile = profile_of([], service.now, marks={(artist_id(a), "ban"): 1 for a in range(60)})
    assert groups(service.situation(profile)) == []


def test_genres_that_are_near_share_a_group_and_groups_are_of_one_size():
    near = np.kron(np.eye(5), np.ones((2, 2)))
    heard = np.arange(10, 0, -1.0)
    assert sorted(map(tuple, _parted(heard, near))) == [(n, n + 1) for n in range(0, 10, 2)]
    alone = _parted(np.ones(13), np.eye(13))
    assert sorted(len(part) for part in alone) == [2, 2, 3, 3, 3]
    assert sorted(genre for part in alone for genre in part) == list(range(13))


def test_the_very_next_page_goes_by_what_was_chosen(service, ladder):
    def decide(situation):
        return home.decide(situation, RECIPE, ladder, remembered=lambda: None, counted=list)

    page = decide(chose(service, 3, 9, 15))
    assert page.rung == "personal", page.rung_because
    chosen = [slot for slot in page.slots if slot.shelf == "from_chosen"]
    assert {slot.item_id[6:9] for slot in chosen} == {"a03", "a09", "a15"}
    assert {slot.reasons[0].kind for slot in chosen} == {"you_chose"}
    styles = [int(s.item_id[7:9]) % 6 for s in page.slots if s.shelf == "made_for_you"]
    assert np.mean(np.array(styles) == 3) > 0.9
    made = [slot for slot in page.slots if slot.shelf == "made_for_you"]
    about = {reason.about_id for slot in made for reason in slot.reasons}
    assert about <= {artist_id(3), artist_id(9), artist_id(15), None}
    assert decide(chose(service)).rung == "segment"


def test_a_choice_is_no_history_and_stops_speaking_once_there_is_one(service):
    situation = chose(service, 3, 9)
    lent = leaning(situation)
    assert len(lent.taste.columns) == 2 * N_STANDING
    assert (np.diff(lent.taste.columns) > 0).all()
    assert lent.own.is_empty
    assert not lent.heard.any()
    assert situation.taste.is_empty
    heard = [track_id(artist, track) for artist in range(0, 60, 6) for track in (1, 2)]
    known = chose(service, 3, heard=heard)
    assert len(known.taste.columns) == ENOUGH_KNOWN
    assert leaning(known) is known


def test_a_ban_or_a_correction_takes_the_choice_back(service):
    excluded = {(artist_id(3), "exclude"): 1}
    marks = {(artist_id(3), "chosen"): 1}
    for more in (excluded, {(artist_id(3), "ban"): 1}):
        situation = service.situation(profile_of([], service.now, marks=marks | more))
        assert leaning(situation) is situation


def test_reasons_about_what_stands_for_a_choice_name_the_maker_once(service):
    situation = chose(service, 3, heard=[track_id(9, 1)])
    told = of_choice(
        situation,
        (
            Reason("because_you_played", 0.4, track_id(3, 0)),
            Reason("because_you_played", 0.3, track_id(9, 1)),
            Reason("because_you_played", 0.2, track_id(3, 2)),
        ),
    )
    assert [(r.kind, r.about_id) for r in told] == [
        ("you_chose", artist_id(3)), ("because_you_played", track_id(9, 1)),
    ]  # fmt: skip
    assert told[0].share == pytest.approx(0.6)


def test_segments_are_those_of_what_was_chosen_and_heard(service):
    assert segments_of(chose(service)) == {"activity:light": 1.0}
    popularity = service.bundle.popularity
    genre = np.array([int(i[7:9]) % 6 for i in service.bundle.vocabulary.ids], dtype=np.int16)
    segments = (*(f"genre:{n}" for n in range(6)), *popularity.segments)
    labelled = msgspec.structs.replace(
        popularity, genre_of=genre, segments=segments,
        by_segment=np.tile(popularity.all_time, (len(segments), 1)),
    )  # fmt: skip
    bundle = msgspec.structs.replace(
        service.bundle, scorers={**service.bundle.scorers, "popularity": labelled}
    )
    marks = {(artist_id(a), "chosen"): 1 for a in (3, 9, 4)}
    profile = profile_of([], service.now, marks=marks)
    shares = segments_of(service.situation(profile, stock=service.stock_with(bundle=bundle)))
    assert shares == pytest.approx({"genre:3": 2 / 3, "genre:4": 1 / 3})

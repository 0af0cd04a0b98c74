import dataclasses
from uuid import UUID

import msgspec
import numpy as np
import pytest

from ritornello.catalog.rulings import NO_RULINGS
from ritornello.kinds.decisions import Decision, Reason
from ritornello.kinds.errors import BadValue
from ritornello.policies import objectives
from ritornello.policies.replay import probability
from ritornello.policies.traits import ARTIST, ENERGY, GENRE, NEW
from ritornello.surfaces.recipes import ShelfShape, parse_recipe
from ritornello.surfaces.shelf_traits import N_GENRES, genre_shares, traits_of
from ritornello.surfaces.situation import stock_of
from ritornello.surfaces.slates import Slate
from ritornello.surfaces.sources import Candidates
from ritornello.testing.small_service import profile_of, track_id


def rows_of(situation, *pairs):
    return situation.view.rows(track_id(a, t) for a, t in pairs)


@pytest.fixture(scope="module")
def labelled(service):
    """The same service, its tracks labelled: one of seven genres by the artist, some none."""
    view = service.stock.view
    genre = np.where(view.artist < 0, -1, view.artist % 8 - 1).astype(np.int32)
    words = ["folk", "jazz", "punk", "soul", "house", "waltz", "polka"]
    view = dataclasses.replace(view, genre=genre, genres=words)
    return msgspec.structs.replace(service, stock=stock_of(view, NO_RULINGS, service.bundle))


def test_each_trait_says_of_a_candidate_what_the_catalogue_and_the_profile_say(labelled, listener):
    situation = labelled.situation(listener)
    heard = next(iter(listener.heard))
    rows = np.append(rows_of(situation, (50, 1), (51, 1)), situation.view.number[heard])
    traits = traits_of((GENRE, NEW, ARTIST, ENERGY), rows, situation)
    view = situation.view
    assert traits.column(NEW).tolist() == [1.0, 1.0, 0.0]
    assert traits.column(ARTIST).tolist() == view.artist[rows].tolist()
    assert np.isfinite(traits.column(ENERGY)).all()
    for name, wanted in zip(traits.names, traits.target, strict=True):
        if name.startswith(GENRE):
            genre = view.genres.index(name.removeprefix(GENRE))
            assert traits.column(name).tolist() == (view.genre[rows] == genre).tolist()
            assert wanted > 0


def test_the_target_is_the_listeners_shares_of_plays(labelled, listener):
    situation, counted = labelled.situation(listener), {}
    for item_id in listener.heard:
        genre = int(situation.view.genre[situation.view.number[item_id]])
        counted[genre] = counted.get(genre, 0) + listener.plays[item_id].n_plays
    counted.pop(-1, None)
    shares = genre_shares(situation)
    assert len(shares) == min(len(counted), N_GENRES)
    for genre, share in shares.items():
        assert share == pytest.approx(counted[genre] / sum(counted.values()), abs=1e-4)


def test_who_heard_nothing_has_no_target(labelled, now):
    traits = traits_of(
        (GENRE, NEW), np.array([0, 1], np.int32), labelled.situation(profile_of([], now))
    )
    assert (traits.names, traits.target) == ((NEW,), ())


def test_nothing_to_choose_from_has_no_traits(labelled, listener):
    traits = traits_of((ENERGY, ARTIST), np.array([], np.int32), labelled.situation(listener))
    assert traits.values.shape == (0, 2)


def drawn(labelled, listener, objective, policy="greedy", budget=0.3):
    """A shelf of ten from forty tracks, four an artist."""
    situation = labelled.situation(listener, budget=budget)
    rows = rows_of(situation, *[(a, t) for a in range(20, 30) for t in range(4)])
    scores = np.linspace(2, 1, len(rows), dtype=np.float32)
    why = (Reason("popular", 1.0),)
    candidates = Candidates("blend", rows, scores, lambda places: [why] * len(places))
    shape = ShelfShape(
        name="a", title="A", length=10, shortlist=40, per_artist=4, policy=policy,
        objective=objective,
    )  # fmt: skip
    slate = Slate(situation, np.random.default_rng(0))
    slate.add(shape, candidates)
    return situation, slate


def test_a_shelf_with_an_objective_logs_what_it_read_and_replays(labelled, listener, now):
    objective = "calibrated(strength=2.0)+balanced(discovery=1,artists=3)+sequenced(spacing=1)"
    _, slate = drawn(labelled, listener, objective, "plackett_luce")
    shelf = slate.shelves[0]
    assert shelf.objective == str(objectives.parse(objective).without_boosts())
    assert {NEW, ARTIST, ENERGY} < set(shelf.traits)
    assert len(shelf.target) == len(shelf.traits) == len(shelf.shortlist[0].traits)
    decision = Decision(
        decision_id=UUID(int=1), listener_id="listener-1", surface="home", made_at=now,
        shelves=tuple(slate.shelves), slots=tuple(slate.slots), rung="personal",
        policy_version="1", model_version="m", recipe_hash="h",
    )  # fmt: skip
    again = msgspec.json.decode(msgspec.json.encode(decision), type=Decision)
    logged = [slot.propensity for slot in slate.slots]
    np.testing.assert_allclose(probability(again), logged, atol=1e-9)
    assert min(logged) > 0


def test_artists_are_spread_where_that_is_the_objective(labelled, listener):
    def n_artists(objective):
        situation, slate = drawn(labelled, listener, objective)
        rows = situation.view.rows(slot.item_id for slot in slate.slots)
        return len(set(situation.view.artist[rows].tolist()))

    assert n_artists("") == 3
    assert n_artists("balanced(artists=50)") == 10


def test_what_the_objective_wants_is_no_exploration(labelled, listener):
    """A slot is a try where it differs from what greedy and objective would show together."""
    _, slate = drawn(labelled, listener, "balanced(artists=50)", "plackett_luce", budget=1e-9)
    assert [slot.reasons[0].kind for slot in slate.slots] == ["popular"] * 10


TEXT = """
surface = "home"
version = 1
[[shelves]]
name = "a"
title = "A"
source = "made_for_you"
length = 5
shortlist = 20
per_artist = 2
objective = "{}"
"""


def test_a_recipe_with_an_objective_nobody_could_serve_is_refused():
    with pytest.raises(BadValue, match=r"shelves\[0\].objective: .*did you mean 'calibrated'"):
        parse_recipe(TEXT.format("calibrate"), "home.toml")

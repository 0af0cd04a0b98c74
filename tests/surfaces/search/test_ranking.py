"""The order of what was found: monotone in every part, everybody's for whom nothing is known of, and it says why."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.surfaces import onboarding
from ritornello.surfaces.recipes import load
from ritornello.surfaces.search import ranking
from ritornello.surfaces.search.history import History, history_of
from ritornello.surfaces.search.hits import Hits
from ritornello.surfaces.search.ranking import PARTS, Parts, ranked, weights_of
from ritornello.testing.small_service import artist_id, profile_of, track_id

SHAPE = load("search").searching
shares = st.floats(0, 1, allow_subnormal=False)


def hits_on(situation, item_ids, near=0.9):
    rows = situation.view.rows(item_ids)
    near = np.full(len(rows), near) if np.isscalar(near) else np.array(near)
    return Hits(rows, near, np.zeros(len(rows)))


def in_order(situation, hits, *, p=1.0, history=None, with_models=True, **more):
    history = history or history_of(situation)
    weights = weights_of(SHAPE, p)
    found = ranked(
        hits, situation, history, SHAPE, weights, popularity=situation.stock.popularity,
        with_models=with_models, **more,
    )  # fmt: skip
    return [situation.view.ids[row] for row in found.parts.rows[found.order]], found


@given(
    values=st.lists(shares, min_size=len(PARTS), max_size=len(PARTS)),
    part=st.integers(0, len(PARTS) - 1),
    more=shares,
    p=shares,
)
def test_a_score_never_falls_when_a_part_of_it_rises(values, part, more, p):
    lower, higher = np.array(values), np.array(values)
    higher[part] = max(values[part], more)
    parts = Parts(np.arange(2, dtype=np.int32), np.stack([lower, higher]), np.zeros(2))
    before, after = parts.scores(weights_of(SHAPE, p))
    assert after >= before - 1e-9


@given(p=shares)
def test_weights_lie_between_those_of_the_two_mindsets(p):
    known, exploring = (
        np.array(msgspec.structs.astuple(w)) for w in (SHAPE.known_item, SHAPE.exploring)
    )
    mixed = weights_of(SHAPE, p)
    assert (mixed >= np.minimum(known, exploring) - 1e-9).all()
    assert (mixed <= np.maximum(known, exploring) + 1e-9).all()


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_of_whom_nothing_is_known_the_order_is_everybodys_exactly(house, service, p):
    nobody = house.situation(profile_of([], service.now))
    every = [i for i in house.stock.view.ids if i.startswith("track")]
    rng = np.random.default_rng(7)
    hits = hits_on(nobody, every, rng.random(len(every)))
    personal, found = in_order(nobody, hits, p=p)
    nothing = History(np.empty(0, np.int32), np.empty(0, np.float32))
    everybodys, _ = in_order(nobody, hits, p=p, history=nothing, with_models=False)
    assert personal == everybodys
    personal_parts = [PARTS.index(name) for name in ("own", "maker", "taste")]
    assert not found.parts.values[:, personal_parts].any()


def test_what_is_played_more_often_and_later_stands_higher(house, service):
    heard = [track_id(9, 2)] * 6 + [track_id(15, 2)] + [track_id(21, 2)] * 6
    situation = house.situation(profile_of(heard, service.now))
    order, _ = in_order(
        situation, hits_on(situation, [track_id(a, 2) for a in (3, 9, 15, 21)]), with_models=False
    )
    assert order == [track_id(21, 2), track_id(9, 2), track_id(15, 2), track_id(3, 2)]


def test_a_loved_artist_lifts_what_is_theirs(house, service):
    marks = {(artist_id(9), "follow"): 1, (artist_id(15), "feeling"): 1}
    situation = house.situation(profile_of([], service.now, marks=marks))
    hits = hits_on(situation, [track_id(a, 2) for a in (3, 9, 15)])
    order, found = in_order(situation, hits, p=0.0, with_models=False)
    assert set(order[:2]) == {track_id(9, 2), track_id(15, 2)}
    (top, *_) = found.order
    why = {reason.kind: reason for reason in found.reasons(int(top))}
    assert why["because_you_love"].about_id in {artist_id(9), artist_id(15)}


def test_taste_prefers_the_listeners_style_among_namesakes(house, service):
    situation = house.situation(service.listener(2, n_plays=40))
    heard = situation.profile.heard
    unheard = [track_id(a, t) for a in range(12) for t in (2, 3) if track_id(a, t) not in heard]
    order, found = in_order(situation, hits_on(situation, unheard), p=0.0)
    own_style = [int(item_id[7:9]) % 6 == 2 for item_id in order]
    assert all(own_style[: sum(own_style)])
    values = found.parts.values[found.order]
    assert values[0, ranking.TASTE] > 0


def test_reasons_are_the_parts_of_the_score_and_none_is_told_that_gave_nothing(house, service):
    profile = profile_of([track_id(9, 2)] * 4, service.now)
    situation = house.situation(profile)
    hits = hits_on(situation, [track_id(9, 2), track_id(3, 3), "artist:love"])
    _, found = in_order(situation, hits, p=0.5)
    for place, row in enumerate(found.parts.rows):
        mass = found.weights * found.parts.values[place]
        told = found.reasons(place)
        asked = next(reason for reason in told if reason.kind == "asked_for")
        assert asked.share == pytest.approx(mass[ranking.TEXT] / mass.sum())
        assert sum(reason.share for reason in told) <= 1 + 1e-9
        about = {reason.kind for reason in told}
        if situation.view.ids[row] == "artist:love":
            assert not about & {"you_keep_returning", "because_you_played", "because_you_love"}
    (own,) = [r for r in found.reasons(0) if r.kind == "you_keep_returning"]
    assert (own.about_id, own.n_plays) == (track_id(9, 2), 4)


def test_what_must_not_lead_to_recommendations_says_nothing(house, service):
    heard = [track_id(9, 2)] * 4
    plain = profile_of(heard, service.now)
    excluded = profile_of(heard, service.now, unused=[track_id(9, 2)])
    assert not history_of(house.situation(plain)).is_empty
    assert history_of(house.situation(excluded)).is_empty


def test_a_maker_is_known_by_all_that_is_theirs(house, service):
    heard = [track_id(9, 2)] * 4 + [track_id(9, 3)] * 2 + ["track:love0"]
    situation = house.situation(profile_of(heard, service.now))
    history = history_of(situation)
    activation = RepeatScorer(RepeatConfig(), len(situation.view)).activation(situation.own)
    by_row = dict(zip(situation.own.columns.tolist(), activation.tolist(), strict=True))
    of_nine = [by_row[situation.view.number[track_id(9, t)]] for t in (2, 3)]
    expected = np.log1p(np.expm1(of_nine).sum())
    (found,) = history.of(situation.view.rows([artist_id(9)]))
    assert found == pytest.approx(expected, rel=1e-5)
    (album,) = history.of(situation.view.rows(["album:love"]))
    assert album == pytest.approx(by_row[situation.view.number["track:love0"]], rel=1e-5)
    assert history.of(np.array([-1], dtype=np.int32)).tolist() == [0.0]


def test_freshness_halves_with_its_half_life(house, service):
    situation = house.situation(profile_of([], service.now))
    rows = situation.view.rows(["track:own", "track:love0", "artist:love"])
    fresh = ranking.freshness(situation, rows, 1.0)
    assert fresh[0] == pytest.approx(0.5)
    assert fresh[1] < 1e-6
    assert fresh[2] == 0


def test_of_a_long_history_the_models_are_asked_with_what_is_known_best(
    house, service, monkeypatch
):
    heard = [track_id(9, 2)] * 5 + [track_id(a, 3) for a in range(20)]
    situation = house.situation(profile_of(heard, service.now))
    hits = hits_on(situation, [track_id(15, 2), track_id(3, 2)])
    _, whole = in_order(situation, hits)
    monkeypatch.setattr(ranking, "N_HEARD", 1)
    _, found = in_order(situation, hits)
    (column,) = found.parts.given.taste.columns
    assert service.bundle.vocabulary.ids[column] == track_id(9, 2)
    assert len(whole.parts.given.taste.columns) == 21


def test_what_stands_for_a_choice_says_so(house, service):
    situation = house.situation(profile_of([], service.now, marks={(artist_id(9), "chosen"): 1}))
    leaning = onboarding.leaning(situation)
    hits = hits_on(leaning, [track_id(15, 2)])
    _, found = in_order(leaning, hits, p=0.0)
    told = {reason.kind: reason.about_id for reason in found.reasons(0)}
    assert told["you_chose"] == artist_id(9)
    assert not {"because_you_played", "because_you_love"} & told.keys()

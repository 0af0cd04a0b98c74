"""What lies near a taste: a part of the blend's own score, for one taste only."""

from datetime import UTC, datetime

import numpy as np

from ritornello.surfaces import near_tastes, tastes
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import history, profile_of

SHAPE = load("daily_mix").mixes
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def situation_of(service, styles=(1, 3), n=60):
    rng = np.random.default_rng(0)
    heard = [item for style in styles for item in history(rng, style, n)]
    return service.situation(profile_of(heard, NOW), "daily_mix")


def clusters_of(situation):
    heard = tastes.heard_of(situation, SHAPE)
    factors = situation.bundle.ials.factors
    return tastes.clusters_of(situation, heard, SHAPE, factors=factors, before=[])


def test_the_parts_of_all_tastes_and_the_rest_are_the_score(service):
    situation = situation_of(service)
    clusters = clusters_of(situation)
    for taste, found in zip(clusters, near_tastes.near(situation, clusters, 60), strict=True):
        columns = situation.stock.columns[found.rows]
        parts = situation.bundle.blend.contributions(situation.taste, columns)
        rows = situation.stock.rows[situation.taste.columns]
        of_taste = np.isin(situation.view.artist[rows], taste.heard.artists)
        np.testing.assert_allclose(found.scores, parts[:, :-1][:, of_taste].sum(axis=1), rtol=1e-4)
        np.testing.assert_allclose(
            found.scores + parts[:, :-1][:, ~of_taste].sum(axis=1) + parts[:, -1],
            situation.scores[columns],
            rtol=1e-3,
            atol=1e-4,
        )


def test_the_new_are_new_near_one_taste_alone_and_one_an_artist(service):
    situation = situation_of(service)
    clusters = clusters_of(situation)
    found = near_tastes.near(situation, clusters, 60)
    rows = np.concatenate([candidates.rows for candidates in found])
    assert len(set(rows.tolist())) == len(rows)
    assert situation.new(rows).all()
    assert situation.allowed[rows].all()
    for taste, candidates in zip(clusters, found, strict=True):
        artists = situation.view.artist[candidates.rows]
        assert len(set(artists.tolist())) == len(artists)
        best = {int(situation.view.ids[row][7:9]) % 6 for row in candidates.rows[:8]}
        own = {int(situation.view.ids[row][7:9]) % 6 for row in taste.heard.rows}
        assert best == own


def test_reasons_name_what_is_heard_of_this_taste(service):
    situation = situation_of(service)
    clusters = clusters_of(situation)
    for taste, found in zip(clusters, near_tastes.near(situation, clusters, 20), strict=True):
        own = {situation.view.ids[row] for row in taste.heard.rows}
        for reasons in found.reasons(np.arange(len(found.rows))):
            assert reasons
            assert {reason.about_id[:9] for reason in reasons} <= {item_id[:9] for item_id in own}

"""From interactions to a bundle: what is learnt, what is repeated, what is told."""

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from ritornello.kinds.errors import UnknownName
from ritornello.measures.ranking import best, of_ranking
from ritornello.measures.relevance import ndcg
from ritornello.models import optional, training
from ritornello.models.bundle import BLENDED
from ritornello.models.ease import EaseConfig, train_ease
from ritornello.models.holdout import hide
from ritornello.models.ials import IalsConfig, scorer_of
from ritornello.models.interactions import Pairs, Plays, from_plays, gather
from ritornello.models.optional import OPTIONAL
from ritornello.models.training import (
    OPTIONAL_RANGES,
    TrainingConfig,
    ials_ranges,
    judges,
    train,
)
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.scorers import KNOWING_CHECKS, checkerboard, rounds
from ritornello.testing.tastes import taste

AT = datetime(2026, 11, 21, tzinfo=UTC)
SMALL = TrainingConfig(ials=IalsConfig(n_factors=8, regularization=1.0, n_rounds=5))
HOUR_S = 3600.0


def trained(interactions, config=SMALL, seed=1, **more):
    return train(interactions, config, np.random.default_rng(seed), trained_at=AT, **more)


def untimed():
    world = checkerboard()
    return gather(
        world.listeners, world.vocabulary, Pairs(world.rows, world.columns, world.n_plays)
    )


def creatures_of_habit(n_listeners=60, n_items=40, n_plays=60):
    """A world where everybody plays their latest favourite again and again, and then the next."""
    rng = np.random.default_rng(4)
    rows, columns, at_s = [], [], []
    for row in range(n_listeners):
        favourites = rng.permutation(np.arange(row % 2, n_items, 2))
        for place in range(n_plays):
            rows.append(row)
            columns.append(favourites[place // 8] if rng.random() < 0.8 else favourites[0])
            at_s.append(place * HOUR_S)
    listeners = tuple(f"listener-{row:02d}" for row in range(n_listeners))
    items = Vocabulary.of(f"track:{column:02d}" for column in range(n_items))
    return from_plays(listeners, items, Plays(rows, columns, at_s))


@pytest.mark.parametrize("check", KNOWING_CHECKS, ids=lambda check: check.__name__)
def test_a_trained_blend_knows(check):
    check(lambda interactions: trained(interactions).blend)


@pytest.mark.parametrize("world", [checkerboard, untimed, creatures_of_habit])
def test_the_same_interactions_and_generator_give_the_same_bundle(world):
    a, b = (trained(world()) for _ in range(2))
    assert a.weights == b.weights
    assert np.array_equal(
        a.blend.score_batch(world().tastes()), b.blend.score_batch(world().tastes())
    )


def test_every_scorer_covers_the_vocabulary_and_has_a_weight():
    bundle = trained(checkerboard())
    assert set(bundle.scorers) == set(bundle.weights) == set(BLENDED)
    assert {scorer.n_items for scorer in bundle.scorers.values()} == {len(bundle.vocabulary)}
    assert bundle.trained_at == AT
    assert all(weight >= 0 for weight in bundle.weights.values())


def test_the_blend_begins_with_what_ranks_the_new_best():
    """A scorer that knows nothing may stand first: it gets no weight."""
    holdout = hide(untimed(), np.random.default_rng(0))
    jury = judges(holdout, 1000, np.random.default_rng(0))
    good = train_ease(holdout.past, EaseConfig(regularization=10.0))
    bad = scorer_of(IalsConfig(n_factors=4), np.random.default_rng(1).normal(size=(40, 4)))
    for order in ([bad, good], [good, bad]):
        weights = training._weights_of_new(order, jury)
        assert weights[order.index(good)] > 0
        assert weights[order.index(bad)] == 0


def test_where_listeners_repeat_the_blend_learns_to_repeat():
    world = creatures_of_habit()
    holdout = hide(world, np.random.default_rng(0))
    assert holdout.by_time
    bundle = trained(holdout.past)
    tastes = holdout.past.tastes()
    of_blend = ndcg(of_ranking(best(bundle.blend.score_batch(tastes), 5), holdout.future), 5).mean()
    of_neighbours = ndcg(
        of_ranking(best(bundle.cooccurrence.score_batch(tastes), 5), holdout.future), 5
    ).mean()
    assert bundle.weights["repeat"] > 0
    assert of_blend > of_neighbours + 0.1


def asking_for(names, **more):
    return msgspec.structs.replace(SMALL, optional=optional.wanted(names), **more)


def test_optional_scorers_are_trained_only_where_asked_for_and_change_no_other():
    usual, more = trained(checkerboard()), trained(checkerboard(), asking_for("transitions"))
    assert set(more.scorers) == set(more.weights) == {*BLENDED, "transitions"}
    assert more.weights["transitions"] >= 0
    for name in BLENDED:
        assert np.array_equal(
            usual.scorers[name].score(taste([3])), more.scorers[name].score(taste([3]))
        )


def test_where_one_item_leads_to_the_next_the_blend_learns_it():
    world = rounds(n_listeners=120, n_items=40, n_plays=10)
    blend = trained(world, asking_for("markov")).blend
    scores = blend.score(taste([3, 8], recent=[(8, 60.0), (3, 240.0)]))
    scores[[3, 8]] = 0
    assert scores.argmax() == 9


def test_every_optional_scorer_is_tuned_where_it_has_anything_to_tune():
    assert OPTIONAL_RANGES.keys() == OPTIONAL.keys()
    holdout = hide(rounds(n_plays=10), np.random.default_rng(0))
    jury = judges(holdout, 20, np.random.default_rng(0))
    config = asking_for("markov transitions", n_trials=4)
    told = []
    found = training._tuned_optional(
        holdout.past, jury, config, np.random.default_rng(0), lambda *what: told.append(what)
    )
    assert [step for step, _ in told] == ["tune transitions"]
    assert found["markov"] == config.optional["markov"]
    assert found["transitions"] != config.optional["transitions"]
    assert found["transitions"].n_targets == config.optional["transitions"].n_targets


def test_only_what_is_known_can_be_asked_for():
    assert list(optional.wanted(" transitions  markov markov ")) == ["markov", "transitions"]
    assert optional.wanted("") == {}
    with pytest.raises(UnknownName, match="did you mean 'markov'"):
        optional.wanted("transitions marcov")


def test_tuning_changes_parameters_and_never_the_evidence_of_skips():
    config = msgspec.structs.replace(SMALL, n_trials=4)
    bundle = trained(creatures_of_habit(), config)
    assert bundle.ials.config.evidence.skip_weight == SMALL.ials.evidence.skip_weight
    configs = (bundle.cooccurrence.config, bundle.ials.config, bundle.repeat.config)
    assert configs != (config.cooccurrence, config.ials, config.repeat)


def test_progress_names_each_step_and_only_goes_forward():
    told = []
    trained(checkerboard(), progress=lambda step, share: told.append((step, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[0][1] == 0.0
    assert told[-1] == ("done", 1.0)


def test_genres_become_segments():
    bundle = trained(untimed(), genres=["even", "odd"] * 20)
    segment = bundle.popularity.segment_of(checkerboard().taste(1))
    assert segment == "genre:odd"


@pytest.mark.parametrize("n_listeners", [0, 1, 2])
def test_a_world_too_small_to_judge_still_gives_a_bundle(n_listeners):
    listeners = tuple(f"listener-{row}" for row in range(n_listeners))
    items = Vocabulary.of(["track:a", "track:b"]) if n_listeners else Vocabulary(())
    rows = list(range(n_listeners))
    bundle = trained(gather(listeners, items, Pairs(rows, [0] * n_listeners, [3] * n_listeners)))
    for scorer in (*bundle.scorers.values(), bundle.blend):
        assert scorer.score(taste()).shape == (len(items),)


def test_a_large_vocabulary_gets_fewer_judges_and_smaller_factors():
    assert ials_ranges(100_000)["n_factors"].high == 80
    assert ials_ranges(1_000)["n_factors"].high == 256
    holdout = hide(untimed(), np.random.default_rng(0))
    assert len(judges(holdout, 7, np.random.default_rng(0)).tastes) == 7

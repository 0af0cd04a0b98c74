"""The carousel world: what it promises of streams, looks and best lists, against enumeration."""

import itertools

import msgspec
import numpy as np
import pytest

from ritornello.worlds.carousels import CASCADE, FADING, Browsing, Size, make

SMALL = Size(n_listeners=60, n_playlists=20, n_segments=4, n_features=8)


def lists(world, n, rng):
    """n random lists before random listeners."""
    shown = rng.random((n, world.p.shape[1])).argsort(axis=1)[:, : world.browsing.n_cards]
    return rng.integers(len(world.p), size=n), shown


def test_the_same_seed_makes_the_same_world():
    one, other = (make(SMALL, CASCADE, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.p, other.p)
    assert np.array_equal(one.features, other.features)


def test_listeners_of_one_segment_are_alike():
    world = make(Size(2000, 50, 5, 96), CASCADE, np.random.default_rng(1))
    logits = np.log(world.p / (1 - world.p))
    within = np.mean([logits[world.segment == s].var(axis=0).mean() for s in range(5)])
    assert within == pytest.approx(1.25**2 * 0.12, rel=0.1)
    assert np.all(world.features[:, -1] == 1)


@pytest.mark.parametrize("browsing", [CASCADE, FADING])
def test_listeners_look_in_order_and_stop_at_a_stream(browsing):
    rng = np.random.default_rng(2)
    world = make(SMALL, browsing, rng)
    world = msgspec.structs.replace(world, p=np.minimum(world.p * 20, 0.5))
    streamed, seen = world.respond(*lists(world, 3000, rng), rng)
    assert streamed.any()
    assert streamed.sum(axis=1).max() == 1
    assert not (streamed & ~seen).any()
    assert np.all(seen[:, :-1] >= seen[:, 1:])
    after = np.cumsum(streamed, axis=1) - streamed > 0
    assert not (after & seen).any()


def test_in_the_cascade_who_streams_nothing_saw_everything():
    rng = np.random.default_rng(3)
    world = make(SMALL, CASCADE, rng)
    streamed, seen = world.respond(*lists(world, 500, rng), rng)
    assert seen[~streamed.any(axis=1)].all()


def test_where_looks_fade_each_place_is_reached_as_often_as_stated():
    rng = np.random.default_rng(4)
    world = make(SMALL, FADING, rng)
    world = msgspec.structs.replace(world, p=np.zeros_like(world.p))
    _, seen = world.respond(*lists(world, 40_000, rng), rng)
    np.testing.assert_allclose(seen.mean(axis=0), FADING.reach, atol=0.01)


@pytest.mark.parametrize("browsing", [CASCADE, FADING])
def test_expected_streams_are_what_happens(browsing):
    rng = np.random.default_rng(5)
    world = make(SMALL, browsing, rng)
    world = msgspec.structs.replace(world, p=np.minimum(world.p * 10, 0.4))
    listeners, shown = lists(world, 40_000, rng)
    streamed, _ = world.respond(listeners, shown, rng)
    gap = streamed.any(axis=1) - world.expected(listeners, shown)
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap))


def test_no_list_is_expected_to_do_better_than_the_best():
    rng = np.random.default_rng(6)
    browsing = Browsing(n_cards=3, n_first=1, p_swipe=0.5, p_next=0.7)
    world = make(Size(5, 6, 2, 4), browsing, rng)
    every = np.array(list(itertools.permutations(range(6), 3)))
    for listener, best in enumerate(world.best):
        found = world.expected(np.full(len(every), listener), every)
        assert found.max() == pytest.approx(best, rel=1e-6)

"""Which logs of slates can answer: a clear case of each, and the published failure of support."""

import numpy as np
import pytest

from benchmarks.rips import MIRRORED, UNSUPPORTED, draw, rmse
from ritornello.evaluate.slate_support import SLATE_THRESHOLDS, examine, lacking, warnings
from ritornello.worlds.slates import PLAYLIST_POLICIES, Playlists


def test_a_log_of_the_target_itself_says_everything():
    support = examine(np.zeros((200, 4)), np.ones((200, 4), bool))
    assert support.share == 1.0
    assert support.n_places_spoken == 4.0
    assert lacking(support) is None
    assert warnings(support) == ()


def test_one_heavy_slate_says_nothing():
    """All weight on one of a thousand slates: its effective sample is 1 and nothing is spoken about."""
    log_weights = np.full((1_000, 2), -np.inf)
    log_weights[0] = np.log(1_000)
    support = examine(log_weights, np.ones((1_000, 2), bool))
    assert support.n_effective.tolist() == pytest.approx([1.0, 1.0])
    assert support.mean_weight.tolist() == pytest.approx([1.0, 1.0])
    assert support.spoken.tolist() == [0.0, 0.0]
    refusal = lacking(support)
    assert refusal.because == "no_support_for_slates"
    assert refusal.numbers["share_spoken"] < SLATE_THRESHOLDS["least_spoken"]
    assert "log a policy nearer to the target" in refusal.wanted


def test_warns_where_half_of_the_places_lean_on_few():
    log_weights = np.zeros((1_000, 3))
    log_weights[:, 1:] = -np.inf
    log_weights[0, 1:] = np.log(1_000)
    support = examine(log_weights, np.ones((1_000, 3), bool))
    assert support.share == pytest.approx(1 / 3)
    assert lacking(support) is None
    assert [each.code for each in warnings(support)] == ["thin_support_for_slates"]


def test_the_share_is_that_of_slates_the_target_would_draw():
    """Σ w over slates of bounded weight estimates P(w bounded) under the target, with an error of at most 0.1 √P."""
    world, rng = Playlists.of(np.random.default_rng(5)), np.random.default_rng(6)
    logging, target = PLAYLIST_POLICIES["2-rand"], PLAYLIST_POLICIES["1-ideal"]
    slates = world.log(logging, {"target": target}, 5_000, rng)["target"]
    support = examine(np.cumsum(slates.log_ratio, axis=1), slates.there)
    back = world.log(target, {"logging": logging}, 5_000, rng)["logging"]
    of_target = np.exp(-np.cumsum(back.log_ratio, axis=1)) <= 0.01 * 5_000
    assert support.spoken == pytest.approx(of_target.mean(axis=0), abs=0.1)


@pytest.mark.slow
def test_refuses_the_published_failure_and_answers_the_others():
    """The table of McInerney et al. in small; the mirror image of the failure has the same weights and the same answer."""
    draws = [draw(seed, n_trials=5) for seed in range(4)]
    trials = {
        (logging, target): [one[target] for world in draws for one in world[logging]]
        for logging in PLAYLIST_POLICIES
        for target in PLAYLIST_POLICIES
    }
    refused = {pair: np.mean([each["refused"] for each in found]) for pair, found in trials.items()}
    assert refused[UNSUPPORTED] >= 0.95
    assert refused[MIRRORED] >= 0.95
    others = [share for pair, share in refused.items() if pair not in (UNSUPPORTED, MIRRORED)]
    assert max(others) <= 0.05
    hard = trials[UNSUPPORTED]
    assert np.mean([each["DynamicRIPS"] - each["truth"] for each in hard]) > 2
    error = {
        logging: np.median([rmse(world[logging], "DynamicRIPS") for world in draws])
        for logging in PLAYLIST_POLICIES
    }
    assert error["1-ideal"] < error["3-worst"] / 2
    assert error["2-rand"] < error["3-worst"] / 2
    assert 1.5 < error["3-worst"] < 2.6

"""Base-level activation, against summing over every play."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.models.repeat import DAY_S, RepeatConfig, RepeatScorer
from ritornello.testing.tastes import taste

CONFIG = RepeatConfig(decay=0.8, offset_s=600.0, horizon_s=10 * DAY_S)
SCORER = RepeatScorer(CONFIG, 50)
CONFIGS = st.builds(
    RepeatConfig,
    decay=st.floats(0.3, 2.5) | st.just(1.0),
    offset_s=st.floats(60, 86_400),
    horizon_s=st.floats(DAY_S, 1000 * DAY_S),
)


def exact(ages_s, config=CONFIG):
    """Activation of one item from the ages of all its plays."""
    ages = (np.array(ages_s, dtype=float) + config.offset_s) / config.horizon_s
    return np.log1p((ages**-config.decay).sum())


def activation(config=CONFIG, **known):
    return float(RepeatScorer(config, 50).score(taste([3], **known))[3])


@given(CONFIGS, st.lists(st.floats(0, 1e8), min_size=1, max_size=30))
def test_exact_where_every_play_is_recent(config, ages_s):
    found = activation(
        config,
        n_plays=len(ages_s),
        first_age_s=max(ages_s),
        last_age_s=min(ages_s),
        recent=[(3, age_s) for age_s in ages_s],
    )
    assert found == pytest.approx(exact(ages_s, config), rel=1e-4)


@pytest.mark.parametrize("decay", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("n_recent", [0, 3, 20])
def test_petrovs_approximation_is_near_where_plays_are_spread_evenly(decay, n_recent):
    config = RepeatConfig(decay=decay, offset_s=3600.0, horizon_s=30 * DAY_S)
    ages_s = np.linspace(5 * DAY_S, 400 * DAY_S, 60)
    found = activation(
        config,
        n_plays=60,
        first_age_s=ages_s[-1],
        last_age_s=ages_s[0],
        recent=[(3, age_s) for age_s in ages_s[:n_recent]],
    )
    assert found == pytest.approx(exact(ages_s, config), rel=0.06)


@given(CONFIGS, st.lists(st.floats(0, 1e7), min_size=1, max_size=10), st.floats(0, 1e7))
def test_one_more_play_never_lowers_it_and_a_fresh_one_raises_it(config, ages_s, more_s):
    def of(ages_s):
        return activation(
            config,
            n_plays=len(ages_s),
            first_age_s=max(ages_s),
            last_age_s=min(ages_s),
            recent=[(3, age_s) for age_s in ages_s],
        )

    assert of([*ages_s, more_s]) >= of(ages_s)
    assert of([*ages_s, 0.0]) > of(ages_s)


def test_newer_and_more_often_is_higher_and_skips_lower_it():
    assert activation(last_age_s=60.0, first_age_s=60.0) > activation(last_age_s=DAY_S)
    assert activation(n_plays=9) > activation(n_plays=2)
    assert activation(n_plays=4, n_skips=4) < activation(n_plays=4)


def test_a_tally_counts_as_plays_of_the_unknown_age():
    untimed = {"first_age_s": np.nan, "last_age_s": np.nan}
    wanted = exact([CONFIG.unknown_age_s] * 7)
    assert activation(n_plays=7, **untimed) == pytest.approx(wanted, rel=1e-6)


def test_an_item_only_skipped_or_only_loved_is_not_played_again():
    assert activation(n_plays=0, n_skips=3) == 0
    assert activation(n_plays=0, loved=True) == 0


def test_what_was_never_played_weighs_as_one_play_a_horizon_ago():
    at_horizon = CONFIG.horizon_s - CONFIG.offset_s
    once = activation(first_age_s=at_horizon, last_age_s=at_horizon)
    assert once == pytest.approx(np.log(2), rel=1e-5)
    assert SCORER.score(taste([3]))[4] == 0


def test_each_item_answers_for_itself_alone():
    history = taste([7, 3], n_plays=[2, 5])
    parts = SCORER.contributions(history, np.array([3, 7, 9], dtype=np.int32))
    scores = SCORER.score(history)
    assert parts.tolist() == [[0, scores[3], 0], [scores[7], 0, 0], [0, 0, 0]]

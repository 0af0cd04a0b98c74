"""What the mixture looks at in a beginning: what is missing stays missing, what is said once counts once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.signals.beginnings import COLUMNS, MEANINGS, SHAPE, features

ONE = {
    "device": "car", "seed_kind": "radio", "local_hour": 18, "weekday": 6,
    "elapsed_us": 9 * 60_000_000, "gap_us": 20_000_000, "n_listens": 6, "n_acts": 1, "n_queries": 1,
    "n_impressions": 2, "n_ended": 6, "n_skips": 3, "n_begun": 7, "n_episodes_begun": 0,
    "n_programmed_begun": 7, "n_ordered_begun": 4, "n_shuffled_begun": 1, "n_new_artists_begun": 2,
}  # fmt: skip


def beginnings(*changes):
    rows = [ONE | change for change in changes]
    return {name: np.array([row[name] for row in rows], dtype=object) for name in COLUMNS}


def test_every_feature_says_what_it_means_and_every_column_is_used():
    names = (*SHAPE.continuous, *SHAPE.angles, *SHAPE.categories, *SHAPE.shares)
    assert set(names) == set(MEANINGS)
    assert set(ONE) == set(COLUMNS)


def test_one_moment_is_read_as_its_figures_say():
    found = features(beginnings({}))
    assert found.angles[0] == pytest.approx([1.5 * np.pi, 12 / 7 * np.pi])
    device, seed = found.levels[0]
    assert SHAPE.categories["device"][device] == "car"
    assert SHAPE.categories["seed"][seed] == "radio"
    shares = dict(zip(SHAPE.shares, zip(found.hits[0], found.trials[0], strict=True), strict=True))
    assert shares == {
        "skipped": pytest.approx((2.5, 5.0)), "touched": pytest.approx((5 / 14, 1)),
        "hurried": pytest.approx((0.75, 1)), "queried": pytest.approx((1 / 8, 1)),
        "acted": pytest.approx((1 / 8, 1)), "scrolled": pytest.approx((2 / 8, 1)),
        "programmed": pytest.approx((1, 1)), "shuffled": pytest.approx((1 / 4, 1)),
        "new_artists": pytest.approx((2 / 7, 1)), "episodes": pytest.approx((0, 1)),
    }  # fmt: skip


def test_the_first_event_of_a_visit_has_no_pace_and_no_rates():
    nothing = {name: 0 for name in COLUMNS if name.startswith("n_")}
    first = nothing | {"gap_us": np.nan, "elapsed_us": 0, "n_begun": 1, "n_ordered_begun": 1}
    found = features(beginnings(first, {"device": None, "seed_kind": "unknown"}))
    assert found.trials[0].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert found.levels[1].tolist() == [-1, -1]


counts = st.integers(0, 1000)


@given(st.lists(st.fixed_dictionaries({
    "device": st.none() | st.text(max_size=5), "seed_kind": st.none() | st.just("album"),
    "local_hour": st.integers(0, 23) | st.just(np.nan), "weekday": st.integers(0, 6),
    "elapsed_us": st.integers(0, 2 * 86_400_000_000),
    "gap_us": st.integers(0, 86_400_000_000) | st.just(np.nan),
    "n_listens": counts, "n_acts": counts, "n_queries": counts, "n_impressions": counts,
    "n_ended": st.just(1000), "n_skips": counts, "n_begun": st.just(1000),
    "n_episodes_begun": counts, "n_programmed_begun": counts, "n_ordered_begun": st.just(1000),
    "n_shuffled_begun": counts, "n_new_artists_begun": counts,
}), min_size=1, max_size=5))  # fmt: skip
def test_whatever_a_moment_holds_it_can_be_looked_at(rows):
    """``Features`` itself refuses what is infinite, out of range, or a share above its trials."""
    assert len(features(beginnings(*rows))) == len(rows)

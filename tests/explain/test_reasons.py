from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ritornello.explain.reasons import reasons_of
from ritornello.listeners.taste import Taste

IDS = [f"track:{n}" for n in range(20)]


def taste(n):
    """The first n columns, the first loved, the second never timed, played 1, 2, 3… times."""
    ages = np.arange(n, dtype=np.float32) * 3600
    ages[1:2] = np.nan
    return Taste(
        columns=np.arange(n, dtype=np.int32),
        n_plays=np.arange(1, n + 1, dtype=np.float32),
        n_skips=np.zeros(n, dtype=np.float32),
        loved=np.arange(n) == 0,
        first_age_s=ages,
        last_age_s=ages,
        recent_columns=np.zeros(0, dtype=np.int32),
        recent_age_s=np.zeros(0, dtype=np.float32),
    )


def test_kinds_follow_the_evidence_and_shares_the_scores(now):
    (found,) = reasons_of([[6.0, 0.0, 3.0, 1.0]], [9], taste(3), IDS, now)
    assert [(r.kind, r.about_id, r.share) for r in found] == [
        ("because_you_love", "track:0", 0.6),
        ("because_you_played", "track:2", 0.3),
        ("popular", None, 0.1),
    ]
    assert found[1].n_plays == 3
    assert found[1].last_at == now - timedelta(hours=2)


def test_an_item_that_speaks_for_itself_is_kept_coming_back_to(now):
    (found,) = reasons_of([[0.0, 1.0, 0.0, 0.0]], [1], taste(3), IDS, now)
    assert [(r.kind, r.last_at) for r in found] == [("you_keep_returning", None)]


def test_what_spoke_against_an_item_is_no_reason_for_it(now):
    (found,) = reasons_of([[-9.0, 1.0, 1.0, -5.0]], [9], taste(3), IDS, now)
    assert [r.share for r in found] == [0.5, 0.5]


def test_no_positive_evidence_gives_no_reason(now):
    assert reasons_of([[-1.0, 0.0, 0.0, 0.0]], [9], taste(3), IDS, now) == [()]


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=8),
           elements=st.floats(-1e9, 1e9)),
)  # fmt: skip
def test_at_most_three_reasons_largest_first_and_never_more_than_the_whole(contributions):
    history = taste(contributions.shape[1] - 1)
    at = datetime(2026, 11, 21, tzinfo=UTC)
    for found in reasons_of(contributions, [15] * len(contributions), history, IDS, at):
        shares = [r.share for r in found]
        assert len(shares) <= 3
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-9
        assert all(share >= 0.02 for share in shares)

from datetime import UTC, datetime, timedelta
from typing import ClassVar, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ritornello.explain.reasons import reasons_of, sentence, when
from ritornello.kinds.decisions import Reason, ReasonKind
from ritornello.kinds.times import zone
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


class Names:
    """Just enough of a catalogue view to name things."""

    number: ClassVar = {"track:1": 0, "track:2": 1}

    def title(self, row):
        return ("Rain", "Artist 0421")[row]

    def artist_name(self, row):
        return ("Artist 0007", "Artist 0421")[row]


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


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason("because_you_love", 1, "track:1"), "Because you love Rain by Artist 0007"),
        (Reason("because_you_played", 1, "track:2", 12), "Because you played Artist 0421 12 times"),
        (Reason("because_you_played", 1, "track:2", 1), "Because you played Artist 0421"),
        (Reason("because_you_played", 1, "track:9", 1), "Because you played something you know"),
        (
            Reason("you_keep_returning", 1, "track:1", 8),
            "You played it 8 times",
        ),
        (Reason("popular", 1), "Many listeners here play it"),
        (Reason("chosen_by_editors", 1), "Chosen by the editors"),
    ],
)
def test_sentences(reason, said, now):
    assert sentence(reason, Names(), now) == said


def test_a_sentence_tells_the_evening_of_the_listener_not_of_the_server():
    now = datetime(2026, 11, 16, 9, tzinfo=zone("Europe/Berlin"))
    friday = datetime(2026, 11, 13, 19, 30, tzinfo=UTC)
    played = Reason("because_you_played", 1, "track:2", 1, friday)
    assert sentence(played, Names(), now) == "Because you played Artist 0421 on Friday evening"
    kept = Reason("you_keep_returning", 1, "track:2", 3, friday)
    assert sentence(kept, Names(), now) == "You played it 3 times, last on Friday evening"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(minutes=1), "a moment ago"),
        (timedelta(hours=-2), "a moment ago"),
        (timedelta(hours=3), "this morning"),
        (timedelta(hours=11), "last night"),
        (timedelta(hours=17), "yesterday evening"),
        (timedelta(days=1, hours=11), "on Thursday night"),
        (timedelta(days=5), "on Monday afternoon"),
        (timedelta(days=8), "on 13 November"),
        (timedelta(days=400), "in October 2025"),
    ],
)
def test_when(ago, said, now):
    assert when(now - ago, now) == said


def test_every_kind_of_reason_has_its_sentence(now):
    said = {
        sentence(Reason(kind, 1, "track:1", 2, now), Names(), now) for kind in get_args(ReasonKind)
    }
    assert len(said) == len(get_args(ReasonKind))

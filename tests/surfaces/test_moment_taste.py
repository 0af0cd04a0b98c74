"""Whose happy is it? What served somebody in a moment speaks for what is like it, there and nowhere else."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from ritornello.policies.beliefs import LIVE, Beliefs
from ritornello.policies.posteriors import Cells
from ritornello.store.database import create_tables, schema
from ritornello.surfaces import moment_taste, moments
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.moment_taste import Learned, crowd_of, fitting, log_odds, read_learned
from ritornello.surfaces.pools import Pool
from ritornello.testing.small_service import profile_of, track_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOTHING = moment_taste.NOTHING_LEARNED
POOL = tuple(track_id(artist, track) for artist in range(60) for track in (2, 3, 4))
HEARD = [track_id(artist, 2) for style in (0, 1) for artist in range(style, 60, 6)]
"""Ten tracks of style 0 and ten of style 1: whole histories that are alike."""


@pytest.fixture
def situation(service: Any) -> Any:
    return service.situation(profile_of(HEARD, NOW), "moments")


def kept(style: int, n: int = 8) -> dict[str, tuple[int, int]]:
    return {track_id(artist, 2): (1000, 1000) for artist in range(style, 60, 6)[:n]}


def share_of_style(situation: Any, learned: Learned, style: int) -> float:
    """Return how much of the draw's weight lies on one style."""
    pool = Pool(name="happy", title="Happy", brief="B.", intent="unknown", by_hand=POOL)
    decision = moments.personal(Asked(situation, pool), lambda: None, lambda: learned)
    weights = np.array([each.weight for each in decision.shelves[0].shortlist])
    artists = [int(each.item_id[7:9]) for each in decision.shelves[0].shortlist]
    return float(weights[np.array(artists) % 6 == style].sum() / weights.sum())


def test_two_of_one_history_have_each_their_own_happy(situation: Any) -> None:
    before = share_of_style(situation, NOTHING, 0)
    mine = share_of_style(situation, Learned(NOTHING.crowd, kept(0)), 0)
    theirs = share_of_style(situation, Learned(NOTHING.crowd, kept(1)), 0)
    assert theirs < before < mine
    assert mine > 1.5 * before
    assert mine > 3 * theirs


def test_what_served_here_speaks_for_what_was_not_yet_heard_here(situation: Any) -> None:
    rows = situation.view.rows(track_id(artist, 4) for artist in range(60))
    learned = Learned(NOTHING.crowd, kept(0))
    found = fitting(situation, rows, "activity:light", learned)
    style = np.array([int(situation.view.ids[row][7:9]) % 6 for row in found.rows])
    assert found.scores[style == 0].mean() > found.scores[style == 1].mean() + 0.3


def test_a_skip_lowers_what_was_skipped_and_more_trials_say_more(situation: Any) -> None:
    rows = situation.view.rows(POOL)

    def odds(n_kept: int, n_skipped: int) -> float:
        own = {POOL[0]: (1000 * n_kept, 1000 * (n_kept + n_skipped))}
        return float(log_odds(situation, rows, "", Learned(NOTHING.crowd, own))[0])

    assert odds(0, 3) < odds(0, 1) < odds(0, 0) == 0 < odds(1, 0) < odds(3, 0)
    assert odds(0, 1) < -0.3


def test_what_a_segment_found_speaks_to_it_most(situation: Any) -> None:
    rows = situation.view.rows(POOL)
    crowd = crowd_of(
        Cells.of(
            [("a", POOL[5], 19_000, 20_000), ("b", POOL[5], 5_000, 20_000)]
            + [(each, POOL[9], 10_000, 20_000) for each in "ab"]
        )
    )
    a, b = (log_odds(situation, rows, each, Learned(crowd))[5] for each in "ab")
    assert a > b
    assert a > log_odds(situation, rows, "a", Learned(crowd))[0]


def test_the_odds_are_those_of_the_formula(situation: Any) -> None:
    rows = situation.view.rows(POOL[:3])
    cells = Cells.of([("a", POOL[0], 3_000, 4_000)])
    crowd = crowd_of(cells)
    own = {POOL[0]: (1000, 2000), "track:elsewhere": (5000, 5000)}
    found = log_odds(situation, rows, "a", Learned(crowd, own))
    p = np.array([crowd.mean("a", [POOL[0]])[0], 0.75, 0.75])
    p[0] = (2 * p[0] + 1) / (2 + 2)
    expected = np.log(p / (1 - p))
    np.testing.assert_allclose(found, expected - expected.mean())
    assert crowd.prior == pytest.approx((3.0, 1.0))


def test_reasons_part_the_score_between_taste_and_moment(situation: Any) -> None:
    rows = situation.view.rows(POOL)
    found = fitting(situation, rows, "", Learned(NOTHING.crowd, kept(0)))
    for reasons in found.reasons(np.arange(12)):
        assert sum(each.share for each in reasons) <= 1 + 1e-9
        shares = [each.share for each in reasons]
        assert shares == sorted(shares, reverse=True)
    kinds = {each.kind for reasons in found.reasons(np.arange(12)) for each in reasons}
    assert "fits_moment" in kinds
    assert kinds & {"because_you_played", "you_keep_returning"}


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(opened, [schema(f"ritornello.{room}") for room in ("policies", "catalog")])
    lessons = [
        ("happy", "listener-1", HEARD[0], 1000),
        ("happy", "listener-1", HEARD[1], 1000),
        ("happy", "listener-1", track_id(50, 3), 0),
        ("happy", "listener-1", track_id(51, 3), 1000),
        ("sad", "listener-1", HEARD[2], 1000),
        ("happy", "listener-2", HEARD[3], 1000),
    ]
    for n, (name, who, item_id, success) in enumerate(lessons):
        row = (bytes([n]) * 16, name, n, f"moments/{name}", who, "", item_id, success, 1000)
        opened.execute("INSERT INTO lessons VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    yield opened
    opened.close()


def test_only_ones_own_lessons_of_this_moment_count(conn: Any) -> None:
    profile = profile_of(HEARD, NOW)
    live = Beliefs(f"{LIVE}7.", "", {"moments/happy": {("a", HEARD[0]): (1, 1000, 1000)}})
    learned = read_learned(conn, live, "happy", profile)
    assert learned.own == {
        HEARD[0]: (1000, 1000), HEARD[1]: (1000, 1000), track_id(50, 3): (0, 1000),
    }  # fmt: skip
    assert learned.n_kept == 2
    assert list(learned.crowd.cells.arms) == [HEARD[0]]


def test_what_was_excluded_taught_nothing_and_a_roll_back_holds_for_all(conn: Any) -> None:
    profile = profile_of(HEARD, NOW, unused=[HEARD[0], track_id(50, 3)])
    live = Beliefs(f"{LIVE}7.", "", {})
    assert list(read_learned(conn, live, "happy", profile).own) == [HEARD[1]]
    earlier = Beliefs("b0a1", "", {})
    assert read_learned(conn, earlier, "happy", profile_of(HEARD, NOW)).own == {}


def test_an_item_merged_into_another_keeps_what_it_taught(conn: Any) -> None:
    conn.execute("INSERT INTO aliases VALUES (?, ?, ?, 0, 1)", (HEARD[0], HEARD[1], HEARD[1]))
    learned = read_learned(conn, Beliefs(LIVE, "", {}), "happy", profile_of(HEARD, NOW))
    assert learned.own[HEARD[1]] == (2000, 2000)
